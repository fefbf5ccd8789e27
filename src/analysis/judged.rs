//! The changes of the lake before the judge: each outcome asked as a question, with a control that AI cannot have influenced.
//!
//! AI is agent and assisted, the rest human and unknown, since the repository's first change with evidence of AI: in most
//! repositories hardly any change is known to be a person's alone. That some of the rest is AI's work without a label is not
//! forgotten: the judge says what the ratio would be for other recalls of labels.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::judge::outcomes::{Question, judge_all};
use super::judge::rules::Rules;
use super::judge::study::{Arm, Changes, Outcome, Study};
use super::judge::{Judgement, assumptions};
use super::metrics::Needs;
use super::queries;
use super::sql::{QueryError, Record, Sql, Value};
use super::stats::competing::AalenJohansen;
use super::stats::numeric::codes;
use super::stats::proportions::{Interval, Z, wilson};
use super::stats::survival::{Curve, Row};

/// A question about an outcome of changes.
#[derive(Debug)]
pub struct Asked {
    pub id: &'static str,
    pub title: &'static str,
    column: &'static str,
    needs: Needs,
    /// It is counted where somebody looked for it.
    is_searched: bool,
}

/// Every outcome that is judged, in order.
pub const ASKED: [Asked; 4] = [
    Asked {
        id: "judged_reverted",
        title: "Reverted",
        column: "reverted_days",
        needs: Needs::History,
        is_searched: false,
    },
    Asked {
        id: "judged_fixed",
        title: "Rewritten by a bug fix",
        column: "first_fix_days",
        needs: Needs::Contents,
        is_searched: true,
    },
    Asked {
        id: "judged_bug",
        title: "Linked to a bug that was fixed",
        column: "bug_days",
        needs: Needs::Inferred,
        is_searched: true,
    },
    Asked {
        id: "judged_incident",
        title: "Linked to an incident",
        column: "incident_days",
        needs: Needs::Incidents,
        is_searched: true,
    },
];

/// What a change can end in, in the order in which one goes before another on the same day.
pub const ENDS: [(&str, &str); 4] = [
    ("incident_days", "linked to an incident"),
    ("reverted_days", "reverted"),
    ("first_fix_days", "rewritten by a bug fix"),
    ("superseded_days", "superseded"),
];

/// Days by which it is told what became of changes.
pub const AGES: [f64; 3] = [30.0, 90.0, 180.0];

/// What the judge says of one outcome.
#[derive(Debug)]
pub struct JudgedOutcome {
    pub asked: &'static Asked,
    pub judgement: Judgement,
    pub assumptions: Vec<assumptions::Assumption>,
    /// How long AI changes and the rest went without it.
    pub curves: [Option<Curve>; 2],
}

/// What became of 100 changes of either arm by an age: each end with its interval, AI first.
#[derive(Debug, Clone, PartialEq)]
pub struct Became {
    pub end: &'static str,
    pub days: f64,
    /// Shares of all, from 0 to 1, and how many it had happened to.
    pub arms: [Interval; 2],
    pub events: [u64; 2],
}

/// Changes that landed in one month, and the share of them that was reverted or rewritten by a fix by an age; null where the
/// month could not be watched for as long, or too few people are behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    pub month: NaiveDate,
    pub changes: u64,
    pub by_age: [Option<Interval>; 3],
    pub events: [u64; 3],
}

/// A repository's share of changes that were reverted or rewritten by a fix within the middle age.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub repo: String,
    pub changes: u64,
    pub events: u64,
    pub share: Interval,
}

#[derive(Debug)]
pub struct Judged {
    pub rules: Rules,
    pub outcomes: Vec<JudgedOutcome>,
    /// Whether the control shows a difference: something else than AI is different about the arms.
    pub control: Option<Judgement>,
    pub became: Vec<Became>,
    pub cohorts: Vec<Cohort>,
    /// Empty where it is about one repository, or too few people are behind the others.
    pub places: Vec<Place>,
    pub ai: u64,
    pub rest: u64,
}

/// Fewest authors behind a figure of a part.
const AUTHORS: usize = 5;
/// Fewest events in a part that is told by itself.
const EVENTS: u64 = 10;

