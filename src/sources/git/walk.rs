//! All commits of interest, parents before children, whatever order the refs came in.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use git2::{Oid, Repository};

use super::mailmap::{Identity, Mailmap};
use super::objects::{clean, why};
use super::repository::Tip;
use crate::facts::Skipped;

/// A commit as git has it, with its names resolved and its text decoded.
#[derive(Debug)]
pub(super) struct RawCommit {
    pub(super) id: Oid,
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    pub(super) author: Signed,
    pub(super) committer: Signed,
    pub(super) message: String,
}

/// Who and when. Seconds since 1970 in UTC, minutes east of it.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) who: Identity,
    pub(super) seconds: i64,
    pub(super) offset: i64,
}

impl Signed {
    /// Beyond every date that can be kept, so that it becomes null.
    fn nobody() -> Self {
        Self { who: Identity::default(), seconds: i64::MIN, offset: 0 }
    }
}

/// What the walk found. `commits` are ordered parents first; indexes below point into it.
pub(super) struct Walk {
    pub(super) commits: Vec<RawCommit>,
    pub(super) index: HashMap<Oid, usize>,
    /// Reachable from the default branch.
    pub(super) on_default_branch: Vec<bool>,
    /// The default branch's first-parent history, oldest first.
    pub(super) mainline: Vec<usize>,
    /// For a commit off the default branch, the lowest pull request whose head reaches it.
    pub(super) pull: Vec<Option<i64>>,
    pub(super) skipped: Vec<Skipped>,
}

pub(super) fn walk(
    repo: &Repository,
    tip: Option<&Tip>,
    pulls: &[(i64, Oid)],
    mailmap: &Mailmap,
    seen: &dyn Fn(),
) -> Walk {
    let mut reader = Reader { repo, mailmap, commits: Vec::new(), index: HashMap::new(), skipped: Vec::new() };
    for id in tip.map(|tip| tip.commit).into_iter().chain(pulls.iter().map(|&(_, id)| id)) {
        reader.read_from(id, seen);
    }
    let Reader { commits, skipped, .. } = reader;
    let (commits, index) = parents_first(commits);
    let mut walk = Walk {
        on_default_branch: vec![false; commits.len()],
        pull: vec![None; commits.len()],
        mainline: Vec::new(),
        commits,
        index,
        skipped,
    };
    if let Some(tip) = tip {
        walk.mark_default_branch(tip.commit);
        walk.follow_mainline(tip.commit);
    }
    for &(number, head) in pulls {
        walk.mark_pull(number, head);
    }
    walk
}

struct Reader<'a> {
    repo: &'a Repository,
    mailmap: &'a Mailmap,
    commits: Vec<RawCommit>,
    /// Every id tried, read or not.
    index: HashMap<Oid, ()>,
    skipped: Vec<Skipped>,
}

impl Reader<'_> {
    fn read_from(&mut self, start: Oid, seen: &dyn Fn()) {
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            if self.index.insert(id, ()).is_some() {
                continue;
            }
            let read = self.repo.find_commit(id).map(|commit| self.decode(&commit));
            match read.or_else(|error| self.decode_malformed(id).ok_or(error)) {
                Ok(commit) => {
                    seen();
                    open.extend(commit.parents.iter().rev().filter(|parent| !self.index.contains_key(parent)));
                    self.commits.push(commit);
                }
                Err(error) => self.skipped.push(Skipped {
                    what: "commit".into(),
                    place: id.to_string().into(),
                    reason: why(&error).into(),
                }),
            }
        }
    }

    /// What git still makes of a commit that libgit2 refuses: tree, parents and message; identities that
    /// are not as they should be stay empty, dates unknown.
    fn decode_malformed(&mut self, id: Oid) -> Option<RawCommit> {
        let odb = self.repo.odb().ok()?;
        let object = odb.read(id).ok()?;
        let text = String::from_utf8_lossy(object.data());
        let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let values =
            |key: &'static str| header.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix(' '));
        let oid = |hex: &str| Oid::from_str_ext(hex, id.object_format()).ok().map(clean);
        let commit = RawCommit {
            id,
            tree: values("tree").next().and_then(oid)?,
            parents: values("parent").filter_map(oid).collect(),
            author: Signed::nobody(),
            committer: Signed::nobody(),
            message: message.to_owned(),
        };
        let reason = "malformed header: its author and dates are unknown";
        self.skipped.push(Skipped {
            what: "commit header".into(),
            place: id.to_string().into(),
            reason: reason.into(),
        });
        Some(commit)
    }

    fn decode(&self, commit: &git2::Commit<'_>) -> RawCommit {
        let encoding = commit.header_field_bytes("encoding").ok();
        let encoding =
            encoding.and_then(|label| encoding_rs::Encoding::for_label(&label)).unwrap_or(encoding_rs::UTF_8);
        // Bytes that claim to be UTF-8 and are not were mostly written as Latin-1 before there was UTF-8.
        let text = |bytes: &[u8]| match encoding.decode_without_bom_handling(bytes) {
            (_, true) if encoding == encoding_rs::UTF_8 => {
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
            }
            (text, _) => text.into_owned(),
        };
        let signed = |signature: git2::Signature<'_>| Signed {
            who: self
                .mailmap
                .resolve(Identity { name: text(signature.name_bytes()), email: text(signature.email_bytes()) }),
            seconds: signature.when().seconds(),
            offset: signature.when().offset_minutes().into(),
        };
        RawCommit {
            id: clean(commit.id()),
            tree: clean(commit.tree_id()),
            parents: commit.parent_ids().map(clean).collect(),
            author: signed(commit.author()),
            committer: signed(commit.committer()),
            message: text(commit.message_raw_bytes()).trim_start_matches('\n').to_owned(),
        }
    }
}

