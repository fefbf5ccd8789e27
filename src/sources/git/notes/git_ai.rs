//! Notes of git-ai: which lines of a commit which session wrote.
//!
//! ```text
//! src/a.rs
//!   s_0123456789abcd::t_0123456789abcd 1-4,9
//!   h_0123456789abcd 12
//! ---
//! { "schema_version": "authorship/3.0.0", "sessions": { … }, "prompts": { … }, "humans": { … } }
//! ```
//!
//! Real notes do not all keep to the standard, so that everything is read that can be, and what cannot is told.
//! What was said to a tool is passed over unread.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::stretches::Stretch;

/// A note as written: its keys are not looked up yet.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Note {
    pub(super) entries: Vec<Entry>,
    pub(super) sessions: BTreeMap<String, Session>,
    /// Its keys are names of authors, be they tools or people.
    pub(super) names_authors: bool,
    /// What could not be read of it, each kind once.
    pub(super) problems: BTreeSet<&'static str>,
}

/// Lines of a file that one key stands for.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) key: String,
    pub(super) lines: Vec<Stretch<()>>,
}

/// A session with a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Session {
    pub(in super::super) tool: Option<String>,
    pub(in super::super) model: Option<String>,
    /// Who asked the tool: `Name <address>`, or a name.
    pub(in super::super) asked_by: Option<String>,
}

/// Whom a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Human,
    /// A session of a tool, whether or not it is known which.
    Ai,
    Unknown,
}

/// Tools that git-ai's own tests make up.
const MADE_UP: [&str; 3] = ["mock_ai", "test-agent", "test_agent"];

impl Session {
    pub(super) fn is_made_up(&self) -> bool {
        self.tool.as_deref().is_some_and(|tool| MADE_UP.contains(&tool))
    }
}

/// The part of a key that names a session: `s_…` of `s_…::t_…`.
pub(super) fn session_of(key: &str) -> &str {
    key.split("::").next().unwrap_or(key)
}

/// What a key stands for by its form: sessions are `s_` and digits, in older notes 7 or 16 digits or a UUID;
/// people are `h_` and digits. Notes also hold the bare words `human` and `ai_agent`.
pub(super) fn kind_of(key: &str) -> Key {
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_uuid = || key.len() == 36 && key.split('-').all(is_hex);
    match key {
        "human" => Key::Human,
        "ai_agent" => Key::Ai,
        _ if key.starts_with("h_") => Key::Human,
        _ if key.starts_with("s_") || (key.len() >= 7 && is_hex(key)) || is_uuid() => Key::Ai,
        _ => Key::Unknown,
    }
}

/// Reads a note. One that holds neither attestation nor metadata has only problems.
pub(super) fn parse(note: &str) -> Note {
    let mut parsed = Note::default();
    if note.trim_start().starts_with('{') {
        parsed.read_first_form(note);
        return parsed;
    }
    let mut rest = note;
    loop {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.trim_end() == "---" {
            parsed.read_metadata(after);
            return parsed;
        }
        parsed.read_line(line.trim_end());
        if after.is_empty() {
            parsed.problems.insert("no line `---` between lines and sessions");
            return parsed;
        }
        rest = after;
    }
}

impl Note {
    fn read_line(&mut self, line: &str) {
        let entry = line.trim_start();
        if entry.is_empty() {
        } else if entry.len() == line.len() {
            let quoted = line.strip_prefix('"').and_then(|path| path.strip_suffix('"'));
            self.entries.push(Entry { path: quoted.unwrap_or(line).to_owned(), key: String::new(), lines: Vec::new() });
        } else {
            self.read_entry(entry);
        }
    }

