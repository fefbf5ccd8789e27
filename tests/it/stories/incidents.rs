//! Incidents: brought in from files, linked by what they name.

use shipwake::facts::LinkKind;
use shipwake::sources::incidents::IncidentSource;

use crate::facts::Desk;
use crate::repo::Repo;

/// A repository with a culprit, a pull request, a remedy and a bystander.
struct Scene {
    repo: Repo,
    culprit: String,
    pull: String,
    remedy: String,
    bystander: String,
}

fn scene() -> Scene {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let culprit = repo.change("a.rs", "b\n", "Change a");
    let pull = repo.change("b.rs", "b\n", "Add b (#7)");
    let remedy = repo.days(3).change("a.rs", "c\n", "Mend a");
    let bystander = repo.change("c.rs", "c\n", "Add c");
    Scene { repo, culprit, pull, remedy, bystander }
}

/// (commit, incident) of every link of a kind.
fn linked(desk: &Desk, kind: LinkKind) -> Vec<(String, String)> {
    desk.facts().links(kind)
}

fn pair(commit: &str, incident: &str) -> (String, String) {
    (commit.to_owned(), incident.to_owned())
}

#[test]
fn a_table_links_causes_and_remedies_by_id_and_by_number() {
    let Scene { repo, culprit, pull, remedy, .. } = scene();
    let desk = Desk::new();
    desk.mine(&repo.path);
    let csv = format!(
        "id,title,severity,started_at,resolved_at,commit,pr,resolved_by\n\
         INC-1,Down,SEV1,2024-01-05T00:00:00Z,2024-01-06T00:00:00Z,{},,{}\n\
         INC-2,Slow,SEV3,2024-01-06T12:00:00Z,,,7,\n",
        &culprit[..10],
        remedy
    );
    desk.import(IncidentSource::Csv, &csv);
    let facts = desk.facts();

    assert_eq!(facts.links(LinkKind::CausedIncident).len(), 2);
    assert!(facts.links(LinkKind::CausedIncident).contains(&pair(&culprit, "INC-1")));
    assert!(facts.links(LinkKind::CausedIncident).contains(&pair(&pull, "INC-2")));
    assert_eq!(facts.links(LinkKind::ResolvedIncident), [pair(&remedy, "INC-1")]);
    // The culprit landed on day 2 at noon (2024-01-03), the incident began on 2024-01-05 at midnight.
    assert_eq!(facts.change(&culprit).incident_days, Some(1));
    assert_eq!(facts.change(&culprit).incident_at, facts.incidents[0].started_at);
    assert_eq!(facts.change(&remedy).incident_at, None, "a remedy is no cause");
    assert_eq!(facts.incidents[0].severity.as_deref(), Some("SEV1"));
}

#[test]
fn json_lines_say_the_same_as_a_table() {
    let Scene { repo, culprit, remedy, bystander, .. } = scene();
    let desk = Desk::new();
    desk.mine(&repo.path);
    let lines = format!(
        "{{\"id\":\"INC-1\",\"title\":\"Down\",\"started_at\":\"2024-01-05T00:00:00Z\",\"commits\":[\"{culprit}\"],\"fixed_by\":\"{remedy}\",\
         \"mentions\":\"{bystander}\"}}\n"
    );
    desk.import(IncidentSource::Jsonl, &lines);
    assert_eq!(linked(&desk, LinkKind::CausedIncident), [pair(&culprit, "INC-1")]);
    assert_eq!(linked(&desk, LinkKind::ResolvedIncident), [pair(&remedy, "INC-1")]);
    assert_eq!(linked(&desk, LinkKind::NamedByIncident), [pair(&bystander, "INC-1")]);
}

#[test]
fn issues_are_incidents_by_their_label_and_name_their_commits_by_role() {
    let Scene { repo, culprit, pull, remedy, bystander } = scene();
    let desk = Desk::new();
    desk.mine(&repo.path);
    let issue = |number: u32, label: &str, body: &str| {
        serde_json::json!({
            "number": number, "title": format!("Issue {number}"), "body": body, "labels": [{"name": label}],
            "html_url": format!("https://github.com/o/r/issues/{number}"),
            "created_at": "2024-01-05T00:00:00Z", "closed_at": "2024-01-07T00:00:00Z"
        })
    };
    let issues = serde_json::json!([
        issue(20, "incident", &format!("Caused by {culprit}. See {bystander}.\nFixed by {remedy}")),
        issue(21, "sev1", "Introduced in #7"),
        issue(22, "enhancement", &format!("Caused by {culprit}")),
    ]);
    desk.import(IncidentSource::GithubIssues, &issues.to_string());
    let facts = desk.facts();

    let ids: Vec<&str> = facts.incidents.iter().map(|incident| incident.incident_id.as_ref()).collect();
    assert_eq!(ids, ["o/r#20", "o/r#21"], "a wish is no incident");
    let mut causes = facts.links(LinkKind::CausedIncident);
    causes.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(causes, [pair(&culprit, "o/r#20"), pair(&pull, "o/r#21")]);
    assert_eq!(facts.links(LinkKind::ResolvedIncident), [pair(&remedy, "o/r#20")]);
    assert_eq!(facts.links(LinkKind::NamedByIncident), [pair(&bystander, "o/r#20")]);
    assert_eq!(facts.change(&bystander).incident_at, None, "being named is no blame");
}

