//! What can be judged: tables in memory, by what a row is.

use std::sync::Arc;

use crate::analysis::stats::adoption::Unit;
use crate::analysis::stats::numeric::codes;

/// A question with its rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Study {
    /// Rows are changes.
    Changes(Box<Changes>),
    /// Rows are counts of events over an exposure.
    Counts(Counts),
    /// Rows are spells of the same file, each ending with an event or without.
    Spells(Spells),
    /// Repositories or teams over time, some of which adopted.
    Adoption(Vec<Unit>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    Human,
    Ai,
    /// Nobody knows; never counted as human.
    Unknown,
}

/// When and how changes ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Watched from `entry` on (0: from the merge) until `time`, when it ended by a cause, or by none (0) and was last seen.
    Times { entry: Vec<f64>, time: Vec<f64>, cause: Vec<u32>, follow_up: Vec<f64> },
    /// Whether it failed within one window that all were watched for.
    Share(Vec<bool>),
}

impl Outcome {
    /// Whether it ended by the cause that is judged, at any time that was seen.
    pub fn failed(&self, wanted: u32) -> Vec<bool> {
        match self {
            Self::Share(failed) => failed.clone(),
            Self::Times { cause, .. } => cause.iter().map(|cause| *cause == wanted).collect(),
        }
    }
}

/// All changes of repositories, those too that landed before their repository began to use AI, or where none ever did: what
/// adoption is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Adopting {
    pub repo: Vec<u32>,
    /// Day of the merge.
    pub merged: Vec<f64>,
    /// Days on which the change's repository began to use AI; minus infinity is unknown, infinity never.
    pub adopted: Vec<f64>,
    pub outcome: Outcome,
}

/// A column to compare like with like by.
#[derive(Debug, Clone, PartialEq)]
pub struct Stratum {
    pub name: String,
    /// The level of each row, from 0.
    pub levels: Vec<u32>,
    /// What levels are called.
    pub names: Vec<String>,
}

impl Stratum {
    /// Levels in the order of their labels.
    pub fn of<T: Ord + Clone + ToString>(name: &str, labels: &[T]) -> Self {
        let (levels, names) = codes(labels);
        Self { name: name.to_owned(), levels, names: names.iter().map(T::to_string).collect() }
    }

    pub fn called(&self, level: u32) -> &str {
        self.names.get(level as usize).map_or("?", String::as_str)
    }

    /// The same counted from 0 without gaps.
    fn dense(&self) -> Self {
        let (levels, kept) = codes(&self.levels);
        let names = kept.into_iter().map(|level| self.called(level).to_owned()).collect();
        Self { name: self.name.clone(), levels, names }
    }
}

/// Changes of known arms or unknown. Optional columns are as long as `arm` where they are there.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    pub arm: Vec<Arm>,
    /// How much of it was AI's, in words; of AI changes only.
    pub tier: Option<Vec<String>>,
    pub outcome: Outcome,
    /// Failures have to be looked for (a bug that somebody traces), rather than are on record (a revert).
    pub is_outcome_searched: bool,
    pub author: Option<Vec<u32>>,
    pub repo: Option<Vec<u32>>,
    /// Lines.
    pub size: Option<Vec<f64>>,
    /// What like is compared with like by: task, file risk, language, quarter.
    pub strata: Vec<Stratum>,
    /// Further numbers to balance.
    pub covariates: Vec<(String, Vec<f64>)>,
    /// What hand-checking found, where it was done.
    pub audit: Option<Vec<Option<bool>>>,
    /// Day of the merge.
    pub merged: Option<Vec<f64>>,
    /// Of the outcome, how many of the failures that were found are failures of the change they are laid to, as measured.
    pub outcome_precision: Option<f64>,
    /// Rows of its own, of more changes than these.
    pub adopting: Option<Arc<Adopting>>,
}

impl Changes {
    /// Changes of which nothing else is known.
    pub fn new(arm: Vec<Arm>, outcome: Outcome) -> Self {
        Self {
            arm,
            tier: None,
            outcome,
            is_outcome_searched: false,
            author: None,
            repo: None,
            size: None,
            strata: Vec::new(),
            covariates: Vec::new(),
            audit: None,
            merged: None,
            outcome_precision: None,
            adopting: None,
        }
    }

    pub fn len(&self) -> usize {
        self.arm.len()
    }

    pub fn is_empty(&self) -> bool {
        self.arm.is_empty()
    }

