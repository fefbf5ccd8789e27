//! Which commit undoes which: by what its message says, and by what it does to lines.
//!
//! [`statements`] reads what a message says, this module finds what it means; [`content`] finds those that name
//! nothing ("Revert the cache change", a silent inverse) by their lines. Rows of both stand side by side, but a
//! commit that names its targets has no others by its lines. Each link says which share of its target was undone.

mod content;
mod requests;
mod statements;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use self::requests::Requests;
use self::statements::{
    Act, Statement, SubjectStatement, item_statement, may_state, opens_with_revert, statements, subject_statement,
    topic,
};
use super::ancestry::Place;
use super::index::{CommitIndex, subject_key};
use super::names::Name;
use super::text::{blocks, body, evidence, heading, sentences};
use super::undone::Books;
use crate::facts::{Commit, Link, LinkKind, Pull, SubjectKind, Text};

/// How a target was named: the `method` of the link and how far it is to be believed.
#[derive(Clone, Copy)]
struct Form {
    method: &'static str,
    confidence: f64,
}

const FULL_ID: Form = Form { method: "explicit", confidence: 0.99 };
const SHORT_ID: Form = Form { method: "explicit", confidence: 0.97 };
const PART_OF_ID: Form = Form { method: "explicit", confidence: 0.9 };
const LOOSE_ID: Form = Form { method: "explicit", confidence: 0.85 };
const TOPIC_ID: Form = Form { method: "explicit", confidence: 0.6 };
const REVIEW: Form = Form { method: "cl", confidence: 0.97 };
const CHANGE_ID: Form = Form { method: "change_id", confidence: 0.95 };
const REVISION: Form = Form { method: "revision", confidence: 0.93 };
const PULL: Form = Form { method: "pull", confidence: 0.93 };
const LOOSE_PULL: Form = Form { method: "pull", confidence: 0.85 };
const BRANCH: Form = Form { method: "branch", confidence: 0.9 };
const QUOTED: Form = Form { method: "subject", confidence: 0.93 };
const ITEM: Form = Form { method: "subject", confidence: 0.85 };
const BARE: Form = Form { method: "subject", confidence: 0.8 };
const CUT: Form = Form { method: "subject", confidence: 0.75 };

/// Sentences of one message that are weighed.
const MOST_SENTENCES: usize = 100;