impl Judged {
    pub fn answer(
        sql: &mut Sql,
        rules: &Rules,
        withheld: impl Fn(Needs) -> Option<String>,
    ) -> Result<Self, QueryError> {
        let rows = Rows::of(sql.run(queries::sql("judged_changes"))?.records());
        let is_told =
            |asked: &&Asked| withheld(asked.needs).is_none() && rows.days(asked.column).iter().any(Option::is_some);
        let told: Vec<&'static Asked> = ASKED.iter().filter(is_told).collect();
        let strata = rows.strata();
        let mut questions: Vec<Question> = told.iter().map(|asked| rows.question(asked, &strata)).collect();
        questions.push(rows.control(&strata));
        let mut judged = judge_all(&questions, rules);
        let control = judged.pop().map(|(_, judgement)| judgement).filter(|_| !rows.arm.is_empty());
        let names = level_names(strata, rules);
        let outcomes = told.into_iter().zip(judged).map(|(asked, (_, judgement))| {
            let judgement = named(judgement, &names);
            JudgedOutcome {
                asked,
                assumptions: assumptions::of(&judgement),
                judgement,
                curves: [Arm::Ai, Arm::Human].map(|arm| rows.curve(asked.column, arm)),
            }
        });
        let has_contents = withheld(Needs::Contents).is_none();
        let count = |arm: Arm| rows.arm.iter().filter(|own| **own == arm).count() as u64;
        Ok(Self {
            rules: rules.clone(),
            outcomes: outcomes.collect(),
            control,
            became: if has_contents { rows.became() } else { Vec::new() },
            cohorts: if has_contents { rows.cohorts() } else { Vec::new() },
            places: if has_contents { rows.places() } else { Vec::new() },
            ai: count(Arm::Ai),
            rest: count(Arm::Human),
        })
    }
}

/// Levels of a stratum, which the judge knows by number, under their names.
fn named(mut judgement: Judgement, names: &BTreeMap<String, Vec<String>>) -> Judgement {
    let name = |column: &str, level: &str| names.get(column)?.get(level.parse::<usize>().ok()?).cloned();
    for difference in &mut judgement.differences {
        for level in &mut difference.levels {
            level.name = name(&difference.column, &level.name).unwrap_or_else(|| level.name.clone());
        }
    }
    for covariate in judgement.overlap.iter_mut().flat_map(|overlap| &mut overlap.balance) {
        let told =
            covariate.covariate.rsplit_once(' ').and_then(|(column, level)| Some((column, name(column, level)?)));
        if let Some((column, level)) = told {
            covariate.covariate = format!("{column}: {level}");
        }
    }
    judgement
}

