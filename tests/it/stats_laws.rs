//! What must hold of the estimators for any table: METHODS' metamorphic properties, and what is refused.

use proptest::prelude::*;
use shipwake::analysis::stats::bias::{Accuracy, exposure_corrected};
use shipwake::analysis::stats::bootstrap::{clustered_risk_ratio, tallies};
use shipwake::analysis::stats::competing::AalenJohansen;
use shipwake::analysis::stats::cox::{self, Data, Ties};
use shipwake::analysis::stats::glm::{self, Family};
use shipwake::analysis::stats::mantel_haenszel::pooled;
use shipwake::analysis::stats::refusal::Refusal;
use shipwake::analysis::stats::survival::product_limit::ProductLimit;
use shipwake::analysis::stats::two_by_two::TwoByTwo;
use shipwake::analysis::stats::weights::{self, Population};
use shipwake::analysis::stats::{clogit, log_rank};

/// Changes: arm, size, days watched, whether they failed, author.
#[derive(Debug, Clone)]
struct Changes {
    ai: Vec<f64>,
    size: Vec<f64>,
    time: Vec<f64>,
    failed: Vec<bool>,
    author: Vec<u32>,
}

impl Changes {
    fn pick(&self, rows: &[usize]) -> Self {
        Self {
            ai: rows.iter().map(|row| self.ai[*row]).collect(),
            size: rows.iter().map(|row| self.size[*row]).collect(),
            time: rows.iter().map(|row| self.time[*row]).collect(),
            failed: rows.iter().map(|row| self.failed[*row]).collect(),
            author: rows.iter().map(|row| self.author[*row]).collect(),
        }
    }

    fn y(&self) -> Vec<f64> {
        self.failed.iter().map(|failed| f64::from(u8::from(*failed))).collect()
    }

    /// Coefficients, errors of independent rows and errors clustered by author.
    fn cox(&self, ties: Ties) -> Result<[Vec<f64>; 3], Refusal> {
        let columns: [&[f64]; 2] = [&self.ai, &self.size];
        let fit = cox::fit(&Data { ties, ..Data::new(&self.time, &self.failed, &columns) })?;
        let clustered = fit.cluster_variance(&self.author)?.roots();
        Ok([fit.coefficients.clone(), fit.variance.roots(), clustered])
    }

    /// The same by logistic regression.
    fn logistic(&self) -> Result<[Vec<f64>; 3], Refusal> {
        let (y, columns) = (self.y(), [self.ai.as_slice(), self.size.as_slice()]);
        let fit =
            glm::fit(&glm::Data { y: &y, covariates: &columns, exposure: None, weights: None }, Family::Logistic)?;
        let clustered = fit.cluster_variance(&self.author)?.roots();
        Ok([fit.coefficients.clone(), fit.variance.roots(), clustered])
    }

    /// The same by weighting, of the log ratio.
    fn weighted(&self) -> Result<[f64; 3], Refusal> {
        let (_, scores) = weights::propensity(&self.ai, &[&self.size])?;
        let weight = Population::Overlap.weights(&self.ai, &scores);
        let got = weights::compare(&self.y(), &self.ai, &weight, Some(&self.author))?;
        Ok([got.ratio(), got.log_ratio_error, got.effective_ai])
    }

    fn strata(&self) -> Vec<TwoByTwo> {
        let mut strata = vec![TwoByTwo::default(); 4];
        for row in 0..self.ai.len() {
            let own = &mut strata[self.size[row] as usize % 4];
            let event = u64::from(self.failed[row]);
            if self.ai[row] > 0.0 {
                (own.ai_event, own.ai_n) = (own.ai_event + event, own.ai_n + 1);
            } else {
                (own.human_event, own.human_n) = (own.human_event + event, own.human_n + 1);
            }
        }
        strata
    }
}

fn changes() -> impl Strategy<Value = Changes> {
    let one = (any::<bool>(), 0u8..8, 1u16..40, prop::bool::weighted(0.5), 0u32..7);
    prop::collection::vec(one, 40..90).prop_map(|rows| Changes {
        ai: rows.iter().map(|row| f64::from(u8::from(row.0))).collect(),
        size: rows.iter().map(|row| f64::from(row.1)).collect(),
        time: rows.iter().map(|row| f64::from(row.2)).collect(),
        failed: rows.iter().map(|row| row.3).collect(),
        author: rows.iter().map(|row| row.4).collect(),
    })
}

fn shuffled() -> impl Strategy<Value = (Changes, Changes)> {
    changes().prop_flat_map(|changes| {
        let order = Just((0..changes.ai.len()).collect::<Vec<_>>()).prop_shuffle();
        order.prop_map(move |order| (changes.clone(), changes.pick(&order)))
    })
}

