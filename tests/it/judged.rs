//! The judge in the report: changes with a planted truth in a lake, and what the panels say of them.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use serde_json::Value;
use shipwake::analysis::audit::Truths;
use shipwake::analysis::judge::rules::Rules;
use shipwake::analysis::metrics::Minimum;
use shipwake::analysis::metrics::trust::Gate;
use shipwake::analysis::sql::Selection;
use shipwake::analysis::{Asking, analyse};
use shipwake::facts::store::Lake;
use shipwake::facts::{Change, ChangeKind, CommitId, Origin, Repo};
use shipwake::report;

use crate::dice::Dice;
use crate::rows::Thrown as _;

const MONTHS: i64 = 10;
/// Changes of a repository in a month.
const BUSY: i64 = 30;
const AUTHORS: usize = 8;

fn start() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().and_time(chrono::NaiveTime::MIN).and_utc()
}

/// Of 100 changes, how many are reverted: of AI's, and of the others.
type Planted = (usize, usize);

/// A change a day, every second one by AI from `adopted` months after the start on; reverted ones are after ten days.
fn changes(repo: usize, adopted: Option<i64>, planted: Planted, dice: &mut Dice) -> Vec<Change> {
    let end = start() + TimeDelta::days(MONTHS * 30 + 100);
    let one = |at: i64| {
        let merged = start() + TimeDelta::days(at);
        let is_ai = adopted.is_some_and(|month| at >= month * 30) && at % 2 == 0;
        let fails = dice.below(100) < if is_ai { planted.0 } else { planted.1 };
        let observed = (end - merged).num_days();
        Change {
            change_id: CommitId::new(format!("{repo:08x}{at:032x}")),
            kind: ChangeKind::Direct,
            pull: None,
            merged_at: Some(merged),
            week: None,
            month: merged.date_naive().with_day(1),
            subject: "Work".into(),
            origin: if is_ai { Origin::Assisted } else { Origin::Unknown },
            origin_reason: "planted".into(),
            agents: if is_ai { vec!["claude-code".into()] } else { vec![] },
            author: format!("p{repo}-{}", dice.below(AUTHORS)).into(),
            commits: 1,
            size: 20,
            added: 10,
            deleted: 10,
            files: 1,
            source_files: 1,
            languages: vec!["rust".into()],
            is_fix: false,
            is_revert: false,
            task: "feat".into(),
            file_risk: 0,
            author_days: Some(100),
            author_hour: Some(12),
            reverted_at: fails.then(|| merged + TimeDelta::days(10)),
            reverted_by: None,
            reapplied_at: None,
            is_undone: false,
            first_fix_at: None,
            first_fix_by: None,
            first_file_fix_at: None,
            first_file_fix_by: None,
            incident_at: None,
            incident_by: None,
            superseded_at: None,
            superseded_by: None,
            bug_at: None,
            bug_by: None,
            observed_until: Some(end),
            observed_days: Some(observed),
            reverted_days: fails.then_some(10),
            first_fix_days: None,
            first_file_fix_days: None,
            incident_days: None,
            superseded_days: None,
            bug_days: None,
        }
    };
    (0..MONTHS * BUSY).map(one).collect()
}

/// Repositories by when they adopted and what is planted; the report as JSON, and the panel of an id.
fn report(repos: &[(Option<i64>, Planted)], audited: impl Fn(&Change) -> Option<Origin>) -> Value {
    report_by(repos, audited, |_, _| ())
}

