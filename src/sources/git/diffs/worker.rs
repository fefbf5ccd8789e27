//! One pair of contents, compared.

use super::followed::{Changed, Followed, Mark, Traits};
use super::{MOST_LINES, Outcome, Pair, Planned, Reading, Substance, too_many_lines};
use crate::facts::LineKind;
use crate::sources::git::file_changes::{Blob, NONE};
use crate::sources::git::identifiers::{Gatherer, Replaced};
use crate::sources::git::line_kind::Syntax;
use crate::sources::git::lines::{self, Differ, Difference, Hunk, Stretch};
use crate::sources::git::objects::{Content, Objects, Packs};
use crate::sources::git::similar;

/// One diff, fresh from a worker.
pub(super) struct Made {
    pub(super) outcome: Outcome,
    pub(super) old: Substance,
    pub(super) new: Substance,
    /// Why contents could not be read.
    pub(super) reasons: Vec<(u32, String)>,
    pub(super) bytes: Vec<u8>,
    pub(super) names: Vec<u8>,
}

impl Made {
    fn take_lines(&mut self, [old, new]: [u32; 2]) {
        (self.old, self.new) = (self.old.with_lines(old), self.new.with_lines(new));
    }

    fn is_of_lines(&self) -> bool {
        matches!([self.old, self.new], [Substance::Lines(_), Substance::Lines(_)])
    }

    /// Counts the lines of texts that are not compared.
    fn count(&mut self, old: &Content, new: &Content) {
        self.old = self.old.with_lines(lines::count_lines(old.bytes()));
        self.new = self.new.with_lines(lines::count_lines(new.bytes()));
    }
}

/// The lines that one content has and another has not, of the pair that was compared last for its own sake. A merge's
/// other parents mostly come behind its first, and are asked for no others.
struct Added {
    old: u32,
    new: u32,
    stretches: Vec<Stretch>,
    new_lines: u32,
}

pub(super) struct Worker<'a> {
    objects: Objects<'a>,
    blobs: &'a [Blob],
    differ: Differ,
    gatherer: Gatherer,
    added: Added,
    kinds: Vec<LineKind>,
    bytes: Vec<u8>,
}

impl<'a> Worker<'a> {
    pub(super) fn of(packs: &'a Packs, blobs: &'a [Blob]) -> Result<Self, git2::Error> {
        let (objects, differ, gatherer) = (Objects::of(packs)?, Differ::default(), Gatherer::default());
        let added = Added { old: NONE, new: NONE, stretches: Vec::new(), new_lines: 0 };
        Ok(Self { objects, blobs, differ, gatherer, added, kinds: Vec::new(), bytes: Vec::new() })
    }

    pub(super) fn diff(&mut self, planned: Planned) -> Made {
        let pair = planned.pair;
        let (old, new) = (self.read(pair.old), self.read(pair.new));
        let mut made = Made {
            outcome: Outcome::Unreadable,
            old: substance(&old),
            new: substance(&new),
            reasons: Vec::new(),
            bytes: Vec::new(),
            names: Vec::new(),
        };
        let followed = match (&old, &new) {
            (Content::Unreadable(_), _) | (_, Content::Unreadable(_)) => {
                for (blob, content) in [(pair.old, &old), (pair.new, &new)] {
                    if let Content::Unreadable(reason) = content {
                        made.reasons.push((blob, reason.clone()));
                    }
                }
                made.count(&old, &new);
                self.follow_added(pair, &made, new.bytes())
            }
            (Content::Binary(_), _) | (_, Content::Binary(_)) => {
                made.outcome = Outcome::Binary;
                made.count(&old, &new);
                self.follow_added(pair, &made, new.bytes())
            }
            (Content::Text(old), Content::Text(new)) => {
                let filled = self.fill(pair, &mut made, [old, new]);
                filled.or_else(|| self.compare(planned, &mut made, [old, new]))
            }
        };
        if let Some(followed) = followed {
            followed.pack(&mut self.bytes);
            made.bytes = self.bytes.clone();
        }
        made
    }

