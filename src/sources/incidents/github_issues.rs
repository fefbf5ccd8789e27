//! Issues of GitHub as `gh api repos/OWNER/NAME/issues` and `gh issue list --json …` write them.
//!
//! An issue is an incident if its label says so. It starts, and is detected, when it is opened, and counts
//! as resolved when it is closed, though closing is not restoring. Of the body only the references stay.

use std::io;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::Import;
use super::refs::{pattern, scan};
use crate::facts::{GITHUB_ISSUES, Incident, Text};
use crate::sources::times::time;

/// Reads a JSON array of issues, several one after the other (`--paginate`), an object with `items`, or
/// one issue a line.
pub(super) fn read(path: &Path, labels: &[String], import: &mut Import) -> io::Result<()> {
    let bytes = std::fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut count = Count::default();
    for (place, value) in values(text, import) {
        read_value(&place, value, labels, &mut count, import);
    }
    if count.issues > 0 && count.taken == 0 {
        import.note(format!("none of {} issues has a label that makes it an incident", count.issues));
    }
    Ok(())
}

#[derive(Default)]
struct Count {
    issues: usize,
    taken: usize,
}

/// The JSON values of the text: by lines if each line is one, so that a bad one costs only itself.
fn values(text: &str, import: &mut Import) -> Vec<(String, Value)> {
    let is_lines = text.lines().next().is_some_and(|first| serde_json::from_str::<Value>(first).is_ok());
    let mut all = Vec::new();
    let mut keep = |place: String, value: serde_json::Result<Value>| match value {
        Ok(value) => all.push((place, value)),
        Err(error) => import.skip(place, format!("not JSON: {error}")),
    };
    if is_lines {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        lines.for_each(|(number, line)| keep(format!("line {number}"), serde_json::from_str(line)));
    } else {
        let pages = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        (1..).zip(pages).for_each(|(number, page)| keep(format!("value {number}"), page));
    }
    all
}

fn read_value(place: &str, value: Value, labels: &[String], count: &mut Count, import: &mut Import) {
    let issues = match value {
        Value::Array(issues) => issues,
        Value::Object(mut fields) => match fields.remove("items") {
            Some(Value::Array(issues)) => issues,
            _ => vec![Value::Object(fields)],
        },
        _ => return import.skip(place, "not an issue"),
    };
    for issue in issues.iter().filter(|issue| !is_pull(issue)) {
        let Some(number) = issue["number"].as_u64() else {
            import.skip(place, "an issue has no number");
            continue;
        };
        count.issues += 1;
        if is_incident(&label_names(issue), labels) {
            count.taken += 1;
            keep(issue, number, import);
        }
    }
}

/// Whether a label makes an issue, as GitHub's interface tells it, an incident.
pub(super) fn is_one(issue: &Value, labels: &[String]) -> bool {
    is_incident(&label_names(issue), labels)
}

/// Issues as GitHub's interface tells them.
pub(super) fn take(place: &str, issues: Vec<Value>, labels: &[String], import: &mut Import) {
    read_value(place, Value::Array(issues), labels, &mut Count::default(), import);
}

fn is_pull(issue: &Value) -> bool {
    issue["pull_request"].is_object()
        || issue["isPullRequest"] == true
        || address(issue).is_some_and(|url| url.contains("/pull/"))
}

fn keep(issue: &Value, number: u64, import: &mut Import) {
    let repo = address(issue).and_then(repository);
    let incident_id: Text = format!("{}#{number}", repo.as_deref().unwrap_or_default()).into();
    let refs = scan(issue["body"].as_str().unwrap_or_default());
    let opened = at(issue, ["created_at", "createdAt"], &incident_id, import);
    let texts = |refs: Vec<String>| refs.into_iter().map(Text::from).collect();
    let incident = Incident {
        source: GITHUB_ISSUES.into(),
        title: issue["title"].as_str().unwrap_or_default().into(),
        severity: label_names(issue).iter().find_map(|label| SEVERITY.find(label)).map(|m| m.as_str().into()),
        service: None,
        environment: None,
        started_at: opened,
        detected_at: opened,
        acknowledged_at: None,
        mitigated_at: None,
        resolved_at: at(issue, ["closed_at", "closedAt"], &incident_id, import),
        url: address(issue).map(Text::from),
        caused_by: texts(refs.caused_by),
        resolved_by: texts(refs.resolved_by),
        mentions: texts(refs.mentions),
        incident_id,
    };
    import.keep(repo, incident);
}

fn at(issue: &Value, fields: [&str; 2], id: &str, import: &mut Import) -> Option<chrono::DateTime<chrono::Utc>> {
    let said = fields.iter().find_map(|field| issue[*field].as_str()).filter(|said| !said.is_empty())?;
    let read = time(said);
    if read.is_none() {
        import.skip(id, format!("`{}` in `{}` is not a time", said.chars().take(40).collect::<String>(), fields[0]));
    }
    read
}

/// The page of the issue; `url` is that only where `gh` wrote it.
fn address(issue: &Value) -> Option<&str> {
    issue["html_url"].as_str().or_else(|| issue["url"].as_str())
}

fn repository(url: &str) -> Option<String> {
    static REPOSITORY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^https?://(?u:[^/])+/(?:api/v3/)?(?:repos/)?(?<repo>(?u:[^/])+/(?u:[^/])+)/issues/[0-9]+")
    });
    Some(REPOSITORY.captures(url)?["repo"].to_owned())
}

fn label_names(issue: &Value) -> Vec<String> {
    let labels = issue["labels"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = labels.iter().filter_map(|label| label.as_str().or_else(|| label["name"].as_str()));
    names.map(str::to_owned).collect()
}

fn is_incident(names: &[String], labels: &[String]) -> bool {
    let wanted = |name: &String| labels.iter().any(|label| label.to_lowercase() == name.to_lowercase());
    names.iter().any(|name| if labels.is_empty() { INCIDENT.is_match(name) } else { wanted(name) })
}

static INCIDENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bincident|\boutage|\bpost[ -]?mortem|\bsev(?:erity)?[ :-]{0,2}[0-5]\b|\bp[01]\b"));

static SEVERITY: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bsev(?:erity)?[ :-]{0,2}[0-5]\b|\bp[0-4]\b"));
