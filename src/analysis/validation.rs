//! How far inferred links are to be trusted: held against what the developers of the same repository stated.
//!
//! The truth is every fix that names the commit it mends (`Fixes: <id>`, "broken by …"). Inference never reads it.

use std::collections::{BTreeMap, BTreeSet};

use super::estimate::Finding;
use super::queries;
use super::sql::{QueryError, Selection, Sql};
use crate::facts::store::Lake;
use crate::facts::{Link, LinkKind};

/// From which confidence on a link is taken, in the order of a table.
pub const LEVELS: [f64; 5] = [0.0, 0.4, COUNTS, 0.7, 0.9];

/// From which confidence on an inferred link counts in a figure. It is fixed, so that `bug_at` means the same in every lake and
/// the precision that is shown is that of the links that were counted.
pub const COUNTS: f64 = 0.5;

/// Statements less plain than this are no truth.
const PLAIN: f64 = 0.8;

/// Who names a merge that brought more commits than this (a release, a long-lived branch) names none of them.
const MOST_BROUGHT: usize = 32;

/// Culprits looked at for the concentration of links.
const BIGGEST: usize = 5;

/// What a repository's statements say of our links.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// Fixes that name a culprit.
    pub stated_fixes: u64,
    /// Fixes and culprits they name.
    pub stated: u64,
    pub levels: Vec<Level>,
    /// Inferred links that count, and how many of them lead to the five commits most often named. A few
    /// commits that take most of the blame are imports or mass changes, and the links are worth little.
    pub links: u64,
    pub on_the_biggest: u64,
}

/// How links from one confidence on compare.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    pub confidence: f64,
    /// Links of fixes that name a culprit, and how many of them lead to one that is named, or to what a named merge brought.
    pub inferred: u64,
    pub right: u64,
    /// How many of the culprits named are among those links.
    pub found: u64,
    /// Of the links inferred, how many are as stated.
    pub precision: Finding,
    /// Of what is stated, how much was inferred.
    pub recall: Finding,
}

impl Level {
    fn of(confidence: f64, [inferred, right, found]: [u64; 3], stated: u64) -> Self {
        Self { confidence, inferred, right, found, precision: share(right, inferred), recall: share(found, stated) }
    }
}

impl Validation {
    /// What holds of the links that count.
    pub fn counted(&self) -> Option<&Level> {
        self.levels.iter().find(|level| level.confidence >= COUNTS)
    }
}

/// Whether a link leads to a commit that counts as having brought a bug: stated, or inferred and likely enough.
pub fn counts(link: &Link) -> bool {
    let is_likely = match &*link.method {
        "explicit" => true,
        "genealogy" => link.confidence >= COUNTS,
        _ => false,
    };
    link.kind == LinkKind::BugInducing && is_likely
}

/// What the lake says of one repository's links.
pub fn of(lake: &Lake, repo: &str) -> Result<Validation, QueryError> {
    let selection = Selection { repos: vec![repo.to_owned()], ..Selection::default() };
    let mut sql = Sql::over(lake, &selection)?;
    let side_commits = sql.run(queries::sql("side_commits"))?.rows();
    let aside = side_commits.iter().filter_map(|record| record.text("commit_id")).collect();
    let brought = sql.run(queries::sql("brought_commits"))?.rows();
    let brought = brought.iter().filter_map(|record| Some((record.text("commit_id")?, record.text("change_id")?)));
    Ok(validate(&aside, &by_small_merges(brought.collect()), &lake.read(repo)?))
}

/// The merges of commits, without those that brought many.
fn by_small_merges<'r>(mut brought: BTreeMap<&'r str, &'r str>) -> BTreeMap<&'r str, &'r str> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    brought.values().for_each(|merge| *sizes.entry(merge).or_default() += 1);
    brought.retain(|_, merge| sizes[merge] <= MOST_BROUGHT);
    brought
}