/// Links from reverting commits to what they revert, and from reapplying commits to what they bring back.
///
/// The target is one commit, another one, and an ancestor of the commit that speaks; of several forms in one
/// message, ids and numbers come before subjects. A revert of a revert has a `reverts` link to that revert
/// and a `reapplies` link to what it had reverted. A merge that repeats what its commits say has no link.
///
/// | form | method | confidence |
/// | --- | --- | --- |
/// | `This reverts commit <id>`, several, under any subject; of `git revert -m` the merge alone | `explicit` | 0.99 |
/// | the same with a short id; "Back out `<id>`", "rollback of `<id>`", "reland `<id>`" | `explicit` | 0.97 |
/// | "partially reverts `<id>`", "reverts parts of `<id>`" | `explicit` | 0.9 |
/// | four or more words between verb and id or number: "reverts the changes made to X in `<id>`"; a clause that closes a sentence: "Enable the test, reverting #12" | `explicit`, `pull` | 0.85 |
/// | the subject says "revert" and a sentence of the body opens with an id | `explicit` | 0.6 |
/// | `Revert CL <N>`, a Gerrit address: the commit `Reviewed-on:` it | `cl` | 0.97 |
/// | `Revert r24446`: the commit that `git svn` made of it | `revision` | 0.93 |
/// | Gerrit's `I…`: the commit with that `Change-Id:` | `change_id` | 0.95 |
/// | `Reverts owner/repo#N`, `Revert #N`: the commit that landed it | `pull` | 0.93 |
/// | a pull request whose branch is `revert-N-…`, as GitHub's button makes it, of a commit that names nothing | `branch` | 0.9 |
/// | `Revert "subject"`: the nearest ancestor with it, or the merge of the pull request so titled | `subject` | 0.93 |
/// | an item of the body that is `Revert "subject"` and nothing else | `subject` | 0.85 |
/// | `revert: subject` without quotes | `subject` | 0.8 |
/// | `Revert "subject…`, cut | `subject` | 0.75 |
///
/// On the 217 labelled reverts of six repositories, all forms together: precision 0.991, recall 0.982. The
/// misses name no target in words that say "revert"; both extra links stand in the text.
///
/// `share` is the share of the target's lines that were undone: of those it wrote, the ones the revert ended, and
/// of those it removed, the ones the revert wrote again as they were; from 0.9 on a revert is *full*, else *partial*.
/// Lines that others had changed since do not count as undone. Of a merge the lines of its whole branch count. It is
/// null where lines were not followed (off the default branch, binary files). `lines` is their number.
///
/// | what the lines of code say (`content`) | confidence |
/// | --- | --- |
/// | nothing but the inverse of one commit or several: restores lines, within 90 days / 2 years | 0.9 / 0.8 |
/// | only writes again what was removed, within a year | 0.8 |
/// | only takes out what was added, within 30 days / half a year and without speaking of removing | 0.7 / 0.5 |
/// | nothing but the inverse of part of a commit, lines both taken out and put back, within half a year | 0.65 |
/// | the whole inverse of a commit beside other work, as a squash of a stale branch leaves it, within a year | 0.6 |
/// | the subject speaks of undoing and names nothing; of all targets the one most was undone of | 0.8 to 0.95 |
///
/// What the body of a pull request says is read like a message, and its branch, where the commit that landed it names nothing.
pub fn find_reverts(index: &CommitIndex<'_>, pulls: &[Pull]) -> Vec<Link> {
    let index = index.afresh();
    let requests = Requests::of(pulls, index.landings);
    let inverses = content::inverses(index);
    let mut reverts = Reverts::new(index);
    inverses.iter().for_each(|inverse| reverts.inverse_of[inverse.by as usize].push(inverse.of));
    for (at, commit) in index.in_order() {
        if may_state(&commit.message) || (begins_otherwise(commit) && may_state(&commit.subject)) {
            reverts.read(at, commit);
        }
        if let Some(request) = requests.landed_as(&commit.commit_id)
            && reverts.reverted[at as usize].is_empty()
        {
            reverts.read_request(at, request);
        }
    }
    for inverse in inverses {
        // Of a commit that names its targets the lines undo others as well: the merge that landed them, steps between.
        let named = &reverts.reverted[inverse.by as usize];
        if !named.is_empty() && !named.contains(&inverse.of) {
            continue;
        }
        let form = Form { method: "content", confidence: inverse.confidence };
        reverts.add(LinkKind::Reverts, inverse.by, inverse.of, form, &inverse.evidence);
    }
    reverts.add_reapplied();
    let named = reverts.edges.iter().filter(|edge| edge.kind == LinkKind::Reverts);
    let books = Books::of_named(index, named.flat_map(|edge| [edge.from, edge.to]));
    reverts.links(&books)
}

/// Items of one body that say "revert", beyond which it is a list of what others did; and words of a subject that is
/// told from others.
const MOST_ITEMS: usize = 20;
const FEWEST_WORDS: usize = 3;

/// Reverts of one commit, and what brought it back, that are looked at for the last before another.
const MOST_ACTS: usize = 64;

/// Commits that one revert of a revert brings back.
const MOST_BROUGHT_BACK: usize = 256;

/// One edge before it becomes a row.
struct Edge {
    kind: LinkKind,
    from: Place,
    to: Place,
    form: Form,
    evidence: Text,
}

