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
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::lenient::{Lenient, Line, Taken, Word};
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
    /// Paths, keys and ranges so far.
    held: usize,
}

/// Lines of a file that one key stands for.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) path: Rc<str>,
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

pub(super) const NO_RANGE: &str = "lines that are no range";
/// Told of a name that is not kept.
pub(super) const ODD_NAME: &str = "a tool or model whose name is no plain word";
/// Most paths, keys and ranges of a note, of which each takes many times the memory of the few bytes it may be
/// written with.
const MOST: usize = 1 << 20;
/// Most sessions of a note.
const MOST_SESSIONS: usize = 1 << 16;
/// Longest name of a tool or model.
const LONGEST_NAME: usize = 64;

impl Session {
    /// And whether [`plain_name`] refused a name of it.
    pub(super) fn new(tool: Option<&str>, model: Option<&str>) -> (Self, bool) {
        let plain = |written: Option<&str>| written.map(str::trim).filter(|name| !name.is_empty()).map(plain_name);
        let (tool, model) = (plain(tool), plain(model));
        let is_odd = [&tool, &model].into_iter().any(|name| matches!(name, Some(None)));
        (Self { tool: tool.flatten(), model: model.flatten(), asked_by: None }, is_odd)
    }

    pub(super) fn is_made_up(&self) -> bool {
        self.tool.as_deref().is_some_and(|tool| MADE_UP.contains(&tool))
    }
}

/// A name of up to four words, as one word, without the date or size behind a model. Anything else may be what somebody
/// said, or a person's address, and is not kept.
fn plain_name(written: &str) -> Option<String> {
    let is_mark = |mark: &str| mark.len() <= 8 && mark.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = match written.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
        Some((name, mark)) if is_mark(mark) => name,
        _ => written,
    };
    let name = match name.split_once('@') {
        Some((name, date)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    };
    let words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    let fits = (1..=4).contains(&words.len()) && name.len() <= LONGEST_NAME;
    (fits && words.iter().all(|word| word.chars().all(is_plain))).then(|| words.join("-"))
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
        if entry.is_empty() || !self.has_room() {
            return;
        }
        if entry.len() == line.len() {
            let quoted = line.strip_prefix('"').and_then(|path| path.strip_suffix('"'));
            self.entries.push(Entry { path: quoted.unwrap_or(line).into(), key: String::new(), lines: Vec::new() });
        } else {
            self.read_entry(entry);
        }
    }

    /// Whether one more path, key or range can be held. Once one cannot, none can.
    fn has_room(&mut self) -> bool {
        self.held += 1;
        if self.held > MOST {
            self.problems.insert("more lines of it than are read");
        }
        self.held <= MOST
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
                let path = Rc::clone(&last.path);
                self.entries.push(Entry { path, key: key.to_owned(), lines });
            }
        }
    }

    fn read_range(&mut self, range: &str) -> Option<Stretch<()>> {
        if range.is_empty() || !self.has_room() {
            return None;
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if 1 <= first && first <= last => Some(Stretch { first, last, what: () }),
            _ => {
                self.problems.insert(NO_RANGE);
                None
            }
        }
    }

    /// What is not read is not even kept in memory for a moment: transcripts make up most of a note. One odd record
    /// spoils no other.
    fn read_metadata(&mut self, json: &str) {
        let Ok(Lenient(Metadata { listed, is_odd: false })) = serde_json::from_str(json) else {
            self.problems.insert("its sessions are no JSON of the kind expected");
            return;
        };
        for (key, Listed { tool, model, asked_by, is_odd }) in listed {
            let (session, has_odd_name) = Session::new(tool.as_deref(), model.as_deref());
            if is_odd {
                self.problems.insert("a session that is no record");
            }
            if has_odd_name {
                self.problems.insert(ODD_NAME);
            }
            let asked_by = asked_by.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            self.sessions.insert(key, Session { asked_by, ..session });
        }
    }

    /// `authorship/0.0.1`: JSON alone, which names an author for lines and does not say whether it is a person.
    fn read_first_form(&mut self, json: &str) {
        let Ok(First { files: Lenient(FirstFiles { files, is_odd: false }) }) = serde_json::from_str(json) else {
            self.problems.insert("no JSON of the kind expected");
            return;
        };
        self.names_authors = true;
        for (path, authors) in files {
            let path: Rc<str> = path.into();
            for Author { author, lines: Lenient(Lines { mut ranges, is_odd }) } in authors {
                if is_odd {
                    self.problems.insert(NO_RANGE);
                }
                if !self.has_room() {
                    return;
                }
                ranges.retain(|_| self.has_room());
                let tool = Some(author.clone()).filter(|author| author.len() <= LONGEST_NAME);
                self.sessions.insert(author.clone(), Session { tool, ..Session::default() });
                self.entries.push(Entry { path: Rc::clone(&path), key: author, lines: ranges });
            }
        }
    }
}

