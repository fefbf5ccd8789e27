//! Agent Trace records: JSON documents, one or a list in a file, or one a line.
//!
//! A record names a revision and, for files of it, conversations with their ranges of lines; a range's own
//! contributor goes before its conversation's. Records are handed on one by one, and only what is wanted of one is
//! ever held: whatever stands in a file, it takes a few times its size in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Writer;
use super::git_ai::{NO_RANGE, ODD_NAME, Session};
use super::lenient::{Lenient, Line, Taken, Word};
use super::stretches::Stretch;

/// A record of one revision.
#[derive(Debug, PartialEq)]
pub(super) struct Trace {
    pub(super) revision: String,
    pub(super) files: Vec<(String, Vec<Stretch<Writer>>)>,
    /// What `Writer`s point to.
    pub(super) sessions: Vec<Session>,
    /// What could not be read of it, each kind once.
    pub(super) problems: Problems,
}

type Problems = BTreeSet<&'static str>;

const NO_JSON: &str = "no JSON";
const NO_RECORD: &str = "no Agent Trace record";
const NO_REVISION: &str = "it names no revision of git";
const ODD_PART: &str = "parts that are none of an Agent Trace record";

/// Hands on every record of a file with its number from 1, or why it could not be read.
pub(super) fn parse(text: &str, mut take: impl FnMut(usize, Result<Trace, &'static str>)) {
    let mut number = 0;
    let mut next = |record: Result<Record, &'static str>| {
        number += 1;
        take(number, record.and_then(Record::trace));
    };
    // What was handed on cannot be taken back, so that it has to be known first whether all of it is one document.
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            next(serde_json::from_str(line).map(|Lenient(record)| record).map_err(|_| NO_JSON));
        }
        return;
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let read = if text.trim_start().starts_with('[') {
        json.deserialize_seq(Each(&mut next))
    } else {
        Lenient::deserialize(&mut json).map(|Lenient(record)| next(Ok(record)))
    };
    // Numbers beyond all bounds pass for JSON until they are wanted.
    if read.is_err() {
        next(Err(NO_JSON));
    }
}

/// Hands on each record of a list when it was read.
struct Each<F>(F);

impl<'de, F: FnMut(Result<Record, &'static str>)> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(mut self, mut seq: S) -> Result<(), S::Error> {
        while let Some(Lenient(record)) = seq.next_element()? {
            (self.0)(Ok(record));
        }
        Ok(())
    }
}

/// Lines, and who is said to have written them.
type Said = Vec<Stretch<Option<Rc<Contributor>>>>;

#[derive(Default)]
struct Record {
    kind: Option<String>,
    revision: Option<String>,
    tool: Option<String>,
    files: Vec<(String, Said)>,
    problems: Problems,
}

impl<'de> Taken<'de> for Record {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "vcs" => {
                let Lenient(Vcs { kind, revision }) = map.next_value()?;
                (self.kind, self.revision) = (kind, revision);
            }
            "tool" => {
                let Lenient(Tool { name }) = map.next_value()?;
                self.tool = name;
            }
            "files" => {
                let Lenient(Files { files, mut problems }) = map.next_value()?;
                self.files = files;
                self.problems.append(&mut problems);
            }
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn other(&mut self) {
        self.problems.insert(ODD_PART);
    }
}

impl Record {
    fn trace(self) -> Result<Trace, &'static str> {
        let mut problems = self.problems;
        let is_git = self.kind.is_none_or(|kind| kind == "git");
        let Some(revision) = self.revision.filter(|_| is_git) else {
            return Err(if problems.contains(ODD_PART) { NO_RECORD } else { NO_REVISION });
        };
        let tool = self.tool.as_deref();
        let mut sessions: BTreeMap<Session, u32> = BTreeMap::new();
        let mut writer = |by: Option<Rc<Contributor>>| {
            let Some(by) = by else { return Writer::Unknown };
            let of_session = match by.kind.as_deref() {
                Some("ai") => Writer::Ai,
                Some("mixed") => Writer::Mixed,
                Some("human") => return Writer::Human,
                _ => return Writer::Unknown,
            };
            let (session, has_odd_name) = Session::new(tool, by.model.as_deref());
            if has_odd_name {
                problems.insert(ODD_NAME);
            }
            let next = sessions.len() as u32;
            of_session(*sessions.entry(session).or_insert(next))
        };
        let mut files = Vec::new();
        for (path, said) in self.files {
            let of = |Stretch { first, last, what }| Stretch { first, last, what: writer(what) };
            files.push((path, said.into_iter().map(of).collect()));
        }
        let mut in_order: Vec<(Session, u32)> = sessions.into_iter().collect();
        in_order.sort_by_key(|(_, number)| *number);
        let sessions = in_order.into_iter().map(|(session, _)| session).collect();
        Ok(Trace { revision, files, sessions, problems })
    }
}