    /// Nothing for a missing side, and for a submodule the line git shows for it.
    fn read(&mut self, blob: u32) -> Content {
        match self.blobs.get(blob as usize) {
            None => Content::Text(Default::default()),
            Some(Blob { id, is_submodule: true }) => {
                Content::Text(format!("Subproject commit {id}\n").into_bytes().into())
            }
            Some(Blob { id, .. }) => match self.objects.blob(id) {
                Content::Text(text) if text.len() > MOST_LINES as usize && lines::count_lines(&text) > MOST_LINES => {
                    Content::Unreadable(too_many_lines())
                }
                content => content,
            },
        }
    }

    fn compare(&mut self, planned: Planned, made: &mut Made, [old, new]: [&[u8]; 2]) -> Option<Followed> {
        let pair = planned.pair;
        let difference = self.differ.compare(old, new);
        made.outcome = Outcome::Text { added: difference.added, deleted: difference.deleted };
        made.take_lines(difference.lines);
        if !made.is_of_lines() {
            return self.follow_added(pair, made, new);
        }
        self.remember(pair.old, pair.new, &difference);
        let followed = self.follow(pair, old, new, &difference);
        if planned.is_named {
            made.names = self.name(pair, [old, new], &difference, followed.as_ref());
        }
        followed
    }

    fn remember(&mut self, old: u32, new: u32, difference: &Difference) {
        let mut stretches = std::mem::take(&mut self.added.stretches);
        stretches.clear();
        stretches.extend(difference.hunks.iter().filter(|hunk| hunk.new_lines > 0).map(|&hunk| Stretch {
            line: hunk.new,
            lines: hunk.new_lines,
            bytes: self.replaced(hunk).added,
        }));
        self.added = Added { old, new, stretches, new_lines: difference.lines[1] };
    }

    /// Where another parent of a merge has the lines that the first has not. All of its content is compared where that
    /// does not show by itself. `None` where nothing is to be filled, or the first parent has no lines to be told apart from:
    /// then the fold takes this one's whole (`draft_merged`).
    fn fill(&mut self, pair: Pair, made: &mut Made, [old, new]: [&[u8]; 2]) -> Option<Followed> {
        let first = match pair.reading {
            Reading::Fill { first, .. } if made.is_of_lines() => first,
            _ => return None,
        };
        if (self.added.old, self.added.new) != (first, pair.new) {
            let first_content = self.read(first);
            let (Content::Text(text), Substance::Lines(_)) = (&first_content, substance(&first_content)) else {
                return None;
            };
            let difference = self.differ.compare(text, new);
            self.remember(first, pair.new, &difference);
        }
        let Added { stretches, new_lines, .. } = &self.added;
        let (hunks, lines) = match lines::find(stretches, (new, *new_lines), old) {
            Some((hunks, old_lines)) => (hunks, [old_lines, *new_lines]),
            None => {
                let difference = self.differ.compare(old, new);
                (difference.hunks, difference.lines)
            }
        };
        // Nobody asks how many lines were added.
        made.outcome = Outcome::Text { added: 0, deleted: 0 };
        made.take_lines(lines);
        let hunks = hunks.into_iter().map(|hunk| Changed { hunk, block: (0, 0) }).collect();
        Some(Followed { old_lines: lines[0], new_lines: lines[1], hunks, ..Followed::default() })
    }

    fn follow(&mut self, pair: Pair, old: &[u8], new: &[u8], difference: &Difference) -> Option<Followed> {
        let (syntax, with_sources) = match pair.reading {
            Reading::Count | Reading::Vanished(_) => return None,
            Reading::Follow(syntax) | Reading::Fill { syntax, .. } => (Syntax::from_id(syntax), false),
            Reading::LookThrough(syntax) => (Syntax::from_id(syntax), true),
        };
        let [old_lines, new_lines] = difference.lines;
        let mut followed = Followed { old_lines, new_lines, ..Followed::default() };
        for &hunk in &difference.hunks {
            let Replaced { removed, added } = self.replaced(hunk);
            let block = block_around(old, removed.clone(), &new[added.clone()]);
            followed.hunks.push(Changed { hunk, block });
            self.mark(syntax, new, added.clone(), &mut followed.marks);
            if with_sources {
                followed.made_from.extend(similar::sources(&old[removed], &new[added]));
            }
        }
        Some(followed)
    }

