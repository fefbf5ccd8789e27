//! A file of a commit while it is being looked at: what each part of it is made of.

use std::rc::Rc;

use super::state::{Lined, Run, Version};
use crate::sources::git::diffs::{Followed, Mark};
use crate::sources::git::lines::Hunk;

/// What a file is made of while the commit is being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Lines that were there before.
    Kept(Run),
    /// New lines whose text was there before: the lines it was copied from.
    Copied { source: Run, mark: u32 },
    /// New lines; their marks start at `mark`.
    Added { mark: u32, len: u32 },
    /// Lines that were there before, though nobody saw them come.
    Unseen { len: u32 },
}

impl Piece {
    pub(super) fn len(self) -> u32 {
        match self {
            Self::Kept(run) | Self::Copied { source: run, .. } => run.len,
            Self::Added { len, .. } | Self::Unseen { len } => len,
        }
    }
}

/// A file of the commit, line by line.
pub(super) struct Draft {
    pub(super) path: u32,
    pub(super) pieces: Vec<Piece>,
    pub(super) marks: Vec<Mark>,
    /// The versions it was made from.
    pub(super) bases: Vec<Rc<Version>>,
    /// How it differs from the first of them.
    pub(super) edits: Vec<Hunk>,
}

impl Draft {
    /// A file that was made from nothing.
    pub(super) fn new(path: u32, pieces: Vec<Piece>, marks: Vec<Mark>) -> Self {
        Self { path, pieces, marks, bases: Vec::new(), edits: Vec::new() }
    }

    /// A file in the terms of its former version.
    pub(super) fn of(path: u32, base: Rc<Version>, pieces: Vec<Piece>, followed: Followed) -> Self {
        let edits = followed.hunks.iter().map(|place| place.hunk).collect();
        Self { path, pieces, marks: followed.marks, bases: vec![base], edits }
    }

    /// The marks of the added lines, run by run.
    pub(super) fn added_marks(&self) -> Vec<&[Mark]> {
        self.added().map(|(mark, len)| marks(&self.marks, mark, len)).collect()
    }

    /// The runs of added lines: where their marks start, and how many.
    pub(super) fn added(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pieces.iter().filter_map(|piece| match *piece {
            Piece::Added { mark, len } => Some((mark, len)),
            _ => None,
        })
    }

    pub(super) fn kept(&self) -> impl Iterator<Item = Run> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Kept(run) => Some(*run),
            _ => None,
        })
    }
}

/// The new version in the terms of the old one.
pub(super) fn kept_and_added(base: &Lined<'_>, followed: &Followed) -> Vec<Piece> {
    let (mut pieces, mut at, mut mark) = (Vec::with_capacity(base.runs() + 2 * followed.hunks.len()), 0, 0);
    for place in &followed.hunks {
        pieces.extend(base.slice(at, place.hunk.old - at).map(Piece::Kept));
        let len = place.hunk.new_lines;
        pieces.extend((len > 0).then_some(Piece::Added { mark, len }));
        (at, mark) = (place.hunk.old + place.hunk.old_lines, mark + len);
    }
    pieces.extend(base.slice(at, base.lines().saturating_sub(at)).map(Piece::Kept));
    pieces
}

/// The new version where the old one was not seen as it was.
pub(super) fn unseen_and_added(followed: &Followed) -> Vec<Piece> {
    let (mut pieces, mut line, mut mark) = (Vec::new(), 0, 0);
    for place in &followed.hunks {
        let len = place.hunk.new_lines;
        pieces.push(Piece::Unseen { len: place.hunk.new - line });
        pieces.push(Piece::Added { mark, len });
        (line, mark) = (place.hunk.new + len, mark + len);
    }
    pieces.push(Piece::Unseen { len: followed.new_lines.saturating_sub(line) });
    pieces.retain(|piece| piece.len() > 0);
    pieces
}

/// Lines of a new version in the terms of an old one.
pub(super) enum Within {
    Kept(Run),
    Added(u32),
}

/// Lines `from..to` of the new version in the terms of the old one.
pub(super) fn within(base: &Lined<'_>, followed: &Followed, from: u32, to: u32, found: &mut Vec<Within>) {
    let first = followed.hunks.partition_point(|place| place.hunk.new + place.hunk.new_lines <= from);
    let mut hunks = followed.hunks[first..].iter().map(|place| place.hunk);
    // Between hunks, lines stand as far apart as behind the hunk before.
    let (mut new, mut old) = first.checked_sub(1).map_or((0, 0), |before| {
        let hunk = followed.hunks[before].hunk;
        (hunk.new + hunk.new_lines, hunk.old + hunk.old_lines)
    });
    let mut at = from;
    while at < to {
        let hunk = hunks.next();
        let kept_to = hunk.map_or(to, |hunk| hunk.new.clamp(at, to));
        found.extend(base.slice(old + (at - new), kept_to - at).map(Within::Kept));
        let Some(hunk) = hunk else { break };
        let end = hunk.new + hunk.new_lines;
        let added_to = end.clamp(kept_to, to);
        found.extend((added_to > kept_to.max(hunk.new)).then(|| Within::Added(added_to - kept_to)));
        (new, old) = (end, hunk.old + hunk.old_lines);
        at = added_to;
    }
}

pub(super) fn marks(marks: &[Mark], from: u32, len: u32) -> &[Mark] {
    marks.get(from as usize..(from + len) as usize).unwrap_or_default()
}