fn near(one: &[f64], other: &[f64]) -> bool {
    one.iter().zip(other).all(|(left, right)| (left - right).abs() <= 1e-7 * (1.0 + left.abs()))
}

/// The same to the last bit, what is no number included.
fn same(one: &impl std::fmt::Debug, other: &impl std::fmt::Debug) -> bool {
    format!("{one:?}") == format!("{other:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_rows_changes_no_bit((one, other) in shuffled()) {
        prop_assert!(same(&one.cox(Ties::Efron), &other.cox(Ties::Efron)));
        prop_assert!(same(&one.logistic(), &other.logistic()));
        prop_assert!(same(&one.weighted(), &other.weighted()));
        prop_assert!(same(&pooled(&one.strata()), &pooled(&other.strata())));
        let curve = |of: &Changes| ProductLimit::of_units(&of.time, &of.failed, None).unwrap();
        for day in [5.0, 10.0, 30.0] {
            prop_assert!(same(&curve(&one).at(day).survival, &curve(&other).at(day).survival));
            prop_assert!(same(&curve(&one).at(day).greenwood, &curve(&other).at(day).greenwood));
        }
        let arms = |of: &Changes| of.ai.iter().map(|ai| *ai as u32).collect::<Vec<_>>();
        let test = |of: &Changes| log_rank::test(&of.time, &of.failed, &arms(of), None, 1.0);
        prop_assert!(same(&test(&one), &test(&other)));
        let resampled = |of: &Changes| clustered_risk_ratio(&tallies(&of.y(), &of.ai, &of.author), 200, 5);
        prop_assert!(same(&resampled(&one), &resampled(&other)));
        let within = |of: &Changes| clogit::fit(&of.failed, &[&of.ai], &of.author);
        prop_assert!(same(&within(&one), &within(&other)));
    }

    #[test]
    fn names_of_authors_change_no_bit(one in changes()) {
        let other = Changes { author: one.author.iter().map(|author| (author * 5 + 3) % 7).collect(), ..one.clone() };
        prop_assert!(same(&one.cox(Ties::Efron), &other.cox(Ties::Efron)));
        prop_assert!(same(&one.logistic(), &other.logistic()));
        prop_assert!(same(&one.weighted(), &other.weighted()));
        let within = |of: &Changes| clogit::fit(&of.failed, &[&of.ai], &of.author);
        prop_assert!(same(&within(&one), &within(&other)));
        let columns: [&[f64]; 1] = [&one.ai];
        let stratified = |author: &[u32]| {
            let data = Data { strata: Some(author), ..Data::new(&one.time, &one.failed, &columns) };
            cox::fit(&data).map(|fit| (fit.coefficients.clone(), fit.log_likelihood))
        };
        prop_assert!(same(&stratified(&one.author), &stratified(&other.author)));
        let resampled = |of: &Changes| clustered_risk_ratio(&tallies(&of.y(), &of.ai, &of.author), 200, 5);
        prop_assert!(same(&resampled(&one), &resampled(&other)));
    }

    #[test]
    fn swapping_the_arms_inverts_ratios(one in changes()) {
        let other = Changes { ai: one.ai.iter().map(|ai| 1.0 - ai).collect(), ..one.clone() };
        if let (Ok(one), Ok(other)) = (one.cox(Ties::Efron), other.cox(Ties::Efron)) {
            prop_assert!((one[0][0] + other[0][0]).abs() < 1e-7 && near(&one[1], &other[1]) && near(&one[2], &other[2]));
        }
        if let (Ok(one), Ok(other)) = (one.weighted(), other.weighted()) {
            prop_assert!((one[0] * other[0] - 1.0).abs() < 1e-7 && (one[1] - other[1]).abs() < 1e-7);
        }
        let ratio = |of: &Changes| pooled(&of.strata()).ok()?.risk_ratio.map(|ratio| ratio.interval);
        if let (Some(one), Some(other)) = (ratio(&one), ratio(&other)) {
            prop_assert!((one.low * other.high - 1.0).abs() < 1e-9 && (one.value * other.value - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn hours_or_days_do_not_matter(one in changes()) {
        let other = Changes { time: one.time.iter().map(|days| days * 24.0).collect(), ..one.clone() };
        prop_assert_eq!(one.cox(Ties::Efron), other.cox(Ties::Efron));
    }

    #[test]
    fn every_row_twice_teaches_nothing(one in changes()) {
        let twice: Vec<usize> = (0..one.ai.len()).chain(0..one.ai.len()).collect();
        let other = one.pick(&twice);
        for (one, other) in [(one.cox(Ties::Breslow), other.cox(Ties::Breslow)), (one.logistic(), other.logistic())] {
            let (Ok(one), Ok(other)) = (one, other) else { continue };
            let halved: Vec<f64> = one[1].iter().map(|error| error / 2.0_f64.sqrt()).collect();
            prop_assert!(near(&one[0], &other[0]) && near(&halved, &other[1]) && near(&one[2], &other[2]));
        }
        if let (Ok(one), Ok(other)) = (pooled(&one.strata()), pooled(&other.strata())) {
            let ratio = |of: &shipwake::analysis::stats::mantel_haenszel::Pooled| of.risk_ratio.map_or(0.0, |r| r.interval.value);
            prop_assert!((ratio(&one) - ratio(&other)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_stratum_with_one_arm_changes_nothing(one in changes(), more in 1u64..50) {
        let (strata, lone) = (one.strata(), TwoByTwo { ai_event: more / 2, ai_n: more, ..TwoByTwo::default() });
        if let (Ok(plain), Ok(with)) = (pooled(&strata), pooled(&[strata.clone(), vec![lone]].concat())) {
            prop_assert_eq!(plain.dropped.0 + more, with.dropped.0);
            prop_assert_eq!((plain.risk_ratio, plain.breslow_day), (with.risk_ratio, with.breslow_day));
        }
        let columns: [&[f64]; 1] = [&one.ai];
        let data = Data { strata: Some(&one.author), ..Data::new(&one.time, &one.failed, &columns) };
        let mut with = one.clone();
        for at in 0..more {
            with.ai.push(1.0);
            with.time.push(at as f64);
            with.failed.push(at % 2 == 0);
            with.author.push(99);
        }
        let columns: [&[f64]; 1] = [&with.ai];
        let with = Data { strata: Some(&with.author), ..Data::new(&with.time, &with.failed, &columns) };
        if let (Ok(plain), Ok(with)) = (cox::fit(&data), cox::fit(&with)) {
            prop_assert!((plain.coefficients[0] - with.coefficients[0]).abs() < 1e-7);
        }
    }

    #[test]
    fn a_perfect_label_needs_no_correction(a in 0u64..50, n1 in 50u64..500, b in 0u64..50, n0 in 50u64..500) {
        let observed = TwoByTwo::new(a, n1, b, n0).unwrap();
        let same = exposure_corrected(&observed, Accuracy::PERFECT, Accuracy::PERFECT).unwrap();
        prop_assert_eq!((same.ai_event, same.human_event), (a as f64, b as f64));
        prop_assert_eq!((same.ai_n, same.human_n), (n1 as f64, n0 as f64));
    }

    #[test]
    fn changes_that_nobody_has_watched_yet_change_nothing(one in changes(), more in 1usize..20) {
        let mut with = one.clone();
        for at in 0..more {
            with.ai.push((at % 2) as f64);
            with.size.push(0.0);
            with.time.push(0.0);
            with.failed.push(false);
            with.author.push(0);
        }
        let curve = |of: &Changes| ProductLimit::of_units(&of.time, &of.failed, None).unwrap();
        for day in [1.0, 7.0, 30.0] {
            let (one, with) = (curve(&one).at(day), curve(&with).at(day));
            prop_assert_eq!((one.survival, one.greenwood, one.hazard), (with.survival, with.greenwood, with.hazard));
        }
        if let (Ok(one), Ok(with)) = (one.cox(Ties::Efron), with.cox(Ties::Efron)) {
            prop_assert!(near(&one[0], &with[0]) && near(&one[1], &with[1]) && near(&one[2], &with[2]));
        }
    }

    #[test]
    fn ends_and_survivors_make_one(one in changes(), day in 0.0f64..50.0) {
        let cause: Vec<u32> = one.failed.iter().zip(&one.size).map(|(failed, size)| if *failed { 1 + *size as u32 % 2 } else { 0 }).collect();
        let incidence = AalenJohansen::of(&one.time, &cause, None).unwrap();
        let survival = ProductLimit::of_units(&one.time, &one.failed, None).unwrap().at(day).survival;
        prop_assert!((incidence.at(1, day).value + incidence.at(2, day).value + survival - 1.0).abs() < 1e-12);
    }

    #[test]
    fn entering_at_the_start_is_no_late_entry(one in changes()) {
        let entry = vec![-1.0; one.time.len()];
        let columns: [&[f64]; 2] = [&one.ai, &one.size];
        let plain = cox::fit(&Data::new(&one.time, &one.failed, &columns));
        let late = cox::fit(&Data { entry: Some(&entry), ..Data::new(&one.time, &one.failed, &columns) });
        match (plain, late) {
            (Ok(plain), Ok(late)) => prop_assert!(near(&plain.coefficients, &late.coefficients)),
            (plain, late) => prop_assert_eq!(plain.err(), late.err()),
        }
    }
}

/// Twenty changes of two authors; the AI ones fail.
fn separated() -> Changes {
    Changes {
        ai: (0..20).map(|at| f64::from(at % 2)).collect(),
        size: (0..20).map(|at| f64::from(at % 5)).collect(),
        time: (0..20).map(|at| f64::from(1 + at / 2)).collect(),
        failed: (0..20).map(|at| at % 2 == 1).collect(),
        author: (0..20).map(|at| at % 3).collect(),
    }
}

#[test]
fn what_cannot_be_estimated_is_refused_by_name() {
    let changes = separated();
    let columns: [&[f64]; 1] = [&changes.ai];
    let none = [false; 20];
    assert_eq!(cox::fit(&Data::new(&changes.time, &none, &columns)).unwrap_err(), Refusal::NoEvents);
    let backwards: Vec<f64> = changes.time.iter().map(|time| time - 5.0).collect();
    let refusal = cox::fit(&Data::new(&backwards, &changes.failed, &columns)).unwrap_err();
    assert_eq!(refusal, Refusal::Negative { what: "a time", row: 0 });
    assert_eq!(ProductLimit::of_units(&backwards, &none, None).unwrap_err(), refusal);
    let unknown = [vec![f64::NAN], changes.ai[1..].to_vec()].concat();
    let refusal = cox::fit(&Data::new(&changes.time, &changes.failed, &[&unknown])).unwrap_err();
    assert_eq!(refusal, Refusal::NotFinite { what: "a covariate", row: 0 });
    let same: Vec<f64> = changes.size.iter().map(|size| 3.0 * size + 1.0).collect();
    let refusal = cox::fit(&Data::new(&changes.time, &changes.failed, &[&changes.size, &same])).unwrap_err();
    assert_eq!(refusal, Refusal::Collinear { column: 1 });
    assert_eq!(ProductLimit::of_units(&[], &[], None).unwrap_err(), Refusal::Empty { what: "units at risk" });
}

#[test]
fn perfect_separation_has_one_limit_and_no_estimate() {
    let changes = separated();
    let columns: [&[f64]; 1] = [&changes.ai];
    let data = Data::new(&changes.time, &changes.failed, &columns);
    let refusal = cox::fit(&data).unwrap_err();
    assert_eq!(refusal, Refusal::Separated { column: 0, direction: 1.0 });
    let least = cox::one_sided_limit(&data, 1.0).unwrap().exp();
    assert!(least > 1.5 && least < 100.0, "{least}");
    let swapped: Vec<f64> = changes.ai.iter().map(|ai| 1.0 - ai).collect();
    let columns: [&[f64]; 1] = [&swapped];
    let data = Data::new(&changes.time, &changes.failed, &columns);
    assert_eq!(cox::fit(&data).unwrap_err(), Refusal::Separated { column: 0, direction: -1.0 });
    let most = cox::one_sided_limit(&data, -1.0).unwrap().exp();
    assert!((most * least - 1.0).abs() < 1e-6, "{most} {least}");
}

#[test]
fn one_author_has_no_clustered_error() {
    let mut changes = separated();
    changes.failed = (0..20).map(|at| at % 3 == 1).collect();
    changes.author = vec![0; 20];
    let one = Refusal::TooFew { what: "clusters", got: 1, needed: 2 };
    assert_eq!(changes.cox(Ties::Efron), Err(one.clone()));
    assert_eq!(changes.logistic(), Err(one.clone()));
    assert_eq!(changes.weighted(), Err(one));
}

#[test]
fn all_events_on_one_day_and_no_days_watched_are_survived() {
    let mut changes = separated();
    changes.failed = (0..20).map(|at| at % 3 == 1).collect();
    changes.time = vec![4.0; 20];
    let [coefficients, errors, clustered] = changes.cox(Ties::Efron).unwrap();
    assert!(coefficients.iter().chain(&errors).chain(&clustered).all(|number| number.is_finite()));
    let curve = ProductLimit::of_units(&changes.time, &changes.failed, None).unwrap();
    assert_eq!((curve.at(3.0).survival, curve.at(4.0).ended), (1.0, 7));
    changes.time = vec![0.0; 20];
    assert!(changes.cox(Ties::Efron).is_ok());
    assert_eq!(ProductLimit::of_units(&changes.time, &changes.failed, None).unwrap().at(0.0).ended, 7);
}