    /// The first entry of a path fills the one that the path made; further ones follow it.
    fn read_entry(&mut self, entry: &str) {
        let Some((key, ranges)) = entry.split_once([' ', '\t']) else {
            self.problems.insert("a key without lines");
            return;
        };
        let lines: Vec<Stretch<()>> = ranges.split(',').filter_map(|range| self.read_range(range.trim())).collect();
        match self.entries.last_mut() {
            None => {
                self.problems.insert("lines without a file");
            }
            Some(last) if last.key.is_empty() => (last.key, last.lines) = (key.to_owned(), lines),
            Some(last) => {
                let path = last.path.clone();
                self.entries.push(Entry { path, key: key.to_owned(), lines });
            }
        }
    }

    fn read_range(&mut self, range: &str) -> Option<Stretch<()>> {
        if range.is_empty() {
            return None;
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if 1 <= first && first <= last => Some(Stretch { first, last, what: () }),
            _ => {
                self.problems.insert("lines that are no range");
                None
            }
        }
    }

    /// What is not read is not even kept in memory for a moment: transcripts make up most of a note.
    fn read_metadata(&mut self, json: &str) {
        #[derive(Deserialize)]
        struct Metadata {
            #[serde(default)]
            prompts: Option<BTreeMap<String, Listed>>,
            #[serde(default)]
            sessions: Option<BTreeMap<String, Listed>>,
        }
        #[derive(Deserialize)]
        struct Listed {
            #[serde(default)]
            agent_id: Agent,
            human_author: Option<String>,
        }
        #[derive(Default, Deserialize)]
        struct Agent {
            tool: Option<String>,
            model: Option<String>,
        }
        let Ok(Metadata { prompts, sessions }) = serde_json::from_str(json) else {
            self.problems.insert("its sessions are no JSON of the kind expected");
            return;
        };
        let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        for (key, Listed { agent_id, human_author }) in prompts.into_iter().chain(sessions).flatten() {
            let Agent { tool, model } = agent_id;
            self.sessions.insert(key, Session { tool: text(tool), model: text(model), asked_by: text(human_author) });
        }
    }

