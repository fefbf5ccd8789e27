//! Which commits fix a bug, and which commit they say brought it.

mod culprits;
mod declared;
mod issues;
mod net;
mod words;

pub(super) use net::NET;

use std::cell::LazyCell;

use self::culprits::{Blame, culprits, tells_of_bug};
use self::declared::{Declared, declared};
use self::issues::{Closing, Issues, Says, closed_issues};
use self::words::{Manner, Touched, Verdict, opens_with_fix, verdict};
use super::ancestry::Place;
use super::index::{CommitIndex, Fated};
use super::names::Name;
use super::remembering;
use super::reverts::is_revert_subject;
use super::text::{blocks, body, evidence, sentences_of};
use crate::facts::{Commit, CommitId, Fix, Github, LineKind, Link, LinkKind, SubjectKind, Text};

/// The bug-fixing commits, and `bug_inducing` links from those that name their culprit to it.
///
/// | what the commit says | method | confidence |
/// | --- | --- | --- |
/// | its type is a fix: `fix:`, `hotfix(x)!:`, `[BUGFIX]`, 🐛 | `declared` | 0.95; 0.5 where its scope (docs, tests, CI, deps), all that it calls ("fix: failing tests"), or what it touches, does not ship |
/// | it names its culprit: `Fixes: <id>`; "broken by X", "regression from X" | `explicit` | 0.97; 0.93 (pull requests 0.1 less); 0.5 where it touches nothing that ships |
/// | it, or the pull request it landed, closes an issue that is labelled as a bug ([`issues`]) | `issue_label` | 0.9; 0.8 where its type is another one |
/// | it says that it fixes an issue: `Fixes #12` | `explicit` | the classifier's with the odds 2.2 times as high, 0.38 or more; 0.5 where it touches nothing that ships |
/// | `Closes #12`, and the classifier says fix | `explicit` | the classifier's |
/// | its words, and the files it touched, are those of fixes ([`words`]) | `words` | the classifier's, 0.38 or more |
///
/// An issue that is labelled as something else (a feature, a question, documents) says nothing by being closed; without GitHub's
/// facts every issue may be a bug. The figures below are of messages alone; those of `issue_label` are not measured.
///
/// The strongest layer gives the one row. A declared other type (`docs:`, `feat:`, …), a revert and a merge
/// are no fixes by words, nor is what touches no source, configuration, infrastructure or migration, or there nothing but comments and
/// blank lines. Fixes of typos, formatting and
/// the build within those are left to what was learnt: they count where authors of the training declared them `fix`,
/// which for lint and typos they rarely did.
///
/// Measured by `scripts/train-fixes`, a fifth of the repositories left out of the training in turn: on commits that declare
/// nothing, which is where it is asked, a reader's verdict as truth (48 repositories, 6,420 commits, 27 % fixes), and on
/// conventional commits with the type taken away, the declared type as truth (20 repositories, 33,497 commits, 35 % fixes).
///
/// | | precision | recall | F1 |
/// | --- | --- | --- | --- |
/// | declares nothing | 0.712 | 0.792 | 0.750 |
/// | same, where the reader was sure | 0.751 | 0.877 | 0.809 |
/// | same, nothing known of files | 0.703 | 0.719 | 0.711 |
/// | same, lowest and highest F1 of a repository | | | 0.432, 0.870 |
/// | same, at 0.5, 0.6, 0.8 instead of 0.38 | 0.772, 0.82, 0.90 | 0.706, 0.61, 0.41 | 0.738, 0.70, 0.57 |
/// | type taken away, fixes of what ships | 0.742 | 0.760 | 0.751 |
/// | same, whatever a declared fix touches | 0.742 | 0.723 | 0.733 |
/// | same, lowest and highest F1 of a repository | | | 0.462, 0.861 |
/// | same, three repositories looked at last | 0.796 | 0.520 | 0.629 |
///
/// The reader was sure of six in seven. The types are less of a truth: authors call the same edit `fix`, `feat`, `chore` or
/// `refactor`; of 60 wrong verdicts that were read, 36 were the types'.
/// On commits of a repository that marks its fixes with trailers, left out too, F1 is 0.799, and of 2,314 fixes of three others whose
/// trailer was hidden 0.73 are found. `Fixes #N` alone has precision 0.81, with the odds that it adds to the words 0.88 at a recall of 0.97; `Closes #N` 0.40, `Resolves #N` 0.28; of those that touch nothing that ships
/// 0.12 are fixes.
///
/// A culprit is linked where its name resolves to one commit that is an ancestor of the fix: an id, or a
/// pull request, review or change id in plain words of blame. A pull request whose merge brought one commit is that
/// commit, else its landing. "X added this" blames only in a message that is
/// otherwise about a bug, at 0.6, and makes no fix by itself. Against the culprits named by 2,308 fixes of
/// seven repositories: precision 0.997, recall 0.997.
pub fn find_fixes(index: &CommitIndex<'_>, github: &Github) -> (Vec<Fix>, Vec<Link>) {
    let index = index.afresh();
    let touched = touched(index);
    let issues = Issues::of(github, index.landings, index.repo);
    let no_merges = index.in_order().filter(|(_, commit)| !commit.is_merge);
    let manner = Manner::of(&no_merges.map(|(_, commit)| &*commit.subject).collect::<Vec<_>>());
    let mut fixes = Vec::new();
    let mut links = Vec::new();
    for (at, commit) in index.in_order() {
        let body = body(&commit.subject, &commit.message);
        let blocks = blocks(body);
        let said = sentences_of(&blocks);
        let blamed = blamed(index, at, commit, &said);
        let own = |text| issues.without_others(text);
        let touched = &touched[at as usize];
        let verdict = || verdict(&own(&commit.subject), &own(body), touched, manner);
        fixes.extend(judge(commit, &said, blamed.first(), &issues, touched.ships(), verdict));
        links.extend(blamed.iter().filter(|_| !commit.is_merge).map(|culprit| link(index, commit, culprit)));
    }
    fixes.sort_by(|a, b| a.commit_id.cmp(&b.commit_id));
    links.sort_by(|a, b| (&a.from_id, &a.to_id).cmp(&(&b.from_id, &b.to_id)));
    (fixes, links)
}