/// The same with changes made otherwise first; they are given with the place of their repository.
fn report_by(
    repos: &[(Option<i64>, Planted)],
    audited: impl Fn(&Change) -> Option<Origin>,
    otherwise: impl Fn(usize, &mut [Change]),
) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let lake = Lake::create(dir.path()).unwrap();
    let mut dice = Dice::new(7);
    let mut truths = Truths::new();
    for (at, (adopted, planted)) in repos.iter().enumerate() {
        let name = format!("o/r{at}");
        let mut changes = changes(at, *adopted, *planted, &mut dice);
        otherwise(at, &mut changes);
        let found = changes.iter().filter_map(|change| Some((change.change_id.to_string(), audited(change)?)));
        truths.extend(found.map(|(change, origin)| ((name.clone(), change), origin)));
        let repo = Repo {
            is_shallow: false,
            is_partial: false,
            is_truncated: false,
            url: None,
            default_branch: Some("main".into()),
            ..Repo::thrown(&mut dice)
        };
        let mut write = lake.write(&name).unwrap();
        write.put(&changes).unwrap();
        write.put(&[repo]).unwrap();
        write.commit().unwrap();
    }
    let rules = Rules::default();
    let by = Asking { minimum: Minimum::default(), gate: Gate::default(), rules: &rules, audited: &truths };
    let analysis = analyse(&lake, &Selection::default(), by).unwrap();
    serde_json::to_value(report::assemble(&analysis, start() + TimeDelta::days(500))).unwrap()
}

fn panel<'a>(report: &'a Value, id: &str) -> &'a Value {
    let mut panels = report["panels"].as_array().unwrap().iter();
    panels.find(|panel| panel["id"] == id).unwrap_or_else(|| panic!("no panel {id}"))
}

/// The rows of a panel's table by its title's start: first cell and the others.
fn rows<'a>(panel: &'a Value, title: &str) -> Vec<(&'a str, Vec<&'a Value>)> {
    let table = panel["tables"].as_array().unwrap().iter().find(|t| t["title"].as_str().unwrap().starts_with(title));
    let rows = table.unwrap_or_else(|| panic!("no table {title}"))["rows"].as_array().unwrap();
    let row = |row: &'a Value| {
        let cells = row["cells"].as_array().unwrap();
        (cells[0]["value"].as_str().unwrap(), cells[1..].iter().map(|cell| &cell["value"]).collect())
    };
    rows.iter().map(row).collect()
}

fn row<'a>(panel: &'a Value, title: &str, first: &str) -> Vec<&'a Value> {
    rows(panel, title).into_iter().find(|row| row.0 == first).unwrap_or_else(|| panic!("no row {first}")).1
}

fn interval(finding: &Value) -> [f64; 3] {
    assert_eq!(finding["kind"], "estimate", "{finding}");
    // JSON has no word for a limit that is none.
    ["low", "value", "high"].map(|key| finding[key].as_f64().unwrap_or(f64::INFINITY))
}

/// Six that adopt, one after the other, and as many that never do.
fn staggered(planted: Planted) -> Vec<(Option<i64>, Planted)> {
    (0..12).map(|at| ((at % 2 == 0).then_some(3 + at / 3), planted)).collect()
}

const LADDER: &str = "The same comparison, step by step";

#[test]
fn adoption_is_judged_against_those_who_never_adopted() {
    let report = report(&staggered((40, 10)), |_| None);
    let reverted = panel(&report, "judged_reverted");
    let [low, value, high] = interval(row(reverted, LADDER, "after adoption")[0]);
    // Half of the changes after adoption are AI's: 0.25 where 0.1 would have been.
    assert!(low > 1.2 && low < 2.5 && high > 2.5 && high < 5.0, "{low} {value} {high}");
    let [low, _, high] = interval(row(reverted, LADDER, "like with like")[0]);
    // Of hazards: ln 0.6 over ln 0.9.
    assert!(low > 1.0 && low < 4.85 && high > 4.85, "{low} {high}");
    assert!(!reverted["caveats"].to_string().contains("Pre trends"), "{}", reverted["caveats"]);
    let became = rows(panel(&report, "became"), "What came first");
    assert!(became.iter().any(|(age, _)| *age == "within 90 days"));
}

#[test]
fn too_few_that_never_adopted_are_no_design() {
    let mut repos = staggered((40, 10));
    repos.iter_mut().filter(|repo| repo.0.is_none()).skip(4).for_each(|repo| repo.0 = Some(4));
    let many = report(&repos, |_| None);
    let said = row(panel(&many, "judged_reverted"), LADDER, "after adoption")[0].to_string();
    assert!(said.contains("4 repositories that never used AI are too few: 5 are needed"), "{said}");
    let alone = report(&[(Some(0), (40, 20))], |_| None);
    let steps = rows(panel(&alone, "judged_reverted"), LADDER);
    assert!(steps.iter().all(|(step, _)| *step != "after adoption"), "of one repository nothing is said");
}

