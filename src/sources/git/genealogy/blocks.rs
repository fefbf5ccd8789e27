//! Blocks of added lines that stand elsewhere already, whitespace apart: what was moved or copied.
//!
//! Lines are known by their prints only. Every common block is looked at, and the one with the most letters and digits
//! is taken first. `git blame -M` aligns the added lines with the whole old file instead and takes the best piece of
//! that; tried here too, it agreed with git less often (98.0 against 98.9 % of lines) and cost half as much again.

use std::cell::OnceCell;
use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::state::Run;
use crate::sources::git::diffs::Mark;

/// Added lines `at..at + len`, counted within the run they were added in, that equal the lines of `source`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Which run of added lines.
    pub(super) piece: usize,
    pub(super) at: u32,
    pub(super) len: u32,
    pub(super) source: Vec<Run>,
    /// Where the source stands among the lines looked at.
    position: u32,
}

/// Letters and digits a line needs to be looked for by itself.
const TELLING: u32 = 3;
/// Places looked at for one line, and for one run of added lines in all: repetitive files have no end of them.
const MOST_PLACES: u32 = 32;
const MOST_BLOCKS: usize = 20_000;
/// Lines looked at to find those of a print that are not gone.
const MOST_MET: usize = 4096;

/// The common blocks with more than `least` letters and digits, best first where they overlap, in the order of the
/// added lines. `text` is where to look; of equally good blocks those that `prefers` are taken, then the first.
pub(super) fn find<'p>(
    pieces: &[&[Mark]],
    text: &[Run],
    prints: impl Fn(Run) -> &'p [u32],
    prefers: impl Fn(u32) -> bool,
    least: u32,
) -> Vec<Block> {
    let added = Added::of(pieces, least);
    let mut search = Search::of(&added);
    if search.wanted.places.is_empty() {
        return Vec::new();
    }
    let filter = Filter::of(search.wanted.places.iter().map(|(print, _)| *print).collect());
    let flat = OnceCell::new();
    let mut position = 0u32;
    for run in text {
        for (position, &print) in (position..).zip(prints(*run)) {
            if filter.may_have(print) {
                search.meet(position, print, || flat.get_or_init(|| Flat::of(&[text], &prints)));
            }
        }
        position += run.len;
    }
    let Some(flat) = flat.get() else { return Vec::new() };
    choose(&added, search.found, flat, prefers, least)
}

/// Lines that many files are looked for in, one after the other: what one took is gone for the next.
pub(super) struct Texts {
    flat: Flat,
    /// Lines like any that is looked for: print and place in the row, sorted.
    alike: Vec<(u32, u32)>,
    /// At the first line of a print, how many from there on are gone.
    gone: Vec<u32>,
}

impl Texts {
    /// `texts` do not continue each other; `pieces` are the added lines of all files. `None` where nothing is alike.
    pub(super) fn of<'p>(pieces: &[&[Mark]], texts: &[Vec<Run>], prints: impl Fn(Run) -> &'p [u32]) -> Option<Self> {
        let telling = pieces.iter().copied().flatten().filter(|mark| is_telling(mark));
        let filter = Filter::of(telling.map(|mark| mark.print).collect());
        let mut alike = Vec::new();
        let mut position = 0u32;
        for text in texts {
            for run in text {
                alike.extend(
                    (position..)
                        .zip(prints(*run))
                        .filter(|(_, print)| filter.may_have(**print))
                        .map(|(at, print)| (*print, at)),
                );
                position += run.len;
            }
            position += 1;
        }
        if alike.is_empty() {
            return None;
        }
        alike.sort_unstable();
        let texts: Vec<&[Run]> = texts.iter().map(Vec::as_slice).collect();
        Some(Self { flat: Flat::of(&texts, &prints), gone: vec![0; alike.len()], alike })
    }

    /// As [`find`] does, but for prints of which very many lines are gone; what was found is gone.
    pub(super) fn take(&mut self, pieces: &[&[Mark]], least: u32) -> Vec<Block> {
        let added = Added::of(pieces, least);
        let mut search = Search::of(&added);
        let mut met = Vec::new();
        let wanted: Vec<u32> = search.wanted.places.chunk_by(|a, b| a.0 == b.0).map(|alike| alike[0].0).collect();
        wanted.into_iter().for_each(|print| self.meet(print, &mut met));
        met.sort_unstable();
        met.into_iter().for_each(|(position, print)| search.meet(position, print, || &self.flat));
        let found = choose(&added, search.found, &self.flat, |_| true, least);
        for block in &found {
            let range = block.position as usize..(block.position + block.len) as usize;
            self.flat.prints[range].fill(0);
        }
        found
    }

    /// The first lines with this print that are not gone.
    fn meet(&mut self, print: u32, met: &mut Vec<(u32, u32)>) {
        let from = self.alike.partition_point(|line| line.0 < print);
        let is_there = |line: &(u32, u32)| self.flat.prints[line.1 as usize] != 0;
        let alike = |from: usize| self.alike[from..].iter().take_while(|line| line.0 == print);
        let Some(gone) = self.gone.get_mut(from) else { return };
        *gone += alike(from + *gone as usize).take_while(|line| !is_there(line)).count() as u32;
        let left = alike(from + *gone as usize).take(MOST_MET).filter(|line| is_there(line));
        met.extend(left.take(MOST_PLACES as usize).map(|line| (line.1, print)));
    }
}

