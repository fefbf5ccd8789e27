//! *What it measures*: who wrote the lines that are in the code today, and when.
//! *Why*: what must be maintained is what is there, not what was once merged.
//! *Definition*: lines of the default branch's newest commit by the origin of the commit that wrote them and the year in which
//! they landed, whatever window of changes a report looks at. *Caveats*: old lines were written before there was AI, so a
//! share of today's code says little about how code is written today.
//! *References*: the stack plot of git-of-theseus.

use std::collections::{BTreeMap, BTreeSet};

use super::Minimum;
use super::lines;
use crate::analysis::estimate::Finding;
use crate::analysis::queries;
use crate::analysis::sql::{QueryError, Record, Sql};
use crate::analysis::stats::clusters::Sums;
use crate::facts::Origin;

#[derive(Debug, Default)]
pub struct TodaysCode {
    pub stacks: Vec<Stack>,
}

/// Lines of one origin that landed in one year.
#[derive(Debug)]
pub struct Stack {
    pub origin: Origin,
    /// `None` where the landing has no usable date.
    pub year: Option<i32>,
    pub counts: Counts,
}

/// Lines by what they are; the code proper first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counts {
    /// Commits that wrote `lines`.
    pub commits: u64,
    /// Code and comments of source and test files.
    pub lines: u64,
    lines_squared: f64,
    pub source_code: u64,
    pub source_comments: u64,
    pub tests: u64,
    /// Blank lines of source and test files.
    pub blank: u64,
    /// Configuration, infrastructure, migrations and data that tests read.
    pub config: u64,
    pub docs: u64,
    /// Lockfiles, generated and vendored files.
    pub made: u64,
}

impl Counts {
    fn of(record: &Record) -> Self {
        Self {
            commits: record.count("commits"),
            lines: record.count("lines"),
            lines_squared: record.count("lines_squared") as f64,
            source_code: record.count("source_code"),
            source_comments: record.count("source_comments"),
            tests: record.count("tests"),
            blank: record.count("blank"),
            config: record.count("config"),
            docs: record.count("docs"),
            made: record.count("made"),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            commits: self.commits + other.commits,
            lines: self.lines + other.lines,
            lines_squared: self.lines_squared + other.lines_squared,
            source_code: self.source_code + other.source_code,
            source_comments: self.source_comments + other.source_comments,
            tests: self.tests + other.tests,
            blank: self.blank + other.blank,
            config: self.config + other.config,
            docs: self.docs + other.docs,
            made: self.made + other.made,
        }
    }
}

impl TodaysCode {
    pub(super) fn answer(sql: &mut Sql) -> Result<Self, QueryError> {
        let records = sql.run(queries::sql("todays_code"))?.rows();
        let stack = |record: &Record| {
            let year = record.int("landed_year").and_then(|year| year.try_into().ok());
            Some(Stack { origin: record.text("origin").and_then(Origin::parse)?, year, counts: Counts::of(record) })
        };
        Ok(Self { stacks: records.iter().filter_map(stack).collect() })
    }

    pub fn all(&self) -> Counts {
        self.stacks.iter().fold(Counts::default(), |all, stack| all.plus(stack.counts))
    }

    pub fn by_origin(&self) -> BTreeMap<Origin, Counts> {
        let mut by_origin: BTreeMap<Origin, Counts> = BTreeMap::new();
        for stack in &self.stacks {
            let known = by_origin.entry(stack.origin).or_default();
            *known = known.plus(stack.counts);
        }
        by_origin
    }

    /// From the first to the last year of which a line of code is there.
    pub fn years(&self) -> Vec<i32> {
        let with_code = self.stacks.iter().filter(|stack| stack.counts.lines > 0);
        let years: BTreeSet<i32> = with_code.filter_map(|stack| stack.year).collect();
        years.first().zip(years.last()).map_or(Vec::new(), |(first, last)| (*first..=*last).collect())
    }

    pub fn lines(&self, origin: Origin, year: i32) -> u64 {
        let here = |stack: &&Stack| (stack.origin, stack.year) == (origin, Some(year));
        self.stacks.iter().filter(here).map(|stack| stack.counts.lines).sum()
    }

    /// Lines of one or more origins among all lines of code.
    pub fn share(&self, origins: &[Origin], minimum: Minimum) -> Finding {
        let own = self.stacks.iter().filter(|stack| origins.contains(&stack.origin));
        let own = own.fold(Counts::default(), |own, stack| own.plus(stack.counts));
        let all = self.all();
        let sums = Sums {
            clusters: all.commits,
            units: all.lines,
            events: own.lines,
            units_squared: all.lines_squared,
            // All or none of a commit's lines are of the origin.
            events_squared: own.lines_squared,
            events_units: own.lines_squared,
        };
        lines::share(&sums, minimum)
    }
}
