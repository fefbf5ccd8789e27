//! All commits of interest, parents before children, whatever order the refs came in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use git2::{ObjectFormat, ObjectType, Oid, Repository};
use rustc_hash::FxHashMap;

use super::kept::Roll;
use super::mailmap::{Identity, Mailmap};
use super::objects::{Kind, Objects, Packs, clean, id_of, why};
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
    /// It is written as git writes commits, and its parents are those that it names.
    pub(super) is_plain: bool,
}

/// Who and when. Seconds since 1970 in UTC, minutes east of it.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) who: Rc<Identity>,
    pub(super) seconds: i64,
    pub(super) offset: i64,
}

impl Signed {
    /// Beyond every date that can be kept, so that it becomes null.
    fn nobody() -> Self {
        Self { who: Rc::default(), seconds: i64::MIN, offset: 0 }
    }

    /// Whether the commit's header was not understood, which is told as such.
    pub(super) fn is_nobody(&self) -> bool {
        self.seconds == i64::MIN
    }
}

/// What the walk found. `commits` are ordered parents first; indexes below point into it.
pub(super) struct Walk {
    pub(super) commits: Vec<RawCommit>,
    pub(super) index: FxHashMap<Oid, usize>,
    /// One commit's parents after the other's, each by its place; none where it was not read.
    parents: Vec<Option<u32>>,
    /// By commit, where its parents end.
    parents_end: Vec<u32>,
    /// Reachable from the default branch.
    pub(super) on_default_branch: Vec<bool>,
    /// The default branch's first-parent history, oldest first.
    pub(super) mainline: Vec<usize>,
    /// For a commit off the default branch, the lowest pull request whose head reaches it.
    pub(super) pull: Vec<Option<i64>>,
    pub(super) skipped: Vec<Skipped>,
}

const UNREAD: usize = usize::MAX;
/// Commits between two that are told of: to tell takes its time.
const AT_ONCE: usize = 64;

pub(super) fn walk(source: &mut Source<'_>, tip: Option<&Tip>, pulls: &[(i64, Oid)], seen: &dyn Fn(u64)) -> Walk {
    let (mut commits, mut index, mut skipped) = (Vec::new(), FxHashMap::default(), Vec::new());
    for start in tip.map(|tip| tip.commit).into_iter().chain(pulls.iter().map(|&(_, id)| id)) {
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            let id = clean(id);
            let Entry::Vacant(untried) = index.entry(id) else { continue };
            let commit = source.read(id, &mut skipped);
            untried.insert(commit.as_ref().map_or(UNREAD, |_| commits.len()));
            if let Some(commit) = commit {
                open.extend(commit.parents.iter().rev().filter(|parent| !index.contains_key(parent)));
                commits.push(commit);
                if commits.len().is_multiple_of(AT_ONCE) {
                    seen(AT_ONCE as u64);
                }
            }
        }
    }
    index.retain(|_, at| *at != UNREAD);
    let (commits, freed) = parents_first(commits, &mut index);
    skipped.extend(freed.into_iter().map(|commit| Skipped {
        what: "commit".into(),
        place: commit.to_string().into(),
        reason: "it is among its own ancestors, so some of its parents are left out".into(),
    }));
    let (mut parents, mut parents_end) = (Vec::with_capacity(commits.len()), Vec::with_capacity(commits.len()));
    for commit in &commits {
        parents.extend(commit.parents.iter().map(|parent| Some(*index.get(parent)? as u32)));
        parents_end.push(parents.len() as u32);
    }
    let mut walk = Walk {
        on_default_branch: vec![false; commits.len()],
        pull: vec![None; commits.len()],
        mainline: Vec::new(),
        commits,
        index,
        parents,
        parents_end,
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

/// Where commits are read from: our own reader where it can, since libgit2 takes several times as long and remembers
/// every commit it ever read.
pub(super) struct Source<'a> {
    repo: &'a Repository,
    packs: &'a Packs,
    /// None where parents may be other than the commits say: in a shallow clone, or with grafts.
    objects: Option<Objects<'a>>,
    /// What an earlier run knew, where that is enough.
    known: Option<&'a Roll>,
    mailmap: &'a Mailmap,
    nobody: Signed,
    /// By the bytes that name them in a commit without an encoding of its own.
    people: FxHashMap<Vec<u8>, Rc<Identity>>,
}

