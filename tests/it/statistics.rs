//! The estimators against cases computed by R, kept outside this repository: every case of `SHIPWAKE_SHARED/stats`
//! whose estimator is known here, whatever its name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shipwake::analysis::stats::survival::{Curve, Row};

/// Folder of the cases; `None` where there is none.
fn oracle() -> Option<PathBuf> {
    let shared = std::env::var_os("SHIPWAKE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = shared.join("stats");
    if !folder.is_dir() {
        eprintln!("{} is no folder: the estimators were not compared with R", folder.display());
        return None;
    }
    Some(folder)
}

fn cases(folder: &Path, estimator: &str) -> Vec<Value> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("expected")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| serde_json::from_str::<Value>(&std::fs::read_to_string(file).unwrap()).unwrap();
    let all = files.iter().map(read).flat_map(|cases| cases["cases"].as_array().cloned().unwrap_or_default());
    all.filter(|case| case["estimator"] == estimator).collect()
}

/// One curve per group, every subject a cluster of its own. Times that are not whole days are taken in order: a curve
/// depends on their order only.
fn curves(folder: &Path, case: &Value) -> BTreeMap<String, Timed> {
    let mut table = csv::Reader::from_path(folder.join(case["input"].as_str().unwrap())).unwrap();
    let heads = table.headers().unwrap().clone();
    let spec = |word: &str| heads.iter().position(|head| Some(head) == case["spec"][word].as_str());
    let (time, event, group) = (spec("time").unwrap(), spec("event").unwrap(), spec("group"));
    let mut subjects: BTreeMap<String, Vec<(f64, bool)>> = BTreeMap::new();
    for row in table.records().map(Result::unwrap) {
        let name = group.map_or("all".to_owned(), |group| format!("{}={}", &heads[group], &row[group]));
        subjects.entry(name).or_default().push((row[time].parse().unwrap(), row[event].parse::<f64>().unwrap() > 0.0));
    }
    subjects.into_iter().map(|(name, subjects)| (name, Timed::of(&subjects))).collect()
}

/// A curve over the ranks of its times.
struct Timed {
    times: Vec<f64>,
    curve: Curve,
}

impl Timed {
    fn of(subjects: &[(f64, bool)]) -> Self {
        let mut times: Vec<f64> = subjects.iter().map(|(time, _)| *time).collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let rank = |time: f64| times.partition_point(|known| *known < time) as u32 + 1;
        let row = |(at, &(time, ended)): (usize, &(f64, bool))| Row {
            cluster: at as u32,
            age: rank(time),
            ended: u64::from(ended),
            alive: u64::from(!ended),
        };
        let curve = Curve::of(subjects.iter().enumerate().map(row).collect()).unwrap();
        Self { times, curve }
    }

    /// What a check asks for; `None` for what is not computed here.
    fn answer(&self, what: &str) -> Option<f64> {
        let time = |rank: f64| {
            let at = |rank: f64| self.times[rank as usize - 1];
            if rank.is_finite() { (at(rank.floor()) + at(rank.ceil())) / 2.0 } else { rank }
        };
        match what {
            "median" => return self.curve.half_life().map(|half| time(half.value)),
            "median_lo.log-log" => return self.curve.half_life().map(|half| time(half.low)),
            "median_hi.log-log" => return self.curve.half_life().map(|half| time(half.high)),
            _ => {}
        }
        let (at, what) = what.strip_prefix('t')?.split_once('.')?;
        let at: f64 = at.parse().ok()?;
        let passed = self.times.partition_point(|time| *time <= at) as u32;
        let reached = self.times.partition_point(|time| *time < at) as u32 + 1;
        let step = self.curve.steps().iter().rfind(|step| step.age <= passed);
        let survival = step.map_or(1.0, |step| step.survival);
        let is_inner = survival > 0.0 && survival < 1.0;
        match what {
            "at_risk" => Some(self.curve.at_risk(reached).0 as f64),
            "surv" => Some(survival),
            "greenwood_se" if survival > 0.0 => Some(survival * step.map_or(0.0, |step| step.variance).sqrt()),
            // Where nothing has ended R gives no width; here the number of clusters does.
            "lo.log-log" if is_inner => self.curve.at(passed).map(|at| at.low),
            "hi.log-log" if is_inner => self.curve.at(passed).map(|at| at.high),
            _ => None,
        }
    }
}

#[test]
fn survival_is_as_r_says() {
    let Some(folder) = oracle() else { return };
    let mut compared = 0;
    for case in cases(&folder, "km").iter().filter(|case| case["spec"]["entry"].is_null()) {
        let curves = curves(&folder, case);
        for (check, want) in case["checks"].as_object().unwrap() {
            let (group, what) = check.split_once('.').unwrap();
            let Some(got) = curves[group].answer(what) else { continue };
            let want = want.as_f64().unwrap();
            let tolerance = |of: &str| case["tol"]["default"][of].as_f64().unwrap();
            let allowed = tolerance("abs").max(tolerance("rel") * want.abs());
            assert!((got - want).abs() <= allowed, "{} {check}: {got} is not {want}", case["id"]);
            compared += 1;
        }
    }
    assert!(compared > 100, "the cases were found: {compared}");
}