#[derive(Deserialize)]
struct First {
    files: Lenient<FirstFiles>,
}

/// The files that have authors.
#[derive(Default)]
struct FirstFiles {
    files: Vec<(String, Vec<Author>)>,
    is_odd: bool,
}

#[derive(Deserialize)]
struct FirstFile {
    #[serde(default)]
    authors: Vec<Author>,
}

#[derive(Deserialize)]
struct Author {
    author: String,
    #[serde(default)]
    lines: Lenient<Lines>,
}

impl<'de> Taken<'de> for FirstFiles {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        let FirstFile { authors } = map.next_value()?;
        if !authors.is_empty() {
            self.files.push((key.to_owned(), authors));
        }
        Ok(())
    }

    fn other(&mut self) {
        self.is_odd = true;
    }
}

/// Lines of the first form: `7` or `[7, 9]` each.
#[derive(Default)]
struct Lines {
    ranges: Vec<Stretch<()>>,
    is_odd: bool,
}

impl<'de> Taken<'de> for Lines {
    fn list<S: SeqAccess<'de>>(&mut self, seq: &mut S) -> Result<(), S::Error> {
        while let Some(Lenient(Ends { first, last })) = seq.next_element()? {
            match first.zip(last) {
                Some((first, last)) if first <= last => self.ranges.push(Stretch { first, last, what: () }),
                _ => self.is_odd = true,
            }
        }
        Ok(())
    }

    fn other(&mut self) {
        self.is_odd = true;
    }
}

#[derive(Default)]
struct Ends {
    first: Option<u32>,
    last: Option<u32>,
}

impl<'de> Taken<'de> for Ends {
    fn number(&mut self, number: u64) {
        let mut line = Line::default();
        line.number(number);
        (self.first, self.last) = (line.0, line.0);
    }

    fn list<S: SeqAccess<'de>>(&mut self, seq: &mut S) -> Result<(), S::Error> {
        if let Some(Lenient(Line(first))) = seq.next_element()? {
            (self.first, self.last) = (first, first);
        }
        while let Some(Lenient(Line(last))) = seq.next_element()? {
            self.last = last;
        }
        Ok(())
    }
}

/// The sessions and prompts that a note lists.
#[derive(Default)]
struct Metadata {
    listed: Vec<(String, Listed)>,
    is_odd: bool,
}

impl<'de> Taken<'de> for Metadata {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        if key == "prompts" || key == "sessions" {
            let Lenient(Sessions { listed, is_odd }) = map.next_value()?;
            self.listed.extend(listed);
            self.is_odd |= is_odd;
            Ok(())
        } else {
            map.next_value::<IgnoredAny>().map(|_| ())
        }
    }

    fn other(&mut self) {
        self.is_odd = true;
    }
}

#[derive(Default)]
struct Sessions {
    listed: Vec<(String, Listed)>,
    is_odd: bool,
}

impl<'de> Taken<'de> for Sessions {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        let Lenient(listed) = map.next_value()?;
        if self.listed.len() < MOST_SESSIONS {
            self.listed.push((key.to_owned(), listed));
        } else {
            self.is_odd = true;
        }
        Ok(())
    }

    fn other(&mut self) {
        self.is_odd = true;
    }
}

/// A session as listed.
#[derive(Default)]
struct Listed {
    tool: Option<String>,
    model: Option<String>,
    asked_by: Option<String>,
    is_odd: bool,
}

impl<'de> Taken<'de> for Listed {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "agent_id" => {
                let Lenient(Agent { tool, model }) = map.next_value()?;
                (self.tool, self.model) = (tool, model);
            }
            "human_author" => self.asked_by = map.next_value::<Lenient<Word>>()?.0.0,
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn other(&mut self) {
        self.is_odd = true;
    }
}

#[derive(Default)]
struct Agent {
    tool: Option<String>,
    model: Option<String>,
}

