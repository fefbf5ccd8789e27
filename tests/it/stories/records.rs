//! Who wrote which lines: git-ai notes, Agent Trace files, and the commits behind a squash merge.

use shipwake::facts::{Origin, SubjectKind};

use crate::facts::{Facts, mine};
use crate::repo::{Repo, lines};

const COPILOT: (&str, &str) = ("copilot-swe-agent[bot]", "198982749+Copilot@users.noreply.github.com");
const SESSION: &str = r#""sessions": {"s_0123456789abcd": {"agent_id": {"tool": "claude", "id": "i", "model": "claude-opus-4-6"},
 "human_author": "Ada <ada@example.org>", "messages": [{"text": "top secret prompt"}]}}"#;

impl Repo {
    fn note(&self, place: &str, commit: &str, note: &str) {
        let kept =
            self.git_with_input(&["notes", "--ref", place, "add", "--force", "--file", "-", commit], note.as_bytes());
        assert!(kept.status.success(), "{kept:?}");
    }
}

impl Facts {
    /// `path 1-4 origin agent, added of them`.
    fn written(&self, commit: &str) -> Vec<String> {
        let rows = self.line_attributions.iter().filter(|line| line.commit_id.as_str() == commit);
        rows.map(|line| {
            let agent = line.agent.as_deref().map_or(String::new(), |agent| format!(" {agent}"));
            let added = line.added.map_or("?".to_owned(), |added| added.to_string());
            format!("{} {}-{} {}{agent}, {added}", line.path, line.start_line, line.end_line, line.origin)
        })
        .collect()
    }

    fn counted(&self, kind: SubjectKind, id: &str) -> [Option<i64>; 3] {
        let a = self.attribution(kind, id);
        [a.ai_lines, a.human_lines, a.unknown_lines]
    }

    fn why(&self, what: &str) -> Vec<String> {
        let rows = self.skipped.iter().filter(|skipped| *skipped.what == *what);
        rows.map(|skipped| format!("{}: {}", skipped.place, skipped.reason)).collect()
    }
}

#[test]
fn a_note_says_who_wrote_which_lines() {
    let repo = Repo::new();
    repo.change("a.rs", &lines("old", 4), "Start");
    let mixed = repo.change("a.rs", &(lines("old", 4) + &lines("new", 6)), "Grow");
    let note = format!("a.rs\n  s_0123456789abcd::t_1 3-7\n  h_0123456789abcd 8\n---\n{{{SESSION}}}");
    repo.note("ai", &mixed, &note);
    let facts = mine(&repo);

    assert_eq!(facts.written(&mixed), ["a.rs 3-7 agent claude-code, 3", "a.rs 8-8 human, 1"]);
    assert_eq!(facts.counted(SubjectKind::Commit, &mixed), [Some(3), Some(1), Some(2)]);
    assert_eq!(facts.counted(SubjectKind::Change, &mixed), [Some(3), Some(1), Some(2)]);
    let attribution = facts.attribution(SubjectKind::Commit, &mixed);
    assert_eq!((attribution.origin, attribution.models.len()), (Origin::Assisted, 1));
    assert_eq!(&*facts.signals(&mixed)[0].text, "3 of 6 added lines, by refs/notes/ai");
    assert_eq!(facts.authorship_notes[0].requested_by, [facts.commit(&mixed).author.clone()]);
    assert!(!format!("{facts:?}").contains("secret"), "what was said to a tool is not kept");
    assert_eq!(facts.skipped, []);
}

#[test]
fn the_lines_of_one_commit_have_their_own_fates_by_writer() {
    let repo = Repo::new();
    let mixed = repo.change("a.rs", &lines("new", 6), "Start");
    repo.note("ai", &mixed, &format!("a.rs\n  s_0123456789abcd::t_1 1-3\n  h_1 4-5\n---\n{{{SESSION}}}"));
    let kept: String = lines("new", 6).split_inclusive('\n').skip(2).collect();
    let trim = repo.change("a.rs", &kept, "Trim");
    let facts = mine(&repo);
    let fates: Vec<String> = (facts.attested_fates.iter())
        .map(|fate| {
            format!("{} {} {}", fate.origin, fate.lines, if fate.death_commit.is_some() { "dead" } else { "alive" })
        })
        .collect();
    assert_eq!(fates, ["agent 1 alive", "agent 2 dead", "human 2 alive", "unknown 1 alive"]);
    assert!(facts.attested_fates.iter().filter_map(|fate| fate.death_commit.as_ref()).all(|by| by.as_str() == trim));
}