/// What has been found so far. Commits are read in history order, so that a revert is known before the
/// commit that takes it back is read.
struct Reverts<'i, 'c> {
    index: &'i CommitIndex<'c>,
    edges: Vec<Edge>,
    /// Edges of `Reverts` by the reverted commit.
    reverted_by: Vec<Vec<Place>>,
    /// Edges of `Reverts` by the reverting commit.
    reverted: Vec<Vec<Place>>,
    /// What a commit undoes by its lines.
    inverse_of: Vec<Vec<Place>>,
}

impl<'i, 'c> Reverts<'i, 'c> {
    fn new(index: &'i CommitIndex<'c>) -> Self {
        let none = || vec![Vec::new(); index.len()];
        Self { index, edges: Vec::new(), reverted_by: none(), reverted: none(), inverse_of: none() }
    }

    fn read(&mut self, at: Place, commit: &Commit) {
        let mut said = sentences(body(&commit.subject, &commit.message));
        let heading = heading(&commit.subject, &commit.message);
        sentences(without_number(heading)).iter().for_each(|sentence| self.read_named(at, sentence));
        let stating = said.iter().filter(|sentence| may_state(sentence)).take(MOST_SENTENCES);
        stating.for_each(|sentence| self.read_named(at, sentence));
        said.truncate(MOST_SENTENCES);
        if commit.is_merge {
            self.forget_told_by_brought(at);
            return;
        }
        if let Some(statement) = subject_statement(without_number(&commit.subject)) {
            self.read_subject(at, &statement, &commit.subject);
        }
        if self.reverted[at as usize].is_empty() && opens_with_revert(&commit.subject) {
            self.read_topic(at, &said);
        }
        if self.reverted[at as usize].is_empty() {
            self.read_items(at, body(&commit.subject, &commit.message));
        }
    }

    /// What the pull request says that the commit landed.
    fn read_request(&mut self, at: Place, request: &Pull) {
        let said = requests::said(request);
        let stating = sentences(&said).into_iter().filter(|sentence| may_state(sentence)).take(MOST_SENTENCES);
        stating.for_each(|sentence| self.read_named(at, &sentence));
        if self.reverted[at as usize].is_empty() {
            self.read_items(at, &said);
        }
        let named = requests::of_branch(request).filter(|_| self.reverted[at as usize].is_empty());
        if let Some(to) = named.and_then(|number| self.index.named(Name::Pull(number), at)) {
            self.revert(at, to, &BRANCH, &format!("branch {}", request.head_ref));
        }
    }

    /// "This reverts commit X", "Reverts owner/repo#N", "reland CL N".
    fn read_named(&mut self, at: Place, sentence: &str) {
        for statement in statements(sentence, self.index.has_revisions()) {
            let Some(to) = self.index.named(statement.name, at) else { continue };
            let form = form_of(&statement);
            match statement.act {
                Act::Revert => self.revert(at, to, form, sentence),
                Act::Reapply => self.reapply(at, to, form, sentence),
            }
        }
    }

    /// `Revert "subject"`, unless an id or number has already said more precisely what is reverted.
    fn read_subject(&mut self, at: Place, statement: &SubjectStatement<'_>, subject: &str) {
        let nested = subject_statement(statement.subject).filter(|inner| inner.is_quoted);
        let is_known = !self.reverted[at as usize].is_empty();
        match (statement.act, self.called(at, statement), nested) {
            (Act::Revert, Some((to, form)), _) if !is_known => self.revert(at, to, form, subject),
            (Act::Revert, None, Some(inner)) if !is_known => self.read_nested(at, inner, subject),
            (Act::Reapply, Some((to, form)), _) => self.reapply(at, to, form, subject),
            (Act::Reapply, None, _) if !is_known => self.reapply_by_revert(at, statement.subject, subject),
            _ => {}
        }
    }

    /// A revert of `Revert "X"` whose commit is unknown brings X back; a revert of `Reapply "X"` undoes X.
    fn read_nested(&mut self, at: Place, inner: SubjectStatement<'_>, subject: &str) {
        let act = if inner.act == Act::Revert { Act::Reapply } else { Act::Revert };
        if subject_statement(inner.subject).is_none_or(|deeper| !deeper.is_quoted) {
            self.read_subject(at, &SubjectStatement { act, ..inner }, subject);
        }
    }