/// Orders commits so that parents come first and, where the graph leaves a choice, older ones by the
/// committer's clock, then by id. Parents that were not read are left out of the graph, not of the row.
fn parents_first(commits: Vec<RawCommit>) -> (Vec<RawCommit>, HashMap<Oid, usize>) {
    let place: HashMap<Oid, usize> = commits.iter().enumerate().map(|(at, commit)| (commit.id, at)).collect();
    let mut children = vec![Vec::new(); commits.len()];
    let mut waiting_for = vec![0usize; commits.len()];
    for (at, commit) in commits.iter().enumerate() {
        for parent in commit.parents.iter().filter_map(|parent| place.get(parent)) {
            children[*parent].push(at);
            waiting_for[at] += 1;
        }
    }
    let key = |at: usize| Reverse((commits[at].committer.seconds, commits[at].id, at));
    let mut ready: BinaryHeap<_> = (0..commits.len()).filter(|&at| waiting_for[at] == 0).map(key).collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some(Reverse((_, _, at))) = ready.pop() {
        order.push(at);
        for &child in &children[at] {
            waiting_for[child] -= 1;
            if waiting_for[child] == 0 {
                ready.push(key(child));
            }
        }
    }
    let mut commits: Vec<Option<RawCommit>> = commits.into_iter().map(Some).collect();
    let ordered: Vec<RawCommit> = order.into_iter().filter_map(|at| commits[at].take()).collect();
    let index = ordered.iter().enumerate().map(|(at, commit)| (commit.id, at)).collect();
    (ordered, index)
}

impl Walk {
    /// Lets go of messages and names, where only the graph is needed.
    pub(super) fn forget_texts(&mut self) {
        for commit in &mut self.commits {
            commit.message = String::new();
            (commit.author.who, commit.committer.who) = (Identity::default(), Identity::default());
        }
    }

    pub(super) fn known_parents(&self, at: usize) -> impl Iterator<Item = usize> {
        self.commits[at].parents.iter().filter_map(|parent| self.index.get(parent).copied())
    }

    fn mark_default_branch(&mut self, tip: Oid) {
        let mut open: Vec<usize> = self.index.get(&tip).copied().into_iter().collect();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut self.on_default_branch[at], true) {
                open.extend(self.known_parents(at));
            }
        }
    }

    fn follow_mainline(&mut self, tip: Oid) {
        let mut next = self.index.get(&tip).copied();
        while let Some(at) = next {
            self.mainline.push(at);
            next = self.commits[at].parents.first().and_then(|parent| self.index.get(parent).copied());
        }
        self.mainline.reverse();
    }

    fn mark_pull(&mut self, number: i64, head: Oid) {
        let mut open: Vec<usize> = self.index.get(&head).copied().into_iter().collect();
        while let Some(at) = open.pop() {
            if !self.on_default_branch[at] && self.pull[at].is_none() {
                self.pull[at] = Some(number);
                open.extend(self.known_parents(at));
            }
        }
    }

    pub(super) fn on_mainline(&self) -> Vec<bool> {
        let mut on_mainline = vec![false; self.commits.len()];
        self.mainline.iter().for_each(|&at| on_mainline[at] = true);
        on_mainline
    }

    /// For every commit of the default branch, the mainline commit that brought it.
    pub(super) fn landings(&self) -> Vec<Option<usize>> {
        let mut landing = vec![None; self.commits.len()];
        for &landed in &self.mainline {
            let mut open = vec![landed];
            while let Some(at) = open.pop() {
                if landing[at].is_none() {
                    landing[at] = Some(landed);
                    open.extend(self.known_parents(at));
                }
            }
        }
        landing
    }
}
