//! Estimators on times to an event, by group.

use super::super::competing::{self, AalenJohansen};
use super::super::refusal::{Refusal, impossible};
use super::super::survival::product_limit::{ProductLimit, Scale};
use super::super::table::Table;
use super::super::{log_rank as test, recurrent};
use super::spec::printed;
use super::{Answer, Spec};

/// Days at which curves are read where the specification says none.
const USUAL: [f64; 5] = [7.0, 30.0, 90.0, 180.0, 365.0];

fn times(spec: &Spec<'_>) -> Vec<f64> {
    let said = spec.numbers("times");
    if said.is_empty() { USUAL.to_vec() } else { said }
}

/// Rows of every group, named `column=value`; one group named `all` without.
fn groups(spec: &Spec<'_>, table: &Table) -> Result<Vec<(String, Table)>, Refusal> {
    let Some(group) = spec.word("group") else { return Ok(vec![("all".to_owned(), table.clone())]) };
    let (codes, levels) = table.levels(group)?;
    let of = |(at, level): (usize, String)| {
        let rows: Vec<usize> = (0..table.rows()).filter(|row| codes[*row] as usize == at).collect();
        (format!("{group}={level}"), table.pick(&rows))
    };
    Ok(levels.into_iter().enumerate().map(of).collect())
}

/// Rows with values in every column that is used.
fn complete(spec: &Spec<'_>, used: &[&str]) -> Result<Table, Refusal> {
    let mut names = used.to_vec();
    names.extend(spec.word("entry"));
    names.extend(spec.word("group"));
    Ok(spec.table()?.complete(&names))
}

fn entry<'t>(spec: &Spec<'_>, table: &'t Table) -> Result<Option<&'t [f64]>, Refusal> {
    spec.word("entry").map(|name| table.numbers(name)).transpose()
}

/// Whether a row ended: above 0, or of the cause that the specification names.
fn ended(spec: &Spec<'_>, table: &Table, event: &str) -> Result<Vec<bool>, Refusal> {
    let cause = spec.number("cause");
    Ok(table.numbers(event)?.iter().map(|event| cause.map_or(*event > 0.0, |cause| *event == cause)).collect())
}

pub(super) fn kaplan_meier(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (time, event) = (spec.time()?, spec.event()?);
    let table = complete(spec, &[time, event])?;
    let mut numbers = Answer::new();
    for (group, rows) in groups(spec, &table)? {
        let curve = ProductLimit::of_units(rows.numbers(time)?, &ended(spec, &rows, event)?, entry(spec, &rows)?)?;
        for at in times(spec) {
            read(&curve, at, &format!("{group}.t{}", printed(at)), &mut numbers);
        }
        let (low, high) = curve.median_limits(Scale::LogLog);
        let medians = [("median", curve.median()), ("median_lo.log-log", low), ("median_hi.log-log", high)];
        let known = medians.into_iter().filter_map(|(name, value)| Some((format!("{group}.{name}"), value?)));
        numbers.extend(known);
        if let Some(tau) = spec.number("tau") {
            let (mean, error) = curve.restricted_mean(tau);
            numbers.insert(format!("{group}.rmst"), mean);
            numbers.insert(format!("{group}.rmst_se"), error);
        }
    }
    Ok(numbers)
}

fn read(curve: &ProductLimit, at: f64, name: &str, numbers: &mut Answer) {
    let point = curve.at(at);
    let mut put = |what: &str, value: f64| numbers.extend([(format!("{name}.{what}"), value)]);
    put("at_risk", curve.at_risk(at) as f64);
    put("surv", point.survival);
    put("nelson_aalen", point.hazard);
    put("nelson_aalen_se", point.hazard_variance.sqrt());
    if point.survival > 0.0 {
        put("greenwood_se", point.survival * point.greenwood.sqrt());
    }
    for (scale, word) in [(Scale::Plain, "plain"), (Scale::Log, "log"), (Scale::LogLog, "log-log")] {
        if let Some(interval) = point.interval(scale) {
            put(&format!("lo.{word}"), interval.low);
            put(&format!("hi.{word}"), interval.high);
        }
    }
}