    /// A subject that says "revert" and a body that is about one commit.
    fn read_topic(&mut self, at: Place, said: &[String]) {
        for sentence in said {
            if let Some(to) = topic(sentence).and_then(|name| self.index.named(name, at)) {
                return self.revert(at, to, &TOPIC_ID, sentence);
            }
        }
    }

    /// `- Revert "X"` in a body. A squash that lists X as well, or takes the revert back, did so within itself, and what
    /// an ancestor has reverted is told of, as in the notes of a release.
    fn read_items(&mut self, at: Place, body: &str) {
        let blocks = blocks(body);
        let items: Vec<SubjectStatement<'_>> = blocks.iter().filter_map(|block| item_statement(block)).collect();
        if items.is_empty() || items.len() > MOST_ITEMS {
            return;
        }
        let listed: FxHashSet<String> = blocks.iter().map(|block| subject_key(block)).collect();
        for SubjectStatement { subject, .. } in items {
            let key = subject_key(subject);
            let takes_back = [format!("revert \"revert \"{key}\"\""), format!("reapply \"{key}\"")];
            let is_within = listed.contains(&key) || takes_back.iter().any(|said| listed.contains(said));
            if is_within || key.split_whitespace().count() < FEWEST_WORDS {
                continue;
            }
            let to = match quoted_pull(subject) {
                Some(number) => self.index.named(Name::Pull(number), at),
                None => self.index.subject(subject, at),
            };
            if let Some(to) = to.filter(|&to| self.known_revert(to, at).is_none()) {
                self.revert(at, to, &ITEM, subject);
            }
        }
    }

    /// The ancestor of `at` that is known to have reverted `to`: the first that was not reverted itself, since who says so
    /// once more tells of it; else the newest.
    fn known_revert(&self, to: Place, at: Place) -> Option<Place> {
        let before = |of: Place| {
            let newest = self.reverted_by[of as usize].iter().rev().take(MOST_ACTS).copied();
            newest.filter(|&by| self.index.ancestry().is_ancestor(by, at))
        };
        let reverts: Vec<Place> = before(to).collect();
        let first = reverts.iter().rev().find(|&&by| before(by).next().is_none());
        first.or(reverts.first()).copied()
    }

    fn reapply_by_revert(&mut self, at: Place, original: &str, subject: &str) {
        if let Some(to) = self.index.subject(&format!("Revert \"{original}\""), at) {
            self.revert(at, to, &QUOTED, subject);
        }
    }

    /// The commit called by its subject: as quoted, with the scope put back in front, cut, or unquoted.
    fn called(&self, at: Place, statement: &SubjectStatement<'_>) -> Option<(Place, &'static Form)> {
        let whole = |subject: &str| self.index.subject(subject, at);
        if !statement.is_quoted {
            let is_a_subject = statement.subject.split_whitespace().count() > 2;
            return whole(statement.subject).filter(|_| is_a_subject).map(|to| (to, &BARE));
        }
        let scoped =
            || whole(&format!("{}{}", statement.scope, statement.subject)).filter(|_| !statement.scope.is_empty());
        let cut = || self.index.subject_start(statement.subject, at).filter(|_| statement.is_cut);
        let exact = whole(statement.subject).or_else(scoped).map(|to| (to, &QUOTED));
        exact.or_else(|| cut().map(|to| (to, &CUT)))
    }

    fn revert(&mut self, at: Place, to: Place, form: &'static Form, said: &str) {
        if self.reverted[at as usize].contains(&to) {
            return;
        }
        self.add(LinkKind::Reverts, at, to, *form, said);
        self.reverted[at as usize].push(to);
        self.reverted_by[to as usize].push(at);
    }