#[test]
fn a_commit_may_say_which_incident_it_resolves() {
    let repo = Repo::new();
    repo.change("a.rs", "a\n", "Start");
    let remedy = repo.change("a.rs", "b\n", "Mend a\n\nFixes INC-204");
    let desk = Desk::new();
    desk.mine(&repo.path);
    desk.import(IncidentSource::Csv, "id,title\nINC-204,Down\n");
    assert_eq!(linked(&desk, LinkKind::ResolvedIncident), [pair(&remedy, "INC-204")]);
}

#[test]
fn importing_twice_changes_nothing() {
    let Scene { repo, culprit, .. } = scene();
    let desk = Desk::new();
    desk.mine(&repo.path);
    let csv = format!(
        "id,title,started_at,commit\nINC-1,Down,2024-01-05T00:00:00Z,{culprit}\nINC-2,Broken,not a time,{culprit}\n"
    );
    let links = desk.import(IncidentSource::Csv, &csv);
    let once = desk.facts();
    assert_eq!(desk.import(IncidentSource::Csv, &csv), links);
    assert_eq!(desk.facts(), once);
}

#[test]
fn a_later_record_of_the_same_incident_replaces_the_former() {
    let Scene { repo, culprit, remedy, .. } = scene();
    let desk = Desk::new();
    desk.mine(&repo.path);
    desk.import(IncidentSource::Csv, &format!("id,title,commit\nINC-1,Down,{culprit}\n"));
    desk.import(IncidentSource::Csv, &format!("id,title,commit\nINC-1,Really down,{remedy}\n"));
    let facts = desk.facts();
    assert_eq!(facts.incidents.iter().map(|i| i.title.to_string()).collect::<Vec<_>>(), ["Really down"]);
    assert_eq!(facts.links(LinkKind::CausedIncident), [pair(&remedy, "INC-1")]);
}

#[test]
fn incidents_wait_for_the_repository_they_name() {
    let Scene { repo, culprit, .. } = scene();
    let csv = format!("id,title,started_at,commit\nINC-1,Down,2024-01-05T00:00:00Z,{culprit}\n");
    let early = Desk::new();
    assert_eq!(early.import(IncidentSource::Csv, &csv), 0, "there is nothing to link to yet");
    early.mine(&repo.path);
    let late = Desk::new();
    late.mine(&repo.path);
    late.import(IncidentSource::Csv, &csv);

    assert_eq!(linked(&early, LinkKind::CausedIncident), [pair(&culprit, "INC-1")]);
    assert_eq!(early.facts().links, late.facts().links);
    assert_eq!(early.facts().change(&culprit).incident_at, late.facts().change(&culprit).incident_at);
}

#[test]
fn incidents_survive_mining_again() {
    let Scene { repo, culprit, .. } = scene();
    let desk = Desk::new();
    desk.mine(&repo.path);
    desk.import(IncidentSource::Csv, &format!("id,title,commit\nINC-1,Down,{culprit}\n"));
    repo.change("a.rs", "z\n", "Go on");
    assert!(desk.mine(&repo.path).wrote);
    assert_eq!(linked(&desk, LinkKind::CausedIncident), [pair(&culprit, "INC-1")]);
}

#[test]
fn what_is_wrong_in_a_file_costs_only_itself() {
    let Scene { repo, culprit, .. } = scene();
    let desk = Desk::new();
    desk.mine(&repo.path);
    let lines = format!(
        "{{\"id\":\"INC-1\",\"commit\":\"{culprit}\"}}\nnot json\n[]\n{{\"title\":\"no id\"}}\n{{\"id\":\"INC-2\",\"commit\":\"feedfacecafe\"}}\n"
    );
    desk.import(IncidentSource::Jsonl, &lines);
    let facts = desk.facts();
    assert_eq!(facts.links(LinkKind::CausedIncident), [pair(&culprit, "INC-1")]);
    let record = "incident record";
    assert_eq!(facts.skipped_kinds(), ["incident", record, record, record], "{:?}", facts.skipped);
    // Mining says nothing of the file, reading it again does.
    repo.change("other.rs", "x\n", "More");
    desk.mine(&repo.path);
    assert_eq!(desk.facts().skipped_kinds(), ["incident", record, record, record]);
    desk.import(IncidentSource::Jsonl, &format!("{{\"id\":\"INC-1\",\"commit\":\"{culprit}\"}}\n"));
    assert_eq!(desk.facts().skipped_kinds(), ["incident"], "what was imported stays, and names what nobody finds");
}

#[test]
fn an_incident_that_began_before_the_change_landed_is_no_outcome_of_it() {
    let Scene { repo, culprit, .. } = scene();
    let desk = Desk::new();
    desk.mine(&repo.path);
    desk.import(
        IncidentSource::Csv,
        &format!("id,title,started_at,commit\nINC-1,Down,2023-01-05T00:00:00Z,{culprit}\n"),
    );
    let facts = desk.facts();
    assert_eq!(facts.links(LinkKind::CausedIncident), [pair(&culprit, "INC-1")], "the incident says so");
    assert_eq!(facts.change(&culprit).incident_days, None);
}
