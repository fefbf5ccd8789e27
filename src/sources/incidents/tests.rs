use super::*;

fn import(source: IncidentSource, bytes: &[u8], labels: &[&str]) -> ImportedIncidents {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    read(source, file.path(), &labels).unwrap()
}

fn reasons(imported: &ImportedIncidents) -> Vec<&str> {
    imported.skipped.iter().map(|row| &*row.reason).collect()
}

fn ids(imported: &ImportedIncidents) -> Vec<&str> {
    imported.incidents.iter().map(|(_, incident)| &*incident.incident_id).collect()
}

#[test]
fn a_source_is_known_by_its_name() {
    for &source in IncidentSource::ALL {
        assert_eq!(source.as_str().parse::<IncidentSource>().unwrap(), source);
    }
    assert!("pagerduty".parse::<IncidentSource>().unwrap_err().to_string().contains("github-issues"));
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let error = read(IncidentSource::Csv, Path::new("/no/such.csv"), &[]).unwrap_err();
    assert!(error.to_string().contains("/no/such.csv"));
}

#[test]
fn a_csv_record_becomes_an_incident() {
    let csv = "\u{feff}ID,Title,Started-At,resolved at,repo,commit,pr,cause,Team\nINC-1,Down,2024-01-02 03:04,1704164640000,o/r,0123abc;4567def,12,bad commit 89abcde,x\n";
    let imported = import(IncidentSource::Csv, csv.as_bytes(), &[]);
    let (repo, incident) = &imported.incidents[0];
    assert_eq!(repo.as_deref(), Some("o/r"));
    assert_eq!(&*incident.title, "Down");
    assert_eq!(incident.started_at, incident.resolved_at);
    assert_eq!(incident.caused_by, ["0123abc", "4567def", "#12", "89abcde"].map(Text::from));
    assert_eq!(reasons(&imported), ["1 columns are not known and were left out: Team"]);
}

#[test]
fn a_bad_time_is_null_and_told() {
    let imported = import(IncidentSource::Csv, b"id,started_at\nA,soon\n", &[]);
    assert_eq!(imported.incidents[0].1.started_at, None);
    assert_eq!(reasons(&imported), ["`soon` in `started_at` is not a time"]);
}

#[test]
fn semicolons_short_rows_and_bad_bytes_are_read() {
    let imported = import(IncidentSource::Csv, b"id;title;severity\nA;d\xffwn\n\nB;two;high;more\n;;low\n", &[]);
    assert_eq!(ids(&imported), ["A", "B"]);
    assert_eq!(&*imported.incidents[0].1.title, "d\u{fffd}wn");
    assert_eq!(reasons(&imported), ["the record has neither an id nor a url"]);
}

#[test]
fn the_last_of_a_repeated_id_wins() {
    let imported = import(IncidentSource::Jsonl, b"{\"id\":1,\"title\":\"a\"}\n{\"id\":\"1\",\"title\":\"b\"}\n", &[]);
    assert_eq!(&*imported.incidents[0].1.title, "b");
    assert_eq!(reasons(&imported), ["1 records repeat an id; the last one of each is kept"]);
}

#[test]
fn a_bad_json_line_costs_only_itself() {
    let deep = "[".repeat(100_000);
    let lines = format!(
        "{{\"id\":\"A\",\"commit\":[\"0123abc\",\"#2\"],\"env\":\"prod\"}}\n{deep}\nnull\n{{\"id\":\"B\",\"x\":1}}"
    );
    let imported = import(IncidentSource::Jsonl, lines.as_bytes(), &[]);
    assert_eq!(ids(&imported), ["A", "B"]);
    assert_eq!(imported.incidents[0].1.caused_by.len(), 2);
    assert_eq!(imported.incidents[0].1.environment.as_deref(), Some("prod"));
    assert_eq!(imported.skipped.len(), 3);
}

#[test]
fn problems_beyond_the_cap_are_counted() {
    let imported = import(IncidentSource::Jsonl, "x\n".repeat(MOST_SKIPPED + 5).as_bytes(), &[]);
    assert_eq!(imported.skipped.len(), MOST_SKIPPED + 1);
    assert_eq!(&*imported.skipped[MOST_SKIPPED].reason, "5 further problems are not listed");
}

const ISSUES: &str = r#"[
 {"number":1,"title":"API down","html_url":"https://github.com/o/r/issues/1","url":"https://api.github.com/repos/o/r/issues/1",
  "labels":[{"name":"SEV-1"}],"created_at":"2024-01-02T03:04:00Z","closed_at":"2024-01-02T05:04:00Z",
  "body":"Introduced in 0123abcdef.\nReverted in #3, see https://github.com/o/r/pull/4"},
 {"number":2,"title":"a wish","html_url":"https://github.com/o/r/issues/2","labels":[{"name":"wish"}]},
 {"number":3,"title":"a pull","pull_request":{},"labels":[{"name":"incident"}]}]"#;

#[test]
fn labelled_issues_are_incidents_and_pull_requests_are_not() {
    let imported = import(IncidentSource::GithubIssues, ISSUES.as_bytes(), &[]);
    assert_eq!(ids(&imported), ["o/r#1"]);
    let (repo, incident) = &imported.incidents[0];
    assert_eq!(repo.as_deref(), Some("o/r"));
    assert_eq!(incident.severity.as_deref(), Some("SEV-1"));
    assert_eq!(incident.caused_by, [Text::from("0123abcdef")]);
    assert_eq!(incident.resolved_by, [Text::from("#3")]);
    assert_eq!(incident.mentions, [Text::from("https://github.com/o/r/pull/4")]);
    assert!(incident.started_at < incident.resolved_at);
}

#[test]
fn every_shape_of_issue_file_is_read() {
    let gh = r#"{"number":7,"title":"t","labels":[{"name":"p0"}],"createdAt":"2024-01-02T03:04:00Z","closedAt":null,"url":"https://github.com/o/r/issues/7","state":"OPEN"}"#;
    let shapes = [
        format!("[{gh}]"),
        format!("[{gh}]\n[]"),
        format!("{{\"items\":[{gh}]}}"),
        format!("{gh}\n{gh}"),
        format!("[\n{gh}\n][\n]"),
    ];
    for shape in shapes {
        assert_eq!(ids(&import(IncidentSource::GithubIssues, shape.as_bytes(), &[])), ["o/r#7"], "{shape}");
    }
}

#[test]
fn labels_given_replace_the_usual_ones() {
    assert_eq!(ids(&import(IncidentSource::GithubIssues, ISSUES.as_bytes(), &["Wish"])), ["o/r#2"]);
}

#[test]
fn a_file_without_such_labels_gives_none_and_says_so() {
    let imported = import(IncidentSource::GithubIssues, ISSUES.as_bytes(), &["outage"]);
    assert!(imported.incidents.is_empty());
    assert_eq!(reasons(&imported), ["none of 2 issues has a label that makes it an incident"]);
}

#[test]
fn broken_issue_files_stop_nothing() {
    for bytes in
        [&b"[{\"number\":1,"[..], b"\xff\xfe", b"", b"[[[[", b"{\"items\":3}", b"null", b"[1,{\"number\":\"x\"}]"]
    {
        assert!(import(IncidentSource::GithubIssues, bytes, &[]).incidents.is_empty());
    }
}
