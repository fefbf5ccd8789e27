//! The ledger as rows, in an order that depends on the history alone.

use std::collections::BTreeMap;
use std::io;

use super::ends::{End, Ends};
use super::ledger::{Birth, Ledger, Tie};
use super::restored::Restored;
use crate::facts::LineKind;
use crate::sources::git::file_changes::NONE;

/// A row of `line_fates`, in numbers of commits and paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct FateRow {
    pub(in super::super) origin: u32,
    pub(in super::super) copied_by: Option<u32>,
    pub(in super::super) moved_by: Option<u32>,
    pub(in super::super) birth_path: u32,
    /// First and last line, from 1.
    pub(in super::super) birth_lines: Vec<(u32, u32)>,
    pub(in super::super) kind: LineKind,
    pub(in super::super) path: u32,
    pub(in super::super) death: Option<u32>,
    pub(in super::super) lines: u32,
}

/// A row of `commit_lines`, in numbers of commits and paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct CommitLinesRow {
    pub(in super::super) commit: u32,
    pub(in super::super) tie: Tie,
    pub(in super::super) deleted_by: Option<u32>,
}

/// What lines of one row have in common, besides commit and path of birth. Orders rows.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Fate {
    origin: u32,
    kind: LineKind,
    end: End,
    rank: u32,
    moved_by: Option<u32>,
}

pub(super) fn fates(ledger: &Ledger, ends: &Ends, ranks: &[u32], mut each: impl FnMut(FateRow)) {
    let rank = |path: u32| ranks.get(path as usize).copied().unwrap_or(NONE);
    let by_rank = by_rank(ranks);
    let again = again_by_line(ends);
    let mut births: Vec<u32> = (0..ledger.births.len() as u32).collect();
    births.retain(|&at| ledger.births[at as usize].writer() != NONE);
    let key = |at: &u32| {
        let Birth { commit, path, line, .. } = ledger.births[*at as usize];
        (commit, rank(path), line)
    };
    births.sort_by_key(key);
    for group in births.chunk_by(|a, b| (key(a).0, key(a).1) == (key(b).0, key(b).1)) {
        let mut rows: BTreeMap<Fate, Vec<(u32, u32)>> = BTreeMap::new();
        for &at in group {
            let birth = ledger.births[at as usize];
            for line in birth.first..birth.first + birth.len {
                let number = birth.line + (line - birth.first) + 1;
                let mut add = |end: End, path: u32| {
                    let (origin, kind) = (ledger.origin_if_seen(line, birth), ledger.traits(line).kind());
                    let fate = Fate { origin, kind, end, rank: rank(path), moved_by: ends.moved_by(line) };
                    extend(rows.entry(fate).or_default(), number);
                };
                if !matches!(ends.of(line), End::Twin | End::Lost) {
                    add(ends.of(line), ends.place(line));
                }
                again.get(&line).into_iter().flatten().for_each(|path| add(End::Alive, *path));
            }
        }
        let birth = ledger.births[group[0] as usize];
        for (fate, birth_lines) in rows {
            each(FateRow {
                origin: fate.origin,
                copied_by: (fate.origin != birth.commit).then_some(birth.commit),
                moved_by: fate.moved_by,
                birth_path: birth.path,
                lines: birth_lines.iter().map(|(first, last)| last - first + 1).sum(),
                birth_lines,
                kind: fate.kind,
                path: by_rank.get(fate.rank as usize).copied().unwrap_or(birth.path),
                death: match fate.end {
                    End::Dead(commit) => Some(commit),
                    _ => None,
                },
            });
        }
    }
}

fn by_rank(ranks: &[u32]) -> Vec<u32> {
    let mut paths = vec![NONE; ranks.len()];
    ranks.iter().enumerate().for_each(|(path, rank)| paths[*rank as usize] = path as u32);
    paths
}

fn again_by_line(ends: &Ends) -> BTreeMap<u32, Vec<u32>> {
    let mut again: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (run, path) in &ends.again {
        (run.first..run.end()).for_each(|line| again.entry(line).or_default().push(*path));
    }
    again
}

fn extend(ranges: &mut Vec<(u32, u32)>, line: u32) {
    match ranges.last_mut() {
        Some((_, last)) if *last + 1 == line => *last = line,
        _ => ranges.push((line, line)),
    }
}

pub(super) fn commit_lines(
    ledger: &Ledger,
    restored: Vec<Restored>,
    ranks: &[u32],
    mut each: impl FnMut(CommitLinesRow),
) -> io::Result<()> {
    let mut restored = restored.into_iter().peekable();
    let mut buffer = Vec::new();
    let mut of_commit: Vec<CommitLinesRow> = Vec::new();
    let mut ties = ledger.ties().iter().copied().peekable();
    loop {
        let next = [ties.peek().map(|(commit, _)| *commit), restored.peek().map(|restored| restored.commit)];
        let Some(commit) = next.into_iter().flatten().min() else { return Ok(()) };
        while let Some((_, slice)) = ties.next_if(|(of, _)| *of == commit) {
            let read = ledger.read_ties(slice, &mut buffer)?;
            of_commit.extend(read.into_iter().map(|tie| CommitLinesRow { commit, tie, deleted_by: None }));
        }
        while let Some(found) = restored.next_if(|found| found.commit == commit) {
            of_commit.push(CommitLinesRow { commit, tie: found.tie, deleted_by: Some(found.deleted_by) });
        }
        let rank = |path: u32| ranks.get(path as usize).copied().unwrap_or(NONE);
        of_commit.sort_by_key(|row| {
            let Tie { path, relation, origin, kind, from_path, .. } = row.tie;
            (rank(path), relation, origin, kind, rank(from_path), row.deleted_by)
        });
        of_commit.drain(..).filter(|row| row.tie.origin != NONE).for_each(&mut each);
    }
}