/// Belief in a fix of what does not ship: it mends something, and hardly a bug of the product.
const ELSEWHERE: f64 = 0.5;

/// What each commit touched.
fn touched(index: &CommitIndex<'_>) -> Vec<Touched> {
    let mut all = vec![Touched::default(); index.len()];
    let mut place = remembering(|id: &CommitId| index.place(id));
    for file in &index.history.commit_files {
        place(&file.commit_id).into_iter().for_each(|at| all[at as usize].add(file));
    }
    for Fated { fate, born, died } in index.fates() {
        if fate.line_kind != LineKind::Code && fate.class.runs() {
            // What was copied was written elsewhere.
            let born = born.filter(|_| fate.copied_by.is_none());
            born.into_iter().chain(died).for_each(|at| all[at as usize].add_idle(fate.lines));
        }
    }
    all
}

/// A culprit found in the history.
struct Culprit {
    at: Place,
    blame: Blame,
    confidence: f64,
    evidence: Text,
}

/// The culprits a message names, the surest first. Each is one commit and an ancestor of the fix.
fn blamed(index: &CommitIndex<'_>, at: Place, commit: &Commit, said: &[&str]) -> Vec<Culprit> {
    let is_about_bug = LazyCell::new(|| is_about_bug(commit, said));
    let mut all: Vec<Culprit> = Vec::new();
    for sentence in std::iter::once(&*commit.subject).chain(said.iter().copied()) {
        for (name, blame) in culprits(sentence, index.has_revisions()) {
            let believed = blame != Blame::Added || *is_about_bug || tells_of_bug(sentence);
            let Some(to) = index.named(name, at).filter(|_| believed) else { continue };
            let to = if name.is_pull() { index.wrote(to) } else { to };
            let culprit = Culprit { at: to, blame, confidence: trust(name, blame), evidence: evidence(sentence) };
            match all.iter_mut().find(|known| known.at == to) {
                Some(known) if known.confidence >= culprit.confidence => {}
                Some(known) => *known = culprit,
                None => all.push(culprit),
            }
        }
    }
    all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    all
}