#[test]
fn a_note_without_ai_makes_a_human_commit_and_a_credit_still_counts() {
    let repo = Repo::new();
    let human = repo.change("a.rs", &lines("a", 2), "Start");
    let silent = repo.change("b.rs", &lines("b", 2), "More");
    let disputed = repo.change("c.rs", &lines("c", 2), "Most\n\nCo-Authored-By: Claude <noreply@anthropic.com>");
    let tried = repo.change("d.rs", &lines("d", 2), "Tried");
    repo.note("ai", &human, "a.rs\n  h_0123456789abcd 1-2\n---\n{\"prompts\": {}}");
    for commit in [&silent, &disputed] {
        repo.note("ai", commit, "---\n{\"schema_version\": \"authorship/3.0.0\", \"prompts\": {}}");
    }
    repo.note("ai", &tried, &format!("---\n{{{SESSION}}}"));
    let facts = mine(&repo);
    let origins = [&human, &silent, &disputed, &tried].map(|id| facts.origin(id));
    assert_eq!(origins, [Origin::Human, Origin::Human, Origin::Assisted, Origin::Unknown]);
    let sure = [&human, &silent].map(|id| facts.attribution(SubjectKind::Commit, id).confidence);
    assert!(sure[0] > sure[1]);
    assert!(facts.attribution(SubjectKind::Commit, &disputed).reason.contains("against it"));
}

#[test]
fn of_several_notes_the_first_place_counts_and_a_session_is_found_in_another_note() {
    let repo = Repo::new();
    let one = repo.change("a.rs", &lines("a", 3), "One");
    let two = repo.change("b.rs", &lines("b", 3), "Two");
    let three = repo.change("c.rs", &lines("c", 3), "Three");
    repo.note("ai", &one, "a.rs\n  s_0123456789abcd::t_1 1\n---\n{}");
    repo.note("ai-remote/origin", &one, "a.rs\n  h_1 1-3\n---\n{}");
    repo.note("ai-remote/origin", &two, &format!("b.rs\n  s_0123456789abcd::t_1 2\n---\n{{{SESSION}}}"));
    let legacy = r#"{"files": {"c.rs": {"file": "c.rs", "authors": [{"author": "Cursor", "lines": [1]}, {"author": "Grace", "lines": [[2, 3]]}]}}}"#;
    let blob =
        String::from_utf8(repo.git_with_input(&["hash-object", "-w", "--stdin"], legacy.as_bytes()).stdout).unwrap();
    repo.git(&["update-ref", &format!("refs/ai/authorship/{three}"), blob.trim()]);
    let facts = mine(&repo);
    assert_eq!(facts.written(&one), ["a.rs 1-1 agent claude-code, 1"]);
    assert_eq!(facts.written(&two), ["b.rs 2-2 agent claude-code, 1"]);
    assert_eq!(facts.written(&three), ["c.rs 1-1 agent cursor, 1", "c.rs 2-3 unknown, 2"]);
    assert_eq!(facts.counted(SubjectKind::Commit, &three), [Some(1), Some(0), Some(2)]);
}

#[test]
fn damaged_notes_and_notes_of_strangers_are_told_and_nothing_else_is_lost() {
    let repo = Repo::new();
    let good = repo.change("a.rs", &lines("a", 3), "Good");
    let bad = repo.change("b.rs", &lines("b", 3), "Bad");
    repo.branch("side");
    let gone = repo.change("c.rs", "c\n", "Gone");
    repo.switch("main");
    repo.git(&["branch", "-D", "side"]);
    repo.note("ai", &good, &format!("a.rs\n  s_0123456789abcd::t_1 1\n  who 2\n---\n{{{SESSION}}}"));
    repo.note("ai", &bad, "b.rs\n  0123456 1-2,9-3\n---\n{\"prompts\": oh no\u{1}");
    repo.note("ai", &gone, "---\n{}");
    let facts = mine(&repo);
    assert_eq!(facts.written(&good), ["a.rs 1-1 agent claude-code, 1"]);
    assert_eq!(facts.written(&bad), ["b.rs 1-2 agent unspecified, 2"]);
    let mut told = facts.why("note");
    told.sort();
    let mut expected = [
        format!("refs/notes/ai:{}: 1 of its keys stand for nobody it knows", &good[..10]),
        format!("refs/notes/ai:{}: 1 of its keys stand for nobody it knows", &bad[..10]),
        format!("refs/notes/ai:{}: its sessions are no JSON of the kind expected; lines that are no range", &bad[..10]),
        format!("refs/notes/ai:{}: its commit is not in the history that was read", &gone[..10]),
    ];
    expected.sort();
    assert_eq!(told, expected);
}

