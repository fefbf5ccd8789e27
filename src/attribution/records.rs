//! Records of who wrote which lines: git-ai notes and Agent Trace files, told by the names of the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Catalogue, Place, UNSPECIFIED};
use super::names::model_slug;
use crate::facts::{
    AttestedFate, AuthorshipNote, Commit, CommitId, Evidence, History, LineAttribution, LineFate, Origin, Proves,
    Strength, Text,
};

/// A record without a line of AI; no pattern of the catalogue finds it.
const NO_AI_LINES: &str = "N001";
/// An Agent Trace record, wherever it was kept.
const TRACE: &str = "S170";
pub(super) const FOUND_IN: &str = "record";

/// What is recorded of a commit.
#[derive(Debug, Default)]
pub(super) struct Recorded<'a> {
    pub(super) notes: Vec<&'a AuthorshipNote>,
    pub(super) lines: Vec<&'a LineAttribution>,
}

/// The records of a history, by commit.
pub(super) fn by_commit<'a>(
    notes: &'a [AuthorshipNote],
    lines: &'a [LineAttribution],
) -> BTreeMap<&'a CommitId, Recorded<'a>> {
    let mut recorded: BTreeMap<&CommitId, Recorded<'_>> = BTreeMap::new();
    notes.iter().for_each(|note| recorded.entry(&note.commit_id).or_default().notes.push(note));
    lines.iter().for_each(|line| recorded.entry(&line.commit_id).or_default().lines.push(line));
    recorded.values_mut().for_each(|of_commit| of_commit.notes.sort_by(|a, b| a.source.cmp(&b.source)));
    recorded
}

/// The lines under the canonical names of tools and models; sorted. Where a record only names an author, the
/// catalogue tells whether that is a tool; if not, nothing is known, and a person's name goes no further.
pub(super) fn named(lines: &[LineAttribution], catalogue: &Catalogue) -> Vec<LineAttribution> {
    let mut known: BTreeMap<Text, Option<Text>> = BTreeMap::new();
    let mut slug_of = |tool: &Text| known.entry(tool.clone()).or_insert_with(|| slug(tool, catalogue)).clone();
    let mut named: Vec<LineAttribution> = lines
        .iter()
        .map(|line| {
            let agent = line.tool.as_ref().and_then(&mut slug_of);
            let is_named_tool = line.origin == Origin::Unknown && agent.is_some();
            let origin = if is_named_tool { Origin::Agent } else { line.origin };
            LineAttribution {
                origin,
                tool: if line.origin == Origin::Unknown { agent.clone() } else { line.tool.clone() },
                agent: if origin.is_ai() { agent.or_else(|| Some(UNSPECIFIED.into())) } else { None },
                model: line.model.as_deref().map(model_slug),
                ..line.clone()
            }
        })
        .collect();
    named.sort_by(|a, b| (&a.commit_id, &a.path, a.start_line).cmp(&(&b.commit_id, &b.path, b.start_line)));
    named
}

/// A tool's slug, from what a record calls it.
pub(super) fn slug(tool: &str, catalogue: &Catalogue) -> Option<Text> {
    if catalogue.agent(tool).is_some() {
        return Some(tool.into());
    }
    let masked = catalogue.names.mask(tool);
    let credit = masked.credit(0..masked.text.len());
    credit.agents.into_iter().find(|agent| **agent != *UNSPECIFIED)
}

/// Agent, model, and the record that names them.
type Source<'a> = (&'a Option<Text>, &'a Option<Text>, &'a Text);

