//! The changes of the lake before the judge: each outcome asked as a question, with a control that AI cannot have influenced.
//!
//! AI is agent and assisted, the rest human and unknown, since the repository's first change with evidence of AI: in most
//! repositories hardly any change is known to be a person's alone. That some of the rest is AI's work without a label is not
//! forgotten: the judge says what the ratio would be for other recalls of labels.

mod adoption;
mod parts;
mod rows;

use adoption::History;
pub use parts::{AGES, Became, COHORT_AGES, Cohort, Counted, Place, Places};
use rows::Rows;

use super::audit;
use super::judge::outcomes::{Question, judge_all};
use super::judge::rules::Rules;
use super::judge::study::Arm;
use super::judge::{Judgement, assumptions};
use super::metrics::Needs;
use super::queries;
use super::sql::{QueryError, Sql};
use super::stats::survival::Curve;

/// A question about an outcome of changes.
#[derive(Debug)]
pub struct Asked {
    pub id: &'static str,
    pub title: &'static str,
    /// The outcome whose plain rates are told beside it.
    pub outcome: &'static str,
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
        outcome: "reverted",
        column: "reverted_days",
        needs: Needs::History,
        is_searched: false,
    },
    Asked {
        id: "judged_fixed",
        title: "Rewritten by a bug fix",
        outcome: "fixed_lines",
        column: "first_fix_days",
        needs: Needs::Contents,
        is_searched: true,
    },
    Asked {
        id: "judged_bug",
        title: "Linked to a bug that was fixed",
        outcome: "bug_inducing",
        column: "bug_days",
        needs: Needs::Inferred,
        is_searched: true,
    },
    Asked {
        id: "judged_incident",
        title: "Linked to an incident",
        outcome: "incident_linked",
        column: "incident_days",
        needs: Needs::Incidents,
        is_searched: true,
    },
];

/// What the judge says of one outcome.
#[derive(Debug)]
pub struct JudgedOutcome {
    pub asked: &'static Asked,
    pub judgement: Judgement,
    pub assumptions: Vec<assumptions::Assumption>,
    /// How long AI changes and the rest went without it.
    pub curves: [Option<Curve>; 2],
}

#[derive(Debug)]
pub struct Judged {
    pub rules: Rules,
    pub outcomes: Vec<JudgedOutcome>,
    /// Whether the control shows a difference: something else than AI is different about the arms.
    pub control: Option<Judgement>,
    pub became: Vec<Became>,
    pub cohorts: Vec<Cohort>,
    /// `None` where it is about one repository, or too few people are behind the others.
    pub places: Option<Places>,
    pub ai: u64,
    pub rest: u64,
    /// Changes of the audit, and how many of them are among the compared ones.
    pub audited: [u64; 2],
}

impl Judged {
    /// `link_precision` is that of inferred links where it was measured, `audited` what people found changes to be. Adoption is
    /// asked (`asks_adoption`) of several repositories and whole histories: within a window nobody can tell who had begun before.
    pub fn answer(
        sql: &mut Sql,
        rules: &Rules,
        withheld: impl Fn(Needs) -> Option<String>,
        asks_adoption: bool,
        link_precision: Option<f64>,
        audited: &audit::Truths,
    ) -> Result<Self, QueryError> {
        let rows = Rows::of(sql.run(queries::sql("judged_changes"))?.records(), audited);
        let history = if asks_adoption {
            History::of(sql.run(queries::sql("adoption_changes"))?.records())
        } else {
            History::default()
        };
        let is_told =
            |asked: &&Asked| withheld(asked.needs).is_none() && rows.days(asked.column).iter().any(Option::is_some);
        let told: Vec<&'static Asked> = ASKED.iter().filter(is_told).collect();
        let strata = rows.strata();
        let question = |asked: &&'static Asked| {
            let precision = link_precision.filter(|_| asked.needs == Needs::Inferred);
            rows.question(asked, &strata, history.before_and_after(asked.column), precision)
        };
        let mut questions: Vec<Question> = told.iter().map(question).collect();
        questions.push(rows.control(&strata));
        let mut judged = judge_all(&questions, rules);
        let control = judged.pop().map(|(_, judgement)| judgement).filter(|_| !rows.arm.is_empty());
        let outcomes = told.into_iter().zip(judged).map(|(asked, (_, judgement))| JudgedOutcome {
            asked,
            assumptions: assumptions::of(&judgement),
            judgement,
            curves: [Arm::Ai, Arm::Human].map(|arm| rows.curve(asked.column, arm)),
        });
        let has_contents = withheld(Needs::Contents).is_none();
        let count = |arm: Arm| rows.arm.iter().filter(|own| **own == arm).count() as u64;
        Ok(Self {
            rules: rules.clone(),
            outcomes: outcomes.collect(),
            control,
            became: if has_contents { rows.became() } else { Vec::new() },
            cohorts: if has_contents { rows.cohorts() } else { Vec::new() },
            places: rows.places().filter(|_| has_contents),
            ai: count(Arm::Ai),
            rest: count(Arm::Human),
            audited: [audited.len() as u64, rows.audited()],
        })
    }
}
