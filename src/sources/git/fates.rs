//! Follows lines along the mainline: which change brought each line, and which ended it.
//!
//! A fold over hunks, oldest change first; contents are no longer needed. Births equal deaths plus the
//! lines alive, except for files whose contents were not read: their lines leave the books, and lines
//! that are there when the file is read again are of unknown origin.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::file_changes::{FileChange, Touched};
use super::lines::Hunk;
use crate::facts::FileStatus;

/// Lines that stand together and came with the same change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    origin: u32,
    lines: u32,
}

/// Lines that are there but whose arrival was not seen: more than any file has.
const UNSEEN: Run = Run { origin: u32::MAX, lines: 1 << 30 };

/// Lines of equal fate. `origin` and `death` count along the mainline; a null death is alive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) path: Vec<u8>,
    pub(super) origin: u32,
    pub(super) death: Option<u32>,
    pub(super) lines: u32,
}

/// The fates of all lines; `mainline[i]` is what the i-th change did.
pub(super) fn follow<'a>(mainline: impl Iterator<Item = &'a Touched>) -> Vec<Fate> {
    let mut files: FxHashMap<Vec<u8>, Vec<Run>> = FxHashMap::default();
    let mut fates = Vec::new();
    for (change, touched) in mainline.enumerate() {
        let change = change as u32;
        // Read every old version before writing any new one: files may swap names.
        let before: Vec<Option<Vec<Run>>> = touched.files.iter().map(|file| files.remove(old_name(file))).collect();
        for (file, runs) in touched.files.iter().zip(before) {
            if file.lines.is_none() {
                continue;
            }
            let runs = runs.unwrap_or_else(|| if file.status == FileStatus::Added { Vec::new() } else { vec![UNSEEN] });
            let (after, ended) = apply(runs, &file.hunks, change);
            fates.extend(
                ended.into_iter().filter(|(origin, _)| *origin != UNSEEN.origin).map(|(origin, lines)| Fate {
                    path: file.path.clone(),
                    origin,
                    death: Some(change),
                    lines,
                }),
            );
            if !after.is_empty() {
                files.insert(file.path.clone(), after);
            }
        }
    }
    let alive: BTreeMap<Vec<u8>, Vec<Run>> = files.into_iter().collect();
    for (path, runs) in alive {
        let mut by_origin = BTreeMap::new();
        runs.iter().for_each(|run| {
            let lines: &mut u32 = by_origin.entry(run.origin).or_insert(0);
            *lines = lines.saturating_add(run.lines);
        });
        fates.extend(
            by_origin.into_iter().filter(|(origin, _)| *origin != UNSEEN.origin).map(|(origin, lines)| Fate {
                path: path.clone(),
                origin,
                death: None,
                lines,
            }),
        );
    }
    fates
}

fn old_name(file: &FileChange) -> &Vec<u8> {
    file.old_path.as_ref().unwrap_or(&file.path)
}

/// The runs after the hunks, and how many lines of each origin ended.
fn apply(runs: Vec<Run>, hunks: &[Hunk], change: u32) -> (Vec<Run>, BTreeMap<u32, u32>) {
    let mut after: Vec<Run> = Vec::with_capacity(runs.len() + hunks.len());
    let mut ended = BTreeMap::new();
    let mut old = OldLines { runs: runs.into_iter(), current: None };
    let mut at = 0;
    for hunk in hunks {
        old.take(hunk.old.saturating_sub(at), |run| append(&mut after, run));
        old.take(hunk.old_lines, |run| {
            let lines: &mut u32 = ended.entry(run.origin).or_insert(0);
            *lines = lines.saturating_add(run.lines);
        });
        append(&mut after, Run { origin: change, lines: hunk.new_lines });
        at = hunk.old + hunk.old_lines;
    }
    old.take(u32::MAX, |run| append(&mut after, run));
    (after, ended)
}

fn append(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut() {
        Some(last) if last.origin == run.origin => last.lines = last.lines.saturating_add(run.lines),
        _ if run.lines > 0 => runs.push(run),
        _ => {}
    }
}

struct OldLines {
    runs: std::vec::IntoIter<Run>,
    current: Option<Run>,
}

impl OldLines {
    /// Hands out the next `wanted` lines, run by run.
    fn take(&mut self, mut wanted: u32, mut each: impl FnMut(Run)) {
        while wanted > 0 {
            let Some(run) = self.current.take().or_else(|| self.runs.next()) else { return };
            let lines = run.lines.min(wanted);
            each(Run { lines, ..run });
            wanted -= lines;
            self.current = (run.lines > lines).then_some(Run { lines: run.lines - lines, ..run });
        }
    }
}
