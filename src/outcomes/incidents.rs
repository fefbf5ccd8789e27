//! Which commits an incident names, in which role, and which commits name an incident they resolve.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::ancestry::Place;
use super::index::CommitIndex;
use super::names::{Name, names};
use super::text::{body, evidence, heading, pattern, sentences};
use crate::facts::{Incident, Link, LinkKind, Skipped, SubjectKind, Text};

/// What an incident is called in `skipped` that names what nobody finds.
pub const UNRESOLVED: &str = "incident";

/// Words after "fixes" among which an incident may be named.
const REACH: usize = 6;

/// Links between commits and incidents, and the references of incidents that lead to no commit.
///
/// | kind | from | confidence |
/// | --- | --- | --- |
/// | `caused_incident` | the record says so, by id / by pull request | 0.95 / 0.9; `weight` 1/k for each of k causes |
/// | `resolved_incident` | the record says so, by id / by pull request | 0.95 / 0.9 |
/// | `resolved_incident` | a commit message closes the incident by id or address | 0.9 |
/// | `named_by_incident` | the record names a commit without a role | 0.5 |
///
/// A pull request stands for the commit that landed it. A name without a role that leads nowhere is not
/// reported: `#12` in an incident's text is often just another issue.
pub fn link_incidents(index: &CommitIndex<'_>, incidents: &[Incident]) -> (Vec<Link>, Vec<Skipped>) {
    let mut found = Found { index: index.afresh(), links: BTreeMap::new(), skipped: Vec::new() };
    incidents.iter().for_each(|incident| found.read(incident));
    found.read_messages(incidents);
    found.skipped.sort_by(|a, b| (&a.place, &a.reason).cmp(&(&b.place, &b.reason)));
    found.skipped.dedup();
    (found.links.into_values().collect(), found.skipped)
}

struct Found<'i, 'c> {
    index: &'i CommitIndex<'c>,
    /// One link for each commit, incident and kind: the first, which is the surest.
    links: BTreeMap<(Text, LinkKind, Text), Link>,
    skipped: Vec<Skipped>,
}

impl Found<'_, '_> {
    fn read(&mut self, incident: &Incident) {
        let causes = self.resolve(incident, &incident.caused_by, true);
        let remedies = self.resolve(incident, &incident.resolved_by, true);
        let mentions = self.resolve(incident, &incident.mentions, false);
        let weight = 1.0 / causes.len().max(1) as f64;
        for (at, method, said) in &causes {
            self.add(LinkKind::CausedIncident, *at, incident, method, Some(weight), said);
        }
        for (at, method, said) in &remedies {
            self.add(LinkKind::ResolvedIncident, *at, incident, method, None, said);
        }
        for (at, method, said) in mentions {
            if causes.iter().chain(&remedies).all(|(known, ..)| *known != at) {
                self.add(LinkKind::NamedByIncident, at, incident, method, None, &said);
            }
        }
    }

    /// The commits that the references mean, each once, with the method and the words of its first mention.
    fn resolve(&mut self, incident: &Incident, refs: &[Text], report: bool) -> Vec<(Place, &'static str, Text)> {
        let mut all: Vec<(Place, &'static str, Text)> = Vec::new();
        for said in refs {
            let name = names(said, self.index.has_revisions()).next().map(|(_, name)| name);
            match name.and_then(|name| Some((self.index.anywhere(name)?, name.method()))) {
                Some((at, method)) if all.iter().all(|(known, ..)| *known != at) => {
                    all.push((at, method, said.clone()))
                }
                Some(_) => {}
                None if report => self.skip(incident, said, name),
                None => {}
            }
        }
        all
    }

    fn skip(&mut self, incident: &Incident, said: &str, name: Option<Name<'_>>) {
        let why = match name {
            None => "names no commit or pull request",
            Some(Name::Id(_)) => "is not the id of exactly one commit of this history",
            Some(Name::Pull(_) | Name::PullOf(..)) => {
                "is not a pull request that exactly one commit of this history landed"
            }
            Some(_) => "is not a review that exactly one commit of this history landed",
        };
        let reason = format!("`{}` {why}", evidence(said));
        self.skipped.push(Skipped {
            what: UNRESOLVED.into(),
            place: incident.incident_id.clone(),
            reason: reason.into(),
        });
    }

    fn add(&mut self, kind: LinkKind, at: Place, incident: &Incident, method: &str, weight: Option<f64>, said: &str) {
        let confidence = match (kind, method) {
            (LinkKind::NamedByIncident, _) => 0.5,
            (_, "explicit") => 0.95,
            _ => 0.9,
        };
        let from_id = self.index.commit(at).commit_id.text();
        let to_id = incident.incident_id.clone();
        self.links.entry((from_id.clone(), kind, to_id.clone())).or_insert_with(|| Link {
            kind,
            from_kind: SubjectKind::Commit,
            from_id,
            to_kind: SubjectKind::Incident,
            to_id,
            method: method.into(),
            confidence,
            weight,
            share: None,
            lines: None,
            evidence: evidence(said),
        });
    }

    /// Commit messages that close an incident: "Fixes INC-123", "Resolves https://…/incidents/7".
    fn read_messages(&mut self, incidents: &[Incident]) {
        let by_name = called(incidents);
        if by_name.is_empty() {
            return;
        }
        for (at, commit) in self.index.in_order().filter(|(_, commit)| CLOSES.is_match(&commit.message)) {
            let subject = heading(&commit.subject, &commit.message);
            let tagged = words(subject).filter(|word| CLOSES.is_match(subject) && !word.starts_with('#'));
            let mut said: Vec<(String, String)> = tagged.map(|word| (word, subject.to_owned())).collect();
            for sentence in sentences(subject).into_iter().chain(sentences(body(&commit.subject, &commit.message))) {
                let named = closed(&sentence).filter(|word| by_name.contains_key(word));
                said.extend(named.map(|word| (word, sentence.clone())));
            }
            for (word, sentence) in &said {
                if let Some(incident) = by_name.get(word) {
                    self.add(LinkKind::ResolvedIncident, at, incident, "message", None, sentence);
                }
            }
        }
    }
}

/// Incidents under the names that a commit message may call them by.
fn called(incidents: &[Incident]) -> BTreeMap<String, &Incident> {
    let mut all = BTreeMap::new();
    for incident in incidents {
        let id = incident.incident_id.to_lowercase();
        let is_telling = id.contains(|c: char| c.is_ascii_digit()) && id.contains(|c: char| !c.is_ascii_digit());
        // An issue of this repository is also `#12`.
        let number = incident.issue().map(|issue| format!("#{issue}"));
        let url = incident.url.as_deref().map(|url| url.trim_end_matches('/').to_lowercase());
        for name in is_telling.then_some(id).into_iter().chain(number).chain(url).filter(|name| name.len() > 1) {
            all.insert(name, incident);
        }
    }
    all
}

static CLOSES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:hot-?fix(?:e[sd])?|fix(?:e[sd]|ing)?|clos(?:e[sd]?|ing)|resolv(?:e[sd]?|ing)|mitigat(?:e[sd]?|ing)|remediat(?:e[sd]?|ing))\b",
    )
});

