//! Checks answers against `/openapi.json`: the part of JSON Schema that the document uses, and which answers were seen.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex},
};

use serde_json::Value;

use super::http::Answer;

/// The document as it is served.
pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../src/openapi.json")).unwrap());

/// (method, path template, status) of every documented answer that came in this process.
pub(crate) static SEEN: Mutex<BTreeSet<(String, String, String)>> = Mutex::new(BTreeSet::new());

/// Answers that any route may give; the document's description names them.
const ANYWHERE: [u16; 5] = [404, 405, 408, 500, 503];

/// What the server takes must have the shape that the document asks for.
pub(crate) fn check_request(method: &str, path: &str, body: &[u8]) {
    if let Some((_, operation)) = operation(method, path)
        && let Some(content) = operation["requestBody"]["content"].get("application/json")
    {
        valid(&content["schema"], &serde_json::from_slice(body).unwrap(), path);
    }
}

/// The template of a path, and what the document says of this method there.
fn operation(method: &str, path: &str) -> Option<(&'static String, &'static Value)> {
    let path = path.split('?').next().unwrap();
    let (template, operations) =
        DOCUMENT["paths"].as_object().unwrap().iter().find(|(template, _)| matches(template, path))?;
    Some((template, operations.get(method.to_ascii_lowercase())?))
}

/// The answer must be one that the document lists for this request, in the shape that it says.
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let Some((template, operation)) = operation(method, path) else {
        if answer.status >= 400 {
            assert!(ANYWHERE.contains(&answer.status), "{method} {path}: {answer:?}");
            valid(&DOCUMENT["components"]["schemas"]["Error"], &answer.value(), "error");
        }
        return;
    };
    let response = &operation["responses"][answer.status.to_string()];
    assert!(
        response.is_object(),
        "{method} {path} answered {}, which is not documented: {answer:?}",
        answer.status
    );
    let seen = (method.to_ascii_lowercase(), template.clone(), answer.status.to_string());
    SEEN.lock().unwrap().insert(seen);
    let Some(content) = response["content"].as_object() else {
        assert!(answer.body.is_empty(), "{method} {path} {}: a body that is not documented", answer.status);
        return;
    };
    let (media_type, content) = content.iter().next().unwrap();
    let found = answer.header("content-type").unwrap_or("");
    assert!(
        media_type == "*/*" || found.starts_with(media_type.as_str()),
        "{path}: {found} is not {media_type}"
    );
    match media_type.as_str() {
        "application/json" => valid(&content["schema"], &answer.value(), path),
        "application/x-ndjson" => {
            for line in answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                valid(&content["schema"], &serde_json::from_slice(line).unwrap(), path);
            }
        }
        _ => {}
    }
}

/// An event's data must have the shape of its kind.
pub(crate) fn check_event(name: &str, data: &Value) {
    match name {
        "status" => valid(&DOCUMENT["components"]["schemas"]["Status"], data, "status"),
        "model" => valid(&DOCUMENT["components"]["schemas"]["ModelView"], data, "model"),
        "board" => assert!(data["votes"].is_u64() && data.as_object().unwrap().len() == 1, "{data}"),
        _ => panic!("an event that is not documented: {name}"),
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(part, found)| part.starts_with('{') || part == found)
}

/// Panics where the value is not what the schema says.
pub(crate) fn valid(schema: &Value, value: &Value, place: &str) {
    if let Err(reason) = validate(schema, value) {
        panic!("{place}: {reason}");
    }
}

fn validate(schema: &Value, value: &Value) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().expect("a schema") {
        let holds = match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                validate(DOCUMENT.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}")), value)?;
                true
            }
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "number" => value.is_number(),
                "integer" => value.is_u64() || value.is_i64(),
                "boolean" => value.is_boolean(),
                "null" => value.is_null(),
                other => panic!("the type {other}"),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "required" => {
                rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        validate(schema, value).map_err(|reason| format!("{name}: {reason}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(rule, &Value::Bool(false));
                value
                    .as_object()
                    .is_none_or(|fields| fields.keys().all(|name| schema["properties"].get(name).is_some()))
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    validate(rule, value).map_err(|reason| format!("{index}: {reason}"))?;
                }
                true
            }
            "oneOf" => {
                rule.as_array().unwrap().iter().filter(|one| validate(one, value).is_ok()).count() == 1
            }
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap()),
            "maxLength" => value.as_str().is_none_or(|text| text.len() as u64 <= rule.as_u64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| matches_pattern(rule.as_str().unwrap(), text)),
            "description" | "format" | "default" => true,
            other => panic!("the schema's keyword {other} is not checked here"),
        };
        if !holds {
            return Err(format!("{keyword} {rule} does not hold for {value}"));
        }
    }
    Ok(())
}

/// The document's patterns, one by one: a regular expression engine for five of them would be too much.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let hex = |digits: usize, lowercase: bool| {
        text.strip_prefix("0x").is_some_and(|rest| {
            rest.len() == digits
                && rest.bytes().all(|b| b.is_ascii_hexdigit() && !(lowercase && b.is_ascii_uppercase()))
        })
    };
    match pattern {
        "^0x[0-9a-f]{64}$" => hex(64, true),
        "^0x[0-9a-fA-F]{40}$" => hex(40, false),
        "^0x([0-9a-f]{2}){1,8192}$" => {
            let digits = text.len().saturating_sub(2);
            digits.is_multiple_of(2) && (2..=16_384).contains(&digits) && hex(digits, true)
        }
        "^(0|[1-9][0-9]{0,19})$" => text.parse::<u64>().is_ok_and(|number| number.to_string() == text),
        "^(\\*|0x[0-9a-f]{64})$" => text == "*" || hex(64, true),
        "^[A-Za-z]+Error::[A-Za-z0-9]+$" => text.split_once("Error::").is_some_and(|(name, variant)| {
            !name.is_empty() && !variant.is_empty() && variant.bytes().all(|b| b.is_ascii_alphanumeric())
        }),
        _ => panic!("the pattern {pattern} is not checked here"),
    }
}
