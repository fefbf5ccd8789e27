//! What holds of every input.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use shipwake::analysis::stats::proportions::{katz_ratio, newcombe, wilson};
use shipwake::analysis::{self, Ingredients};
use shipwake::attribution::{self, Catalogue};
use shipwake::facts::frame::Row;
use shipwake::facts::store::Lake;
use shipwake::facts::{
    AttestedFate, Attribution, AuthorshipNote, Change, ChangeKind, Check, Commit, CommitFile, CommitIdentifiers,
    CommitLines, Deployment, Evidence, Fix, Github, History, Incident, Issue, IssueComment, LineAttribution, LineFate,
    Link, MergeFile, Origin, Override, Person, Pull, PullCommit, PullEvent, PullLanding, PullLines, PullOutcome,
    Release, Repo as RepoRow, Review, ReviewComment, Skipped, SubjectKind, SyncStream,
};
use shipwake::outcomes::{self, CommitIndex};
use shipwake::sources::git::{Books, OpenRepository, Options};

use crate::binary::Shipwake;
use crate::dice::Dice;
use crate::facts::{Facts, mine, now};
use crate::generated::{Taste, repository};
use crate::rows::Thrown;

/// A history made by chance: its facts, and the lines that stand in its tree at the end.
struct World {
    facts: Facts,
    standing: BTreeMap<String, i64>,
    books: Books,
}

/// Mined once for all laws; none holds a binary file.
static WORLDS: LazyLock<Vec<World>> = LazyLock::new(|| {
    let made = |seed| {
        let repo = repository(Taste { seed, commits: 70, binaries: false });
        let lines = OpenRepository::at(&repo.path, None, None).unwrap().follow_lines(&Options::default()).unwrap();
        World { facts: mine(&repo), standing: lines_in_tree(&repo.path, "main"), books: lines.books() }
    };
    [11, 12, 13].map(made).into()
});

#[test]
fn every_commit_and_every_change_has_exactly_one_origin() {
    for World { facts, .. } in WORLDS.iter() {
        let subjects =
            |kind| facts.attributions.iter().filter(move |a| a.subject_kind == kind).map(|a| a.subject_id.to_string());
        let mut commits: Vec<String> = facts.commits.iter().map(|commit| commit.commit_id.to_string()).collect();
        commits.sort();
        assert_eq!(subjects(SubjectKind::Commit).collect::<Vec<_>>(), commits);
        let mut changes: Vec<String> = facts.changes.iter().map(|change| change.change_id.to_string()).collect();
        changes.sort();
        assert_eq!(subjects(SubjectKind::Change).collect::<Vec<_>>(), changes);
        for change in &facts.changes {
            assert_eq!(change.origin, facts.attribution(SubjectKind::Change, change.change_id.as_str()).origin);
        }
        let by_origin = |origin: Origin| facts.changes.iter().filter(|change| change.origin == origin).count();
        assert_eq!(Origin::ALL.iter().map(|origin| by_origin(*origin)).sum::<usize>(), facts.changes.len());
        assert!(
            by_origin(Origin::Agent) > 0 && by_origin(Origin::Assisted) > 0 && by_origin(Origin::Unknown) > 0,
            "the world is a rich one"
        );
    }
}

#[test]
fn evidence_of_ai_and_an_origin_of_ai_go_together() {
    for World { facts, .. } in WORLDS.iter() {
        for attribution in &facts.attributions {
            let is_ai = matches!(attribution.origin, Origin::Agent | Origin::Assisted);
            assert_eq!(is_ai, !attribution.agents.is_empty(), "{attribution:?}");
            assert_eq!(
                attribution.confidence.is_none(),
                attribution.origin == Origin::Unknown,
                "nothing is claimed of the unknown"
            );
            assert!(attribution.confidence.is_none_or(|sure| (0.0..=1.0).contains(&sure)));
        }
    }
}

#[test]
fn the_files_of_a_commit_add_up_to_the_commit() {
    for World { facts, .. } in WORLDS.iter() {
        for commit in facts.commits.iter().filter(|commit| !commit.is_merge) {
            let files = facts.files_of(commit.commit_id.as_str());
            let sum = |count: fn(&CommitFile) -> Option<i64>| files.iter().filter_map(|file| count(file)).sum::<i64>();
            assert_eq!(
                (sum(|file| file.added), sum(|file| file.deleted), files.len() as i64),
                (commit.added, commit.deleted, commit.files)
            );
        }
    }
}

