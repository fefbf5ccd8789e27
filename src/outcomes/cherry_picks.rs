//! Commits that repeat another one's patch elsewhere in the graph.

use super::ancestry::Place;
use super::index::{CommitIndex, picked_from, picking_line};
use super::names::Name;
use super::text::evidence;
use crate::facts::{Commit, Link, LinkKind, SubjectKind};

/// Commits that share date, subject and size; more are made by a script that does not set its clock.
const MOST_ALIKE: usize = 8;

/// `cherry_pick` links from the copy to the commit it was made from.
///
/// | how it is known | method | confidence |
/// | --- | --- | --- |
/// | `(cherry picked from commit <id>)`, where exactly one known commit has that id | `explicit` | 0.99 |
/// | the same author's date to the second, subject and numbers of lines and files, and neither descends from the other, as `cherry-pick` and `rebase` leave it; from the one committed later to the one committed first | `same_patch` | 0.9 |
///
/// Most originals are on branches that were not mined: then there is no link.
pub fn find_cherry_picks(index: &CommitIndex<'_>) -> Vec<Link> {
    let index = index.afresh();
    let mut links: Vec<Link> = index.in_order().filter_map(|(at, commit)| stated(index, at, commit)).collect();
    links.extend(alike(index));
    links.sort_by(|a, b| (&a.from_id, &a.to_id, &a.method).cmp(&(&b.from_id, &b.to_id, &b.method)));
    links
}

fn stated(index: &CommitIndex<'_>, at: Place, commit: &Commit) -> Option<Link> {
    let line = picking_line(&commit.message)?;
    let of = index.anywhere(Name::Id(picked_from(line)?)).filter(|&of| of != at)?;
    Some(link(index, at, of, "explicit", 0.99, line))
}

fn alike(index: &CommitIndex<'_>) -> Vec<Link> {
    let patch = |at: Place| {
        let Commit { subject, added, deleted, files, .. } = index.commit(at);
        (subject, added, deleted, files)
    };
    let has_lines = |&at: &Place| {
        let commit = index.commit(at);
        !commit.is_merge && commit.added + commit.deleted > 0
    };
    let mut links = Vec::new();
    for same in index.by_second().chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        let mut same: Vec<Place> = same.iter().map(|(_, at)| *at).filter(has_lines).collect();
        same.sort_by_key(|&at| patch(at));
        let alike = same.chunk_by(|&a, &b| patch(a) == patch(b));
        let alike = alike.filter(|alike| (2..=MOST_ALIKE).contains(&alike.len()));
        links.extend(alike.flat_map(|alike| copies(index, alike)));
    }
    links
}

/// From each of the commits that are alike to the one that was first.
fn copies(index: &CommitIndex<'_>, alike: &[Place]) -> Vec<Link> {
    let when = |&at: &Place| (index.commit(at).committed_at, &index.commit(at).commit_id);
    let Some(first) = alike.iter().copied().min_by_key(when) else { return Vec::new() };
    let ancestry = index.ancestry();
    let is_copy = |&at: &Place| {
        at != first && !ancestry.is_ancestor(first, at) && !ancestry.is_ancestor(at, first) && ancestry.has_steps()
    };
    let said = "the same author's date, subject and size";
    alike.iter().copied().filter(is_copy).map(|at| link(index, at, first, "same_patch", 0.9, said)).collect()
}

fn link(index: &CommitIndex<'_>, from: Place, to: Place, method: &str, confidence: f64, said: &str) -> Link {
    Link {
        kind: LinkKind::CherryPick,
        from_kind: SubjectKind::Commit,
        from_id: index.commit(from).commit_id.text(),
        to_kind: SubjectKind::Commit,
        to_id: index.commit(to).commit_id.text(),
        method: method.into(),
        confidence,
        weight: None,
        share: None,
        lines: None,
        evidence: evidence(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::History;
    use crate::outcomes::fixture::{commit, id, line, shown};

    fn picks(commits: &[Commit]) -> Vec<Link> {
        let history = History { commits: commits.to_vec(), ..History::default() };
        find_cherry_picks(&CommitIndex::new(&history, &[], "o/r"))
    }

    #[test]
    fn a_pick_names_the_commit_it_was_made_from() {
        let said = format!("x\n\n(cherry picked from commit {})", id("b"));
        let commits = [commit("a", &[], "a"), commit("b", &["a"], "b"), commit("c", &["a"], &said)];
        assert_eq!(shown(&picks(&commits)), ["cherry_pick explicit c b"]);
        assert!(picks(&commits[2..]).is_empty(), "an original that was not mined is none");
        assert!(picks(&line(&["a", "x\n\n(cherry picked from commit {c1})"])).is_empty());
    }

    #[test]
    fn a_patch_made_again_keeps_its_date_subject_and_size() {
        let of = |name: &str, parents: &[&str], second: i64| Commit {
            authored_at: chrono::DateTime::from_timestamp(77, 0),
            committed_at: chrono::DateTime::from_timestamp(second, 0),
            added: 3,
            ..commit(name, parents, "mend")
        };
        let start = commit("a", &[], "a");
        let commits = [start.clone(), of("b", &["a"], 80), of("c", &["a"], 90)];
        assert_eq!(shown(&picks(&commits)), ["cherry_pick same_patch c b"]);
        let larger = Commit { added: 4, ..of("c", &["a"], 90) };
        assert!(picks(&[start.clone(), of("b", &["a"], 80), larger]).is_empty());
        assert!(picks(&[start, of("b", &["a"], 80), of("c", &["b"], 90)]).is_empty());
    }
}