    /// What a commit undoes, by its words or its lines.
    fn undone_by(&self, at: Place) -> impl Iterator<Item = Place> + '_ {
        self.reverted[at as usize].iter().chain(&self.inverse_of[at as usize]).copied()
    }

    /// A revert of a revert brings back what that one had undone, be it landed by a merge or not.
    fn add_reapplied(&mut self) {
        let mut by_merge: FxHashMap<Place, Vec<Place>> = FxHashMap::default();
        let landing: FxHashMap<&str, Place> =
            self.index.in_order().filter(|(_, c)| c.is_merge).map(|(at, c)| (c.commit_id.as_str(), at)).collect();
        for (at, commit) in self.index.in_order() {
            let merge = commit.change_id.as_ref().and_then(|change| landing.get(change.as_str()));
            if let (Some(&merge), false) = (merge, commit.is_merge) {
                by_merge.entry(merge).or_default().extend(self.undone_by(at).take(MOST_BROUGHT_BACK));
            }
        }
        let mut reapplied = Vec::new();
        for edge in &self.edges {
            let brought = by_merge.get(&edge.to).into_iter().flatten().copied();
            let mut originals: Vec<Place> = self.undone_by(edge.to).chain(brought).take(MOST_BROUGHT_BACK).collect();
            originals.sort_unstable();
            originals.dedup();
            for to in originals {
                let Edge { from, form, ref evidence, .. } = *edge;
                reapplied.push(Edge { kind: LinkKind::Reapplies, from, to, form, evidence: Arc::clone(evidence) });
            }
        }
        self.edges.append(&mut reapplied);
    }

    /// A reapplied commit is a revert to be undone, or an original whose latest revert is undone. Who says "revert" and
    /// reapplies a revert undoes again what that one had undone.
    fn reapply(&mut self, at: Place, to: Place, form: &'static Form, said: &str) {
        let undone: Vec<Place> = self.undone_by(to).take(MOST_BROUGHT_BACK).collect();
        if !undone.is_empty() {
            let again = if reverts_plainly(&self.index.commit(at).subject) { undone } else { vec![to] };
            return again.into_iter().for_each(|to| self.revert(at, to, form, said));
        }
        if let Some(by) = self.known_revert(to, at) {
            self.revert(at, by, form, said);
        }
    }

    /// A merge's message repeats what its commits say. It speaks for itself only where they are silent.
    fn forget_told_by_brought(&mut self, merge: Place) {
        let ancestry = self.index.ancestry();
        let told = |to: Place| {
            self.reverted_by[to as usize].iter().rev().take(64).any(|&by| by != merge && ancestry.brought(merge, by))
        };
        let repeated: Vec<Place> = self.reverted[merge as usize].iter().copied().filter(|&to| told(to)).collect();
        if repeated.is_empty() {
            return;
        }
        self.reverted[merge as usize].retain(|to| !repeated.contains(to));
        repeated.iter().for_each(|&to| self.reverted_by[to as usize].retain(|&by| by != merge));
        let own = self.edges.partition_point(|edge| edge.from < merge);
        let kept = self.edges.split_off(own).into_iter().filter(|edge| !repeated.contains(&edge.to));
        self.edges.extend(kept);
    }

    fn add(&mut self, kind: LinkKind, from: Place, to: Place, form: Form, said: &str) {
        self.edges.push(Edge { kind, from, to, form, evidence: evidence(said) });
    }

    fn links(self, books: &Books) -> Vec<Link> {
        let mut links: Vec<Link> = self.edges.iter().map(|edge| self.link(edge, books)).collect();
        self.drop_told_again(&mut links);
        let key = |link: &Link| (link.from_id.clone(), link.kind, link.to_id.clone(), link.method.clone());
        links.sort_by_cached_key(key);
        links.dedup_by_key(|link| key(link));
        links
    }

    /// Drops links, one for each edge, from commits that took nothing back of what was out already: they tell what was done, as
    /// a release does.
    fn drop_told_again(&self, links: &mut Vec<Link>) {
        let mut acts: FxHashMap<Place, Vec<(Place, LinkKind)>> = FxHashMap::default();
        self.edges.iter().for_each(|edge| acts.entry(edge.to).or_default().push((edge.from, edge.kind)));
        acts.values_mut().for_each(|acts| acts.sort_unstable());
        let ancestry = self.index.ancestry();
        let is_out = |edge: &Edge| {
            let acts = &acts[&edge.to];
            let before = &acts[..acts.partition_point(|(by, _)| *by < edge.from)];
            let last = before.iter().rev().take(MOST_ACTS).find(|(by, _)| ancestry.is_ancestor(*by, edge.from));
            last.is_some_and(|(_, kind)| *kind == LinkKind::Reverts)
        };
        let mut edges = self.edges.iter();
        links.retain(|link| !edges.next().is_some_and(|edge| link.share == Some(0.0) && is_out(edge)));
    }

    fn link(&self, edge: &Edge, books: &Books) -> Link {
        let undone = books.share(self.index, edge.from, edge.to).filter(|_| edge.kind == LinkKind::Reverts);
        Link {
            kind: edge.kind,
            from_kind: SubjectKind::Commit,
            from_id: self.index.commit(edge.from).commit_id.text(),
            to_kind: SubjectKind::Commit,
            to_id: self.index.commit(edge.to).commit_id.text(),
            method: edge.form.method.into(),
            confidence: edge.form.confidence,
            weight: None,
            share: undone.map(|(share, _)| share),
            lines: undone.map(|(_, lines)| lines),
            evidence: Arc::clone(&edge.evidence),
        }
    }
}