/// Lines in the texts of a commit's tree, links and all.
fn lines_in_tree(repo: &Path, commit: &str) -> BTreeMap<String, i64> {
    let repo = git2::Repository::open(repo).unwrap();
    let tree = repo.revparse_single(commit).unwrap().peel_to_tree().unwrap();
    let mut lines = BTreeMap::new();
    tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
        if let Some(blob) = entry.to_object(&repo).ok().and_then(|object| object.into_blob().ok()) {
            let content = blob.content();
            let last = i64::from(!content.is_empty() && !content.ends_with(b"\n"));
            let count = content.iter().filter(|byte| **byte == b'\n').count() as i64 + last;
            lines.insert(format!("{folder}{}", entry.name().unwrap()), count);
        }
        git2::TreeWalkResult::Ok
    })
    .unwrap();
    lines.retain(|_, count| *count > 0);
    lines
}

#[test]
fn every_line_born_has_died_or_stands_in_the_tree() {
    for World { facts, standing, books } in WORLDS.iter() {
        let total = |alive: bool| {
            facts.fates.iter().filter(|fate| fate.death_commit.is_none() == alive).map(|fate| fate.lines).sum::<i64>()
        };
        let expected = Books {
            births: (total(true) + total(false)) as u64,
            deaths: total(false) as u64,
            alive: total(true) as u64,
            ..*books
        };
        assert_eq!(*books, expected, "the table and the books");
        assert_eq!((books.births, books.lost, books.unseen), (books.deaths + books.alive, 0, 0));
        let mut alive: BTreeMap<String, i64> = BTreeMap::new();
        for fate in facts.fates.iter().filter(|fate| fate.death_commit.is_none()) {
            *alive.entry(fate.path.to_string()).or_default() += fate.lines;
        }
        assert_eq!(&alive, standing);
    }
}

#[test]
fn no_line_dies_before_it_is_born() {
    for World { facts, .. } in WORLDS.iter() {
        // Parents come before children in the table.
        let place: BTreeMap<&str, usize> =
            facts.commits.iter().enumerate().map(|(at, commit)| (commit.commit_id.as_str(), at)).collect();
        for fate in &facts.fates {
            assert!(fate.lines > 0);
            let born = place[fate.copied_by.as_ref().unwrap_or(&fate.origin_commit).as_str()];
            assert!(fate.death_commit.as_ref().is_none_or(|death| place[death.as_str()] > born), "{fate:?}");
        }
    }
}

#[test]
fn outcomes_come_after_the_landing_and_within_the_watch() {
    for World { facts, .. } in WORLDS.iter() {
        for change in &facts.changes {
            let times = [
                change.reverted_at,
                change.reapplied_at,
                change.first_fix_at,
                change.first_file_fix_at,
                change.incident_at,
                change.superseded_at,
                change.bug_at,
            ];
            let days = [
                change.reverted_days,
                change.first_fix_days,
                change.first_file_fix_days,
                change.incident_days,
                change.superseded_days,
                change.bug_days,
            ];
            assert!(times.iter().flatten().all(|time| Some(*time) >= change.merged_at), "{change:?}");
            assert!(days.iter().flatten().all(|days| *days >= 0 && Some(*days) <= change.observed_days), "{change:?}");
            assert!(!change.is_undone || change.reverted_by.is_some(), "{change:?}");
            assert_eq!(change.size, change.added + change.deleted);
            assert!(change.source_files <= change.files);
            assert!(change.commits >= 1 || change.kind == ChangeKind::Merge, "{change:?}");
        }
        let brought: i64 = facts.changes.iter().map(|change| change.commits).sum();
        assert_eq!(
            brought,
            facts.commits.iter().filter(|commit| !commit.is_merge && commit.on_default_branch).count() as i64
        );
    }
}

#[test]
fn links_lead_from_one_thing_to_another_that_is_there() {
    for World { facts, .. } in WORLDS.iter() {
        let commits: BTreeSet<&str> = facts.commits.iter().map(|commit| commit.commit_id.as_str()).collect();
        for link in facts.links.iter().filter(|link| link.to_kind != SubjectKind::Incident) {
            assert!(
                commits.contains(&*link.from_id) && commits.contains(&*link.to_id) && link.from_id != link.to_id,
                "{link:?}"
            );
            assert!((0.0..=1.0).contains(&link.confidence) && !link.evidence.is_empty(), "{link:?}");
        }
    }
}

fn history(facts: &Facts) -> History {
    History {
        commits: facts.commits.clone(),
        commit_files: facts.files.clone(),
        merge_files: facts.merge_files.clone(),
        line_fates: facts.fates.clone(),
        commit_lines: facts.commit_lines.clone(),
        commit_identifiers: facts.commit_identifiers.clone(),
        authorship_notes: facts.authorship_notes.clone(),
        line_attributions: facts.line_attributions.clone(),
        pull_lines: facts.pull_lines.clone(),
        overrides: facts.overrides.clone(),
        skipped: facts.skipped.clone(),
    }
}