    /// These rows, in this order.
    pub fn pick(&self, rows: &[usize]) -> Self {
        fn of<T: Clone>(column: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|row| column[*row].clone()).collect()
        }
        let codes = |column: &Option<Vec<u32>>| column.as_ref().map(|column| of(column, rows));
        let numbers = |column: &Option<Vec<f64>>| column.as_ref().map(|column| of(column, rows));
        Self {
            arm: of(&self.arm, rows),
            tier: self.tier.as_ref().map(|tier| of(tier, rows)),
            outcome: match &self.outcome {
                Outcome::Share(failed) => Outcome::Share(of(failed, rows)),
                Outcome::Times { entry, time, cause, follow_up } => Outcome::Times {
                    entry: of(entry, rows),
                    time: of(time, rows),
                    cause: of(cause, rows),
                    follow_up: of(follow_up, rows),
                },
            },
            is_outcome_searched: self.is_outcome_searched,
            author: codes(&self.author),
            repo: codes(&self.repo),
            size: numbers(&self.size),
            strata: self.strata.iter().map(|one| Stratum { levels: of(&one.levels, rows), ..one.clone() }).collect(),
            covariates: self.covariates.iter().map(|(name, column)| (name.clone(), of(column, rows))).collect(),
            audit: self.audit.as_ref().map(|audit| of(audit, rows)),
            merged: numbers(&self.merged),
            outcome_precision: self.outcome_precision,
            adopting: self.adopting.clone(),
        }
    }

    /// Changes whose arm is known.
    pub fn known(&self) -> Self {
        self.pick(&(0..self.len()).filter(|row| self.arm[*row] != Arm::Unknown).collect::<Vec<_>>())
    }

    /// The same with authors, repositories and strata counted from 0 without gaps.
    pub fn dense(&self) -> Self {
        let dense = |column: &Option<Vec<u32>>| column.as_ref().map(|column| codes(column).0);
        let strata = self.strata.iter().map(Stratum::dense).collect();
        Self { author: dense(&self.author), repo: dense(&self.repo), strata, ..self.clone() }
    }

    /// Numbers by which changes of the same content, whoever wrote them, are the same, and others differ in the order of
    /// their content.
    pub fn ranks(&self) -> Vec<u32> {
        let flag = |is_so: bool| f64::from(u8::from(is_so));
        let mut columns: Vec<Vec<f64>> = vec![self.arm.iter().map(|arm| f64::from(*arm as u8)).collect()];
        match &self.outcome {
            Outcome::Share(failed) => columns.push(failed.iter().map(|failed| flag(*failed)).collect()),
            Outcome::Times { entry, time, cause, follow_up } => {
                columns.extend([entry.clone(), time.clone(), follow_up.clone()]);
                columns.push(cause.iter().map(|cause| f64::from(*cause)).collect());
            }
        }
        columns.extend(self.size.clone());
        columns.extend(self.strata.iter().map(|one| one.levels.iter().map(|level| f64::from(*level)).collect()));
        columns.extend(self.covariates.iter().map(|(_, column)| column.clone()));
        columns.extend(self.merged.clone());
        let key = |row: usize| columns.iter().map(|column| column[row].to_bits()).collect::<Vec<_>>();
        codes(&(0..self.len()).map(key).collect::<Vec<_>>()).0
    }

    /// Unknown changes taken for one arm.
    pub fn unknown_as(&self, arm: Arm) -> Self {
        let known = |own: &Arm| if *own == Arm::Unknown { arm } else { *own };
        Self { arm: self.arm.iter().map(known).collect(), ..self.clone() }
    }

    /// 1 for AI, 0 for others.
    pub fn ai(&self) -> Vec<f64> {
        self.arm.iter().map(|arm| f64::from(u8::from(*arm == Arm::Ai))).collect()
    }

    pub fn log_size(&self) -> Option<Vec<f64>> {
        Some(self.size.as_ref()?.iter().map(|lines| lines.max(1.0).ln()).collect())
    }

    /// The size class of every change, by the most lines of each.
    pub fn size_class(&self, limits: &[f64]) -> Option<Stratum> {
        let class = |lines: &f64| limits.iter().filter(|limit| lines > limit).count() as u32;
        let names = limits.iter().map(|limit| format!("up to {limit} lines"));
        let largest = limits.last().map_or("any".to_owned(), |limit| format!("over {limit} lines"));
        Some(Stratum {
            name: "size".to_owned(),
            levels: self.size.as_ref()?.iter().map(class).collect(),
            names: names.chain([largest]).collect(),
        })
    }

    /// Whether it ended by the cause that is judged, at any time that was seen.
    pub fn failed(&self, wanted: u32) -> Vec<bool> {
        self.outcome.failed(wanted)
    }

    /// One number for every combination of these columns.
    pub fn combined(columns: &[&[u32]]) -> Option<Vec<u32>> {
        let rows = columns.first()?.len();
        let key = |row: usize| columns.iter().map(|column| column[row]).collect::<Vec<_>>();
        Some(codes(&(0..rows).map(key).collect::<Vec<_>>()).0)
    }

    /// Changes, events, and distinct authors of an arm.
    pub fn tally(&self, arm: Arm, cause: u32) -> (u64, u64, Option<u64>) {
        let failed = self.failed(cause);
        let rows: Vec<usize> = (0..self.len()).filter(|row| self.arm[*row] == arm).collect();
        let authors = self.author.as_ref().map(|author| {
            let mut own: Vec<u32> = rows.iter().map(|row| author[*row]).collect();
            own.sort_unstable();
            own.dedup();
            own.len() as u64
        });
        (rows.len() as u64, rows.iter().filter(|row| failed[**row]).count() as u64, authors)
    }
}

/// Events per exposure in units of which some have much AI.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    pub ai: Vec<f64>,
    pub events: Vec<f64>,
    pub exposure: Vec<f64>,
    pub cluster: Option<Vec<u32>>,
}

/// Spells (entry, time] of subjects to which the same thing can happen again and again.
#[derive(Debug, Clone, PartialEq)]
pub struct Spells {
    pub ai: Vec<f64>,
    pub subject: Vec<u32>,
    pub entry: Vec<f64>,
    pub time: Vec<f64>,
    pub event: Vec<bool>,
}