/// A column to compare like with like by: its name, the level of each row, and what levels are called.
type Stratum = (&'static str, Vec<u32>, Vec<String>);

/// What levels are called, by column; sizes among them.
fn level_names(strata: Vec<Stratum>, rules: &Rules) -> BTreeMap<String, Vec<String>> {
    let limits = rules.size_limits.iter();
    let sizes = limits.clone().map(|limit| format!("up to {limit} lines"));
    let largest = limits.last().map(|limit| format!("over {limit} lines"));
    let strata = strata.into_iter().map(|(name, _, names)| (name.to_owned(), names));
    strata.chain([("size".to_owned(), sizes.chain(largest).collect())]).collect()
}

/// The columns of what is judged.
#[derive(Default)]
struct Rows {
    arm: Vec<Arm>,
    tier: Vec<String>,
    repo: Vec<String>,
    author: Vec<String>,
    merged: Vec<Option<DateTime<Utc>>>,
    month: Vec<Option<NaiveDate>>,
    observed: Vec<i64>,
    size: Vec<f64>,
    task: Vec<String>,
    risk: Vec<i64>,
    language: Vec<String>,
    /// Days to each outcome, by column.
    days: Vec<(&'static str, Vec<Option<i64>>)>,
}

const FILE_RISK: &str = "file risk";
const OUTCOMES: [&str; 5] = ["reverted_days", "first_fix_days", "bug_days", "incident_days", "superseded_days"];

impl Rows {
    fn of(records: impl Iterator<Item = Record>) -> Self {
        let mut rows = Self { days: OUTCOMES.map(|column| (column, Vec::new())).into(), ..Self::default() };
        for record in records {
            let text = |column: &str| record.text(column).unwrap_or_default().to_owned();
            let origin = text("origin");
            rows.arm.push(if matches!(origin.as_str(), "agent" | "assisted") { Arm::Ai } else { Arm::Human });
            rows.tier.push(origin);
            rows.repo.push(text("repo"));
            rows.author.push(text("author"));
            rows.merged.push(record.time("merged_at"));
            rows.month.push(record.date("month"));
            rows.observed.push(record.int("observed_days").unwrap_or_default().max(0));
            rows.size.push(record.int("size").unwrap_or_default().max(1) as f64);
            rows.task.push(text("task"));
            rows.risk.push(record.int("file_risk").unwrap_or_default());
            rows.language.push(match record.value("languages") {
                Value::List(languages) => match languages.as_slice() {
                    [Value::Text(only)] => only.clone(),
                    [] => "none".to_owned(),
                    _ => "several".to_owned(),
                },
                _ => "none".to_owned(),
            });
            for (column, days) in &mut rows.days {
                days.push(record.int(column));
            }
        }
        rows
    }

    fn days(&self, column: &str) -> &[Option<i64>] {
        self.days.iter().find(|(name, _)| *name == column).map_or(&[], |(_, days)| days)
    }

    /// A day counts half, so that what ended on the day it landed was watched at all.
    fn times(&self, cause: impl Fn(usize) -> Option<(u32, i64)>) -> Outcome {
        let (mut time, mut causes) = (Vec::new(), Vec::new());
        for row in 0..self.arm.len() {
            let ended = cause(row).filter(|(_, days)| *days <= self.observed[row]);
            let (cause, days) = ended.unwrap_or((0, self.observed[row]));
            time.push(days as f64 + 0.5);
            causes.push(cause);
        }
        let follow_up = self.observed.iter().map(|days| *days as f64 + 0.5).collect();
        Outcome::Times { entry: vec![0.0; time.len()], time, cause: causes, follow_up }
    }

    fn strata(&self) -> Vec<Stratum> {
        let quarter = |at: &Option<DateTime<Utc>>| {
            at.map_or("unknown".to_owned(), |at| format!("{}-Q{}", at.year(), at.month0() / 3 + 1))
        };
        let risk = |fixes: &i64| match fixes {
            0 => "0 fixes",
            1..=2 => "1 to 2 fixes",
            3..=9 => "3 to 9 fixes",
            _ => "more fixes",
        };
        let of = |name: &'static str, labels: Vec<String>| {
            let (levels, names) = codes(&labels);
            (name, levels, names)
        };
        vec![
            of("task", self.task.clone()),
            of("language", self.language.clone()),
            of("quarter", self.merged.iter().map(quarter).collect()),
            of(FILE_RISK, self.risk.iter().map(risk).map(str::to_owned).collect()),
            of("repository", self.repo.clone()),
        ]
    }

    fn changes(&self, outcome: Outcome, is_searched: bool, strata: &[Stratum], is_risk_heeded: bool) -> Changes {
        let is_heeded = |(name, _, names): &&Stratum| names.len() > 1 && (is_risk_heeded || *name != FILE_RISK);
        let strata = strata.iter().filter(is_heeded).map(|(name, levels, _)| ((*name).to_owned(), levels.clone()));
        let merged = |at: &Option<DateTime<Utc>>| at.map_or(0.0, |at| at.timestamp() as f64 / 86_400.0);
        Changes {
            tier: Some(self.tier.clone()),
            is_outcome_searched: is_searched,
            author: Some(codes(&self.author).0),
            repo: Some(codes(&self.repo).0),
            size: Some(self.size.clone()),
            strata: strata.collect(),
            merged: Some(self.merged.iter().map(merged).collect()),
            ..Changes::new(self.arm.clone(), outcome)
        }
    }

    fn question(&self, asked: &'static Asked, strata: &[Stratum]) -> Question {
        let days = self.days(asked.column);
        let outcome = self.times(|row| Some((1, days[row]?)));
        let study = Study::Changes(Box::new(self.changes(outcome, asked.is_searched, strata, true)));
        Question { name: asked.title.to_owned(), study, is_negative_control: false }
    }

    /// Whether its files had been fixed before it came, which nothing about it can have influenced.
    fn control(&self, strata: &[Stratum]) -> Question {
        let outcome = Outcome::Share(self.risk.iter().map(|fixes| *fixes > 0).collect());
        let study = Study::Changes(Box::new(self.changes(outcome, false, strata, false)));
        Question { name: "fixes of their files before they landed".to_owned(), study, is_negative_control: true }
    }

    fn curve(&self, column: &str, arm: Arm) -> Option<Curve> {
        let (author, _) = codes(&self.author);
        let days = self.days(column);
        let of_arm = (0..self.arm.len()).filter(|row| self.arm[*row] == arm);
        let row = |row: usize| {
            let ended = days[row].filter(|days| *days <= self.observed[row]);
            let age = ended.unwrap_or(self.observed[row]).clamp(0, i64::from(u32::MAX)) as u32;
            let has_ended = u64::from(ended.is_some());
            Row { cluster: author[row], age, ended: has_ended, alive: 1 - has_ended }
        };
        Curve::of(of_arm.map(row).collect())
    }

    /// The end that came first, by its place in [`ENDS`] from 1.
    fn end(&self, row: usize) -> Option<(u32, i64)> {
        let ends = (1..).zip(ENDS).filter_map(|(cause, (column, _))| Some((self.days(column)[row]?, cause)));
        ends.min().map(|(days, cause)| (cause, days))
    }

    fn became(&self) -> Vec<Became> {
        let Outcome::Times { time, cause: causes, follow_up, .. } = self.times(|row| self.end(row)) else {
            return Vec::new();
        };
        let of_arm = |arm: Arm| {
            let rows: Vec<usize> = (0..time.len()).filter(|row| self.arm[*row] == arm).collect();
            let (time, cause): (Vec<f64>, Vec<u32>) = rows.iter().map(|row| (time[*row], causes[*row])).unzip();
            let longest = rows.iter().map(|row| follow_up[*row]).fold(0.0, f64::max);
            Some((AalenJohansen::of(&time, &cause, None).ok()?, longest))
        };
        let (Some((ai, ai_end)), Some((rest, rest_end))) = (of_arm(Arm::Ai), of_arm(Arm::Human)) else {
            return Vec::new();
        };
        let mut told = Vec::new();
        for days in AGES.into_iter().filter(|days| *days <= ai_end.min(rest_end)) {
            for (cause, (_, end)) in (1..).zip(ENDS) {
                let of_arm = |arm: Arm, incidence: &AalenJohansen| {
                    let rows = || (0..time.len()).filter(|row| self.arm[*row] == arm);
                    let events = rows().filter(|row| causes[*row] == cause && time[*row] <= days).count() as u64;
                    let watched = rows().filter(|row| follow_up[*row] >= days).count() as u64;
                    let got = incidence.at(cause, days);
                    let limit = |by: f64| (got.value + by * Z * got.error).clamp(0.0, 1.0);
                    let interval = Interval { value: got.value, low: limit(-1.0), high: limit(1.0) };
                    // Where it never happened the error says nothing.
                    (if events == 0 { wilson(0, watched) } else { Some(interval) }, events)
                };
                let (ai, rest) = (of_arm(Arm::Ai, &ai), of_arm(Arm::Human, &rest));
                if let (true, (Some(ai_share), Some(rest_share))) = (ai.1 + rest.1 > 0, (ai.0, rest.0)) {
                    told.push(Became { end, days, arms: [ai_share, rest_share], events: [ai.1, rest.1] });
                }
            }
        }
        told
    }

    /// Days to the first revert or fix.
    fn failed(&self, row: usize) -> Option<i64> {
        [self.days("reverted_days")[row], self.days("first_fix_days")[row]].into_iter().flatten().min()
    }

    /// Of these changes those watched for an age, and to how many of them it happened; null unless all could be watched.
    fn failed_by(&self, rows: &[usize], age: f64) -> Option<(u64, u64)> {
        let is_watched = rows.iter().all(|row| self.observed[*row] as f64 >= age);
        let failed = rows.iter().filter(|row| self.failed(**row).is_some_and(|days| (days as f64) < age)).count();
        is_watched.then_some((rows.len() as u64, failed as u64))
    }

    fn authors(&self, rows: &[usize]) -> usize {
        rows.iter().map(|row| &self.author[*row]).collect::<BTreeSet<_>>().len()
    }

    fn cohorts(&self) -> Vec<Cohort> {
        let mut months: BTreeMap<NaiveDate, Vec<usize>> = BTreeMap::new();
        for (row, month) in self.month.iter().enumerate() {
            month.iter().for_each(|month| months.entry(*month).or_default().push(row));
        }
        let of_month = |(month, rows): (NaiveDate, Vec<usize>)| {
            let is_told = self.authors(&rows) >= AUTHORS;
            let counted = AGES.map(|age| self.failed_by(&rows, age).filter(|_| is_told));
            Cohort {
                month,
                changes: rows.len() as u64,
                by_age: counted.map(|counted| counted.and_then(|(n, events)| wilson(events, n))),
                events: counted.map(|counted| counted.map_or(0, |(_, events)| events)),
            }
        };
        months.into_iter().map(of_month).collect()
    }

    /// Repositories with enough people and events behind them. Where one alone would be left out, the smallest of the others
    /// goes with it, lest it be told by subtraction.
    fn places(&self) -> Vec<Place> {
        let mut repos: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, repo) in self.repo.iter().enumerate().filter(|(row, _)| self.observed[*row] as f64 >= AGES[1]) {
            repos.entry(repo).or_default().push(row);
        }
        if repos.len() < 2 {
            return Vec::new();
        }
        let all = repos.len();
        let place = |(repo, rows): (&str, Vec<usize>)| {
            let (changes, events) = self.failed_by(&rows, AGES[1])?;
            let is_told = self.authors(&rows) >= AUTHORS && events >= EVENTS;
            Some(Place { repo: repo.to_owned(), changes, events, share: wilson(events, changes)? }).filter(|_| is_told)
        };
        let mut places: Vec<Place> = repos.into_iter().filter_map(place).collect();
        if all - places.len() == 1
            && let Some(smallest) = (0..places.len()).min_by_key(|at| places[*at].changes)
        {
            places.remove(smallest);
        }
        places
    }
}