impl<'a> Source<'a> {
    pub(super) fn of(
        repo: &'a Repository,
        packs: &'a Packs,
        mailmap: &'a Mailmap,
        known: Option<&'a Roll>,
    ) -> Result<Self, git2::Error> {
        let is_grafted = repo.is_shallow() || repo.commondir().join("info/grafts").exists();
        let objects = if is_grafted { None } else { Some(Objects::of(packs)?) };
        let known = known.filter(|_| !is_grafted);
        let nobody = Signed::nobody();
        Ok(Self { repo, packs, objects, known, mailmap, nobody, people: FxHashMap::default() })
    }

    fn read(&mut self, id: Oid, skipped: &mut Vec<Skipped>) -> Option<RawCommit> {
        if let Some((tree, parents, seconds)) = self.known.and_then(|known| known.commit(id)) {
            let [author, committer] = [i64::MIN, seconds].map(|seconds| Signed { seconds, ..self.nobody.clone() });
            return Some(RawCommit { id, tree, parents, author, committer, message: String::new(), is_plain: true });
        }
        if let Some(objects) = &mut self.objects
            && let Ok(object) = objects.object(&id_of(id))
            && object.kind == Kind::Other
            && let Some(commit) = decode(id, &object.bytes, self.mailmap, &mut self.people)
        {
            return Some(commit);
        }
        let replacement = self.packs.replacement(&id_of(id));
        let stored = replacement.and_then(|by| Oid::from_bytes(by.as_slice()).ok()).unwrap_or(id);
        let read = self.packs.sound(stored).and_then(|stored| self.repo.find_commit(stored));
        let read = read.map(|commit| RawCommit { id, ..self.convert(&commit) });
        let skip = |what: &str, reason: &str| Skipped {
            what: what.into(),
            place: id.to_string().into(),
            reason: reason.into(),
        };
        match read {
            Ok(commit) => Some(commit),
            Err(error) => {
                let commit = self.decode_malformed(id, stored);
                skipped.push(match &commit {
                    Some(_) => skip("commit header", "malformed header: its author and dates are unknown"),
                    None => skip("commit", &why(&error)),
                });
                commit
            }
        }
    }

    /// What git still makes of a commit that libgit2 refuses: tree, parents and message; identities that
    /// are not as they should be stay empty, dates unknown.
    fn decode_malformed(&self, id: Oid, stored: Oid) -> Option<RawCommit> {
        let odb = self.repo.odb().ok()?;
        let object =
            odb.read(self.packs.sound(stored).ok()?).ok().filter(|object| object.kind() == ObjectType::Commit)?;
        let text = String::from_utf8_lossy(object.data());
        let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let values =
            |key: &'static str| header.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix(' '));
        let oid = |hex: &str| whole_id(hex.as_bytes(), id.object_format());
        Some(RawCommit {
            id,
            tree: values("tree").next().and_then(oid)?,
            parents: values("parent").filter_map(oid).collect(),
            author: Signed::nobody(),
            committer: Signed::nobody(),
            message: message.to_owned(),
            is_plain: false,
        })
    }

    fn convert(&self, commit: &git2::Commit<'_>) -> RawCommit {
        let encoding = commit.header_field_bytes("encoding").ok();
        let text = Text::of(encoding.as_deref());
        let signed = |signature: git2::Signature<'_>| Signed {
            who: Rc::new(self.mailmap.resolve(Identity {
                name: text.read(signature.name_bytes()),
                email: text.read(signature.email_bytes()),
            })),
            seconds: signature.when().seconds(),
            offset: signature.when().offset_minutes().into(),
        };
        RawCommit {
            id: clean(commit.id()),
            tree: clean(commit.tree_id()),
            parents: commit.parent_ids().map(clean).collect(),
            author: signed(commit.author()),
            committer: signed(commit.committer()),
            message: text.read(commit.message_raw_bytes()).trim_start_matches('\n').to_owned(),
            is_plain: false,
        }
    }
}