#[test]
fn a_trace_says_what_the_note_leaves_open() {
    let repo = Repo::new();
    let one = repo.change("a.rs", &lines("a", 6), "One");
    repo.note("ai", &one, "a.rs\n  h_1 1-2\n---\n{}");
    let trace = format!(
        r#"{{"version": "0.1.0", "id": "i", "timestamp": "2026-01-01T00:00:00Z", "vcs": {{"type": "git", "revision": "{one}"}},
           "tool": {{"name": "cursor"}}, "files": [{{"path": "a.rs", "conversations": [{{"contributor": {{"type": "ai", "model_id": "openai/gpt-5"}},
           "ranges": [{{"start_line": 2, "end_line": 4}}, {{"start_line": 5, "end_line": 5, "contributor": {{"type": "mixed"}}}}]}}]}}]}}"#
    );
    repo.change(".agent-trace/traces.jsonl", &(trace.replace('\n', " ") + "\nnonsense\n"), "Keep traces");
    let facts = mine(&repo);
    assert_eq!(facts.written(&one), ["a.rs 1-2 human, 2", "a.rs 3-4 agent cursor, 2", "a.rs 5-5 assisted cursor, 1"]);
    assert_eq!(facts.counted(SubjectKind::Commit, &one), [Some(3), Some(2), Some(1)]);
    assert_eq!(facts.why("agent-trace"), [".agent-trace/traces.jsonl:2: no JSON"]);
}

#[test]
fn a_new_note_is_seen_although_no_commit_is_new() {
    let repo = Repo::new();
    let one = repo.change("a.rs", &lines("a", 3), "One");
    let desk = crate::facts::Desk::new();
    assert!(desk.mine(&repo.path).wrote && !desk.mine(&repo.path).wrote);
    repo.note("ai", &one, "a.rs\n  ai_agent 1-3\n---\n{}");
    assert!(desk.mine(&repo.path).wrote);
    assert_eq!(desk.facts().origin(&one), Origin::Assisted);
}

/// An agent writes eight lines, Ada two more and one of the agent's anew, on a branch that lands as one commit.
fn squashed() -> (Repo, [String; 3]) {
    let repo = Repo::new();
    repo.change("start.rs", "start\n", "Start");
    repo.branch("feature");
    let agents = repo.by(COPILOT.0, COPILOT.1).change("b.rs", &lines("agent", 8), "Add b");
    let kept: String = lines("agent", 8).split_inclusive('\n').skip(1).collect();
    repo.by("Ada", "ada@example.org").write("b.rs", kept + &lines("ada", 3));
    repo.git(&["mv", "b.rs", "renamed.rs"]);
    let adas = repo.commit("Finish b");
    repo.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    let squash = repo.squash("feature", "Add b (#7)");
    repo.git(&["branch", "-D", "feature"]);
    (repo, [agents, adas, squash])
}

#[test]
fn the_commits_behind_a_squash_are_told_by_the_lines_that_landed() {
    let (repo, [agents, adas, squash]) = squashed();
    let facts = mine(&repo);
    let wrote = |id: &str| {
        let row = facts.pull_lines.iter().find(|row| row.commit_id.as_str() == id).unwrap();
        assert_eq!((row.change_id.as_str(), row.pull), (squash.as_str(), 7));
        (row.added, row.landed)
    };
    assert_eq!((wrote(&agents), wrote(&adas)), ((8, 7), (3, 3)));
    let change = facts.attribution(SubjectKind::Change, &squash);
    assert_eq!((change.origin, change.agents.len()), (Origin::Assisted, 1));
    assert!(
        change.reason.contains("commits with evidence of AI wrote 7 of the 10 lines that landed"),
        "{}",
        change.reason
    );
    assert_eq!(facts.counted(SubjectKind::Change, &squash), [Some(7), Some(0), Some(3)]);
}

