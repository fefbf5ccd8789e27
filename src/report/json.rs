//! `report.json`: the report as it is, for programs. `reports/report.schema.json` describes it.

use super::panel::Report;

pub(super) fn document(report: &Report) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{panel, render, sample};

    fn schema() -> Value {
        serde_json::from_str(include_str!("../../reports/report.schema.json")).unwrap()
    }

    /// The part of JSON Schema that ours uses; an unknown keyword is an error, so that none is
    /// silently ignored.
    fn check(root: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().unwrap() {
            let ok = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" | "format" => true,
                "$ref" => {
                    let target = root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap();
                    check(root, target, value, at, wrong);
                    true
                }
                "type" => match rule {
                    Value::Array(types) => types.iter().any(|name| is(name, value)),
                    name => is(name, value),
                },
                "const" => rule == value,
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
                "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
                "oneOf" => {
                    let fits = |one: &&Value| {
                        let mut wrong = vec![];
                        check(root, one, value, at, &mut wrong);
                        wrong.is_empty()
                    };
                    rule.as_array().unwrap().iter().filter(fits).count() == 1
                }
                "required" => rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
                "properties" => {
                    for (key, rule) in rule.as_object().unwrap() {
                        value.get(key).inspect(|value| check(root, rule, value, &format!("{at}/{key}"), wrong));
                    }
                    true
                }
                "additionalProperties" => {
                    let known = schema["properties"].as_object().unwrap();
                    value.as_object().is_none_or(|object| object.keys().all(|key| known.contains_key(key)))
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        check(root, rule, item, &format!("{at}/{index}"), wrong);
                    }
                    true
                }
                unknown => panic!("the test does not know {unknown}"),
            };
            if !ok {
                wrong.push(format!("{at}: {keyword} {rule}"));
            }
        }
    }

    fn is(name: &Value, value: &Value) -> bool {
        match name.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_u64() || value.is_i64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("the test does not know {other}"),
        }
    }

    fn faults(value: &Value) -> Vec<String> {
        let (schema, mut wrong) = (schema(), vec![]);
        check(&schema, &schema, value, "", &mut wrong);
        wrong
    }

    #[test]
    fn reports_are_as_the_schema_says() {
        for report in [sample::report(), sample::hostile(), sample::empty()] {
            let value = serde_json::from_str(&render(&report).unwrap().json).unwrap();
            assert_eq!(faults(&value), Vec::<String>::new());
        }
    }

    #[test]
    fn the_schema_notices_what_is_wrong() {
        let mut value = serde_json::to_value(sample::report()).unwrap();
        value["panels"][0]["tables"][0]["rows"][0]["cells"][0] = serde_json::json!({"type": "count", "value": "x"});
        value["extra"] = Value::Null;
        assert_eq!(faults(&value).len(), 2, "{:?}", faults(&value));
    }

    #[test]
    fn the_schema_names_the_same_version() {
        assert_eq!(schema()["properties"]["schema"]["const"], panel::SCHEMA);
    }
}