/// A commit as git writes them. Whatever is unusual is left to libgit2.
fn decode(
    id: Oid,
    bytes: &[u8],
    mailmap: &Mailmap,
    people: &mut FxHashMap<Vec<u8>, Rc<Identity>>,
) -> Option<RawCommit> {
    let end = memchr::memmem::find(bytes, b"\n\n")?;
    let (header, message) = (&bytes[..end], &bytes[end + 2..]);
    let mut lines = header.split(|byte| *byte == b'\n').peekable();
    let oid = |hex: &[u8]| whole_id(hex, id.object_format());
    let tree = oid(lines.next()?.strip_prefix(b"tree ")?)?;
    let mut parents = Vec::new();
    while let Some(parent) = lines.peek().and_then(|line| line.strip_prefix(b"parent ")) {
        parents.push(oid(parent)?);
        lines.next();
    }
    let (author, committer) = (
        Named::parse(lines.next()?.strip_prefix(b"author ")?)?,
        Named::parse(lines.next()?.strip_prefix(b"committer ")?)?,
    );
    let encoding = lines.find_map(|line| line.strip_prefix(b"encoding "));
    if memchr::memchr(0, bytes).is_some() {
        return None;
    }
    let text = Text::of(encoding);
    let mut signed = |named: &Named<'_>| {
        let read = || Rc::new(mailmap.resolve(Identity { name: text.read(named.name), email: text.read(named.email) }));
        let who = match people.get(named.who).filter(|_| encoding.is_none()) {
            Some(known) => Rc::clone(known),
            None if encoding.is_none() => Rc::clone(people.entry(named.who.to_vec()).or_insert_with(read)),
            None => read(),
        };
        Signed { who, seconds: named.seconds, offset: named.offset }
    };
    Some(RawCommit {
        id: clean(id),
        tree,
        parents,
        author: signed(&author),
        committer: signed(&committer),
        message: text.read(message).trim_start_matches('\n').to_owned(),
        is_plain: true,
    })
}

/// libgit2 fills up what is too short.
fn whole_id(hex: &[u8], format: ObjectFormat) -> Option<Oid> {
    let digits = match format {
        ObjectFormat::Sha1 => 40,
        ObjectFormat::Sha256 => 64,
    };
    let hex = std::str::from_utf8(hex).ok().filter(|hex| hex.len() == digits)?;
    Oid::from_str_ext(hex, format).ok().map(clean)
}

/// How a commit's texts are encoded.
struct Text(&'static encoding_rs::Encoding);

impl Text {
    fn of(label: Option<&[u8]>) -> Self {
        Self(label.and_then(encoding_rs::Encoding::for_label).unwrap_or(encoding_rs::UTF_8))
    }

    /// Bytes that claim to be UTF-8 and are not were mostly written as Latin-1 before there was UTF-8.
    fn read(&self, bytes: &[u8]) -> String {
        match self.0.decode_without_bom_handling(bytes) {
            (_, true) if self.0 == encoding_rs::UTF_8 => {
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
            }
            (text, _) => text.into_owned(),
        }
    }
}

/// `Name <email> seconds zone`, to the letter.
struct Named<'a> {
    /// Name and address as they stand there.
    who: &'a [u8],
    name: &'a [u8],
    email: &'a [u8],
    seconds: i64,
    offset: i64,
}

impl<'a> Named<'a> {
    fn parse(line: &'a [u8]) -> Option<Self> {
        let open = memchr::memchr(b'<', line)?;
        let close = open + memchr::memchr(b'>', &line[open..])?;
        let (name, email) = (line[..open].strip_suffix(b" ")?, &line[open + 1..close]);
        let when = std::str::from_utf8(line[close + 1..].strip_prefix(b" ")?).ok()?;
        let (seconds, zone) = when.split_once(' ')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (sign, clock) = zone.split_at_checked(1)?;
        if !is_plain(name) || !is_plain(email) || !digits(seconds) || !digits(clock) || clock.len() != 4 {
            return None;
        }
        let (hours, minutes): (i64, i64) = (clock[..2].parse().ok()?, clock[2..].parse().ok()?);
        let offset = hours * 60 + minutes;
        let offset = match sign {
            "+" => offset,
            "-" => -offset,
            _ => return None,
        };
        let is_zone = hours <= 14 && minutes <= 59;
        is_zone.then_some(Self { who: &line[..=close], name, email, seconds: seconds.parse().ok()?, offset })
    }
}

/// Nothing that is cut off: the characters that git and libgit2 strip from both ends of names and addresses.
fn is_plain(text: &[u8]) -> bool {
    let is_kept = |byte: Option<&u8>| byte.is_some_and(|byte| *byte > b' ' && !b".,:;<>\"\\'".contains(byte));
    is_kept(text.first()) && is_kept(text.last()) && !text.contains(&b'<') && !text.contains(&b'>')
}

