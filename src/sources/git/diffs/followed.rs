//! A diff as lines are followed through it, and how it is kept until then.

use crate::facts::LineKind;
use crate::sources::git::lines::Hunk;
use crate::sources::git::spool;

/// What is known of an added line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Mark {
    /// A hash of the line without its whitespace; never 0.
    pub(in super::super) print: u32,
    pub(in super::super) traits: Traits,
}

impl Mark {
    /// Of a line that nobody looked at: it is like no other.
    pub(in super::super) const UNKNOWN: Self = Self { print: 0, traits: Traits(0) };
}

/// A line's kind, and how many letters and digits it has as far as that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Traits(pub(in super::super) u8);

impl Traits {
    pub(super) fn of(kind: LineKind, alphanumeric: u32) -> Self {
        let kind = match kind {
            LineKind::Code => 0,
            LineKind::Comment => 1,
            LineKind::Blank => 2,
        };
        Self(kind | (alphanumeric.min(63) as u8) << 2)
    }

    pub(in super::super) fn kind(self) -> LineKind {
        match self.0 & 3 {
            0 => LineKind::Code,
            1 => LineKind::Comment,
            _ => LineKind::Blank,
        }
    }

    pub(in super::super) fn alphanumeric(self) -> u32 {
        u32::from(self.0 >> 2)
    }
}

/// A hunk, and how far the block around it reaches in the old version: lines before it and behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Changed {
    pub(in super::super) hunk: Hunk,
    pub(in super::super) block: (u8, u8),
}

/// A diff as lines are followed through it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Followed {
    pub(in super::super) old_lines: u32,
    pub(in super::super) new_lines: u32,
    pub(in super::super) hunks: Vec<Changed>,
    /// Of all added lines, in their order.
    pub(in super::super) marks: Vec<Mark>,
    /// For each added line one more than the old line of its hunk that it is made from, counted from the hunk's
    /// first; 0 for none. Empty unless asked for.
    pub(in super::super) made_from: Vec<u32>,
}

impl Followed {
    /// Whether the added lines are known too. Of what a merge has from another parent only those are told that its
    /// first parent lacks.
    pub(in super::super) fn is_whole(&self) -> bool {
        let added: usize = self.hunks.iter().map(|place| place.hunk.new_lines as usize).sum();
        self.marks.len() == added
    }

    pub(super) fn pack(&self, bytes: &mut Vec<u8>) {
        bytes.clear();
        spool::put(bytes, self.old_lines.into());
        spool::put(bytes, self.new_lines.into());
        spool::put(bytes, self.hunks.len() as u64);
        let mut at = 0;
        for &Changed { hunk, block } in &self.hunks {
            spool::put(bytes, (hunk.old - at).into());
            spool::put(bytes, hunk.old_lines.into());
            spool::put(bytes, hunk.new_lines.into());
            bytes.extend([block.0, block.1]);
            at = hunk.old + hunk.old_lines;
        }
        for mark in &self.marks {
            bytes.extend(mark.print.to_le_bytes());
            bytes.push(mark.traits.0);
        }
        self.made_from.iter().for_each(|line| spool::put(bytes, (*line).into()));
    }

    pub(super) fn unpack(mut bytes: &[u8], with_sources: bool) -> Self {
        let rest = &mut bytes;
        let mut number = || spool::get(rest) as u32;
        let (old_lines, new_lines, count) = (number(), number(), number());
        let mut followed = Self { old_lines, new_lines, ..Self::default() };
        followed.hunks.reserve((count as usize).min(rest.len()));
        let (mut old, mut new) = (0, 0);
        for _ in 0..count {
            let (gap, removed, added) = (spool::get(rest) as u32, spool::get(rest) as u32, spool::get(rest) as u32);
            let mut byte = || rest.split_off_first().copied().unwrap_or_default();
            let block = (byte(), byte());
            (old, new) = (old + gap, new + gap);
            followed.hunks.push(Changed { hunk: Hunk { old, old_lines: removed, new, new_lines: added }, block });
            (old, new) = (old + removed, new + added);
        }
        let added: u32 = followed.hunks.iter().map(|place| place.hunk.new_lines).sum();
        followed.marks.reserve((added as usize).min(rest.len()));
        for _ in 0..added {
            let Some((&[a, b, c, d, traits], after)) = rest.split_first_chunk::<5>() else { break };
            followed.marks.push(Mark { print: u32::from_le_bytes([a, b, c, d]), traits: Traits(traits) });
            *rest = after;
        }
        if with_sources {
            followed.made_from = (0..added).map(|_| spool::get(rest) as u32).collect();
        }
        followed
    }
}