    fn replaced(&self, hunk: Hunk) -> Replaced {
        let removed = self.differ.old_start(hunk.old)..self.differ.old_start(hunk.old + hunk.old_lines);
        let added = self.differ.new_start(hunk.new)..self.differ.new_start(hunk.new + hunk.new_lines);
        Replaced { removed, added }
    }

    /// The names around what differs.
    fn name(&mut self, pair: Pair, texts: [&[u8]; 2], difference: &Difference, followed: Option<&Followed>) -> Vec<u8> {
        let (Reading::Follow(syntax) | Reading::LookThrough(syntax) | Reading::Vanished(syntax)) = pair.reading else {
            return Vec::new();
        };
        let hunks: Vec<Replaced> = difference.hunks.iter().map(|hunk| self.replaced(*hunk)).collect();
        let kinds = followed.into_iter().flat_map(|followed| &followed.marks).map(|mark| mark.traits.kind());
        self.gatherer.gather(Syntax::from_id(syntax), texts, &hunks, kinds)
    }

    /// All lines of the new text, where there is nothing to compare it with.
    fn follow_added(&mut self, pair: Pair, made: &Made, new: &[u8]) -> Option<Followed> {
        let (
            Reading::Follow(syntax) | Reading::LookThrough(syntax) | Reading::Fill { syntax, .. },
            Substance::Lines(_),
        ) = (pair.reading, made.new)
        else {
            return None;
        };
        let lines = lines::count_lines(new);
        let hunk = Hunk { old: 0, old_lines: 0, new: 0, new_lines: lines };
        let mut followed = Followed { old_lines: 0, new_lines: lines, ..Followed::default() };
        if lines > 0 {
            followed.hunks.push(Changed { hunk, block: (0, 0) });
            self.mark(Syntax::from_id(syntax), new, 0..new.len(), &mut followed.marks);
        }
        if matches!(pair.reading, Reading::LookThrough(_)) {
            followed.made_from = vec![0; lines as usize];
        }
        Some(followed)
    }

    fn mark(&mut self, syntax: Syntax, text: &[u8], added: std::ops::Range<usize>, marks: &mut Vec<Mark>) {
        self.kinds.clear();
        syntax.kinds(text, added.start, added.end, &mut self.kinds);
        for (line, kind) in lines::lines(&text[added]).zip(&self.kinds) {
            let (hash, alphanumeric) = lines::blind_hash(line);
            marks.push(Mark { print: (hash as u32).max(1), traits: Traits::of(*kind, alphanumeric) });
        }
    }
}

impl Substance {
    fn with_lines(self, lines: u32) -> Self {
        match self {
            Self::Lines(_) => Self::Lines(lines),
            other => other,
        }
    }
}

/// Of texts the lines are counted when they are compared.
fn substance(content: &Content) -> Substance {
    const LARGE_STORAGE: &[u8] = b"version https://git-lfs.github.com/spec/";
    const SUBMODULE: &[u8] = b"Subproject commit ";
    match content {
        Content::Text(text)
            if text.len() < 1024 && (text.starts_with(LARGE_STORAGE) || text.starts_with(SUBMODULE)) =>
        {
            Substance::Pointer(lines::count_lines(text))
        }
        Content::Text(_) => Substance::Lines(0),
        Content::Binary(_) => Substance::Binary,
        Content::Unreadable(_) => Substance::Unreadable,
    }
}

/// How many lines of the old text before and behind the removed ones belong to the innermost block that holds
/// them, its heading included: up to the nearest line that is indented less.
fn block_around(old: &[u8], removed: std::ops::Range<usize>, added: &[u8]) -> (u8, u8) {
    const FURTHEST: usize = 40;
    let Some(depth) = lines::depth(&old[removed.clone()]).or_else(|| lines::depth(added)).filter(|depth| *depth > 0)
    else {
        return (0, 0);
    };
    let is_outside = |line: &&[u8]| lines::indent(line).is_some_and(|columns| columns < depth);
    let heading = lines::lines_up(old, removed.start).take(FURTHEST).position(|line| is_outside(&line));
    let behind = lines::lines_down(old, removed.end).take(FURTHEST).take_while(|line| !is_outside(line)).count();
    heading.map_or((0, 0), |heading| (heading as u8 + 1, behind as u8))
}
