//! The judge on simulated tables with a planted truth, kept outside this repository: every scenario of
//! `SHIPWAKE_STATS_CASES`, or of `SHIPWAKE_SHARED/stats`, whatever its name; and what must not change a judgement.

use std::sync::Arc;

use serde_json::Value;
use shipwake::analysis::judge::outcomes::{Question, judge_all};
use shipwake::analysis::judge::rules::Rules;
use shipwake::analysis::judge::study::{Adopting, Arm, Changes, Outcome, Stratum, Study};
use shipwake::analysis::judge::verdict::Verdict;
use shipwake::analysis::judge::{Judgement, judge, reading};
use shipwake::analysis::stats::chance::Chance;
use shipwake::analysis::stats::table::Table;

use crate::statistics::{oracle, table};

#[test]
fn every_scenario_is_judged_as_it_must_be() {
    let Some(folder) = oracle() else { return };
    let path = folder.join("expected/scenarios.json");
    if !path.is_file() {
        return;
    }
    let said: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for scenario in said["scenarios"].as_array().unwrap() {
        let part = scenario["parts"][0].as_str().unwrap();
        let study = reading::study(&table(&folder.join("data").join(format!("{part}.csv")))).unwrap();
        let judgement = judge(&study, &Rules::default());
        let words = |key: &str| scenario[key].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
        if !words("verdict_ok").any(|ok| ok == judgement.verdict.name()) {
            wrong.push(format!("{}: {}", scenario["id"], judgement.sentence));
        }
        wrong.extend(
            words("must_warn")
                .filter(|name| !judgement.warns_of(name))
                .map(|name| format!("{}: {name}", scenario["id"])),
        );
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Changes by chance: AI ones fail `ratio` times as fast; `authors` write them, and their sizes and tasks differ.
fn changes(count: usize, authors: usize, ratio: f64, seed: u64) -> Changes {
    let mut arm = Vec::new();
    let (mut time, mut cause, mut author, mut size, mut task) = (vec![], vec![], vec![], vec![], vec![]);
    for row in 0..count {
        let mut chance = Chance::new(seed, row as u64);
        let is_ai = chance.part() < 0.4;
        let lasts = (-chance.part().ln() / (0.003 * if is_ai { ratio } else { 1.0 })).ceil();
        arm.push(if is_ai { Arm::Ai } else { Arm::Human });
        time.push(lasts.min(300.0));
        cause.push(u32::from(lasts <= 300.0));
        author.push(chance.below(authors) as u32);
        size.push((chance.normal() + 4.0).exp().round());
        task.push(chance.below(3) as u32);
    }
    let (entry, follow_up) = (vec![0.0; count], vec![300.0; count]);
    let outcome = Outcome::Times { entry, time, cause, follow_up };
    let strata = vec![Stratum::of("task", &task)];
    Changes { author: Some(author), size: Some(size), strata, ..Changes::new(arm, outcome) }
}

fn verdict(changes: Changes) -> Judgement {
    judge(&Study::Changes(Box::new(changes)), &Rules { bootstrap_replicates: 50, ..Rules::default() })
}

#[test]
fn order_of_rows_and_names_of_authors_change_no_bit_of_a_judgement() {
    for authors in [12, 60] {
        let one = changes(400, authors, 1.5, 3);
        let mut order: Vec<usize> = (0..400).collect();
        order.sort_by_key(|row| row * 7919 % 401);
        let shuffled = one.pick(&order);
        let rename = |author: &u32| u32::MAX - author * 13 % 997;
        let renamed =
            Changes { author: shuffled.author.as_ref().map(|all| all.iter().map(rename).collect()), ..shuffled };
        assert_eq!(verdict(one), verdict(renamed));
    }
}

#[test]
fn swapping_the_arms_swaps_the_verdict() {
    let one = changes(3000, 60, 1.8, 5);
    let swapped = |arm: &Arm| if *arm == Arm::Ai { Arm::Human } else { Arm::Ai };
    let other = Changes { arm: one.arm.iter().map(swapped).collect(), ..one.clone() };
    assert_eq!((verdict(one).verdict, verdict(other).verdict), (Verdict::AiWorse, Verdict::AiBetter));
}

#[test]
fn equal_arms_are_about_the_same_when_there_is_enough() {
    assert_eq!(verdict(changes(12_000, 80, 1.0, 7)).verdict, Verdict::PracticallyEqual);
    assert_eq!(verdict(changes(20, 40, 1.0, 7)).verdict, Verdict::InsufficientData);
}

#[test]
fn what_is_unknown_is_bounded_and_never_human() {
    let mut one = changes(2000, 60, 1.5, 11);
    for row in (0..2000).step_by(5) {
        one.arm[row] = Arm::Unknown;
    }
    let got = verdict(one);
    assert!(got.warns_of("unknown_origin"));
    let tally = got.tally.unwrap();
    assert_eq!(tally.ai + tally.human, 1600);
    let (as_ai, as_human) = got.sensitivity.by_unknown_origin.unwrap();
    assert!(as_ai.is_finite() && as_human.is_finite());
}

#[test]
fn a_perfect_label_leaves_the_ratio_alone() {
    let got = judge(
        &Study::Changes(Box::new(changes(2000, 60, 1.5, 13))),
        &Rules { label_recall: vec![0.4, 1.0], ..Rules::default() },
    );
    let headline = got.headline.unwrap().value;
    let [missed, perfect] = got.sensitivity.by_label_recall[..] else { panic!("two recalls") };
    let [value, low, high] = perfect.ratio.unwrap();
    assert!((value - headline).abs() < 1e-12 && low < value && value < high);
    assert!(missed.ratio.is_none_or(|[missed, ..]| missed > headline));
}

#[test]
fn one_of_many_questions_has_to_be_surer() {
    let question = |at: u64, ratio: f64, is_negative_control: bool| Question {
        name: format!("outcome {at}"),
        study: Study::Changes(Box::new(changes(2000, 60, ratio, 100 + at))),
        is_negative_control,
    };
    let rules = Rules::default();
    let sure = judge_all(&[question(1, 1.6, false), question(2, 1.0, false)], &rules);
    assert_eq!(sure[0].1.verdict, Verdict::AiWorse);
    let biased = judge_all(&[question(1, 1.6, false), question(3, 1.7, true)], &rules);
    let [(_, told), (_, control)] = &biased[..] else { panic!("two questions") };
    assert!(told.reasons.iter().any(|reason| reason.contains("cannot have influenced")));
    assert!(told.sentence.ends_with("something else differs"), "{}", told.sentence);
    assert!(!control.sentence.contains("cannot have influenced"), "it is no control of itself");
    // What is just clear alone is not among nine.
    let barely = (5..40).map(|step| 1.0 + 0.02 * f64::from(step));
    let is_clear = |ratio: &f64| judge_all(&[question(0, *ratio, false)], &rules)[0].1.verdict == Verdict::AiWorse;
    let ratio = barely.into_iter().find(is_clear).unwrap();
    let nine: Vec<Question> = (0..9).map(|at| question(at, if at == 0 { ratio } else { 1.0 }, false)).collect();
    let among = &judge_all(&nine, &rules)[0].1;
    assert_eq!(among.verdict, Verdict::NoClearDifference);
    assert!(
        among.sentence.contains(": cannot tell") && among.sentence.contains("that 9 outcomes were looked at"),
        "{}",
        among.sentence
    );
}

#[test]
fn adoption_dates_make_a_rung() {
    let mut one = changes(4000, 60, 1.0, 17);
    let repo: Vec<u32> = (0..4000).map(|row| row % 24).collect();
    one.merged = Some((0..4000).map(|row| f64::from(row / 8)).collect());
    let adopted = |repo: &u32| if repo.is_multiple_of(2) { f64::INFINITY } else { 120.0 + 30.0 * f64::from(repo % 5) };
    one.adopting = Some(Arc::new(Adopting {
        adopted: repo.iter().map(adopted).collect(),
        merged: one.merged.clone().unwrap(),
        outcome: one.outcome.clone(),
        repo,
    }));
    let got = verdict(one);
    let rung = got.ladder.rungs.iter().find(|rung| rung.step.words() == "after adoption").unwrap();
    assert!(rung.low < 1.0 && rung.high > 1.0, "{rung:?}");
}

#[test]
fn counts_by_stratum_are_read_as_changes() {
    let names = ["stratum", "ai_event", "ai_n", "human_event", "human_n"].map(str::to_owned).to_vec();
    let columns = [["docs", "feature"], ["3", "200"], ["200", "1200"], ["51", "117"], ["1900", "1197"]];
    let columns = columns.map(|column| column.map(str::to_owned).to_vec()).to_vec();
    let study = reading::study(&Table::of_text(names, columns).unwrap()).unwrap();
    let tally = judge(&study, &Rules::default()).tally.unwrap();
    assert_eq!((tally.ai, tally.ai_events, tally.human, tally.human_events), (1400, 203, 3097, 168));
}