#[test]
fn repositories_stand_in_a_funnel_and_months_in_a_map() {
    let mut repos = vec![(Some(0), (20, 20)); 8];
    repos[7].1 = (60, 60);
    let report = report(&repos, |_| None);
    let places = panel(&report, "places");
    let answer = places["answer"].as_str().unwrap();
    assert!(answer.starts_with("8 repositories have enough"), "{answer}");
    let points = places["chart"]["points"].as_array().unwrap();
    let outlier = points.iter().find(|point| point["label"] == "o/r7").unwrap();
    assert!(points.len() == 8 && outlier["at"][1].as_f64().unwrap() > 50.0, "{points:?}");
    let limits = places["chart"]["lines"].as_array().unwrap().iter().filter(|line| line["label"] == "");
    let highest = limits.flat_map(|line| line["points"].as_array().unwrap()).map(|p| p[1].as_f64().unwrap());
    assert!(highest.fold(0.0, f64::max) < outlier["at"][1].as_f64().unwrap(), "beyond what chance would do");
    let months = panel(&report, "cohorts");
    let cells = |at: usize| months["chart"]["rows"][at]["values"].as_array().unwrap();
    assert_eq!(cells(0).len(), 7);
    assert!(cells(0)[0] == 0.0 && cells(0)[1].as_f64().unwrap() > 15.0, "reverted after ten days: {:?}", cells(0));
    let last = months["chart"]["rows"].as_array().unwrap().len() - 1;
    assert!(cells(last)[4].is_number() && cells(last)[5].is_null(), "watched for 100 days: {:?}", cells(last));
}

/// A repository whose changes are by so few people.
fn by_few(changes: &mut [Change], people: usize) {
    for (at, change) in changes.iter_mut().enumerate() {
        change.author = format!("few-{}", at % people).into();
    }
}

#[test]
fn what_few_people_did_is_told_nowhere() {
    let mut repos = vec![(Some(0), (40, 20)); 4];
    repos[3].1 = (90, 80);
    let report = report_by(
        &repos,
        |_| None,
        |at, changes| {
            if at == 3 {
                by_few(changes, 2)
            }
        },
    );
    let places = panel(&report, "places").to_string();
    assert!(!places.contains("o/r3") && places.contains("o/r1"), "two people's repository");
    assert_eq!(
        panel(&report, "places")["chart"]["points"].as_array().unwrap().len(),
        2,
        "and one more, lest it be subtracted"
    );
    let overturned = rows(panel(&report, "judged_reverted"), "What would overturn it");
    assert!(!format!("{overturned:?}").contains("o/r3"), "nor by what ratios differ");
    let few = report_by(&repos[..1], |_| None, |_, changes| by_few(changes, 4));
    let has = |id: &str| few["panels"].as_array().unwrap().iter().any(|panel| panel["id"] == id);
    assert!(!has("became") && !has("cohorts"), "four people");
}

#[test]
fn what_moved_before_adoption_speaks_against_the_design() {
    let repos = staggered((40, 10));
    // Adopters fail more and more rarely until they adopt.
    let report = report_by(
        &repos,
        |_| None,
        |at, changes| {
            let adopted = repos[at].0.map_or(0, |month| month * 30);
            for (day, change) in (0_i64..).zip(changes).filter(|(day, _)| *day < adopted) {
                let fails = (day * 7 + at as i64 * 13) % 100 < 95 - (day / 30) * 30;
                change.reverted_days = fails.then_some(10);
                change.reverted_at = change.merged_at.filter(|_| fails).map(|at| at + TimeDelta::days(10));
            }
        },
    );
    let caveats = panel(&report, "judged_reverted")["caveats"].to_string();
    assert!(caveats.contains("Pre trends: already before adoption"), "{caveats}");
}

