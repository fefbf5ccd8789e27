//! Lines that were written as an earlier commit had deleted them from the same file.

use super::ledger::{Birth, Ledger, Tie, WRITTEN};
use crate::facts::LineRelation;
use crate::sources::git::diffs::Mark;
use crate::sources::git::file_changes::NONE;

/// Letters and digits a line needs: one brace is not another brace restored.
const TELLING: u32 = 4;
/// Events held at once; files are taken in as many lots as that needs.
const AT_ONCE: usize = 4 << 20;

/// A tie of a commit to lines it restored, and the commit that had deleted them.
pub(super) struct Restored {
    pub(super) commit: u32,
    pub(super) deleted_by: u32,
    pub(super) tie: Tie,
}

/// In the order of commits, then of files and deleting commits.
pub(super) fn find(ledger: &Ledger, paths: usize) -> Vec<Restored> {
    let events = ledger.len() as usize + ledger.kills.iter().map(|kill| kill.run.len as usize).sum::<usize>();
    let lots = (events / AT_ONCE + 1).min(paths.max(1)) as u32;
    let mut restored = Vec::new();
    for lot in 0..lots {
        find_among(ledger, &|path| path % lots == lot, &mut restored);
    }
    let key = |restored: &Restored| (restored.commit, restored.tie.path, restored.deleted_by, restored.tie);
    restored.sort_unstable_by_key(key);
    restored.dedup_by(|next, kept| {
        let same = (next.commit, next.deleted_by, Tie { lines: 0, ..next.tie })
            == (kept.commit, kept.deleted_by, Tie { lines: 0, ..kept.tie });
        kept.tie.lines += if same { next.tie.lines } else { 0 };
        same
    });
    restored
}

/// A line that came or went: file, print, commit, number.
type Event = (u32, u32, u32, u32);

fn find_among(ledger: &Ledger, is_wanted: &dyn Fn(u32) -> bool, restored: &mut Vec<Restored>) {
    let telling = |line: &u32| {
        let Mark { print, traits } = ledger.mark(*line);
        print != 0 && traits.alphanumeric() >= TELLING
    };
    let mut went: Vec<Event> = Vec::new();
    for kill in ledger.kills.iter().filter(|kill| !kill.is_lost && is_wanted(kill.path)) {
        let lines = (kill.run.first..kill.run.end()).filter(telling);
        went.extend(lines.map(|line| (kill.path, ledger.mark(line).print, kill.commit, line)));
    }
    went.sort_unstable();
    let mut came: Vec<Event> = Vec::new();
    let written = |birth: &&Birth| birth.commit != NONE && birth.source == WRITTEN && is_wanted(birth.path);
    for birth in ledger.births.iter().filter(written) {
        let lines = (birth.first..birth.first + birth.len).filter(telling);
        let event = |line| (birth.path, ledger.mark(line).print, birth.commit, line);
        came.extend(lines.map(event).filter(|event| latest(&went, event).is_some()));
    }
    came.sort_unstable();
    // Many commits may write again what one deleted: that is put in order once.
    let (mut known, mut alike) = (None, Vec::new());
    for group in came.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)) {
        let Some(deleted) = group.first().and_then(|event| latest(&went, event)) else { continue };
        let (path, print, deleted_by, _) = deleted[deleted.len() - 1];
        let key = (path, print, deleted_by);
        if known.replace(key) != Some(key) {
            let events = deleted.iter().rev().take_while(|event| event.2 == deleted_by);
            let line = |event: &Event| (ledger.origin(event.3), ledger.mark(event.3).traits.kind());
            alike = events.map(line).collect();
            alike.sort_unstable();
        }
        for (&(origin, kind), &(_, _, commit, _)) in alike.iter().zip(group) {
            let kind = Some(kind);
            let tie = Tie { path, relation: LineRelation::Restored, origin, kind, from_path: NONE, lines: 1 };
            restored.push(Restored { commit, deleted_by, tie });
        }
    }
}

/// Like lines that went from the file before, the last of them last; `None` when there are none.
fn latest<'e>(went: &'e [Event], &(path, print, commit, _): &Event) -> Option<&'e [Event]> {
    let from = went.partition_point(|event| (event.0, event.1) < (path, print));
    let to = went.partition_point(|event| (event.0, event.1, event.2) < (path, print, commit));
    (from < to).then(|| &went[from..to])
}