#[test]
fn a_commit_of_whose_lines_none_landed_does_not_testify() {
    let repo = Repo::new();
    repo.change("start.rs", "start\n", "Start");
    repo.branch("feature");
    repo.by(COPILOT.0, COPILOT.1).change("b.rs", &lines("agent", 8), "Try b");
    repo.by("Ada", "ada@example.org").change("b.rs", &lines("ada", 8), "Write b anew");
    repo.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    let squash = repo.squash("feature", "Add b (#7)");
    repo.git(&["branch", "-D", "feature"]);
    let facts = mine(&repo);
    assert_eq!(facts.change(&squash).origin, Origin::Unknown);
    assert_eq!(facts.pull_lines.iter().map(|row| row.landed).collect::<Vec<_>>(), [0, 8]);
}

#[test]
fn a_record_that_nobody_can_read_or_that_knows_nobody_makes_no_commit_human() {
    let repo = Repo::new();
    let notes = [
        "what is this",
        "---\n{\"prompts\": oh no",
        "a.rs\n  0123456 1-2\n---\n{\"prompts\": {\"0123456\": {\"agent_id\": {\"tool\": \"mock_ai\"}}}}",
        "---\n{\"prompts\": {\"0123456\": {\"agent_id\": {\"tool\": \"mock_ai\"}}}}",
        "a.rs\n  s_1::t_1 1-2\n  h_1 1-2\n---\nnonsense",
        "a.rs\n  s_1::t_1 1-2\n  h_1 1-2\n---\n{}",
        "a.rs\n  somebody 1\n  h_1 1-2\n---\n{}",
        "a.rs\n---\n{}",
        "---\n{\"sessions\": {\"s_1\": {\"agent_id\": null}}}",
    ];
    let noted = notes.map(|note| {
        let id = repo.change("a.rs", &(note.to_owned() + "\nmore\n"), "Change a");
        repo.note("ai", &id, note);
        id
    });
    let traced = repo.change("b.rs", &lines("b", 2), "Add b");
    let trace = format!(
        r#"{{"vcs": {{"type": "git", "revision": "{traced}"}}, "files": [{{"path": "b.rs", "conversations": [{{"contributor": {{"type": "unknown"}}, "ranges": [{{"start_line": 1, "end_line": 2}}]}}]}}]}}"#
    );
    repo.change(".agent-trace/t.json", &trace, "Keep traces");
    let facts = mine(&repo);
    for (id, note) in noted.iter().zip(notes).chain([(&traced, "a trace")]) {
        assert_eq!(facts.origin(id), Origin::Unknown, "{note}");
    }
    let made_up = facts.authorship_notes.iter().find(|note| note.commit_id.as_str() == noted[2]).unwrap();
    assert_eq!((made_up.sessions, made_up.unknown_stretches, made_up.is_whole, made_up.tools.len()), (1, 1, true, 0));
}