fn shuffled(history: &History, dice: &mut Dice) -> History {
    History {
        commits: dice.shuffled(&history.commits),
        commit_files: dice.shuffled(&history.commit_files),
        merge_files: dice.shuffled(&history.merge_files),
        line_fates: dice.shuffled(&history.line_fates),
        commit_lines: dice.shuffled(&history.commit_lines),
        commit_identifiers: dice.shuffled(&history.commit_identifiers),
        authorship_notes: dice.shuffled(&history.authorship_notes),
        line_attributions: dice.shuffled(&history.line_attributions),
        pull_lines: dice.shuffled(&history.pull_lines),
        overrides: history.overrides.clone(),
        skipped: history.skipped.clone(),
    }
}

/// Compares what is made from rows in their order with what is made from them in others.
fn whatever_the_order<T: PartialEq + std::fmt::Debug>(made: impl Fn(&History, &Facts, &mut Dice) -> T) {
    for World { facts, .. } in WORLDS.iter() {
        let history = history(facts);
        let expected = made(&history, facts, &mut Dice::new(0));
        for seed in 1..4 {
            let mut dice = Dice::new(seed);
            let other = shuffled(&history, &mut dice);
            assert_eq!(made(&other, facts, &mut dice), expected, "seed {seed}");
        }
    }
}

fn sorted(mut links: Vec<Link>) -> Vec<Link> {
    links.sort_by_cached_key(|link| {
        (link.kind, link.from_id.clone(), link.to_id.clone(), link.method.clone(), link.evidence.clone())
    });
    links
}

#[test]
fn attribution_does_not_depend_on_the_order_of_rows() {
    let catalogue = Catalogue::built_in().unwrap();
    whatever_the_order(|history, _, _| attribution::attribute(history, &Github::default(), &[], &catalogue));
}

#[test]
fn reverts_and_fixes_do_not_depend_on_the_order_of_rows() {
    whatever_the_order(|history, _, _| {
        let index = CommitIndex::new(history, &[], "o/r");
        let (mut fixes, links) = outcomes::find_fixes(&index, &Github::default());
        fixes.sort_by(|a, b| a.commit_id.cmp(&b.commit_id));
        let reverts = outcomes::find_reverts(&index, &[]);
        let superseded = outcomes::find_superseded(&index, &reverts);
        let picks = outcomes::find_cherry_picks(&index);
        (sorted(reverts), sorted(superseded), sorted(picks), fixes, sorted(links))
    });
}

#[test]
fn follow_up_fixes_do_not_depend_on_the_order_of_rows() {
    whatever_the_order(|history, facts, dice| {
        let fixing = outcomes::fixing_changes(&history.commits, &dice.shuffled(&facts.fixes));
        sorted(outcomes::follow_up_fixes(&CommitIndex::new(history, &[], "o/r"), &fixing))
    });
}

#[test]
fn the_analysis_table_does_not_depend_on_the_order_of_rows() {
    whatever_the_order(|history, facts, dice| {
        let fixing = outcomes::fixing_changes(&history.commits, &facts.fixes);
        let (attributions, links) = (dice.shuffled(&facts.attributions), dice.shuffled(&facts.links));
        let fixes = dice.shuffled(&facts.fixes);
        let from = Ingredients {
            history,
            landings: &[],
            attributions: &attributions,
            links: &links,
            fixes: &fixes,
            fixing: &fixing,
            incidents: &[],
            now: now(),
        };
        let mut changes = analysis::changes(&from);
        changes.sort_by(|a, b| a.change_id.cmp(&b.change_id));
        changes
    });
}

#[test]
fn judging_the_facts_again_gives_what_the_lake_holds() {
    let catalogue = Catalogue::built_in().unwrap();
    for World { facts, .. } in WORLDS.iter() {
        let history = history(facts);
        let attributed = attribution::attribute(&history, &Github::default(), &[], &catalogue);
        assert_eq!(
            (attributed.evidence, attributed.attributions),
            (facts.evidence.clone(), facts.attributions.clone())
        );
        let index = CommitIndex::new(&history, &[], "o/r");
        assert_eq!(outcomes::find_fixes(&index, &Github::default()).0, facts.fixes);
    }
}

/// Every estimate of a document.
fn estimates<'a>(value: &'a Value, into: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("low") && fields.contains_key("high") && fields.contains_key("value") {
                into.push(value);
            }
            fields.values().for_each(|value| estimates(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| estimates(value, into)),
        _ => {}
    }
}