/// A search for the lines of one file.
struct Search<'a> {
    added: &'a Added,
    wanted: Wanted,
    found: Vec<Match>,
    /// By diagonal, up to where it is known.
    reached: FxHashMap<i64, u32>,
}

impl<'a> Search<'a> {
    fn of(added: &'a Added) -> Self {
        Self { added, wanted: Wanted::of(&added.marks), found: Vec::new(), reached: FxHashMap::default() }
    }

    /// Looks at a line of the row, of those with a wanted print from the first to the last.
    fn meet<'f>(&mut self, position: u32, print: u32, flat: impl Fn() -> &'f Flat) {
        for place in self.wanted.places(print) {
            let offset = self.wanted.places[place].1;
            let diagonal = i64::from(position) - i64::from(offset);
            if self.reached.get(&diagonal).is_some_and(|end| *end > position) || self.found.len() >= MOST_BLOCKS {
                continue;
            }
            let matched = flat().extend(&self.added.marks, offset, position);
            self.reached.insert(diagonal, matched.position + matched.len);
            self.found.push(matched);
        }
    }
}

/// Whether added lines could make a block at all: those in a row of which like ones may have been there before.
pub(super) fn may_be(pieces: &[&[Mark]], was_there: impl Fn(u32) -> bool, least: u32) -> bool {
    let rows = pieces.iter().flat_map(|marks| marks.split(|mark| !was_there(mark.print)));
    rows.into_iter().any(|row| score(row) > least)
}

/// All added lines in a row, runs that may hold a block only, with a line that equals no other between them.
struct Added {
    marks: Vec<Mark>,
    /// Where each run starts in the row, and which it is.
    starts: Vec<(u32, usize)>,
}

impl Added {
    fn of(pieces: &[&[Mark]], least: u32) -> Self {
        let mut added = Self { marks: Vec::new(), starts: Vec::new() };
        for (piece, marks) in pieces.iter().enumerate().filter(|(_, marks)| score(marks) > least) {
            added.starts.push((added.marks.len() as u32, piece));
            added.marks.extend_from_slice(marks);
            added.marks.push(Mark::UNKNOWN);
        }
        added
    }

    fn block(&self, matched: Match, flat: &Flat) -> Block {
        let run = self.starts.partition_point(|(start, _)| *start <= matched.offset) - 1;
        let (start, piece) = self.starts[run];
        let source = flat.runs(matched.position, matched.len);
        Block { piece, at: matched.offset - start, len: matched.len, source, position: matched.position }
    }
}

fn score(marks: &[Mark]) -> u32 {
    marks.iter().map(|mark| mark.traits.alphanumeric()).fold(0, u32::saturating_add)
}

/// The best first; of the others what is left when the better ones have taken theirs.
fn choose(added: &Added, found: Vec<Match>, flat: &Flat, prefers: impl Fn(u32) -> bool, least: u32) -> Vec<Block> {
    let scored = |matched: Match| {
        let score = score(&added.marks[matched.offset as usize..(matched.offset + matched.len) as usize]);
        (score, prefers(flat.line(matched.position)), Reverse(matched.position), matched)
    };
    let mut open: std::collections::BinaryHeap<(u32, bool, Reverse<u32>, Match)> =
        found.into_iter().map(scored).filter(|(score, ..)| *score > least).collect();
    let mut taken = vec![false; added.marks.len()];
    let mut blocks = Vec::new();
    while let Some((_, _, _, matched)) = open.pop() {
        let range = matched.offset as usize..(matched.offset + matched.len) as usize;
        if taken[range.clone()].iter().all(|taken| !taken) {
            taken[range].fill(true);
            blocks.push(added.block(matched, flat));
            continue;
        }
        for part in free_parts(&taken, range) {
            let moved = part.start as u32 - matched.offset;
            let matched =
                Match { offset: part.start as u32, position: matched.position + moved, len: part.len() as u32 };
            open.extend(Some(scored(matched)).filter(|(score, ..)| *score > least));
        }
    }
    blocks.sort_by_key(|block| (block.piece, block.at));
    blocks
}