impl Recorded<'_> {
    /// Lines that the commit added, by an AI and by a person; `None` where lines were not compared.
    pub(super) fn added(&self, by: fn(Origin) -> bool) -> Option<i64> {
        self.lines.iter().filter(|line| by(line.origin)).map(|line| line.added).sum()
    }

    /// What the record says of who wrote the commit. Of a merge it says what its branches brought, not what it added.
    pub(super) fn evidence(&self, commit: &Commit, catalogue: &Catalogue) -> Vec<Evidence> {
        if commit.is_merge {
            return Vec::new();
        }
        let by_ai: Vec<&LineAttribution> = self.lines.iter().copied().filter(|line| line.origin.is_ai()).collect();
        if by_ai.is_empty() {
            return self.no_ai(commit, catalogue).into_iter().collect();
        }
        let mut writers: BTreeMap<Source<'_>, Option<i64>> = BTreeMap::new();
        for line in by_ai {
            let lines = writers.entry((&line.agent, &line.model, &line.source)).or_insert(Some(0));
            *lines = lines.zip(line.added).map(|(sum, added)| sum + added);
        }
        let evidence = writers.into_iter().map(|((agent, model, source), added)| {
            let told = match added {
                Some(added) => format!("{added} of {} added lines, by {source}", commit.added),
                None => format!("lines of it, by {source}"),
            };
            let strength = if added.is_some_and(|added| added > 0) { Strength::Strong } else { Strength::Medium };
            let signal = signal(source, catalogue);
            Evidence {
                agent: agent.clone(),
                model: model.clone(),
                ..self::evidence(commit, signal, Proves::Assisted, strength, told)
            }
        });
        evidence.collect()
    }

    /// Records that could be read, name no session and leave no line open say that no AI was used: surely where they
    /// give every line that the commit added to a person, weakly where a note of git-ai, which gives lines to AI alone
    /// in its usual form, lists none. Lines beside those of a person are unknown, and then nothing is said.
    fn no_ai(&self, commit: &Commit, catalogue: &Catalogue) -> Option<Evidence> {
        let note = self.notes.first()?;
        let names_nobody = |note: &&AuthorshipNote| note.is_whole && note.sessions == 0 && note.unknown_stretches == 0;
        let all_human = self.lines.iter().all(|line| line.origin == Origin::Human);
        if commit.added == 0 || !all_human || !self.notes.iter().all(names_nobody) {
            return None;
        }
        let human = self.added(|origin| origin == Origin::Human)?;
        let is_git_ai = |note: &&AuthorshipNote| *signal(&note.source, catalogue) != *TRACE;
        let strength = match human {
            _ if human == commit.added => Strength::Strong,
            _ if self.lines.is_empty() && self.notes.iter().all(is_git_ai) => Strength::Weak,
            _ => return None,
        };
        let told =
            format!("no line by an AI and {human} of {} added lines by a person, by {}", commit.added, note.source);
        Some(evidence(commit, NO_AI_LINES.into(), Proves::NoAi, strength, told))
    }
}

fn signal(source: &str, catalogue: &Catalogue) -> Text {
    let found = catalogue.matching(Place::NotesRef, false, source).next();
    found.map_or(TRACE.into(), |signal| signal.id.clone())
}

fn evidence(commit: &Commit, signal_id: Text, proves: Proves, strength: Strength, told: String) -> Evidence {
    Evidence {
        commit_id: Some(commit.commit_id.clone()),
        change_id: commit.change_id.clone(),
        pull: commit.pull,
        signal_id,
        agent: None,
        model: None,
        proves,
        strength,
        found_in: FOUND_IN.into(),
        text: told.into(),
    }
}

/// The fates of lines that were born in recorded commits, by writer.
pub(super) fn fates(history: &History, lines: &[LineAttribution]) -> Vec<AttestedFate> {
    let recorded: BTreeSet<&CommitId> = history.authorship_notes.iter().map(|note| &note.commit_id).collect();
    let mut by_file: BTreeMap<(&CommitId, &Text), Vec<&LineAttribution>> = BTreeMap::new();
    lines.iter().for_each(|line| by_file.entry((&line.commit_id, &line.path)).or_default().push(line));
    let mut fates = Vec::new();
    for fate in &history.line_fates {
        let birth = fate.copied_by.as_ref().unwrap_or(&fate.origin_commit);
        if recorded.contains(birth) {
            let told = by_file.get(&(birth, &fate.birth_path)).map_or(&[][..], Vec::as_slice);
            split(fate, birth, told, &mut fates);
        }
    }
    fates.sort_by(|a: &AttestedFate, b| order(a).cmp(&order(b)));
    fates
}

fn order(fate: &AttestedFate) -> impl Ord + '_ {
    let AttestedFate { commit_id, path, origin, agent, model, line_kind, class, language, death_commit, lines, .. } =
        fate;
    (commit_id, path, (origin, agent, model), (line_kind, class, language), death_commit, lines)
}

/// Whom lines are given to.
type Writer<'a> = (Origin, Option<&'a Text>, Option<&'a Text>);