#[test]
fn lines_beside_those_of_a_person_are_not_a_persons() {
    let repo = Repo::new();
    let noted = repo.change("a.rs", &lines("a", 15), "Add a");
    repo.note("ai", &noted, "a.rs\n  h_1 3\n---\n{}");
    let [part, whole, silent] = ["b.rs", "c.rs", "d.rs"].map(|path| repo.change(path, &lines(path, 4), "Add one"));
    let trace = |id: &str, path: &str, last: u32| {
        format!(
            r#"{{"vcs": {{"type": "git", "revision": "{id}"}}, "files": [{{"path": "{path}", "conversations": [{{"contributor": {{"type": "human"}}, "ranges": [{{"start_line": 1, "end_line": {last}}}]}}]}}]}}"#
        )
    };
    let nothing = format!(r#"{{"vcs": {{"type": "git", "revision": "{silent}"}}, "files": []}}"#);
    repo.change(
        ".agent-trace/t.jsonl",
        &[trace(&part, "b.rs", 1), trace(&whole, "c.rs", 4), nothing].join("\n"),
        "Keep",
    );
    let facts = mine(&repo);
    let origins = [&noted, &part, &whole, &silent].map(|id| facts.origin(id));
    assert_eq!(origins, [Origin::Unknown, Origin::Unknown, Origin::Human, Origin::Unknown]);
    assert_eq!(facts.counted(SubjectKind::Commit, &noted), [Some(0), Some(1), Some(14)]);
}

#[test]
fn what_a_record_calls_tools_holds_no_persons_words() {
    let repo = Repo::new();
    let one = repo.change("a.rs", &lines("a", 2), "One");
    let two = repo.change("b.rs", &lines("b", 2), "Two");
    repo.note("ai", &one, "a.rs\n  s_1::t_1 1-2\n---\n{\"sessions\": {\"s_0\": {\"agent_id\": null}, \"s_1\": {\"agent_id\": {\"tool\": \"secret-prompt-text-bob-<bob@x.org>\", \"model\": \"gpt-5\"}}}}");
    repo.note("ai", &two, r#"{"files": {"b.rs": {"authors": [{"author": "Grace Hopper", "lines": [1]}, {"author": "Cursor of Grace", "lines": [2]}]}}}"#);
    let facts = mine(&repo);
    assert_eq!(facts.written(&one), ["a.rs 1-2 agent unspecified, 2"]);
    assert_eq!(facts.attribution(SubjectKind::Commit, &one).models.join(";"), "gpt-5");
    assert_eq!(
        facts.why("note"),
        [format!("refs/notes/ai:{}: a tool or model whose name is no plain word", &one[..10])]
    );
    let told = format!("{:?} {:?} {:?}", facts.authorship_notes, facts.line_attributions, facts.skipped);
    assert!(!["bob", "secret", "Grace"].iter().any(|word| told.contains(word)), "{told}");
}

#[test]
fn traces_are_read_from_regular_files_of_bounded_size_only() {
    let repo = Repo::new();
    let one = repo.change("a.rs", &lines("a", 2), "One");
    let trace = format!(
        r#"{{"vcs": {{"type": "git", "revision": "{one}"}}, "files": [{{"path": "a.rs", "conversations": [{{"contributor": {{"type": "ai"}}, "ranges": [{{"start_line": 1, "end_line": 2}}]}}]}}]}}"#
    );
    repo.change(".agent-trace/good.json", &trace, "Keep");
    let folder = repo.path.join(".agent-trace");
    std::os::unix::fs::symlink("/dev/zero", folder.join("endless.json")).unwrap();
    std::os::unix::fs::symlink(folder.join("good.json"), folder.join("link.json")).unwrap();
    std::fs::File::create(folder.join("large.json")).unwrap().set_len(33 << 20).unwrap();
    let facts = mine(&repo);
    assert_eq!(facts.written(&one), ["a.rs 1-2 agent unspecified, 2"]);
    let reasons = facts.why("agent-trace");
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[0].ends_with("endless.json: it is no regular file"), "{reasons:?}");
    assert!(reasons[1].contains("bytes are more than"), "{reasons:?}");

    // The same from the tree of a bare repository.
    repo.commit("Keep what is odd");
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let desk = crate::facts::Desk::new();
    desk.mine(&bare);
    let facts = desk.facts();
    assert_eq!(facts.written(&one), ["a.rs 1-2 agent unspecified, 2"]);
    assert_eq!(facts.why("agent-trace").len(), 1);
}

/// Written out for each stretch of lines this path would take 12 GB.
#[test]
fn a_long_path_is_not_written_out_without_end() {
    let repo = Repo::new();
    let one = repo.change("a.rs", &lines("a", 2), "One");
    let path = "p".repeat(200_000);
    let stretches: String = (0..60_000).map(|n| format!("  h_1 {}\n", 2 * n + 1)).collect();
    repo.note("ai", &one, &format!("{path}\n{stretches}a.rs\n  h_1 1-2\n---\n{{}}"));
    let facts = mine(&repo);
    assert_eq!(facts.written(&one), ["a.rs 1-2 human, 2"]);
    assert!(facts.why("note")[0].contains("too many stretches of lines"));
    assert_eq!(facts.origin(&one), Origin::Unknown);
}