#[derive(Default)]
struct Vcs {
    kind: Option<String>,
    revision: Option<String>,
}

impl<'de> Taken<'de> for Vcs {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        let field = match key {
            "type" => &mut self.kind,
            "revision" => &mut self.revision,
            _ => return map.next_value::<IgnoredAny>().map(|_| ()),
        };
        *field = map.next_value::<Lenient<Word>>()?.0.0;
        Ok(())
    }
}

#[derive(Default)]
struct Tool {
    name: Option<String>,
}

impl<'de> Taken<'de> for Tool {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        if key == "name" {
            self.name = map.next_value::<Lenient<Word>>()?.0.0;
            return Ok(());
        }
        map.next_value::<IgnoredAny>().map(|_| ())
    }
}

/// The files of a record of which lines are told.
#[derive(Default)]
struct Files {
    files: Vec<(String, Said)>,
    problems: Problems,
}

impl<'de> Taken<'de> for Files {
    fn list<S: SeqAccess<'de>>(&mut self, seq: &mut S) -> Result<(), S::Error> {
        while let Some(Lenient(File { path, mut said, mut problems })) = seq.next_element()? {
            self.problems.append(&mut problems);
            match path {
                Some(path) if !said.is_empty() => {
                    said.shrink_to_fit();
                    self.files.push((path, said));
                }
                Some(_) => {}
                None => self.other(),
            }
        }
        Ok(())
    }

    fn other(&mut self) {
        self.problems.insert(ODD_PART);
    }
}

#[derive(Default)]
struct File {
    path: Option<String>,
    said: Said,
    problems: Problems,
}

impl<'de> Taken<'de> for File {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "path" => self.path = map.next_value::<Lenient<Word>>()?.0.0,
            "conversations" => {
                let Lenient(Conversations { said, mut problems }) = map.next_value()?;
                self.said = said;
                self.problems.append(&mut problems);
            }
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct Conversations {
    said: Said,
    problems: Problems,
}

impl<'de> Taken<'de> for Conversations {
    fn list<S: SeqAccess<'de>>(&mut self, seq: &mut S) -> Result<(), S::Error> {
        while let Some(Lenient(Conversation { by, ranges })) = seq.next_element()? {
            let Ranges { said, mut problems } = ranges;
            self.problems.append(&mut problems);
            self.said
                .extend(said.into_iter().map(|range| Stretch { what: range.what.or_else(|| by.clone()), ..range }));
        }
        Ok(())
    }

    fn other(&mut self) {
        self.problems.insert(ODD_PART);
    }
}

#[derive(Default)]
struct Conversation {
    by: Option<Rc<Contributor>>,
    ranges: Ranges,
}

impl<'de> Taken<'de> for Conversation {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "contributor" => self.by = map.next_value::<Lenient<By>>()?.0.0.map(Rc::new),
            "ranges" => self.ranges = map.next_value::<Lenient<Ranges>>()?.0,
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn other(&mut self) {
        self.ranges.other();
    }
}

#[derive(Default)]
struct Ranges {
    said: Said,
    problems: Problems,
}

impl<'de> Taken<'de> for Ranges {
    fn list<S: SeqAccess<'de>>(&mut self, seq: &mut S) -> Result<(), S::Error> {
        while let Some(Lenient(Range { first, last, by })) = seq.next_element()? {
            match first.zip(last) {
                Some((first, last)) if first <= last => self.said.push(Stretch { first, last, what: by }),
                _ => {
                    self.problems.insert(NO_RANGE);
                }
            }
        }
        Ok(())
    }

    fn other(&mut self) {
        self.problems.insert(ODD_PART);
    }
}

#[derive(Default)]
struct Range {
    first: Option<u32>,
    last: Option<u32>,
    by: Option<Rc<Contributor>>,
}

impl<'de> Taken<'de> for Range {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "start_line" => self.first = map.next_value::<Lenient<Line>>()?.0.0,
            "end_line" => self.last = map.next_value::<Lenient<Line>>()?.0.0,
            "contributor" => self.by = map.next_value::<Lenient<By>>()?.0.0.map(Rc::new),
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct Contributor {
    kind: Option<String>,
    model: Option<String>,
}

/// A contributor, if anything stands there; what cannot be read as one is somebody unknown.
#[derive(Default)]
struct By(Option<Contributor>);

impl<'de> Taken<'de> for By {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        let by = self.0.get_or_insert_default();
        let field = match key {
            "type" => &mut by.kind,
            "model_id" => &mut by.model,
            _ => return map.next_value::<IgnoredAny>().map(|_| ()),
        };
        *field = map.next_value::<Lenient<Word>>()?.0.0;
        Ok(())
    }

