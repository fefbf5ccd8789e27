//! Small histories for the tests of this folder.

use crate::facts::{Commit, CommitId, Link};

/// A commit whose id is `name` written as 40 hex digits.
pub(super) fn commit(name: &str, parents: &[&str], message: &str) -> Commit {
    let nothing = || "".into();
    Commit {
        commit_id: CommitId::new(id(name)),
        parents: parents.iter().map(|parent| CommitId::new(id(parent))).collect(),
        is_merge: parents.len() > 1,
        on_mainline: false,
        on_default_branch: true,
        change_id: None,
        pull: None,
        author: nothing(),
        author_name: nothing(),
        author_email: nothing(),
        committer: nothing(),
        committer_name: nothing(),
        committer_email: nothing(),
        authored_at: None,
        authored_offset: 0,
        committed_at: None,
        committed_offset: 0,
        subject: message.split("\n\n").next().unwrap_or_default().replace('\n', " ").into(),
        message: message.into(),
        added: 0,
        deleted: 0,
        files: 0,
        week: None,
        month: None,
    }
}

/// The id of a name: its letters as hex digits, filled up.
pub(super) fn id(name: &str) -> String {
    let hex: String = name.bytes().map(|b| format!("{b:02x}")).collect();
    format!("{hex:f<40}")
}

/// Commits in a line, named `c0`, `c1`, …; `{c0}` in a message is that commit's id.
pub(super) fn line(messages: &[&str]) -> Vec<Commit> {
    let name = |at: usize| format!("c{at}");
    let parent = |at: usize| at.checked_sub(1).map(name);
    let written = |message: &str| {
        (0..messages.len()).fold(message.to_owned(), |m, at| m.replace(&format!("{{c{at}}}"), &id(&name(at))))
    };
    let built = messages.iter().enumerate().map(|(at, message)| {
        let parents: Vec<String> = parent(at).into_iter().collect();
        let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
        commit(&name(at), &parents, &written(message))
    });
    built.collect()
}

/// Links as `kind method from to` by the names of [`line`].
pub(super) fn shown(links: &[Link]) -> Vec<String> {
    let name = |id: &str| {
        let bytes = (0..id.len() / 2).map_while(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).ok());
        bytes.take_while(u8::is_ascii_alphanumeric).map(char::from).collect::<String>()
    };
    links.iter().map(|l| format!("{} {} {} {}", l.kind, l.method, name(&l.from_id), name(&l.to_id))).collect()
}
