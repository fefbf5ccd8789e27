//! What a specification says, and what is meant where it says nothing.

use serde_json::Value;

use super::super::refusal::Refusal;
use super::super::table::Table;
use super::super::two_by_two::TwoByTwo;

/// A specification beside its table.
pub(super) struct Spec<'a> {
    said: &'a Value,
    table: Option<&'a Table>,
}

/// A number, or true and false as 1 and 0.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_bool().map(|is_so| f64::from(u8::from(is_so))))
}

/// A number as R prints a time: seven digits, no exponent.
pub(super) fn printed(value: f64) -> String {
    let digits = 6 - value.abs().max(1e-300).log10().floor() as i32;
    if (0..=300).contains(&digits) {
        let scale = 10.0_f64.powi(digits);
        return ((value * scale).round() / scale).to_string();
    }
    value.to_string()
}

impl<'a> Spec<'a> {
    pub(super) fn new(said: &'a Value, table: Option<&'a Table>) -> Self {
        Self { said, table }
    }

    pub(super) fn table(&self) -> Result<&'a Table, Refusal> {
        self.table.ok_or(Refusal::Unknown { what: "table: the specification has no `input`".to_owned() })
    }

    pub(super) fn has_table(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn word(&self, key: &str) -> Option<&'a str> {
        self.said[key].as_str()
    }

    /// One name or several.
    pub(super) fn words(&self, key: &str) -> Vec<&'a str> {
        match &self.said[key] {
            Value::String(word) => vec![word],
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<f64> {
        number(&self.said[key])
    }

    pub(super) fn needed(&self, key: &str) -> Result<f64, Refusal> {
        self.number(key).ok_or_else(|| Refusal::Unknown { what: format!("`{key}`, which the specification must say") })
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self, key: &str) -> Result<u64, Refusal> {
        let count = self.needed(key)?;
        if count >= 0.0 && count.fract() == 0.0 && count < 9e15 {
            Ok(count as u64)
        } else {
            super::super::refusal::impossible(format!("`{key}` is no count"))
        }
    }

    /// One number or several.
    pub(super) fn numbers(&self, key: &str) -> Vec<f64> {
        match &self.said[key] {
            Value::Array(values) => values.iter().filter_map(number).collect(),
            value => number(value).into_iter().collect(),
        }
    }

    pub(super) fn is_on(&self, key: &str) -> bool {
        self.said[key].as_bool().unwrap_or_default()
    }

    pub(super) fn says(&self, key: &str) -> bool {
        !self.said[key].is_null()
    }

    /// A column that the specification names under one of these keys, else the first of these names that the table has.
    pub(super) fn column(&self, keys: &[&str], usual: &[&'static str]) -> Result<&'a str, Refusal> {
        if let Some(said) = keys.iter().find_map(|key| self.word(key)) {
            return Ok(said);
        }
        let table = self.table()?;
        let found = usual.iter().find(|name| table.has(name));
        found.copied().ok_or_else(|| Refusal::Unknown { what: format!("column for `{}`", keys.join("` or `")) })
    }

    pub(super) fn time(&self) -> Result<&'a str, Refusal> {
        self.column(&["time"], &["time_days", "time", "stop", "days"])
    }

    pub(super) fn event(&self) -> Result<&'a str, Refusal> {
        self.column(&["event", "y"], &["event", "status"])
    }

    pub(super) fn treatment(&self) -> Result<&'a str, Refusal> {
        let usual = ["ai", "ai_label", "treated", "treatment", "high_ai"];
        self.column(&["treatment", "group", "ai"], &usual)
    }

    /// The outcome: what the specification names, else `event`, else the last column of only 0 and 1 that is neither the
    /// treatment nor an audit of it.
    pub(super) fn outcome(&self) -> Result<&'a str, Refusal> {
        if let Ok(named) = self.column(&["y", "event", "outcome"], &["event"]) {
            return Ok(named);
        }
        let (table, treatment) = (self.table()?, self.treatment()?);
        let is_flag = |name: &&String| {
            let numbers = table.numbers(name).unwrap_or_default();
            *name != treatment
                && !name.contains("audit")
                && numbers.iter().all(|y| *y == 0.0 || *y == 1.0)
                && !numbers.is_empty()
        };
        let found = table.names().iter().rev().find(is_flag);
        found.map(String::as_str).ok_or(Refusal::Unknown { what: "column for the outcome".to_owned() })
    }

    /// Covariates; the AI label where none is named.
    pub(super) fn covariates(&self) -> Result<Vec<&'a str>, Refusal> {
        let named = self.words("covariates");
        if named.is_empty() { Ok(vec![self.treatment()?]) } else { Ok(named) }
    }

    /// The fourfold table that the specification says or that the table's rows add up to. An event is anything above 0.
    pub(super) fn two_by_two(&self) -> Result<TwoByTwo, Refusal> {
        if self.says("ai_n") || !self.has_table() {
            let count = |key: &str| self.count(key);
            return TwoByTwo::new(count("ai_event")?, count("ai_n")?, count("human_event")?, count("human_n")?);
        }
        let (treatment, outcome) = (self.treatment()?, self.outcome()?);
        let table = self.table()?.complete(&[treatment, outcome]);
        let (ai, events) = (table.flags(treatment)?, table.flags(outcome)?);
        let count = |is_ai: bool, only_events: bool| {
            ai.iter().zip(&events).filter(|(ai, event)| **ai == is_ai && (**event || !only_events)).count() as u64
        };
        TwoByTwo::new(count(true, true), count(true, false), count(false, true), count(false, false))
    }
}