fn trust(name: Name<'_>, blame: Blame) -> f64 {
    let of_blame = match blame {
        Blame::Trailer => 0.97,
        Blame::Stated => 0.93,
        Blame::Added => 0.6,
    };
    if name.is_pull() { of_blame - 0.1 } else { of_blame }
}

/// Whether the message says otherwise, and plainly, that this commit fixes a bug.
fn is_about_bug(commit: &Commit, said: &[&str]) -> bool {
    matches!(declared(&commit.subject), Declared::Fix | Declared::FixElsewhere)
        || opens_with_fix(&commit.subject)
        || said.iter().any(|sentence| closed_issues(sentence).any(|closed| closed.how == Closing::Fixes))
}

/// The row of the strongest layer that says "fix", if any does.
fn judge(
    commit: &Commit,
    said: &[&str],
    culprit: Option<&Culprit>,
    issues: &Issues<'_>,
    ships: bool,
    verdict: impl FnOnce() -> Verdict,
) -> Option<Fix> {
    let declared = declared(&commit.subject);
    let row = |method: &str, confidence, testimony: &str| Fix {
        commit_id: commit.commit_id.clone(),
        method: method.into(),
        confidence,
        evidence: evidence(testimony),
    };
    match declared {
        Declared::Fix if ships => return Some(row("declared", 0.95, &commit.subject)),
        Declared::Fix | Declared::FixElsewhere => return Some(row("declared", ELSEWHERE, &commit.subject)),
        Declared::Other | Declared::Nothing => {}
    }
    if let Some(culprit) = culprit.filter(|culprit| culprit.blame != Blame::Added) {
        let most = if ships { 1.0 } else { ELSEWHERE };
        return Some(row("explicit", culprit.confidence.min(most), &culprit.evidence));
    }
    if is_revert_subject(&commit.subject) {
        return None;
    }
    let closed = said.iter().flat_map(|&sentence| closed_issues(sentence).map(move |closed| (closed, sentence)));
    let of_subject = closed_issues(&commit.subject).any(|closed| issues.says(&closed) == Says::Bug);
    let (mut by_bug, mut by_issue) = (issues.bug_of_pull(&commit.commit_id).map(String::as_str), None);
    for (closed, sentence) in closed {
        match issues.says(&closed) {
            Says::Bug => by_bug = Some(sentence),
            Says::Nothing => by_issue = by_issue.or(Some((closed.how, sentence))),
            Says::Other => {}
        }
    }
    if let Some(sentence) = by_bug.or(of_subject.then_some(&*commit.subject)) {
        let confidence = if declared == Declared::Other { 0.8 } else { 0.9 };
        return Some(row("issue_label", confidence, sentence));
    }
    if declared == Declared::Other {
        return None;
    }
    let fixing = |verdict: Verdict| Some(verdict).filter(Verdict::is_fix);
    match by_issue {
        Some((Closing::Fixes, sentence)) if !ships => Some(row("explicit", ELSEWHERE, sentence)),
        Some((Closing::Fixes, sentence)) => {
            fixing(verdict().of_issue()).map(|said| row("explicit", said.confidence, sentence))
        }
        _ if commit.is_merge || !ships => None,
        Some((Closing::Closes, sentence)) => fixing(verdict()).map(|said| row("explicit", said.confidence, sentence)),
        None => fixing(verdict()).map(|said| row("words", said.confidence, &told(&commit.subject, &said))),
    }
}

/// The subject, and the terms that spoke most for a fix.
fn told(subject: &str, verdict: &Verdict) -> String {
    let terms: Vec<&str> = verdict.decided_by.iter().map(|term| term.trim_start_matches(['^', '['])).collect();
    format!("{} ({})", evidence(subject), terms.join(", "))
}

fn link(index: &CommitIndex<'_>, fix: &Commit, culprit: &Culprit) -> Link {
    Link {
        kind: LinkKind::BugInducing,
        from_kind: SubjectKind::Commit,
        from_id: fix.commit_id.text(),
        to_kind: SubjectKind::Commit,
        to_id: index.commit(culprit.at).commit_id.text(),
        method: "explicit".into(),
        confidence: culprit.confidence,
        weight: None,
        share: None,
        lines: None,
        evidence: culprit.evidence.clone(),
    }
}

#[cfg(test)]
mod tests;
