//! Agent Trace records: JSON documents, one or a list in a file, or one a line.
//!
//! A record names a revision and, for files of it, conversations with their ranges of lines; a range's own
//! contributor goes before its conversation's.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::Writer;
use super::git_ai::{ODD_NAME, Session};
use super::stretches::Stretch;

/// A record of one revision.
#[derive(Debug, PartialEq)]
pub(super) struct Trace {
    pub(super) revision: String,
    pub(super) files: Vec<(String, Vec<Stretch<Writer>>)>,
    /// What `Writer`s point to.
    pub(super) sessions: Vec<Session>,
    /// What could not be read of it, each kind once.
    pub(super) problems: BTreeSet<&'static str>,
}

#[derive(Deserialize)]
struct Record {
    vcs: Option<Vcs>,
    tool: Option<Tool>,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct Vcs {
    #[serde(rename = "type")]
    kind: Option<String>,
    revision: Option<String>,
}

#[derive(Deserialize)]
struct Tool {
    name: Option<String>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    #[serde(default)]
    conversations: Vec<Conversation>,
}

#[derive(Deserialize)]
struct Conversation {
    contributor: Option<Contributor>,
    #[serde(default)]
    ranges: Vec<Range>,
}

#[derive(Deserialize)]
struct Range {
    start_line: u32,
    end_line: u32,
    contributor: Option<Contributor>,
}

#[derive(Deserialize)]
struct Contributor {
    #[serde(rename = "type")]
    kind: String,
    model_id: Option<String>,
}

/// The records of a file, and for each that could not be read which it is and why.
pub(super) fn parse(text: &str) -> (Vec<Trace>, Vec<(usize, &'static str)>) {
    let documents: Vec<Option<Value>> = match serde_json::from_str(text) {
        Ok(Value::Array(documents)) => documents.into_iter().map(Some).collect(),
        Ok(document) => vec![Some(document)],
        Err(_) => text.lines().filter(|line| !line.trim().is_empty()).map(|l| serde_json::from_str(l).ok()).collect(),
    };
    let (mut traces, mut unread) = (Vec::new(), Vec::new());
    for (at, document) in documents.into_iter().enumerate() {
        match document.ok_or("no JSON").and_then(trace) {
            Ok(trace) => traces.push(trace),
            Err(problem) => unread.push((at + 1, problem)),
        }
    }
    (traces, unread)
}

fn trace(document: Value) -> Result<Trace, &'static str> {
    let record: Record = serde_json::from_value(document).map_err(|_| "no Agent Trace record")?;
    let vcs = record.vcs.filter(|vcs| vcs.kind.as_deref().is_none_or(|kind| kind == "git"));
    let revision = vcs.and_then(|vcs| vcs.revision).ok_or("it names no revision of git")?;
    let tool = record.tool.and_then(|tool| tool.name);
    let (mut files, mut sessions, mut problems) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
    for File { path, conversations } in record.files {
        let mut stretches = Vec::new();
        for Conversation { contributor, ranges } in conversations {
            let mut writer = |by: &Contributor| writer(by, tool.as_deref(), &mut sessions, &mut problems);
            let usual = contributor.as_ref().map_or(Writer::Unknown, &mut writer);
            let mut is_odd = false;
            for Range { start_line, end_line, contributor } in ranges {
                if 1 <= start_line && start_line <= end_line {
                    let what = contributor.as_ref().map_or(usual, &mut writer);
                    stretches.push(Stretch { first: start_line, last: end_line, what });
                } else {
                    is_odd = true;
                }
            }
            if is_odd {
                problems.insert("lines that are no range");
            }
        }
        files.push((path, stretches));
    }
    let mut in_order: Vec<(Session, u32)> = sessions.into_iter().collect();
    in_order.sort_by_key(|(_, number)| *number);
    let sessions = in_order.into_iter().map(|(session, _)| session).collect();
    Ok(Trace { revision, files, sessions, problems })
}

fn writer(
    by: &Contributor,
    tool: Option<&str>,
    sessions: &mut BTreeMap<Session, u32>,
    problems: &mut BTreeSet<&'static str>,
) -> Writer {
    let of_session = match by.kind.as_str() {
        "human" => return Writer::Human,
        "ai" => Writer::Ai,
        "mixed" => Writer::Mixed,
        _ => return Writer::Unknown,
    };
    let (session, has_odd_name) = Session::new(tool, by.model_id.as_deref());
    if has_odd_name {
        problems.insert(ODD_NAME);
    }
    let next = sessions.len() as u32;
    of_session(*sessions.entry(session).or_insert(next))
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

    #[test]
    fn a_ranges_contributor_goes_before_its_conversations() {
        let (traces, unread) = parse(RECORD);
        assert_eq!((traces.len(), unread.len(), &*traces[0].revision), (1, 0, "abc"));
        let said: Vec<_> = traces[0].files[0].1.iter().map(|s| (s.first, s.last, s.what)).collect();
        assert_eq!(said, [(1, 4, Writer::Ai(0)), (6, 6, Writer::Human), (20, 21, Writer::Unknown)]);
        assert_eq!(traces[0].sessions[0].model.as_deref(), Some("anthropic/claude-opus-4-5"));
    }

    #[test]
    fn one_a_line_and_what_is_wrong_is_told() {
        let lines = format!("{}\n\n{{\"files\": []}}\nnonsense\n{{\"files\": 1}}\n", RECORD.replace('\n', " "));
        let (traces, unread) = parse(&lines);
        assert_eq!(traces.len(), 1);
        assert_eq!(unread, [(2, "it names no revision of git"), (3, "no JSON"), (4, "no Agent Trace record")]);
        assert_eq!(parse(&format!("[{RECORD},{RECORD}]")).0.len(), 2);
    }
}
