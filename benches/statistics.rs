//! What statistics cost on a million rows: CPU seconds on one core.
//!
//! `taskset -c 0 cargo bench --bench statistics -- [ROWS]`
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]

mod clock;

use shipwake::analysis::stats::chance::Chance;
use shipwake::analysis::stats::competing::AalenJohansen;
use shipwake::analysis::stats::cox::{Data, Fit, fit};
use shipwake::analysis::stats::mantel_haenszel::pooled;
use shipwake::analysis::stats::survival::product_limit::ProductLimit;
use shipwake::analysis::stats::two_by_two::TwoByTwo;
use shipwake::analysis::stats::{glm, log_rank};

use clock::timed;

/// Covariates of the proportional hazards model.
const COVARIATES: usize = 10;

/// Changes by chance: failing at a constant pace that depends on the covariates, watched for 30 to 400 days.
struct Rows {
    time: Vec<f64>,
    failed: Vec<bool>,
    columns: Vec<Vec<f64>>,
    author: Vec<u32>,
}

fn rows(count: usize) -> Rows {
    let mut made = Rows {
        time: Vec::with_capacity(count),
        failed: Vec::with_capacity(count),
        columns: vec![Vec::new(); COVARIATES],
        author: Vec::with_capacity(count),
    };
    for row in 0..count {
        let mut chance = Chance::new(1, row as u64);
        let mut pace = 1e-3_f64;
        for (at, column) in made.columns.iter_mut().enumerate() {
            let x = if at == 0 { f64::from(u8::from(chance.part() < 0.4)) } else { chance.normal() };
            pace *= (0.1 * x).exp();
            column.push(x);
        }
        let (lasts, watched) = ((-chance.part().ln() / pace).ceil(), (30.0 + 370.0 * chance.part()).floor());
        made.time.push(lasts.min(watched));
        made.failed.push(lasts <= watched);
        made.author.push(chance.below(2000) as u32);
    }
    made
}

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(1_000_000);
    let (rows, _) = timed(&format!("{count} rows made"), || rows(count));
    let (curve, _) = timed("Kaplan–Meier", || ProductLimit::of_units(&rows.time, &rows.failed, None));
    println!("  S(90) = {:.6}", curve.map_or(f64::NAN, |curve| curve.at(90.0).survival));
    let arm: Vec<u32> = rows.columns[0].iter().map(|ai| *ai as u32).collect();
    timed("log-rank", || log_rank::test(&rows.time, &rows.failed, &arm, None, 0.0).map(|test| test.chi_squared)).0.ok();
    let (ratio, _) = timed("Mantel–Haenszel over 2000 strata", || mantel_haenszel(&rows));
    println!("  risk ratio {ratio:.6}");
    let cause: Vec<u32> =
        rows.failed.iter().zip(&rows.author).map(|(failed, at)| if *failed { 1 + at % 3 } else { 0 }).collect();
    timed("Aalen–Johansen", || AalenJohansen::of(&rows.time, &cause, None).map(|all| all.at(1, 90.0))).0.ok();
    let columns: Vec<&[f64]> = rows.columns.iter().map(Vec::as_slice).collect();
    let (model, _) = timed("Cox, 10 covariates", || fit(&Data::new(&rows.time, &rows.failed, &columns)));
    if let Ok(model) = &model {
        println!("  coefficient {:.6}, error {:.6}", model.coefficients[0], model.variance.roots()[0]);
        timed("its errors by cluster", || clustered(model, &rows.author));
    }
    let y: Vec<f64> = rows.failed.iter().map(|failed| f64::from(u8::from(*failed))).collect();
    let data = glm::Data { y: &y, covariates: &columns, exposure: None, weights: None };
    timed("logistic regression, 10 covariates", || glm::fit(&data, glm::Family::Logistic).map(|fit| fit.deviance))
        .0
        .ok();
}

fn clustered(model: &Fit, author: &[u32]) -> f64 {
    model.cluster_variance(author).map_or(f64::NAN, |variance| variance.get(0, 0))
}

fn mantel_haenszel(rows: &Rows) -> f64 {
    let mut strata = vec![TwoByTwo::default(); 2000];
    for row in 0..rows.time.len() {
        let own = &mut strata[rows.author[row] as usize];
        let is_ai = rows.columns[0][row] > 0.0;
        let (event, n) =
            if is_ai { (&mut own.ai_event, &mut own.ai_n) } else { (&mut own.human_event, &mut own.human_n) };
        *event += u64::from(rows.failed[row]);
        *n += 1;
    }
    pooled(&strata).ok().and_then(|pooled| pooled.risk_ratio).map_or(f64::NAN, |ratio| ratio.interval.value)
}
