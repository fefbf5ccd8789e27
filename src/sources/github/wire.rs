//! GitHub's JSON, read leniently: what is not as expected is not there, and never a reason to lose the rest.

use chrono::{DateTime, Datelike as _, Utc};
use serde_json::Value;

use crate::facts::Text;
use crate::sources::times;

/// The elements of a list, or of the list under `name` in an object.
pub(super) fn items<'v>(page: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let list = if page.is_array() { page } else { &page[name] };
    list.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

/// GitHub's number of a thing.
pub(super) fn key(value: &Value) -> Option<i64> {
    value["id"].as_i64()
}

pub(super) fn is_open(value: &Value) -> bool {
    value["state"].as_str().is_some_and(|state| state.eq_ignore_ascii_case("open"))
}

/// A time; the zero of other clocks (year 1) is none.
pub(super) fn time(value: &Value) -> Option<DateTime<Utc>> {
    times::time(value.as_str()?).filter(|time| time.year() > 1)
}

pub(super) fn text(value: &Value) -> Text {
    value.as_str().unwrap_or_default().into()
}

/// Text that says something.
pub(super) fn some_text(value: &Value) -> Option<Text> {
    value.as_str().filter(|text| !text.is_empty()).map(Text::from)
}

/// Someone with an account, as every table tells it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Account {
    pub(super) login: Option<Text>,
    pub(super) id: Option<i64>,
    pub(super) kind: Option<Text>,
}

/// Accounts of apps that go by other names in other places, by number.
const ONE_NAME: [(i64, &str); 2] =
    [(198_982_749, "copilot-swe-agent[bot]"), (175_728_472, "copilot-pull-request-reviewer[bot]")];

/// An account, as the REST interface (`login`, `id`, `type`) or the GraphQL one (`login`, `databaseId`, `__typename`)
/// tells it. One that is gone is null, an empty object, or called `ghost`.
pub(super) fn account(value: &Value) -> Account {
    let Some(login) = some_text(&value["login"]).filter(|login| **login != *"ghost") else { return Account::default() };
    let id = value["id"].as_i64().or_else(|| value["databaseId"].as_i64());
    let kind = some_text(&value["type"]).or_else(|| some_text(&value["__typename"]));
    let is_bot = kind.as_deref() == Some("Bot");
    let one_name = ONE_NAME.iter().find(|(known, _)| Some(*known) == id && (is_bot || !login.ends_with(']')));
    let login = match one_name {
        Some((_, name)) => (*name).into(),
        None if is_bot && !login.ends_with("[bot]") => format!("{login}[bot]").into(),
        None => login,
    };
    Account { login: Some(login), id, kind }
}

/// The names in a list of labels, which may be bare words.
pub(super) fn labels(value: &Value) -> Vec<Text> {
    let labels = items(value, "nodes").filter_map(|label| label.as_str().or_else(|| label["name"].as_str()));
    labels.map(Text::from).collect()
}

/// The number at the end of an address: of the issue that a comment belongs to.
pub(super) fn last_number(value: &Value) -> Option<i64> {
    value.as_str()?.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_has_one_name_wherever_it_is_told() {
        let login = |value: Value| account(&value).login.map(|login| login.to_string());
        assert_eq!(login(json!({"login": "octocat", "id": 1, "type": "User"})), Some("octocat".to_owned()));
        assert_eq!(login(json!({"login": "renovate[bot]", "type": "Bot"})), Some("renovate[bot]".to_owned()));
        assert_eq!(login(json!({"login": "renovate", "__typename": "Bot"})), Some("renovate[bot]".to_owned()));
        let copilot = Some("copilot-swe-agent[bot]".to_owned());
        assert_eq!(login(json!({"login": "Copilot", "id": 198_982_749, "type": "Bot"})), copilot);
        assert_eq!(
            login(json!({"login": "copilot-swe-agent", "databaseId": 198_982_749, "__typename": "Bot"})),
            copilot
        );
    }

    #[test]
    fn nobody_is_nobody() {
        for value in [json!(null), json!({}), json!({"login": "ghost", "id": 10137}), json!("x"), json!({"login": 7})] {
            assert_eq!(account(&value), Account::default(), "{value}");
        }
    }

    #[test]
    fn the_zero_of_other_clocks_is_no_time() {
        assert_eq!(time(&json!("0001-01-01T00:00:00Z")), None);
        assert_eq!(time(&json!(null)), None);
        assert!(time(&json!("2021-02-18T14:59:13.000+08:00")).is_some());
    }
}
