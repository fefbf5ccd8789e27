//! The small network that weighs the terms of a commit: of which type is it?
//!
//! Every term it knows is a row of 32 numbers. Those of a commit are added up, what is below zero is dropped, and 13
//! sums of the rest are compared, one for each type. Telling all types apart teaches more about fixes than telling
//! fixes from the rest. `net.csv` holds the rows as bytes, 32 in base 64, and before them what belongs to the whole.

use std::hash::Hasher;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustc_hash::FxHasher;

use crate::outcomes::hashes::{Hashes, hash, hash_bytes};

const DIMS: usize = 32;
type Row = [f64; DIMS];

pub(in crate::outcomes) const NET: &str = include_str!("net.csv");

pub(super) static MODEL: LazyLock<Net> = LazyLock::new(|| Net::read(NET));

/// A term as it is spelled so far: by the hashes of its words and marks, so that a word is hashed once for all its terms.
#[derive(Clone, Default)]
pub(super) struct Spelled(FxHasher);

impl Spelled {
    /// A term of the table: where it is a fact with an edge, that is a number.
    fn known(term: &str) -> Self {
        let edge = term.rsplit_once(['<', '=']).filter(|_| term.starts_with('[')).map(|(_, edge)| edge);
        let number = edge.and_then(|edge| Some((&term[..term.len() - edge.len()], edge.parse().ok()?)));
        number.map_or_else(|| Self::default().text(term), |(name, edge)| Self::default().text(name).number(edge))
    }

    /// By its hash.
    pub(super) fn word(mut self, hash: u64) -> Self {
        self.0.write_u64(hash);
        self
    }

    pub(super) fn number(self, n: i64) -> Self {
        self.word(n.cast_unsigned())
    }

    /// Words and marks.
    pub(super) fn text(self, text: &str) -> Self {
        let runs = text.as_bytes().chunk_by(|a, b| is_mark(*a) == is_mark(*b));
        runs.fold(self, |spelled, run| spelled.word(hash_bytes(run)))
    }

    fn hash(&self) -> u64 {
        self.0.finish()
    }
}

/// What stands between the words of a term.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b' ' | b'_' | b'^' | b'~' | b'[' | b'<' | b'>' | b'=' | b'+')
}

/// Terms of one kind, by their place in the network, and how much they weigh together however many they are.
pub(super) struct Group {
    pub(super) weight: f64,
    pub(super) terms: Vec<u32>,
}

#[derive(Default)]
pub(super) struct Net {
    pub(super) threshold: f64,
    /// By the score, by itself, and by the share of the repository's subjects that open with "fix".
    calibration: [f64; 3],
    /// What one step of a byte is worth.
    scale: Row,
    hidden: Row,
    /// By type, fixes first.
    outputs: Vec<(Row, f64)>,
    /// In the order of their hashes, by which their places are found; the row of each stands at the same place.
    terms: Vec<&'static str>,
    rows: Vec<[i8; DIMS]>,
    places: Hashes,
    /// The hashes of the stems that open one of its pairs of the body: few do.
    body_openers: Hashes,
}

impl Net {
    fn read(table: &'static str) -> Self {
        let mut net = Self::default();
        let mut rows: Vec<(u64, &'static str, [i8; DIMS])> = Vec::new();
        for line in table.lines() {
            let Some((name, values)) = line.split_once(',') else { continue };
            let numbers = || values.split(',').filter_map(|value| value.parse::<f64>().ok());
            match name {
                "=types" => {}
                "=threshold" => net.threshold = numbers().next().unwrap_or_default(),
                "=calibration" => net.calibration = row(numbers()),
                "=scale" => net.scale = row(numbers()),
                "=hidden" => net.hidden = row(numbers()),
                "=output" => net.outputs.push((row(numbers()), 0.0)),
                "=bias" => net.outputs.iter_mut().zip(numbers()).for_each(|((_, own), bias)| *own = bias),
                term => rows.push((Spelled::known(term).hash(), term, bytes(values))),
            }
        }
        rows.sort_unstable();
        net.places = Hashes::new(rows.iter().map(|(hash, ..)| *hash).collect());
        (net.terms, net.rows) = rows.into_iter().map(|(_, term, row)| (term, row)).unzip();
        let body_pairs = net.terms.iter().filter_map(|term| term.strip_prefix('~')?.split_once(' '));
        let mut openers: Vec<u64> = body_pairs.map(|(opener, _)| hash(opener)).collect();
        openers.sort_unstable();
        openers.dedup();
        net.body_openers = Hashes::new(openers);
        net
    }

    /// Two terms of one hash would be one: there are no two among the known, nor likely any of 2^64 beside them.
    #[inline]
    pub(super) fn place(&self, term: &Spelled) -> Option<u32> {
        self.places.place(term.hash()).map(|place| place as u32)
    }

    /// By its hash.
    pub(super) fn opens_body_pair(&self, word: u64) -> bool {
        self.body_openers.place(word).is_some()
    }

    /// How likely it is a fix, where this share of all subjects opens with "fix".
    pub(super) fn weigh(&self, groups: &[Group], opening: f64) -> Weighed<'_> {
        let mut sums = self.hidden;
        for group in groups {
            let mut steps = [0i32; DIMS];
            for &term in &group.terms {
                steps.iter_mut().zip(self.rows[term as usize]).for_each(|(sum, step)| *sum += i32::from(step));
            }
            let value = group.value();
            for ((sum, step), scale) in sums.iter_mut().zip(steps).zip(self.scale) {
                *sum += value * scale * f64::from(step);
            }
        }
        let heard = sums.map(|sum| sum.max(0.0));
        let speaks = |(row, bias): &(Row, f64)| bias + dot(row, &heard);
        let said: Vec<f64> = self.outputs.iter().map(speaks).collect();
        let (fix, others) = said.split_first().map_or((0.0, &[][..]), |(fix, others)| (*fix, others));
        let most = others.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut shares: Vec<f64> = others.iter().map(|other| (other - most).exp()).collect();
        let all: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= all);
        let score = fix - most - all.ln();
        let [slope, shift, by_opening] = self.calibration;
        let odds = slope * score + shift + by_opening * opening;
        Weighed { net: self, confidence: 1.0 / (1.0 + (-odds).exp()), heard, shares }
    }
}