/// The words among which a closing sentence may name an incident.
fn closed(sentence: &str) -> impl Iterator<Item = String> + '_ {
    CLOSES.find_iter(sentence).flat_map(|verb| words(&sentence[verb.end()..]).take(REACH))
}

/// Words in lower case, bare of punctuation.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let split = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    split.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#').to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Commit, GITHUB_ISSUES, History};
    use crate::outcomes::fixture::{line, shown};

    /// In the repository `o/r`.
    fn link_incidents(commits: &[Commit], incidents: &[Incident]) -> (Vec<Link>, Vec<Skipped>) {
        let history = History { commits: commits.to_vec(), ..History::default() };
        super::link_incidents(&CommitIndex::new(&history, &[], "o/r"), incidents)
    }

    fn incident(id: &str, caused_by: &[&str]) -> Incident {
        Incident {
            incident_id: id.into(),
            source: "csv".into(),
            title: id.into(),
            severity: None,
            service: None,
            environment: None,
            started_at: None,
            detected_at: None,
            acknowledged_at: None,
            mitigated_at: None,
            resolved_at: None,
            url: Some(format!("https://x.org/incidents/{id}/").into()),
            caused_by: caused_by.iter().map(|&said| said.into()).collect(),
            resolved_by: Vec::new(),
            mentions: Vec::new(),
        }
    }

    fn kinds(links: &[Link]) -> Vec<String> {
        shown(links).iter().map(|link| link.split(' ').take(3).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn causes_are_resolved_and_share_the_weight() {
        let commits = line(&["a", "b (#12)", "c"]);
        let (links, skipped) =
            link_incidents(&commits, &[incident("I-1", &["6330fff", "o/r#12", &commits[0].commit_id.to_string()])]);
        assert_eq!(kinds(&links), ["caused_incident explicit c0", "caused_incident pull c1"]);
        assert!(links.iter().all(|link| link.weight == Some(0.5) && &*link.to_id == "I-1"));
        assert!(skipped.is_empty());
    }

    #[test]
    fn what_leads_nowhere_is_told() {
        let (links, skipped) = link_incidents(&line(&["a"]), &[incident("I-1", &["#12", "0123abcdef", "a deploy"])]);
        assert!(links.is_empty());
        assert_eq!(skipped.len(), 3);
        assert!(skipped.iter().all(|row| *row.what == *UNRESOLVED && &*row.place == "I-1"));
    }

    #[test]
    fn a_role_beats_a_mention_and_a_lost_mention_is_not_told() {
        let mut named = incident("I-1", &["6330fff"]);
        named.mentions = vec!["6330fff".into(), "6331fff".into(), "#9".into()];
        let (links, skipped) = link_incidents(&line(&["a", "b"]), &[named]);
        assert_eq!(kinds(&links), ["caused_incident explicit c0", "named_by_incident explicit c1"]);
        assert!(skipped.is_empty());
    }

    #[test]
    fn a_message_that_closes_an_incident_resolves_it() {
        for message in [
            "fix the pool (INC-7)",
            "a\n\nFixes INC-7.",
            "a\n\nResolves: https://x.org/incidents/INC-7",
            "[inc-7] Mitigate the outage",
        ] {
            let (links, _) = link_incidents(&line(&[message]), &[incident("INC-7", &[])]);
            assert_eq!(kinds(&links), ["resolved_incident message c0"], "{message}");
        }
        for message in ["Add a page about INC-7", "a\n\nFixes INC-77", "a\n\nSee INC-7", "fix 7"] {
            assert!(
                link_incidents(&line(&[message]), &[incident("INC-7", &[]), incident("7", &[])]).0.is_empty(),
                "{message}"
            );
        }
    }

    #[test]
    fn an_issue_of_the_repository_is_closed_by_its_number() {
        let issue = Incident { source: GITHUB_ISSUES.into(), ..incident("o/r#12", &[]) };
        for message in ["a\n\nFixes #12", "a\n\ncloses: o/r#12."] {
            assert_eq!(link_incidents(&line(&[message]), std::slice::from_ref(&issue)).0.len(), 1, "{message}");
        }
        assert!(link_incidents(&line(&["fix a (#12)"]), &[Incident { source: "csv".into(), ..issue }]).0.is_empty());
    }
}
