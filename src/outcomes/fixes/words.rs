//! How likely a commit that declares nothing is a bug fix: by its words and by what it touched.
//!
//! A small network ([`super::net`]) over words of the subject and of the body's first lines, how they stand together,
//! the numbers and classes of the files touched, and the manner of the repository. `scripts/train-fixes` learns it from
//! commits that declare a type, with the type taken away, and from commits that declare none, of which a reader said
//! what they are (`read.txt`). What is a term is told here and there alike; a test holds both to a sample.
//!
//! | term | is |
//! | --- | --- |
//! | `crash`, `race condit` | a stem of the subject, or two that follow each other |
//! | `^handl`, `^fix typo` | those the subject opens with |
//! | `fix race condit`, `fix _ condit`, `^fix~condit` | three, two with one between, the first with any later one |
//! | `~caus`, `~fail with` | those of the body |
//! | `[source with test`, `[added<8` | a fact about the files or the form |
//! | `[opens with fix<40` | how many of 1,000 subjects of the repository open with "fix" |
//!
//! The terms of a kind weigh the same together however many there are. The confidence is calibrated on repositories
//! that were not trained on: of commits given 0.8, 80 % are fixes there by what they declare, or by the reader.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::declared::{Declared, declared, declared_length, undressed};
use super::net::{Group, MODEL, Spelled};
use crate::facts::{CommitFile, FileClass};
use crate::outcomes::hashes::hash;
use crate::outcomes::reverts::is_revert_subject;
use crate::outcomes::text::{cut, pattern};

/// Of a text made to be long; honest ones are shorter.
const MOST_SUBJECT: usize = 2_000;
const MOST_SUBJECT_WORDS: usize = 40;
const MOST_LINE: usize = 400;
const MOST_BODY: usize = 1_500;
const LONGEST_WORD: usize = 24;
/// How much the terms of each kind weigh together.
const SUBJECT: f64 = 3.0;
const SPANS: f64 = 2.0;
const BODY: f64 = 2.0;
const FORM: f64 = 4.0;
const MANNER: f64 = 3.0;
/// Terms a verdict names.
const NAMED: usize = 3;

/// What a commit touched.
#[derive(Debug, Clone, Default)]
pub(super) struct Touched {
    /// Files, added lines, deleted lines and new files of each class.
    classes: BTreeMap<FileClass, [i64; 4]>,
    /// Lines added to files that run and deleted from them; a file without any (binary, renamed, another mode) is one.
    ran: i64,
    /// Comments and blank lines among them.
    idle: i64,
}

impl Touched {
    pub(super) fn add(&mut self, file: &CommitFile) {
        let is_new = file.status == crate::facts::FileStatus::Added;
        let counts = [1, file.added.unwrap_or(0), file.deleted.unwrap_or(0), i64::from(is_new)];
        self.add_counts(file.class, counts);
        if file.class.runs() {
            let lines = file.added.zip(file.deleted).map_or(0, |(added, deleted)| added.saturating_add(deleted));
            self.ran = self.ran.saturating_add(lines.max(1));
        }
    }

    /// Comments or blank lines of files that run, written or deleted.
    pub(super) fn add_idle(&mut self, lines: i64) {
        self.idle = self.idle.saturating_add(lines);
    }

    pub(super) fn add_counts(&mut self, class: FileClass, counts: [i64; 4]) {
        let known = self.classes.entry(class).or_default();
        for (sum, count) in known.iter_mut().zip(counts) {
            *sum = sum.saturating_add(count.max(0));
        }
    }

    /// Whether anything was touched that reaches who uses it, comments aside; where nothing is known, it is taken for granted.
    pub(super) fn ships(&self) -> bool {
        let only_idle = 0 < self.ran && self.ran <= self.idle;
        self.classes.is_empty() || (self.classes.keys().any(|class| class.runs()) && !only_idle)
    }

    fn sums(&self) -> [i64; 4] {
        let mut all = [0_i64; 4];
        for counts in self.classes.values() {
            all.iter_mut().zip(counts).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
        }
        all
    }
}

/// How a repository names its fixes: the share of its subjects that open with "fix", of those that declare no type;
/// none where too few are known to tell. Where fixes mostly open so, another opening says more.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manner(pub(super) Option<f64>);