pub(super) fn log_rank(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (time, event, group) = (spec.time()?, spec.event()?, spec.treatment()?);
    let mut used = vec![time, event, group];
    used.extend(spec.words("strata"));
    let table = complete(spec, &used)?;
    let strata = spec.words("strata");
    let strata = (!strata.is_empty()).then(|| table.combined(&strata)).transpose()?;
    let (groups, _) = table.levels(group)?;
    let rho = spec.number("rho").unwrap_or_default();
    let ended = ended(spec, &table, event)?;
    let got = test::test(table.numbers(time)?, &ended, &groups, strata.as_deref(), rho)?;
    let mut numbers = Answer::from([
        ("chisq".to_owned(), got.chi_squared),
        ("df".to_owned(), got.df as f64),
        ("p".to_owned(), got.p),
    ]);
    for (name, values) in [("observed", &got.observed), ("expected", &got.expected)] {
        numbers.extend(values.iter().enumerate().map(|(at, value)| (format!("{name}.{at}"), *value)));
    }
    Ok(numbers)
}

fn causes(table: &Table, event: &str) -> Result<Vec<u32>, Refusal> {
    let events = table.numbers(event)?;
    if events.iter().any(|event| *event < 0.0 || event.fract() != 0.0) {
        return impossible("a cause that is no whole number");
    }
    Ok(events.iter().map(|event| *event as u32).collect())
}

pub(super) fn aalen_johansen(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (time, event) = (spec.time()?, spec.event()?);
    let table = complete(spec, &[time, event])?;
    let mut numbers = Answer::new();
    for (group, rows) in groups(spec, &table)? {
        let (times_of, cause, entry) = (rows.numbers(time)?, causes(&rows, event)?, entry(spec, &rows)?);
        let incidence = AalenJohansen::of(times_of, &cause, entry)?;
        for own in incidence.causes() {
            let is_own: Vec<bool> = cause.iter().map(|cause| cause == own).collect();
            let alone = ProductLimit::of_units(times_of, &is_own, entry)?;
            for at in times(spec) {
                let (name, got) = (format!("{group}.cause{own}.t{}", printed(at)), incidence.at(*own, at));
                numbers.insert(format!("{name}.cif"), got.value);
                numbers.insert(format!("{name}.se"), got.error);
                numbers.insert(format!("{name}.WRONG_one_minus_km"), 1.0 - alone.at(at).survival);
            }
        }
    }
    Ok(numbers)
}

pub(super) fn fine_gray(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (time, event, covariates) = (spec.time()?, spec.event()?, spec.covariates()?);
    let table = complete(spec, &[&[time, event], covariates.as_slice()].concat())?;
    let columns = covariates.iter().map(|name| table.numbers(name)).collect::<Result<Vec<_>, _>>()?;
    let cause = spec.number("cause").unwrap_or(1.0) as u32;
    let fit = competing::fine_gray(table.numbers(time)?, &causes(&table, event)?, cause, &columns)?;
    let mut numbers = Answer::new();
    for (name, coefficient) in covariates.iter().zip(&fit.coefficients) {
        numbers.insert(format!("coef.{name}"), *coefficient);
        numbers.insert(format!("shr.{name}"), coefficient.exp());
    }
    Ok(numbers)
}

pub(super) fn mean_cumulative(spec: &Spec<'_>) -> Result<Answer, Refusal> {
    let (time, event) = (spec.time()?, spec.event()?);
    let from = spec.column(&["entry"], &["start", "entry", "entry_days"])?;
    let table = complete(spec, &[time, event, from])?;
    let mut numbers = Answer::new();
    for (group, rows) in groups(spec, &table)? {
        let ended = ended(spec, &rows, event)?;
        let steps = recurrent::mean_cumulative(rows.numbers(from)?, rows.numbers(time)?, &ended)?;
        for at in times(spec) {
            numbers.insert(format!("{group}.t{}.mcf", printed(at)), recurrent::by(&steps, at));
        }
    }
    Ok(numbers)
}