    fn other(&mut self) {
        self.0.get_or_insert_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"version": "0.1.0", "id": "i", "timestamp": "2026-01-01T00:00:00Z", "vcs": {"type": "git", "revision": "abc"},
        "tool": {"name": "cursor", "version": "2"}, "files": [{"path": "a.rs", "conversations": [
          {"url": "https://x", "contributor": {"type": "ai", "model_id": "anthropic/claude-opus-4-5"},
           "ranges": [{"start_line": 1, "end_line": 4}, {"start_line": 6, "end_line": 6, "contributor": {"type": "human"}},
                      {"start_line": 9, "end_line": 8}]},
          {"ranges": [{"start_line": 20, "end_line": 21}]}]}]}"#;

    /// The records, and for each that could not be read which it is and why.
    fn all(text: &str) -> (Vec<Trace>, Vec<(usize, &'static str)>) {
        let (mut traces, mut unread) = (Vec::new(), Vec::new());
        parse(text, |number, record| match record {
            Ok(trace) => traces.push(trace),
            Err(problem) => unread.push((number, problem)),
        });
        (traces, unread)
    }

    #[test]
    fn a_ranges_contributor_goes_before_its_conversations() {
        let (traces, unread) = all(RECORD);
        assert_eq!((traces.len(), unread.len(), &*traces[0].revision), (1, 0, "abc"));
        let said: Vec<_> = traces[0].files[0].1.iter().map(|s| (s.first, s.last, s.what)).collect();
        assert_eq!(said, [(1, 4, Writer::Ai(0)), (6, 6, Writer::Human), (20, 21, Writer::Unknown)]);
        assert_eq!(traces[0].sessions[0].model.as_deref(), Some("anthropic/claude-opus-4-5"));
    }

    #[test]
    fn one_a_line_and_what_is_wrong_is_told() {
        let lines = format!("{}\n\n{{\"files\": []}}\nnonsense\n{{\"files\": 1}}\n", RECORD.replace('\n', " "));
        let (traces, unread) = all(&lines);
        assert_eq!(traces.len(), 1);
        assert_eq!(unread, [(2, "it names no revision of git"), (3, "no JSON"), (4, "no Agent Trace record")]);
        assert_eq!(all(&format!("[{RECORD},{RECORD}]")).0.len(), 2);
    }

    #[test]
    fn fields_stand_in_any_order() {
        let (traces, _) = all(r#"{"files": [{"conversations": [{"ranges": [{"end_line": 2, "start_line": 1}],
            "contributor": {"model_id": "openai/gpt-5", "type": "mixed"}}], "path": "a.rs"}],
            "tool": {"name": "codex"}, "vcs": {"revision": "abc"}}"#);
        assert_eq!(traces[0].files[0].1[0].what, Writer::Mixed(0));
        assert_eq!(traces[0].sessions[0].tool.as_deref(), Some("codex"));
    }

    #[test]
    fn one_odd_part_spoils_no_other() {
        let lines = |part: &str| {
            let good = r#"{"start_line": 3, "end_line": 3, "contributor": {"type": "human"}}"#;
            let (traces, unread) = all(&format!(
                r#"{{"vcs": {{"revision": "abc"}}, "tool": 7, "metadata": {}{}, "files": [5, {{"conversations": []}},
                   {{"path": "a.rs", "conversations": [null, {{"contributor": "me", "ranges": [{part}, {good}]}}]}}]}}"#,
                "[".repeat(1000),
                "]".repeat(1000),
            ));
            assert!(unread.is_empty() && traces[0].problems.contains(ODD_PART));
            let said = &traces[0].files[0].1;
            let last = said.last().map(|s| (s.first, s.what));
            assert_eq!(last, Some((3, Writer::Human)));
            (said.len(), traces[0].problems.contains(NO_RANGE))
        };
        assert_eq!(lines(r#"{"start_line": 1, "end_line": 2}"#), (2, false));
        for odd in
            ["null", "7", "[1, 2]", r#"{"start_line": 0, "end_line": 2}"#, r#"{"start_line": "1", "end_line": 2.5}"#]
        {
            assert_eq!(lines(odd), (1, true), "{odd}");
        }
        assert_eq!(
            all(r#"[{"vcs": {"type": "svn", "revision": "1"}}, 1e999, {}]"#).1,
            [(1, NO_REVISION), (2, NO_JSON)]
        );
    }

    /// As values they would take 2.7 GB; here they end, and nothing of them is held.
    #[test]
    fn what_is_not_wanted_is_not_held() {
        let size = 4 << 20;
        assert_eq!(all(&"[".repeat(size)).1, [(1, NO_JSON)]);
        assert_eq!(all(&r#"{"a":"#.repeat(size / 5)).1, [(1, NO_JSON)]);
        let deep = format!(r#"{{"metadata": {}{}}}"#, "[".repeat(size), "]".repeat(size));
        assert_eq!(all(&deep).1, [(1, NO_REVISION)]);
        let empty = format!(r#"{{"vcs": {{"revision": "a"}}, "files": [{}{{}}]}}"#, "{},".repeat(size / 3));
        assert_eq!(all(&empty).0[0].files.capacity(), 0);
    }
}