impl Manner {
    /// Subjects looked at, at most, evenly spread, and those it takes to tell.
    const MOST: usize = 2_000;
    const LEAST: u32 = 50;

    /// Of the subjects of all that is no merge.
    pub(super) fn of(subjects: &[&str]) -> Self {
        static OPENS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^(?u:[^A-Za-z0-9_])*fix(?:e[sd]|ing)?\b"));
        let (mut said, mut open) = (0, 0);
        let step = subjects.len().div_ceil(Self::MOST).max(1);
        for subject in subjects.iter().step_by(step).map(|subject| cut(subject, MOST_SUBJECT)) {
            if declared(subject) == Declared::Nothing && !is_revert_subject(subject) {
                said += 1;
                open += u32::from(OPENS.is_match(undressed(subject)));
            }
        }
        Self((said >= Self::LEAST).then(|| f64::from(open) / f64::from(said)))
    }
}

/// What the classifier makes of a commit.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) confidence: f64,
    /// Of a fix the terms of subject and files that spoke most for it.
    pub(super) decided_by: Vec<&'static str>,
}

/// By how much the odds of a fix rise with `Fixes #N`. Four in five of those are fixes, and of those that the words speak
/// against one in five (1,080 commits that declare their type, repositories held back).
const ODDS_OF_ISSUE: f64 = 2.2;

impl Verdict {
    /// The verdict on a commit that says that it fixes an issue.
    pub(super) fn of_issue(self) -> Self {
        let odds = ODDS_OF_ISSUE * self.confidence / (1.0 - self.confidence);
        Self { confidence: if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 }, ..self }
    }

    pub(super) fn is_fix(&self) -> bool {
        self.confidence >= MODEL.threshold
    }
}

/// What the classifier makes of a commit. One that touches nothing that ships is no fix whatever it says: whether it does is
/// asked before.
pub(super) fn verdict(subject: &str, body: &str, touched: &Touched, manner: Manner) -> Verdict {
    let [mut said, mut spans, mut of_body, mut form, mut of_manner] = std::array::from_fn(|_| Terms::new());
    subject_terms(subject, &mut said, &mut spans);
    body_terms(body, &mut of_body, &mut form);
    file_terms(touched, &mut form);
    if let Some(opening) = manner.0 {
        of_manner.put_below("opens with fix", (1_000.0 * opening) as i64, OPENINGS);
    }
    let groups =
        [said.group(SUBJECT), spans.group(SPANS), form.group(FORM), of_body.group(BODY), of_manner.group(MANNER)];
    let weighed = MODEL.weigh(&groups, manner.0.unwrap_or(MOST_OPENING).min(MOST_OPENING));
    let mut verdict = Verdict { confidence: weighed.confidence, decided_by: Vec::new() };
    if verdict.is_fix() {
        let mut decided_by = weighed.spoke_for(&groups[..3]);
        decided_by.sort_by(|a, b| b.0.total_cmp(&a.0));
        verdict.decided_by = decided_by.into_iter().take(NAMED).map(|(_, term)| term).collect();
    }
    verdict
}

/// Whether a subject opens with a form of "fix" and speaks of what ships.
pub(super) fn opens_with_fix(subject: &str) -> bool {
    static FIXES: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?xi)^(?:a\ |another\ |quick\ |proper\ |small\ |temporary\ |partial(?:ly)?\ |attempt(?:ed)?\ (?:to\ )?|try\ to\ |really\ |also\ |properly\ )*
            (?:bug-?\s?fix(?:es)?|hot-?fix|fix(?:es|ed|ing)?)\b",
        )
    });
    let said = undressed(subject);
    FIXES.is_match(said) && !ELSEWHERE.is_match(said)
}

/// What is mended is not what ships: texts, tests, formatting, the build.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)\b(?:typos?|spelling|misspell\w*|grammar|wording|comments?|docs?|docstrings?|documentation|readme|changelog
        |lint(?:er|ers|ing|s)?|formatting|whitespaces?|indentation|tests?|testing|flak(?:e|es|y)|ci|builds?|compilation|copyright)\b",
    )
});