#[test]
fn every_number_of_a_report_lies_within_its_interval_and_no_event_is_unwatched() {
    let run = Shipwake::new();
    let repo = repository(Taste { seed: 21, commits: 160, binaries: false });
    std::fs::write(run.dir.path().join("shipwake.toml"), "[report.minimum]\nchanges = 2\nevents = 1\n").unwrap();
    run.report(&repo.path);
    let report: Value = serde_json::from_str(&run.read("out/report.json")).unwrap();
    let mut found = Vec::new();
    estimates(&report, &mut found);
    assert!(found.len() > 5, "{}", found.len());
    for estimate in found.iter().filter(|estimate| !estimate["n"].is_null()) {
        let number = |field: &str| estimate[field].as_f64().unwrap();
        assert!(number("low") <= number("value") && number("value") <= number("high"), "{estimate}");
        assert!(number("events") <= number("n"), "{estimate}");
    }
    for query in ["reverted", "superseded", "fixed_lines", "fixed_files", "bug_inducing", "incident_linked"] {
        for row in run.csv(query) {
            for days in [30, 90] {
                let number = |what: &str| row[&format!("{what}_{days}")].parse::<u64>().unwrap();
                assert!(number("events") <= number("watched"), "{query}: {row:?}");
            }
        }
    }
}

/// Writes rows into a lake and reads them back.
fn kept<R: Row + Thrown + Clone + PartialEq + std::fmt::Debug>(lake: &Lake, dice: &mut Dice) {
    let rows: Vec<R> = (0..dice.below(6)).map(|_| R::thrown(dice)).collect();
    let mut write = lake.write("o/r ü%").unwrap();
    write.put(&rows).unwrap();
    write.commit().unwrap();
    assert_eq!(lake.read::<R>("o/r ü%").unwrap(), rows);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_come_back_from_parquet_as_they_went(seed: u64) {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::create(dir.path()).unwrap();
        let dice = &mut Dice::new(seed);
        kept::<Attribution>(&lake, dice);
        kept::<Change>(&lake, dice);
        kept::<Commit>(&lake, dice);
        kept::<CommitFile>(&lake, dice);
        kept::<Evidence>(&lake, dice);
        kept::<Fix>(&lake, dice);
        kept::<Incident>(&lake, dice);
        kept::<LineFate>(&lake, dice);
        kept::<CommitLines>(&lake, dice);
        kept::<CommitIdentifiers>(&lake, dice);
        kept::<AuthorshipNote>(&lake, dice);
        kept::<LineAttribution>(&lake, dice);
        kept::<PullLines>(&lake, dice);
        kept::<AttestedFate>(&lake, dice);
        kept::<Override>(&lake, dice);
        kept::<Link>(&lake, dice);
        kept::<MergeFile>(&lake, dice);
        kept::<Person>(&lake, dice);
        kept::<RepoRow>(&lake, dice);
        kept::<Skipped>(&lake, dice);
        kept::<Pull>(&lake, dice);
        kept::<PullCommit>(&lake, dice);
        kept::<PullEvent>(&lake, dice);
        kept::<Review>(&lake, dice);
        kept::<ReviewComment>(&lake, dice);
        kept::<IssueComment>(&lake, dice);
        kept::<Issue>(&lake, dice);
        kept::<Deployment>(&lake, dice);
        kept::<Check>(&lake, dice);
        kept::<Release>(&lake, dice);
        kept::<SyncStream>(&lake, dice);
        kept::<PullLanding>(&lake, dice);
        kept::<PullOutcome>(&lake, dice);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_interval_holds_its_value(n in 0u64..1_000_000_000, m in 0u64..1_000, share in 0.0f64..=1.0, other in 0.0f64..=1.0) {
        let (events, others) = ((n as f64 * share) as u64, (m as f64 * other) as u64);
        for interval in [wilson(events, n), newcombe(events, n, others, m), katz_ratio(events, n, others, m)].into_iter().flatten() {
            prop_assert!(interval.low <= interval.value && interval.value <= interval.high, "{interval:?}");
        }
        if let Some(share) = wilson(events, n) {
            prop_assert!(0.0 <= share.low && share.high <= 1.0);
        }
    }

    #[test]
    fn any_message_is_read_without_harm(message in any::<String>(), name in any::<String>()) {
        let dice = &mut Dice::new(1);
        let commit = Commit { message: message.as_str().into(), subject: message.lines().next().unwrap_or_default().into(), author_name: name.into(), ..Commit::thrown(dice) };
        static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::built_in().unwrap());
        let history = History { commits: vec![commit], ..History::default() };
        let attributed = attribution::attribute(&history, &Github::default(), &[], &CATALOGUE);
        prop_assert!(attributed.evidence.iter().all(|e| !e.text.contains('\n')));
        let index = CommitIndex::new(&history, &[], "o/r");
        outcomes::find_reverts(&index, &[]);
        outcomes::find_fixes(&index, &Github::default());
        attribution::trailers::trailers(&message);
    }
}