impl<'de> Taken<'de> for Agent {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        let field = match key {
            "tool" => &mut self.tool,
            "model" => &mut self.model,
            _ => return map.next_value::<IgnoredAny>().map(|_| ()),
        };
        *field = map.next_value::<Lenient<Word>>()?.0.0;
        Ok(())
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
        assert!(note.problems.is_empty());
        let note = parse(
            r#"{"files": {"a": {"authors": [{"author": "Claude", "lines": [0, [7], [], [1, "2"], "x", {"a": 1}, [3, 2], 4]}]}}}"#,
        );
        assert_eq!(told(&note), ["a Claude 7-7,4-4"]);
        assert_eq!(note.problems.into_iter().collect::<Vec<_>>(), [NO_RANGE]);
    }

    #[test]
    fn no_more_is_held_than_has_room() {
        let held = |note: &Note| note.entries.len() + note.entries.iter().map(|entry| entry.lines.len()).sum::<usize>();
        for note in [
            "a\n".repeat(2 * MOST) + "---\n{}",
            "a\n".to_owned() + &"  h_1 1\n".repeat(2 * MOST) + "---\n{}",
            "a\n  h_1 ".to_owned() + &"1,".repeat(2 * MOST) + "\n---\n{}",
            format!(
                r#"{{"files": {{"a": {{"authors": [{{"author": "A", "lines": [{}1]}}]}}}}}}"#,
                "1,".repeat(2 * MOST)
            ),
        ] {
            let parsed = parse(&note);
            assert!((MOST / 2..=MOST).contains(&held(&parsed)), "{} of {}", held(&parsed), &note[..20]);
            assert_eq!(parsed.problems.into_iter().collect::<Vec<_>>(), ["more lines of it than are read"]);
        }
        let sessions: Vec<String> = (0..=MOST_SESSIONS).map(|key| format!("\"{key}\":{{}}")).collect();
        let note = parse(&format!("a\n  h_1 1\n---\n{{\"sessions\": {{{}}}}}", sessions.join(",")));
        assert_eq!((told(&note).len(), note.sessions.len(), note.problems.len()), (1, 0, 1));
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

    #[test]
    fn one_odd_session_spoils_no_other() {
        let note = parse(
            r#"a
  s_1::t_1 1
---
{"prompts": null, "sessions": {"s_0": {"agent_id": null}, "s_1": {"agent_id": {"tool": "claude", "model": 7}, "human_author": ["x"]},
 "s_2": "what", "s_3": {"agent_id": {"tool": "secret-prompt-text-bob-<bob@x.org>", "model": "claude-opus-4-5@20251101"}}}}"#,
        );
        let told: Vec<String> = note
            .sessions
            .iter()
            .map(|(key, s)| format!("{key} {} {}", s.tool.as_deref().unwrap_or("-"), s.model.as_deref().unwrap_or("-")))
            .collect();
        assert_eq!(told, ["s_0 - -", "s_1 claude -", "s_2 - -", "s_3 - claude-opus-4-5"]);
        assert_eq!(note.problems.into_iter().collect::<Vec<_>>(), ["a session that is no record", ODD_NAME]);
    }

    #[test]
    fn names_are_plain_words() {
        for (written, kept) in [
            ("claude-opus-4-6[1m]", Some("claude-opus-4-6")),
            ("anthropic/claude-opus-4-5", Some("anthropic/claude-opus-4-5")),
            ("GitHub Copilot CLI", Some("GitHub-Copilot-CLI")),
            ("please write me a poem", None),
            ("bob@example.org", None),
            ("what, now?", None),
        ] {
            assert_eq!(plain_name(written).as_deref(), kept, "{written}");
        }
        assert_eq!(plain_name(&"x".repeat(65)), None);
    }

    /// Named anew for each entry it would take 12 GB.
    #[test]
    fn a_long_path_is_kept_once() {
        let path = "p".repeat(200_000);
        let note = parse(&(path.clone() + "\n" + &"  h_1 1\n".repeat(60_000) + "---\n{}"));
        assert_eq!(note.entries.len(), 60_000);
        let authors = r#"{"author": "A", "lines": [1]},"#.repeat(60_000);
        let note = parse(&format!(r#"{{"files": {{"{path}": {{"authors": [{}]}}}}}}"#, authors.trim_end_matches(',')));
        assert_eq!(note.entries.len(), 60_000);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read(note in "(a\n|  [0-9a-f]{7} |[0-9,-]{0,9}|\n|---\n|\\{\"prompts\":|[{}\\[\\]\"]|.){0,40}") {
            let parsed = parse(&note);
            prop_assert!(parsed.entries.iter().flat_map(|e| &e.lines).all(|l| 1 <= l.first && l.first <= l.last));
        }
    }
}