/// No more terms of a kind are known in most commits.
const OFTEN: usize = 64;

/// Terms that the network knows, each once, by their place in it.
struct Terms {
    known: Vec<u32>,
}

/// A term begins with its mark.
fn spelled(text: &str) -> Spelled {
    Spelled::default().text(text)
}

impl Terms {
    fn new() -> Self {
        Self { known: Vec::with_capacity(OFTEN) }
    }

    #[inline]
    fn put(&mut self, term: &Spelled) {
        self.known.extend(MODEL.place(term).filter(|place| !self.known.contains(place)));
    }

    /// `name<edge` for the first edge above, else `name>=edge`.
    fn put_below(&mut self, name: &str, n: i64, edges: &[i64]) {
        let name = spelled("[").text(name);
        match (edges.iter().find(|&&edge| n < edge), edges.last()) {
            (Some(&edge), _) => self.put(&name.text("<").number(edge)),
            (None, Some(&last)) => self.put(&name.text(">=").number(last)),
            (None, None) => self.put(&name),
        }
    }

    fn group(self, weight: f64) -> Group {
        Group { weight, terms: self.known }
    }
}

// What is said.

fn subject_terms(subject: &str, terms: &mut Terms, spans: &mut Terms) {
    static PULL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s*\((?:#|!|GH-)[0-9]+\)"));
    let said = undressed(cut(subject, MOST_SUBJECT));
    let said = if said.contains('(') { PULL.replace_all(said, "") } else { said.into() };
    let mut said_words: Vec<u64> = Vec::new();
    each_word(&said, |word| said_words.push(hash(word)));
    said_words.truncate(MOST_SUBJECT_WORDS);
    let [blank, gap, later] = [" ", " _ ", "~"].map(hash);
    let word = |word: u64| Spelled::default().word(word);
    said_words.iter().for_each(|&one| terms.put(&word(one)));
    said_words.windows(2).for_each(|pair| terms.put(&word(pair[0]).word(blank).word(pair[1])));
    if let [first, others @ ..] = &*said_words {
        let opening = spelled("^").word(*first);
        terms.put(&opening);
        others.first().into_iter().for_each(|&second| terms.put(&opening.clone().word(blank).word(second)));
        others.iter().for_each(|&other| spans.put(&opening.clone().word(later).word(other)));
    }
    for three in said_words.windows(3) {
        spans.put(&word(three[0]).word(blank).word(three[1]).word(blank).word(three[2]));
        spans.put(&word(three[0]).word(gap).word(three[2]));
    }
    if said.contains('`') {
        terms.put(&spelled("`"));
    }
    terms.put_below("words", said_words.len() as i64, &[3, 5, 7, 10]);
}

fn body_terms(body: &str, terms: &mut Terms, form: &mut Terms) {
    let mut lines = 0;
    let mut used = 0;
    let (of_body, blank) = (spelled("~"), hash(" "));
    for line in body.split('\n').filter_map(said_line) {
        let is_short = line.len() <= MOST_LINE;
        let end = if is_short { None } else { line.char_indices().nth(MOST_LINE) }.map_or(line.len(), |(at, _)| at);
        let mut pair = None;
        each_word(&line[..end], |word| {
            let word = hash(word);
            let single = of_body.clone().word(word);
            terms.put(&single);
            pair.take().into_iter().for_each(|opened: Spelled| terms.put(&opened.word(word)));
            pair = MODEL.opens_body_pair(word).then(|| single.word(blank));
        });
        lines += 1;
        used += line[..end].chars().count();
        if used > MOST_BODY {
            break;
        }
    }
    form.put_below("lines", lines, &[1, 3, 10]);
}

/// A line of the body without its bullet and without a type it declares; trailers and quotations say nothing.
fn said_line(line: &str) -> Option<&str> {
    static TRAILER: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)^(?:[A-Za-z]+(?:-[A-Za-z]+)+:|(?:fixes|link|cc):|\(cherry picked|>)"));
    let line = line.trim();
    // Most lines have none of these.
    let may_be_trailer = line.contains(':') || line.starts_with(['(', '>']);
    if line.is_empty() || (may_be_trailer && TRAILER.is_match(line)) {
        return None;
    }
    let line = line.trim_start_matches(['*', '-', '•', '#', ' ']);
    Some(&line[declared_length(line)..])
}

/// Gives the stems of a text; `url`, `#n` for a reference, `0` for a number. camelCase and snake_case are several words.
fn each_word(text: &str, mut give: impl FnMut(&str)) {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '’');
    let mut rest = text;
    let mut word = String::new();
    while let Some(start) = rest.find(|c| is_of_word(c) || c == '#') {
        rest = &rest[start..];
        if let Some(number) = rest.strip_prefix('#') {
            rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
            if rest.len() < number.len() {
                give("#n");
            }
            continue;
        }
        if rest.starts_with("http://") || rest.starts_with("https://") {
            rest = &rest[rest.find(char::is_whitespace).unwrap_or(rest.len())..];
            give("url");
            continue;
        }
        let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        let mut last = b'_';
        // Without apostrophes, of which one is not ASCII.
        for byte in rest[..end].bytes().filter(|byte| byte.is_ascii() && *byte != b'\'') {
            if byte == b'_' || (last.is_ascii_lowercase() && byte.is_ascii_uppercase()) {
                finish(&mut word, &mut give);
            }
            if byte != b'_' && word.len() <= LONGEST_WORD {
                word.push(byte.to_ascii_lowercase().into());
            }
            last = byte;
        }
        finish(&mut word, &mut give);
        rest = &rest[end..];
    }
}

fn finish(word: &mut String, give: &mut impl FnMut(&str)) {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        // However many digits.
        if !word.is_empty() {
            give("0");
        }
    } else if word.len() > LONGEST_WORD {
        give("long");
    } else {
        stem(word);
        give(word);
    }
    word.clear();
}