fn free_parts(taken: &[bool], range: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    let mut parts: Vec<std::ops::Range<usize>> = Vec::new();
    for at in range.filter(|&at| !taken[at]) {
        match parts.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => parts.push(at..at + 1),
        }
    }
    parts
}

/// Added lines `offset..` equal lines `position..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Match {
    offset: u32,
    position: u32,
    len: u32,
}

fn is_telling(mark: &Mark) -> bool {
    mark.traits.alphanumeric() >= TELLING
}

/// Which prints are looked for, as far as a bit can tell: most other lines do not pass.
struct Filter(Vec<u64>);

impl Filter {
    fn of(prints: Vec<u32>) -> Self {
        let words = (prints.len() / 4).next_power_of_two().clamp(16, MOST_WORDS);
        let mut filter = vec![0u64; words];
        for print in prints {
            filter[print as usize >> 6 & (words - 1)] |= 1 << (print & 63);
        }
        Self(filter)
    }

    fn may_have(&self, print: u32) -> bool {
        self.0[print as usize >> 6 & (self.0.len() - 1)] >> (print & 63) & 1 != 0
    }
}

/// Words of a filter: as large as is still near.
const MOST_WORDS: usize = 1 << 14;

/// The added lines by their print.
struct Wanted {
    /// Print and offset, sorted.
    places: Vec<(u32, u32)>,
    /// How often a print was asked for, at its first place.
    asked: Vec<u32>,
}

impl Wanted {
    fn of(added: &[Mark]) -> Self {
        let telling = added.iter().enumerate().filter(|(_, mark)| is_telling(mark));
        let mut places: Vec<(u32, u32)> = telling.map(|(offset, mark)| (mark.print, offset as u32)).collect();
        places.sort_unstable();
        Self { asked: vec![0; places.len()], places }
    }

    /// Which places have this print; none any more once it was asked for too often.
    fn places(&mut self, print: u32) -> std::ops::Range<usize> {
        let from = self.places.partition_point(|place| place.0 < print);
        let alike = self.places[from..].iter().take(MOST_PLACES as usize).take_while(|place| place.0 == print).count();
        if alike > 0 {
            self.asked[from] += 1;
            if self.asked[from] > MOST_PLACES {
                return 0..0;
            }
        }
        from..from + alike
    }
}

/// All lines in a row, by print; 0 behind each text.
struct Flat {
    prints: Vec<u32>,
    /// Where each run starts in the row.
    starts: Vec<(u32, Run)>,
}

