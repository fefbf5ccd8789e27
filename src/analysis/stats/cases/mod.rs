//! Any estimator by name: what it is run on, how, and what numbers come out.
//!
//! A specification is JSON: `estimator` says which, `spec` names columns and options, the table is whatever `input` was.
//! The numbers that come out have names, the same for every table. A case is a specification with the numbers somebody
//! else computed and how near they must be.

mod counts;
mod models;
mod spec;
mod times;

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusal::Refusal;
use super::table::Table;
use spec::Spec;

/// Named numbers.
pub type Answer = BTreeMap<String, f64>;

type Run = fn(&Spec<'_>) -> Result<Answer, Refusal>;

/// Every estimator that can be asked for.
const ESTIMATORS: &[(&str, Run)] = &[
    ("aj", times::aalen_johansen),
    ("clogit", models::clogit),
    ("cluster_bootstrap_rr", counts::cluster_bootstrap),
    ("cox", models::cox),
    ("did_2x2", models::did),
    ("evalue", counts::e_value),
    ("evalue_hr_common_outcome", counts::e_value_of_hazard_ratio),
    ("evalue_or_common_outcome", counts::e_value_of_odds_ratio),
    ("exposure_misclassification", counts::exposure_misclassification),
    ("finegray", times::fine_gray),
    ("fisher", counts::fisher),
    ("glm", models::glm),
    ("icc_design_effect", counts::design_effect),
    ("ipw_gcomp_aipw", models::weighting),
    ("km", times::kaplan_meier),
    ("label_audit", counts::label_audit),
    ("logrank", times::log_rank),
    ("mantel_haenszel", counts::mantel_haenszel),
    ("mcf", times::mean_cumulative),
    ("mh_rate_ratio", counts::mantel_haenszel_rates),
    ("mh_test", counts::mantel_haenszel_test),
    ("outcome_misclassification", counts::outcome_misclassification),
    ("padjust", counts::adjusted),
    ("poisson_exact", counts::poisson_exact),
    ("poisson_rate", counts::poisson_rate),
    ("power_prop", counts::power),
    ("probabilistic_bias", counts::probabilistic_bias),
    ("proportion_ci", counts::proportion),
    ("rate_ratio", counts::rate_ratio),
    ("rogan_gladen", counts::rogan_gladen),
    ("schoenfeld_events", counts::events_needed),
    ("schoenfeld_mde", counts::detectable_hazard_ratio),
    ("staggered_did", models::staggered),
    ("two_proportions", counts::two_proportions),
];

/// Names of all estimators, in order.
pub fn estimators() -> impl Iterator<Item = &'static str> {
    ESTIMATORS.iter().map(|(name, _)| *name)
}

/// Runs an estimator. `where` in the specification keeps only rows with these values; rows without a value in a column that
/// is used are left out and counted as `rows_left_out`. Refuses unknown estimators and columns, and what the estimator
/// itself refuses.
pub fn run(estimator: &str, spec: &Value, table: Option<&Table>) -> Result<Answer, Refusal> {
    let found = ESTIMATORS.iter().find(|(name, _)| *name == estimator);
    let (_, run) = found.ok_or_else(|| Refusal::Unknown { what: format!("estimator `{estimator}`") })?;
    let mut kept = table.cloned();
    for (column, value) in spec["where"].as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        kept = kept.map(|table| table.only(column, &value)).transpose()?;
    }
    let mut answer = run(&Spec::new(spec, kept.as_ref())).map_err(|refusal| named(refusal, spec))?;
    let missing = kept.as_ref().map_or(0, |table| incomplete(spec, table));
    if missing > 0 {
        answer.insert("rows_left_out".to_owned(), missing as f64);
    }
    Ok(answer)
}

/// A refused column by its name.
fn named(refusal: Refusal, spec: &Value) -> Refusal {
    let name = |column: usize| spec["covariates"][column].as_str();
    match &refusal {
        Refusal::Separated { column, .. } | Refusal::Collinear { column } => match name(*column) {
            Some(name) => Refusal::Impossible { what: format!("{refusal} (`{name}`)") },
            None => refusal,
        },
        _ => refusal,
    }
}

/// Rows in which a column that the specification names has no value: estimators leave them out.
fn incomplete(spec: &Value, table: &Table) -> usize {
    let words = spec.as_object().into_iter().flat_map(|said| said.values()).flat_map(|value| match value {
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect::<Vec<_>>(),
    });
    let named: Vec<&str> = words.filter(|name| table.has(name)).collect();
    table.rows() - table.complete(&named).rows()
}

/// A specification with the numbers wanted of it.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Case {
    pub id: String,
    pub estimator: String,
    #[serde(default)]
    pub input: Option<String>,
    #[serde(default)]
    pub spec: Value,
    #[serde(default)]
    pub checks: BTreeMap<String, Value>,
    #[serde(default)]
    pub tol: BTreeMap<String, Tolerance>,
}

/// How near is near: |got − want| ≤ max(abs, rel · |want|).
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
pub struct Tolerance {
    #[serde(default)]
    pub rel: f64,
    #[serde(default)]
    pub abs: f64,
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss {
    pub case: String,
    pub check: String,
    /// Not a number where there was none.
    pub got: f64,
    pub want: f64,
    pub allowed: f64,
    /// Why there is none.
    pub reason: Option<String>,
}

impl Case {
    /// How many numbers are checked.
    pub fn len(&self) -> usize {
        self.wanted().count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn wanted(&self) -> impl Iterator<Item = (&String, f64)> {
        self.checks.iter().filter_map(|(name, want)| Some((name, spec::number(want)?)))
    }

    /// The tolerance whose name is the longest within that of the check, else the default.
    pub fn allowed(&self, check: &str, want: f64) -> f64 {
        let fits = self.tol.iter().filter(|(part, _)| *part != "default" && check.contains(part.as_str()));
        let longest = fits.max_by_key(|(part, _)| part.len()).map(|(_, tolerance)| tolerance);
        let tolerance = longest.or_else(|| self.tol.get("default")).copied();
        let tolerance = tolerance.unwrap_or(Tolerance { rel: 1e-6, abs: 1e-9 });
        tolerance.abs.max(tolerance.rel * want.abs())
    }

    /// Runs it and holds every number against the one wanted.
    pub fn misses(&self, table: Option<&Table>) -> Vec<Miss> {
        let (answer, reason) = match run(&self.estimator, &self.spec, table) {
            Ok(answer) => (answer, None),
            Err(refusal) => (Answer::new(), Some(refusal.to_string())),
        };
        let miss = |(check, want): (&String, f64)| {
            let (got, allowed) = (answer.get(check).copied().unwrap_or(f64::NAN), self.allowed(check, want));
            let is_near = (got - want).abs() <= allowed;
            let miss =
                || Miss { case: self.id.clone(), check: check.clone(), got, want, allowed, reason: reason.clone() };
            (!is_near).then(miss)
        };
        self.wanted().filter_map(miss).collect()
    }
}