    /// `authorship/0.0.1`: JSON alone, which names an author for lines and does not say whether it is a person.
    fn read_first_form(&mut self, json: &str) {
        #[derive(Deserialize)]
        struct First {
            files: BTreeMap<String, File>,
        }
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            authors: Vec<Author>,
        }
        #[derive(Deserialize)]
        struct Author {
            author: String,
            #[serde(default)]
            lines: Vec<Value>,
        }
        let Ok(First { files }) = serde_json::from_str(json) else {
            self.problems.insert("no JSON of the kind expected");
            return;
        };
        self.names_authors = true;
        for (path, file) in files {
            for Author { author, lines } in file.authors {
                let lines = lines.iter().filter_map(|line| self.read_json_range(line)).collect();
                self.sessions.insert(author.clone(), Session { tool: Some(author.clone()), ..Session::default() });
                self.entries.push(Entry { path: path.clone(), key: author, lines });
            }
        }
    }

    /// `7` or `[7, 9]`.
    fn read_json_range(&mut self, range: &Value) -> Option<Stretch<()>> {
        let number = |value: &Value| u32::try_from(value.as_u64()?).ok().filter(|line| *line > 0);
        let both = match range {
            Value::Array(ends) => ends.first().and_then(number).zip(ends.last().and_then(number)),
            line => number(line).map(|line| (line, line)),
        };
        match both {
            Some((first, last)) if first <= last => Some(Stretch { first, last, what: () }),
            _ => {
                self.problems.insert("lines that are no range");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `path key 1-2,4`, a line an entry.
    fn told(note: &Note) -> Vec<String> {
        let range = |l: &Stretch<()>| format!("{}-{}", l.first, l.last);
        let lines = |e: &Entry| e.lines.iter().map(range).collect::<Vec<_>>().join(",");
        note.entries.iter().map(|e| format!("{} {} {}", e.path, e.key, lines(e))).collect()
    }

    #[test]
    fn a_note_of_the_standard() {
        let note = parse(
            r#"src/a.rs
  s_0123456789abcd::t_0123456789abcd 1-4,9
  h_0123456789abcd 12
"with blank.md"
  0123456789abcdef 1
---
{"schema_version": "authorship/3.0.0", "base_commit_sha": "x", "prompts": {"0123456789abcdef": {"agent_id": {"tool": "cursor",
 "id": "i", "model": "gpt-5"}, "human_author": "Ada <ada@ship.org>", "messages": [{"text": "secret"}]}},
 "sessions": {"s_0123456789abcd": {"agent_id": {"tool": "claude", "model": "claude-opus-4-6"}}}, "humans": {}}"#,
        );
        assert_eq!(
            told(&note),
            [
                "src/a.rs s_0123456789abcd::t_0123456789abcd 1-4,9-9",
                "src/a.rs h_0123456789abcd 12-12",
                "with blank.md 0123456789abcdef 1-1"
            ]
        );
        assert!(note.problems.is_empty());
        assert_eq!(note.sessions["0123456789abcdef"].asked_by.as_deref(), Some("Ada <ada@ship.org>"));
        assert_eq!(note.sessions[session_of("s_0123456789abcd::t_1")].model.as_deref(), Some("claude-opus-4-6"));
        assert!(!format!("{note:?}").contains("secret"));
    }

    #[test]
    fn the_first_form() {
        let note = parse(r#"{"files": {"a": {"file": "a", "authors": [{"author": "Claude", "lines": [3, [5, 9]]}]}}}"#);
        assert_eq!(told(&note), ["a Claude 3-3,5-9"]);
    }

    #[test]
    fn keys_by_their_form() {
        for (key, kind) in [
            ("s_11c3e1cdda522c::t_e99b144ead241a", Key::Ai),
            ("0123456", Key::Ai),
            ("0123456789abcdef", Key::Ai),
            ("dc1016df-fb0b-4fc8-9fbd-cb1b01d541cd", Key::Ai),
            ("ai_agent", Key::Ai),
            ("human", Key::Human),
            ("h_0123456789abcd", Key::Human),
            ("somebody", Key::Unknown),
        ] {
            assert_eq!(kind_of(key), kind, "{key}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_and_the_rest_is_read() {
        let problems = |note: &str| parse(note).problems.into_iter().collect::<Vec<_>>().join("; ");
        assert_eq!(problems("a\n  0123456 1\n"), "no line `---` between lines and sessions");
        assert_eq!(problems("  0123456 1\n---\n{}"), "lines without a file");
        assert_eq!(problems("a\n  0123456\n---\n{}"), "a key without lines");
        let note = parse("a\n  0123456 0,5-2,x,7,99999999999\n---\n{\"prompts\": [1]}");
        assert_eq!((told(&note), note.problems.len()), (vec!["a 0123456 7-7".to_owned()], 2));
        assert_eq!(problems("a\n  0123456 1\n---\n{"), "its sessions are no JSON of the kind expected");
        assert_eq!(problems("{\"files\": 3}"), "no JSON of the kind expected");
        assert_eq!(
            problems(&("a\n---\n".to_owned() + &"[".repeat(1 << 20))),
            "its sessions are no JSON of the kind expected"
        );
    }

    #[test]
    fn megabytes_are_read_in_time() {
        let ranges: Vec<String> = (1..400_000).map(|line| (2 * line).to_string()).collect();
        let note =
            parse(&format!("a\n  0123456 {}\n---\n{{\"messages\": \"{}\"}}", ranges.join(","), "x".repeat(3 << 20)));
        assert_eq!(note.entries[0].lines.len(), 399_999);
        let many = parse(&("a\n".to_owned() + &"  0123456 1\n".repeat(200_000) + "---\n{}"));
        assert_eq!(many.entries.len(), 200_000);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read(note in "(a\n|  [0-9a-f]{7} |[0-9,-]{0,9}|\n|---\n|\\{\"prompts\":|[{}\\[\\]\"]|.){0,40}") {
            let parsed = parse(&note);
            prop_assert!(parsed.entries.iter().flat_map(|e| &e.lines).all(|l| 1 <= l.first && l.first <= l.last));
        }
    }
}
