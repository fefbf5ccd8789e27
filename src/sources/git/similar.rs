//! Which old line of a hunk a new one was made from: for commits that are looked through, such as those that only
//! format.
//!
//! As `git blame --ignore-rev` does in kind: lines are compared by the pairs of bytes they share, and matches never
//! cross. Several new lines may be made from one old line, since formatting breaks long lines up.

/// Pairs of bytes that two lines must share, of those of the shorter one.
const ENOUGH: f64 = 0.5;
/// Old lines looked at for each new one, on either side of where it would stand by proportion.
const REACH: usize = 12;

/// For each new line one more than the old line it is made from, or 0.
pub(super) fn sources(old: &[u8], new: &[u8]) -> Vec<u32> {
    let (old, new): (Vec<Pairs>, Vec<Pairs>) = (all_pairs(old), all_pairs(new));
    let mut earliest = 0;
    let mut sources = Vec::with_capacity(new.len());
    for (at, line) in new.iter().enumerate() {
        let expected = at * old.len() / new.len().max(1);
        let reach =
            earliest.max(expected.saturating_sub(REACH))..(expected + REACH + 1).max(earliest + REACH).min(old.len());
        let score = |candidate: usize| (line.likeness(&old[candidate]), std::cmp::Reverse(candidate));
        let best = reach.map(score).max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        match best.filter(|(likeness, _)| *likeness >= ENOUGH) {
            Some((_, std::cmp::Reverse(source))) => {
                earliest = source;
                sources.push(source as u32 + 1);
            }
            None => sources.push(0),
        }
    }
    sources
}

/// The pairs of neighbouring bytes of a line without its whitespace, sorted.
struct Pairs(Vec<u16>);

fn all_pairs(text: &[u8]) -> Vec<Pairs> {
    super::lines::lines(text).map(Pairs::of).collect()
}

impl Pairs {
    fn of(line: &[u8]) -> Self {
        const MOST: usize = 400;
        let bytes: Vec<u8> = line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(MOST).collect();
        let mut pairs: Vec<u16> = bytes.windows(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        pairs.sort_unstable();
        Self(pairs)
    }

    /// The share of the shorter line's pairs that both have.
    fn likeness(&self, other: &Self) -> f64 {
        let (mut shared, mut theirs) = (0usize, other.0.iter().peekable());
        for pair in &self.0 {
            while theirs.next_if(|their| *their < pair).is_some() {}
            shared += usize::from(theirs.next_if_eq(&pair).is_some());
        }
        match self.0.len().min(other.0.len()) {
            0 => 0.0,
            shorter => shared as f64 / shorter as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_broken_up_is_the_source_of_its_parts() {
        let old = b"int x = compute(alpha, beta, gamma);\nreturn x;\n";
        let new = b"int x = compute(\n    alpha,\n    beta, gamma\n);\nreturn   x ;\n";
        assert_eq!(sources(old, new), [1, 1, 1, 1, 2]);
        assert_eq!(sources(b"one thing\n", b"completely other words\n"), [0]);
        assert_eq!(sources(b"", b"a\n"), [0]);
        assert_eq!(sources(b"a\n", b""), [0u32; 0]);
    }
}