/// Compares the inferred `bug_inducing` links with the stated ones. Fixes `aside`, beside the default branch, and merges
/// are not compared: nothing is inferred of them, and most are the former shape of a fix that landed. Who names a merge names
/// what it brought: `brought` has the merge of such commits.
fn validate(aside: &BTreeSet<&str>, brought: &BTreeMap<&str, &str>, links: &[Link]) -> Validation {
    let reverts: BTreeSet<(&str, &str)> =
        links.iter().filter(|link| link.kind == LinkKind::Reverts).map(|link| (&*link.from_id, &*link.to_id)).collect();
    let of =
        |method: &'static str| links.iter().filter(move |l| l.kind == LinkKind::BugInducing && *l.method == *method);
    let mut truth: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for link in of("explicit").filter(|link| link.confidence >= PLAIN && !aside.contains(&*link.from_id)) {
        // What a fix reverts is known without inference.
        if !reverts.contains(&(&*link.from_id, &*link.to_id)) {
            truth.entry(&link.from_id).or_default().insert(&link.to_id);
        }
    }
    let stated = truth.values().map(BTreeSet::len).sum::<usize>() as u64;
    let level = |confidence: f64| {
        let taken = of("genealogy").filter(|link| link.confidence >= confidence);
        let taken = taken.filter(|link| !reverts.contains(&(&*link.from_id, &*link.to_id)));
        let (mut inferred, mut right, mut found) = (0, 0, BTreeSet::new());
        for link in taken {
            let Some(stated) = truth.get(&*link.from_id) else { continue };
            let named = [Some(&*link.to_id), brought.get(&*link.to_id).copied()].into_iter().flatten();
            let named: Vec<&str> = named.filter(|id| stated.contains(id)).collect();
            (inferred, right) = (inferred + 1, right + u64::from(!named.is_empty()));
            found.extend(named.into_iter().map(|named| (&*link.from_id, named)));
        }
        Level::of(confidence, [inferred, right, found.len() as u64], stated)
    };
    let mut blamed: BTreeMap<&str, u64> = BTreeMap::new();
    of("genealogy").filter(|link| counts(link)).for_each(|link| *blamed.entry(&link.to_id).or_default() += 1);
    let mut blames: Vec<u64> = blamed.into_values().collect();
    blames.sort_unstable_by(|a, b| b.cmp(a));
    Validation {
        stated_fixes: truth.len() as u64,
        stated,
        levels: LEVELS.into_iter().map(level).collect(),
        links: blames.iter().sum(),
        on_the_biggest: blames.iter().take(BIGGEST).sum(),
    }
}

/// The validation of several repositories together.
pub fn pooled(all: &[Validation]) -> Validation {
    let sum = |of: fn(&Validation) -> u64| all.iter().map(of).sum::<u64>();
    let stated = sum(|validation| validation.stated);
    let level = |(at, &confidence): (usize, &f64)| {
        let sum = |of: fn(&Level) -> u64| all.iter().map(|validation| of(&validation.levels[at])).sum::<u64>();
        Level::of(confidence, [sum(|level| level.inferred), sum(|level| level.right), sum(|level| level.found)], stated)
    };
    Validation {
        stated_fixes: sum(|validation| validation.stated_fixes),
        stated,
        levels: LEVELS.iter().enumerate().map(level).collect(),
        links: sum(|validation| validation.links),
        on_the_biggest: sum(|validation| validation.on_the_biggest),
    }
}

fn share(some: u64, all: u64) -> Finding {
    Finding::share(some, all, "nothing to compare")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::SubjectKind;

    fn link(kind: LinkKind, method: &str, to: &str, confidence: f64) -> Link {
        Link {
            kind,
            from_kind: SubjectKind::Commit,
            from_id: "fix".into(),
            to_kind: SubjectKind::Commit,
            to_id: to.into(),
            method: method.into(),
            confidence,
            weight: None,
            share: None,
            lines: None,
            evidence: "".into(),
        }
    }

    #[test]
    fn stated_links_count_and_inferred_ones_from_one_half_on() {
        let counted = |method, confidence| counts(&link(LinkKind::BugInducing, method, "b", confidence));
        assert!(counted("explicit", 0.1) && counted("genealogy", 0.5) && !counted("genealogy", 0.499));
        assert!(!counted("guess", 1.0) && !counts(&link(LinkKind::Reverts, "explicit", "b", 1.0)));
        let level = validate(&BTreeSet::new(), &BTreeMap::new(), &[]).counted().map(|level| level.confidence);
        assert_eq!(level, Some(COUNTS), "precision is measured of the links that count");
    }

    #[test]
    fn who_names_a_merge_names_what_it_brought() {
        let bug = |method, to| link(LinkKind::BugInducing, method, to, 0.9);
        let links = [
            bug("explicit", "merge"),
            bug("explicit", "other"),
            bug("genealogy", "first"),
            bug("genealogy", "second"),
            bug("genealogy", "elsewhere"),
        ];
        let brought = BTreeMap::from([("first", "merge"), ("second", "merge"), ("elsewhere", "another merge")]);
        let all = validate(&BTreeSet::new(), &brought, &links);
        let level = &all.levels[0];
        assert_eq!(
            (level.inferred, level.right, level.found, all.stated),
            (3, 2, 1, 2),
            "one of two named is found, twice"
        );
    }
}