impl Group {
    fn value(&self) -> f64 {
        self.weight / (self.terms.len().max(1) as f64).sqrt()
    }
}

/// What the network makes of a commit.
pub(super) struct Weighed<'n> {
    net: &'n Net,
    pub(super) confidence: f64,
    heard: Row,
    /// Of the types that are no fix.
    shares: Vec<f64>,
}

impl Weighed<'_> {
    /// The terms of these groups that spoke for a fix, with what each did, as far as that can be told by itself.
    pub(super) fn spoke_for(&self, groups: &[Group]) -> Vec<(f64, &'static str)> {
        let slopes = self.slopes();
        let worth = |term: u32| {
            let steps = self.net.rows[term as usize].map(f64::from);
            slopes.iter().zip(self.net.scale).zip(steps).map(|((slope, scale), step)| slope * scale * step).sum::<f64>()
        };
        let spoke = |group: &Group, term: u32| (group.value() * worth(term), self.net.terms[term as usize]);
        let all = groups.iter().flat_map(|group| group.terms.iter().map(move |&term| spoke(group, term)));
        all.filter(|(did, _)| *did > 0.0).collect()
    }

    /// How much a step in each direction that was heard would add to the score.
    fn slopes(&self) -> Row {
        let mut slopes = self.net.outputs.first().map_or([0.0; DIMS], |(row, _)| *row);
        for ((row, _), share) in self.net.outputs.iter().skip(1).zip(&self.shares) {
            slopes.iter_mut().zip(row).for_each(|(slope, own)| *slope -= share * own);
        }
        slopes.iter_mut().zip(self.heard).for_each(|(slope, heard)| *slope = if heard > 0.0 { *slope } else { 0.0 });
        slopes
    }
}

fn dot(one: &Row, other: &Row) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn row<const N: usize>(numbers: impl Iterator<Item = f64>) -> [f64; N] {
    let mut row = [0.0; N];
    row.iter_mut().zip(numbers).for_each(|(own, number)| *own = number);
    row
}

fn bytes(text: &str) -> [i8; DIMS] {
    let read = STANDARD.decode(text).unwrap_or_default();
    let mut row = [0; DIMS];
    row.iter_mut().zip(read).for_each(|(own, byte)| *own = byte.cast_signed());
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(term: &str) -> Option<u32> {
        MODEL.place(&Spelled::known(term))
    }

    #[test]
    fn the_whole_table_is_read() {
        let lines = NET.lines().filter(|line| !line.starts_with('=')).count();
        assert_eq!((MODEL.rows.len(), MODEL.terms.len()), (lines, lines));
        assert!((0..).zip(&MODEL.terms).all(|(at, term)| place(term) == Some(at)));
        assert!(place("0").is_some() && place("000").is_none(), "words are no numbers");
        let types = NET.lines().find_map(|line| line.strip_prefix("=types,")).unwrap();
        assert!(types.starts_with("fix,"));
        assert_eq!(MODEL.outputs.len(), types.split(',').count());
        assert!(lines > 5_000 && (0.2..0.8).contains(&MODEL.threshold) && MODEL.calibration[0] > 0.0);
        assert!(MODEL.rows.iter().all(|row| row.iter().any(|step| *step != 0)));
    }

    #[test]
    fn what_a_term_did_is_what_goes_without_it() {
        let of = |terms: &[&str]| Group { weight: 3.0, terms: terms.iter().filter_map(|term| place(term)).collect() };
        let (crash, add) = (of(&["crash", "^fix"]), of(&["add", "new"]));
        assert!(MODEL.weigh(&[crash], 0.1).confidence > MODEL.weigh(&[add], 0.1).confidence);
        let group = of(&["crash", "^add"]);
        let spoke = MODEL.weigh(std::slice::from_ref(&group), 0.1).spoke_for(&[group]);
        assert!(matches!(&*spoke, [(did, "crash")] if *did > 0.0), "{spoke:?}");
    }
}
