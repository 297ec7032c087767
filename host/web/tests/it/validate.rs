//! Checks a JSON value against a schema of the description: as much of JSON Schema as the description uses.

use serde_json::{Map, Value};

/// What of `value` is not as `schema` says, each with its path.
pub(crate) fn differences(description: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(description, schema, value, "$", &mut found);
    found
}

fn check(description: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = description.pointer(reference.trim_start_matches('#'));
        let target = target.unwrap_or_else(|| panic!("{reference} is not described"));
        return check(description, target, value, path, found);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        if !choices.iter().any(|choice| differences(description, choice, value).is_empty()) {
            found.push(format!("{path}: {value} is none of {}", schema["oneOf"]));
        }
        return;
    }
    if !has_type(&schema["type"], value) {
        found.push(format!("{path}: {value} is not of type {}", schema["type"]));
        return;
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{path}: {value} is not among {}", schema["enum"]));
    }
    match value {
        Value::Object(object) => check_object(description, schema, object, path, found),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                check(description, &schema["items"], item, &format!("{path}[{place}]"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn check_object(description: &Value, schema: &Value, object: &Map<String, Value>, path: &str, found: &mut Vec<String>) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            found.push(format!("{path}.{name} is missing"));
        }
    }
    for (name, value) in object {
        let path = format!("{path}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(property), _) => check(description, property, value, &path, found),
            (None, others @ Value::Object(_)) => check(description, others, value, &path, found),
            (None, _) => found.push(format!("{path} is not described")),
        }
    }
}

fn has_type(types: &Value, value: &Value) -> bool {
    let is = |name: &Value| match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => name == "number" || (name == "integer" && !number.is_f64()),
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    };
    match types {
        Value::Array(types) => types.iter().any(is),
        Value::String(_) => is(types),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}