fn form_of(statement: &Statement<'_>) -> &'static Form {
    match statement.name {
        Name::Id(_) | Name::Revision(_) if statement.is_partial => &PART_OF_ID,
        Name::Id(_) | Name::Revision(_) if statement.is_loose => &LOOSE_ID,
        Name::Id(digits) if digits.len() >= 40 => &FULL_ID,
        Name::Id(_) => &SHORT_ID,
        Name::Review(_) => &REVIEW,
        Name::ChangeId(_) => &CHANGE_ID,
        Name::Revision(_) => &REVISION,
        Name::Pull(_) | Name::PullOf(..) if statement.is_loose => &LOOSE_PULL,
        Name::Pull(_) | Name::PullOf(..) => &PULL,
    }
}

/// Whether the message does not begin with the subject as it stands: with one that was wrapped, or is cut.
fn begins_otherwise(commit: &Commit) -> bool {
    !commit.message.starts_with(&*commit.subject)
}

/// The subject without the number of the pull request that landed it.
fn without_number(subject: &str) -> &str {
    let subject = subject.trim_end();
    match subject.rfind(" (#") {
        Some(at)
            if subject.ends_with(')') && subject[at + 3..subject.len() - 1].bytes().all(|b| b.is_ascii_digit()) =>
        {
            &subject[..at]
        }
        _ => subject,
    }
}

/// The number of the pull request that a quoted subject ends with.
fn quoted_pull(subject: &str) -> Option<u64> {
    subject.trim_end().strip_suffix(')')?.rsplit_once("(#")?.1.parse().ok()
}

/// Whether a subject says "revert", and not of a revert or of something that came again.
fn reverts_plainly(subject: &str) -> bool {
    let of_another = subject_statement(subject).and_then(|said| subject_statement(said.subject));
    opens_with_revert(subject) && of_another.is_none_or(|inner| !inner.is_quoted)
}

/// Whether a subject line says that its commit reverts or reapplies another.
pub(super) fn is_revert_subject(subject: &str) -> bool {
    let is_quoted = || subject_statement(subject).is_some_and(|statement| statement.is_quoted);
    may_state(subject) && (opens_with_revert(subject) || is_quoted())
}

#[cfg(test)]
mod tests;