#[test]
fn an_audit_corrects_the_ratio_and_places_it_on_the_tipping_curve() {
    let repos = [(Some(0), (40, 20)), (Some(0), (40, 20))];
    let unchecked = report(&repos, |_| None);
    let tipping = panel(&unchecked, "tipping");
    assert!(tipping["caveats"][0].as_str().unwrap().contains("nobody has checked"));
    let by_recall = rows(tipping, "The ratio of the verdict");
    let at = |share: &str| interval(by_recall.iter().find(|row| row.0 == share).unwrap().1[0])[1];
    assert!(at("90 %") > at("100 %"), "more missed labels, a larger true ratio");
    let turning = rows(tipping, "What would make both sides equal");
    let shares: Vec<f64> = (turning.iter())
        .filter_map(|(others, said)| Some((others, said[0].as_str()?.strip_suffix(" %")?.parse::<f64>().ok()?)))
        .map(|(others, share)| share - others.trim_end_matches(" %").parse::<f64>().unwrap())
        .collect();
    assert!(
        !shares.is_empty() && shares.iter().all(|more| *more > 10.0),
        "failures would have to be labelled far more often: {turning:?}"
    );
    let answer = tipping["answer"].as_str().unwrap();
    assert!(
        answer.contains("lies further from it than it looks")
            && answer.contains("no share of the failing changes makes both sides alike (reverted)"),
        "{answer}"
    );
    let elsewhere =
        report(&[(Some(0), (40, 10))], |change| (change.origin == Origin::Assisted).then_some(Origin::Assisted));
    let caveat = panel(&elsewhere, "tipping")["caveats"][0].as_str().unwrap();
    assert!(caveat.starts_with("The audit sheet has an answer for 150 changes"), "{caveat}");
    // Every fifth change is looked at; of those without a label every seventh turns out to be AI's.
    let checked = report(&repos, |change| {
        let at = i64::from_str_radix(&change.change_id.as_str()[8..], 16).unwrap();
        (at % 5 == 0).then_some(match change.origin {
            Origin::Unknown if at % 35 != 0 => Origin::Human,
            _ => Origin::Assisted,
        })
    });
    let known = panel(&checked, "tipping")["caveats"][0].as_str().unwrap();
    assert!(known.starts_with("An audit of 120 changes found a label on 88 % of AI's changes"), "{known}");
    let reverted = panel(&checked, "judged_reverted");
    let corrected = row(reverted, LADDER, "corrected for label errors")[0];
    let plain = row(reverted, LADDER, "like with like")[0];
    assert!(interval(corrected)[1] > interval(plain)[1], "{corrected} {plain}");
    assert!(
        row(reverted, "What would overturn it", "Allowing for what the audit knows and does not know of labels")[0]
            .is_string()
    );
}

#[test]
fn links_as_wrong_as_measured_bound_the_ratio() {
    use shipwake::analysis::judge::judge;
    use shipwake::analysis::judge::study::{Arm, Changes, Outcome, Study};
    let arm: Vec<Arm> = (0..2000).map(|row| if row % 2 == 0 { Arm::Ai } else { Arm::Human }).collect();
    // 200 of 1,000 against 100 of 1,000.
    let failed = (0..2000).map(|row| if row % 2 == 0 { row < 400 } else { row < 200 }).collect();
    let one = Changes {
        outcome_precision: Some(0.8),
        author: Some((0..2000).map(|row| row / 2 % 50).collect()),
        ..Changes::new(arm, Outcome::Share(failed))
    };
    let got = judge(&Study::Changes(Box::new(one)), &Rules::default());
    let (links, headline) = (got.sensitivity.by_false_links.unwrap(), got.headline.unwrap().value);
    let close = |got: Option<f64>, ratio: f64| (got.unwrap() - headline * ratio / 2.0).abs() < 1e-9;
    assert!(close(links.by_chance, 170.0 / 70.0), "60 wrong ones, 30 on either side: {links:?}");
    assert!(close(links.all_on_ai, 140.0 / 100.0) && close(links.all_on_human, 200.0 / 40.0), "{links:?}");
}