/// Cuts the ending off: `crashes`, `crashed` and `crashing` are `crash`.
fn stem(word: &mut String) {
    let len = word.len();
    if len < 4 {
        return;
    }
    let ends = |word: &String, with: &[&str]| with.iter().any(|end| word.ends_with(end));
    if len > 4 && word.ends_with("ies") {
        word.truncate(len - 3);
        word.push('y');
    } else if len > 4 && ends(word, &["shes", "ches", "sses", "xes", "zes"]) {
        word.truncate(len - 2);
    } else if word.ends_with('s') && !ends(word, &["ss", "us", "is"]) {
        word.truncate(len - 1);
    }
    for (end, least) in [("ing", 6), ("ed", 5), ("ly", 6)] {
        if word.len() >= least && word.ends_with(end) {
            word.truncate(word.len() - end.len());
            if let [.., a, b] = word.as_bytes()
                && word.len() > 3
                && a == b
                && !b"lsz".contains(b)
            {
                word.pop();
            }
            break;
        }
    }
    if word.len() >= 4 && word.ends_with('e') {
        word.pop();
    }
}

// What is touched.

const LINES: &[i64] = &[1, 2, 4, 8, 16, 32, 64, 128, 512];
const SHARES: &[i64] = &[10, 30, 45, 55, 70, 85, 95];
/// In thousandths; and the share from which on more makes no difference to the calibration.
const OPENINGS: &[i64] = &[10, 20, 40, 60, 80, 120, 160];
const MOST_OPENING: f64 = 0.12;