/// Orders commits so that parents come first and, where the graph leaves a choice, older ones by the
/// committer's clock, then by id; `index` has their places and gets their new ones. Parents that were not read are left
/// out of the graph, not of the row. Grafts and replacements can make a commit its own ancestor: the oldest of each circle
/// goes ahead without the parents it waits for, and is named.
fn parents_first(mut commits: Vec<RawCommit>, index: &mut FxHashMap<Oid, usize>) -> (Vec<RawCommit>, Vec<Oid>) {
    const NOBODY: usize = usize::MAX;
    let mut waiting_for = vec![0usize; commits.len()];
    // By parent its last child, each with the one before it.
    let mut last_child = vec![NOBODY; commits.len()];
    let mut children: Vec<(usize, usize)> = Vec::with_capacity(commits.len());
    for (at, commit) in commits.iter().enumerate() {
        for &parent in commit.parents.iter().filter_map(|parent| index.get(parent)) {
            children.push((at, last_child[parent]));
            last_child[parent] = children.len() - 1;
            waiting_for[at] += 1;
        }
    }
    let key = |at: usize| Reverse((commits[at].committer.seconds, commits[at].id, at));
    let mut ready: BinaryHeap<_> = (0..commits.len()).filter(|&at| waiting_for[at] == 0).map(key).collect();
    let mut order = Vec::with_capacity(commits.len());
    let mut places = vec![NOBODY; commits.len()];
    let (mut by_age, mut freed) = (Vec::new(), Vec::new());
    let mut free = |places: &[usize]| {
        let is_waiting = |at: &usize| places[*at] == NOBODY;
        if freed.is_empty() {
            by_age.extend((0..commits.len()).filter(is_waiting));
            by_age.sort_unstable_by_key(|&at| key(at));
        }
        while !by_age.last().is_none_or(is_waiting) {
            by_age.pop();
        }
        // Up from the oldest until a commit is met again.
        let (mut at, mut way, mut met) = (*by_age.last()?, Vec::new(), FxHashMap::default());
        while !met.contains_key(&at) {
            met.insert(at, way.len());
            way.push(at);
            at = commits[at].parents.iter().filter_map(|parent| index.get(parent).copied()).find(is_waiting)?;
        }
        let oldest = way.drain(met[&at]..).max_by_key(|&at| key(at))?;
        freed.push(oldest);
        Some(oldest)
    };
    while let Some(at) = ready.pop().map(|Reverse((_, _, at))| at).or_else(|| free(&places)) {
        if places[at] != NOBODY {
            continue;
        }
        places[at] = order.len();
        order.push(at);
        let mut next = last_child[at];
        while let Some(&(child, before)) = children.get(next) {
            waiting_for[child] -= 1;
            if waiting_for[child] == 0 {
                ready.push(key(child));
            }
            next = before;
        }
    }
    let freed = freed.into_iter().map(|at| {
        let mut parents = std::mem::take(&mut commits[at].parents);
        parents.retain(|parent| index.get(parent).is_none_or(|&parent| places[parent] < places[at]));
        commits[at].parents = parents;
        commits[at].id
    });
    let freed = freed.collect();
    index.retain(|_, at| {
        *at = places[*at];
        *at != NOBODY
    });
    let mut commits: Vec<Option<RawCommit>> = commits.into_iter().map(Some).collect();
    (order.into_iter().filter_map(|at| commits[at].take()).collect(), freed)
}

impl Walk {
    /// Lets go of messages and names, where only the graph is needed.
    pub(super) fn forget_texts(&mut self) {
        let nobody = Rc::default();
        for commit in &mut self.commits {
            commit.message = String::new();
            (commit.author.who, commit.committer.who) = (Rc::clone(&nobody), Rc::clone(&nobody));
        }
    }

    /// The places of a commit's parents, in their order.
    pub(super) fn parents(&self, at: usize) -> &[Option<u32>] {
        let start = at.checked_sub(1).map_or(0, |before| self.parents_end[before]);
        &self.parents[start as usize..self.parents_end[at] as usize]
    }

    pub(super) fn known_parents(&self, at: usize) -> impl Iterator<Item = usize> {
        self.parents(at).iter().flatten().map(|&parent| parent as usize)
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
            next = self.parents(at).first().copied().flatten().map(|parent| parent as usize);
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