impl Flat {
    fn of<'p>(texts: &[&[Run]], prints: &impl Fn(Run) -> &'p [u32]) -> Self {
        let lines: usize = texts.iter().map(|text| 1 + text.iter().map(|run| run.len as usize).sum::<usize>()).sum();
        let runs = texts.iter().map(|text| text.len()).sum();
        let mut flat = Self { prints: Vec::with_capacity(lines), starts: Vec::with_capacity(runs) };
        for text in texts {
            for run in *text {
                flat.starts.push((flat.prints.len() as u32, *run));
                flat.prints.extend_from_slice(prints(*run));
            }
            flat.prints.push(0);
        }
        flat
    }

    fn extend(&self, added: &[Mark], offset: u32, position: u32) -> Match {
        let same =
            |offset: usize, position: usize| added[offset].print == self.prints[position] && added[offset].print != 0;
        let (mut start, mut end) = ((offset as usize, position as usize), (offset as usize + 1, position as usize + 1));
        while start.0 > 0 && start.1 > 0 && same(start.0 - 1, start.1 - 1) {
            start = (start.0 - 1, start.1 - 1);
        }
        while end.0 < added.len() && end.1 < self.prints.len() && same(end.0, end.1) {
            end = (end.0 + 1, end.1 + 1);
        }
        Match { offset: start.0 as u32, position: start.1 as u32, len: (end.0 - start.0) as u32 }
    }

    fn run_at(&self, position: u32) -> usize {
        self.starts.partition_point(|(start, _)| *start <= position) - 1
    }

    fn line(&self, position: u32) -> u32 {
        let (start, run) = self.starts[self.run_at(position)];
        run.first + (position - start)
    }

    fn runs(&self, position: u32, len: u32) -> Vec<Run> {
        let (mut runs, mut position, end) = (Vec::new(), position, position + len);
        while position < end {
            let (start, run) = self.starts[self.run_at(position)];
            let part = run.part(position - start, (run.len - (position - start)).min(end - position));
            super::state::append(&mut runs, part);
            position += part.len;
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::git::diffs::Traits;

    fn marks(prints: &[u32]) -> Vec<Mark> {
        prints.iter().map(|&print| Mark { print, traits: Traits(10 << 2) }).collect()
    }

    fn blocks(added: &[u32], old: &[u32], least: u32) -> Vec<(u32, u32, u32)> {
        let run = Run { first: 0, len: old.len() as u32 };
        let prints = |run: Run| &old[run.first as usize..run.end() as usize];
        let found = find(&[&marks(added)], &[run], prints, |_| false, least);
        assert!(found.is_empty() || may_be(&[&marks(added)], |print| old.contains(&print), least));
        found.iter().map(|block| (block.at, block.len, block.source[0].first)).collect()
    }

    /// What each file of added lines takes out of the texts, after those before it.
    fn apart(added: &[&[u32]], old: &[&[u32]], least: u32) -> Vec<Vec<(u32, u32, u32)>> {
        let all = old.concat();
        let mut first = 0;
        let run = |old: &&[u32]| {
            let run = Run { first, len: old.len() as u32 };
            first += run.len;
            run
        };
        let runs: Vec<Run> = old.iter().map(run).collect();
        let texts: Vec<Vec<Run>> = runs.iter().map(|run| vec![*run]).collect();
        let prints = |run: Run| &all[run.first as usize..run.end() as usize];
        let files: Vec<Vec<Mark>> = added.iter().map(|added| marks(added)).collect();
        let all_added: Vec<&[Mark]> = files.iter().map(Vec::as_slice).collect();
        let Some(mut texts) = Texts::of(&all_added, &texts, prints) else { return vec![Vec::new(); added.len()] };
        let shown = |block: &Block| (block.at, block.len, block.source[0].first);
        files.iter().map(|file| texts.take(&[file], least).iter().map(shown).collect()).collect()
    }

    #[test]
    fn the_longest_block_wins_and_the_rest_is_looked_for_again() {
        assert_eq!(blocks(&[1, 2, 3, 9, 4, 5], &[4, 5, 7, 1, 2, 3], 15), [(0, 3, 3), (4, 2, 0)]);
        assert_eq!(blocks(&[1, 2, 3], &[1, 2, 8, 2, 3], 5), [(0, 2, 0), (2, 1, 4)]);
        assert_eq!(blocks(&[1, 2], &[3, 4], 5), []);
    }

    #[test]
    fn among_lines_of_other_files_the_longest_block_wins() {
        assert_eq!(apart(&[&[1, 2, 3]], &[&[1, 2], &[2, 3, 9]], 5), [[(0, 2, 0), (2, 1, 3)]]);
        assert_eq!(apart(&[&[1, 2, 3]], &[&[1], &[2, 3, 9]], 15), [[(1, 2, 1)]]);
        assert_eq!(apart(&[&[1, 2, 3]], &[&[7, 8]], 15), [[]]);
    }

    #[test]
    fn what_one_file_took_is_gone_for_the_next() {
        let old: [&[u32]; 2] = [&[1, 2, 3, 4], &[1, 2, 3]];
        let third = [(0, 1, 0), (1, 1, 3)];
        assert_eq!(apart(&[&[2, 3], &[1, 2, 3], &[1, 4]], &old, 5), [vec![(0, 2, 1)], vec![(0, 3, 4)], third.to_vec()]);
        let same: &[u32] = &[1, 2, 3];
        assert_eq!(apart(&[same; 3], &[same; 2], 5), [vec![(0, 3, 0)], vec![(0, 3, 3)], vec![]]);
    }

    #[test]
    fn many_files_out_of_many_alike_lines_cost_little() {
        let (files, same) = (vec![[7u32, 8, 9]; 20_000], [7u32, 8, 9].repeat(20_000));
        let files: Vec<&[u32]> = files.iter().map(<[u32; 3]>::as_slice).collect();
        let texts: Vec<&[u32]> = same.chunks(3).collect();
        assert!(apart(&files, &texts, 20).iter().all(|found| found.len() == 1));
    }

    #[test]
    fn lines_between_new_ones_must_be_enough_by_themselves() {
        let is_old = |print| print < 10;
        assert!(may_be(&[&marks(&[90, 1, 2, 91])], is_old, 15));
        assert!(!may_be(&[&marks(&[1, 90, 2]), &marks(&[3, 91])], is_old, 15));
        assert!(!may_be(&[&marks(&[90, 91])], is_old, 5));
    }

    #[test]
    fn repetition_costs_little() {
        let same = vec![7; 30_000];
        assert_eq!(blocks(&same[..10_000], &same, 20)[0].1, 10_000);
    }
}