fn split(fate: &LineFate, birth: &CommitId, told: &[&LineAttribution], fates: &mut Vec<AttestedFate>) {
    let mut lines: BTreeMap<Writer<'_>, i64> = BTreeMap::new();
    for (first, last) in ranges(&fate.birth_lines) {
        let mut left = last - first + 1;
        let from = told.partition_point(|line| line.end_line < first);
        for line in told[from..].iter().take_while(|line| line.start_line <= last) {
            let shared = line.end_line.min(last) - line.start_line.max(first) + 1;
            *lines.entry((line.origin, line.agent.as_ref(), line.model.as_ref())).or_default() += shared;
            left -= shared;
        }
        *lines.entry((Origin::Unknown, None, None)).or_default() += left;
    }
    for ((origin, agent, model), lines) in lines.into_iter().filter(|(_, lines)| *lines > 0) {
        fates.push(AttestedFate {
            commit_id: birth.clone(),
            path: fate.birth_path.clone(),
            class: fate.class,
            language: fate.language.clone(),
            line_kind: fate.line_kind,
            origin,
            agent: agent.cloned(),
            model: model.cloned(),
            death_commit: fate.death_commit.clone(),
            lines,
            born_at: fate.born_at,
            died_at: fate.died_at,
        });
    }
}

/// `3-7,9` as first and last lines.
fn ranges(birth_lines: &str) -> impl Iterator<Item = (i64, i64)> {
    birth_lines.split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some((first.parse().ok()?, last.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(first: i64, last: i64, tool: Option<&str>, origin: Origin) -> LineAttribution {
        LineAttribution {
            commit_id: CommitId::new("c"),
            path: "a".into(),
            start_line: first,
            end_line: last,
            origin,
            agent: None,
            model: None,
            tool: tool.map(Text::from),
            source: "refs/notes/ai".into(),
            added: Some(last - first + 1),
        }
    }

    #[test]
    fn tools_take_their_canonical_names() {
        let catalogue = Catalogue::built_in().unwrap();
        let agent = |tool, origin| {
            let line = named(&[line(1, 1, tool, origin)], &catalogue).remove(0);
            format!("{} {}", line.origin, line.agent.as_deref().unwrap_or("nobody"))
        };
        for (tool, expected) in [
            ("claude", "agent claude-code"),
            ("codex", "agent codex"),
            ("cursor", "agent cursor"),
            ("github-copilot", "agent copilot"),
            ("github-copilot-jetbrains", "agent copilot"),
            ("junie", "agent junie"),
            ("opencode", "agent opencode"),
            ("pi", "agent pi"),
            ("amp", "agent amp"),
            ("devin", "agent devin"),
            ("something new", "agent unspecified"),
        ] {
            assert_eq!(agent(Some(tool), Origin::Agent), expected, "{tool}");
        }
        assert_eq!(agent(None, Origin::Agent), "agent unspecified");
        assert_eq!(agent(None, Origin::Human), "human nobody");
        assert_eq!(agent(Some("Claude"), Origin::Unknown), "agent claude-code");
        assert_eq!(agent(Some("Grace Hopper"), Origin::Unknown), "unknown nobody");
        for name in ["Grace Hopper", "Claude for Grace <grace@example.org>"] {
            let told = format!("{:?}", named(&[line(1, 1, Some(name), Origin::Unknown)], &catalogue));
            assert!(!told.contains("Grace") && !told.contains("grace"), "{told}");
        }
    }

    #[test]
    fn the_lines_of_a_fate_are_split_by_writer() {
        let fate = LineFate {
            path: "a".into(),
            class: crate::facts::FileClass::Source,
            language: None,
            line_kind: crate::facts::LineKind::Code,
            origin_commit: CommitId::new("c"),
            copied_by: None,
            moved_by: None,
            birth_path: "a".into(),
            birth_lines: "1-5,8,10-12".into(),
            death_commit: None,
            lines: 9,
            born_at: None,
            died_at: None,
        };
        let told = [line(2, 3, None, Origin::Human), line(5, 10, None, Origin::Agent)];
        let mut fates = Vec::new();
        split(&fate, &fate.origin_commit, &told.iter().collect::<Vec<_>>(), &mut fates);
        let lines: Vec<(Origin, i64)> = fates.iter().map(|fate| (fate.origin, fate.lines)).collect();
        assert_eq!(lines, [(Origin::Agent, 3), (Origin::Human, 2), (Origin::Unknown, 4)]);
    }
}