fn file_terms(touched: &Touched, terms: &mut Terms) {
    if touched.classes.is_empty() {
        return terms.put(&spelled("[no files"));
    }
    let [files, added, deleted, new] = touched.sums();
    terms.put_below("files", files, &[2, 3, 4, 6, 11, 31]);
    terms.put_below("added", added, LINES);
    terms.put_below("deleted", deleted, LINES);
    terms.put_below("share added", percent(added, deleted), SHARES);
    if new > 0 {
        terms.put(&spelled("[new file"));
    }
    let test = touched.classes.get(&FileClass::Test);
    if let Some(&[files, added, deleted, new]) = touched.classes.get(&FileClass::Source) {
        terms.put_below("source files", files, &[2, 3, 6, 11]);
        terms.put_below("source added", added, LINES);
        terms.put_below("source deleted", deleted, LINES);
        terms.put_below("source share added", percent(added, deleted), SHARES);
        let beside = if test.is_some() { "source with test" } else { "source without test" };
        terms.put(&spelled("[").text(beside));
        terms.put_below(beside, added.saturating_add(deleted), &[4, 12, 40, 150]);
        if new > 0 {
            terms.put(&spelled("[new source"));
        }
    }
    if let Some(&[_, added, deleted, new]) = test {
        terms.put_below("test added", added, &[1, 4, 16, 64]);
        terms.put_below("test deleted", deleted, &[1, 4, 16]);
        if new > 0 {
            terms.put(&spelled("[new test"));
        }
    }
    for class in touched.classes.keys() {
        terms.put(&spelled("[").text(class.as_str()));
        if touched.classes.len() == 1 {
            terms.put(&spelled("[only ").text(class.as_str()));
        }
    }
    let main = [FileClass::Source, FileClass::Test, FileClass::Docs, FileClass::Config];
    let main = main.iter().filter(|class| touched.classes.contains_key(class)).map(|class| class.as_str());
    let mut classes = spelled("[classes ");
    for (at, class) in main.enumerate() {
        classes = if at > 0 { classes.text("+") } else { classes }.text(class);
    }
    terms.put(&classes);
}

fn percent(added: i64, deleted: i64) -> i64 {
    let (added, deleted) = (i128::from(added), i128::from(deleted));
    i64::try_from(100 * (added + 1) / (added + deleted + 2)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Row {
        subject: String,
        body: String,
        files: Vec<(FileClass, i64, i64, i64, i64)>,
        opening: Option<f64>,
        confidence: f64,
    }

    /// The sample is written by `scripts/train-fixes --write`.
    #[test]
    fn the_confidence_is_that_of_the_training() {
        let rows: Vec<Row> =
            include_str!("sample.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(rows.len() > 100);
        for row in rows {
            let mut touched = Touched::default();
            for (class, files, added, deleted, new) in row.files {
                touched.add_counts(class, [files, added, deleted, new]);
            }
            let found = verdict(&row.subject, &row.body, &touched, Manner(row.opening)).confidence;
            assert!((found - row.confidence).abs() < 2e-6, "{found} for {} of {}", row.confidence, row.subject);
        }
    }

    fn words(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each_word(text, |word| all.push(word.to_owned()));
        all
    }

    #[test]
    fn words_are_stems() {
        assert_eq!(words("Crashes crashed CRASHING"), ["crash", "crash", "crash"]);
        assert_eq!(words("don’t readFile of my_path"), ["dont", "read", "fil", "of", "my", "path"]);
        assert_eq!(words("see https://x.y/z, #12 and # 2024 é"), ["see", "url", "#n", "and", "0"]);
        assert_eq!(words(&"x".repeat(99)), ["long"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn a_verdict_names_what_decided() {
        let verdict = |subject: &str, touched: &Touched| verdict(subject, "", touched, Manner::default());
        let said = verdict("net: fix a deadlock in shutdown", &Touched::default());
        assert!(said.is_fix() && said.decided_by.iter().any(|term| term.contains("fix")), "{said:?}");
        assert!(!verdict("Add a thing", &Touched::default()).is_fix());
    }

    #[test]
    fn a_manner_is_the_share_that_opens_with_fix() {
        let of = |said: &[&str], times: usize| Manner::of(&said.repeat(times)).0;
        let said = ["Fix a leak", "net: fixed a leak", "Add a fix", "Sail on"];
        assert_eq!(of(&said, 20), Some(0.5));
        assert_eq!(of(&said, 12), None, "48 are too few to tell");
        assert_eq!(of(&said, 5_000), Some(0.5), "and of many some are looked at");
        let others = ["fix: a leak", "docs: fix a leak", "Revert \"Fix a leak\""];
        assert_eq!(of(&[&said[..], &others].concat(), 20), Some(0.5), "types and reverts do not count");
        assert_eq!(of(&others, 99), None);
    }

    #[test]
    fn where_fixes_open_with_fix_another_opening_says_more() {
        let sure = |subject: &str, opening| verdict(subject, "", &Touched::default(), Manner(Some(opening))).confidence;
        assert!(sure("handle empty paths", 0.01) > sure("handle empty paths", 0.2));
    }
}
