//! Worked cases, read as tables: what a visit is, what it must come to, and on what ground.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vienphi_service::Pricer;

use crate::checkout;

/// A worked case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What is true.
    pub name: String,
    /// The reading it shows.
    pub reading: u8,
    /// The choice it shows.
    #[serde(default)]
    pub choice: Option<String>,
    /// Does the rule apply, or is this the near miss?
    pub fires: bool,
    /// Law and reading.
    pub ground: String,
    #[serde(default = "today")]
    today: String,
    facility: String,
    visit: toml::Table,
    #[serde(default)]
    patient: Option<toml::Table>,
    #[serde(default)]
    coverages: Option<Vec<toml::Table>>,
    lines: String,
    #[serde(default)]
    prices: Vec<String>,
    #[serde(default)]
    expect: Option<String>,
    #[serde(default)]
    totals: BTreeMap<String, String>,
    #[serde(default)]
    findings: Vec<String>,
    #[serde(default)]
    no_findings: Vec<String>,
    #[serde(default)]
    rules: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    provisional: Option<Vec<String>>,
    #[serde(default)]
    problem: Option<Refused>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    path: String,
    says: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

fn today() -> String {
    "2026-03-10".into()
}

/// Every case of the tree with the file it stands in.
pub fn all() -> Vec<(PathBuf, Case)> {
    let mut files = Vec::new();
    collect(&checkout::root().join("tests/fixtures/cases"), &mut files);
    for package in std::fs::read_dir(checkout::root().join("plugins")).expect("there are plugins").flatten() {
        collect(&package.path().join("cases"), &mut files);
    }
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a case file");
        let read: Cases = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        cases.extend(read.case.into_iter().map(|case| (file.clone(), case)));
    }
    cases
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "toml") {
            files.push(entry.path());
        }
    }
}

/// Prices a case and says where it does not come out.
pub fn check(file: &Path, case: &Case, standard: &Pricer) -> Vec<String> {
    let own;
    let pricer = if case.prices.is_empty() {
        standard
    } else {
        let beside = file.parent().expect("a folder");
        own = checkout::pricer(&case.prices.iter().map(|name| beside.join(name)).collect::<Vec<_>>());
        &own
    };
    let document = case.encounter().to_string();
    let priced = pricer.price_json(document.as_bytes(), checkout::day(&case.today));
    match (&case.problem, priced) {
        (Some(refused), Err(problem)) => {
            let named =
                problem.errors.iter().any(|error| error.path == refused.path && error.message.contains(&refused.says));
            if named { Vec::new() } else { vec![format!("refused otherwise: {:?}", problem.errors)] }
        }
        (Some(_), Ok(_)) => vec!["priced, but should be refused".into()],
        (None, Err(problem)) => vec![format!("refused: {:?} {:?}", problem.detail, problem.errors)],
        (None, Ok(priced)) => {
            let statement = serde_json::from_slice(&priced.json).expect("a statement is JSON");
            case.differences(&statement)
        }
    }
}

impl Case {
    /// The encounter as JSON.
    pub fn encounter(&self) -> Value {
        let default_card = json!([{
            "card": "DN4920000000001", "valid_from": "2026-01-01", "valid_to": "2026-12-31",
            "registered_facility": "92114",
        }]);
        let from_toml = |table: &toml::Table| serde_json::to_value(table).expect("TOML becomes JSON");
        json!({
            "id": "CASE",
            "facility": self.facility,
            "patient": self.patient.as_ref().map_or(json!({"birth_date": "1970-05-05", "sex": "female"}), from_toml),
            "visit": from_toml(&self.visit),
            "coverages": self.coverages.as_ref().map_or(default_card, |cards| cards.iter().map(from_toml).collect()),
            "lines": rows(&self.lines).iter().map(line).collect::<Vec<_>>(),
        })
    }

    fn differences(&self, statement: &Value) -> Vec<String> {
        let mut found = Vec::new();
        for (field, expected) in &self.totals {
            let actual = statement["totals"][field].as_str().unwrap_or_default();
            if actual != expected {
                found.push(format!("totals.{field}: expected {expected}, got {actual}"));
            }
        }
        let codes: Vec<&str> = strings(&statement["findings"], "code");
        for code in self.findings.iter().filter(|code| !codes.contains(&code.as_str())) {
            found.push(format!("finding {code} is missing; there are {codes:?}"));
        }
        for code in self.no_findings.iter().filter(|code| codes.contains(&code.as_str())) {
            found.push(format!("finding {code} should not be there"));
        }
        for (id, rules) in &self.rules {
            let line = find_line(statement, id);
            let named: Vec<&str> = line["rules"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for rule in rules.iter().filter(|rule| !named.contains(&rule.as_str())) {
                found.push(format!("line {id} does not name rule {rule}; it names {named:?}"));
            }
        }
        if let Some(provisional) = &self.provisional
            && statement["provisional"] != json!(provisional)
        {
            found.push(format!("provisional: expected {provisional:?}, got {}", statement["provisional"]));
        }
        if let Some(expect) = &self.expect {
            self.compare_parts(expect, statement, &mut found);
        }
        found
    }

    fn compare_parts(&self, expect: &str, statement: &Value, found: &mut Vec<String>) {
        let expected = rows(expect);
        let mut next: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &expected {
            let id = row["id"].as_str();
            let place = next.entry(id).or_default();
            let part = &find_line(statement, id)["parts"][*place];
            *place += 1;
            for (column, expected) in row.iter().filter(|(column, value)| *column != "id" && !value.is_empty()) {
                let field = match column.as_str() {
                    "rate" => "benefit_rate",
                    "hospital" => "amount_hospital",
                    "insured" => "amount_insured",
                    "other" => "other_sources",
                    "own" => "patient_own",
                    "unit" => "unit_price",
                    other => other,
                };
                let actual = part[field].as_str().unwrap_or("-");
                if actual != expected {
                    found.push(format!("line {id} part {place} {column}: expected {expected}, got {actual}"));
                }
            }
        }
        for (id, count) in next {
            let parts = find_line(statement, id)["parts"].as_array().map_or(0, Vec::len);
            if parts != count {
                found.push(format!("line {id}: expected {count} parts, got {parts}"));
            }
        }
    }
}

fn find_line<'s>(statement: &'s Value, id: &str) -> &'s Value {
    let lines = statement["lines"].as_array().into_iter().flatten();
    lines.into_iter().find(|line| line["id"] == *id).unwrap_or(&Value::Null)
}

fn strings<'s>(list: &'s Value, field: &str) -> Vec<&'s str> {
    list.as_array().into_iter().flatten().filter_map(|item| item[field].as_str()).collect()
}

/// The rows of a table, each cell by its column. Only the last column may hold `|`.
fn rows(table: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    let header: Vec<String> = lines.next().unwrap_or_default().split('|').map(|cell| cell.trim().to_owned()).collect();
    lines
        .map(|line| {
            let cells = line.splitn(header.len(), '|').map(|cell| cell.trim().to_owned());
            let mut row: BTreeMap<String, String> = header.iter().cloned().map(|name| (name, String::new())).collect();
            row.extend(header.iter().cloned().zip(cells));
            row
        })
        .collect()
}

fn line(row: &BTreeMap<String, String>) -> Value {
    let mut line = Map::new();
    for (column, cell) in row.iter().filter(|(column, cell)| *column != "more" && !cell.is_empty()) {
        line.insert(column.clone(), Value::String(cell.clone()));
    }
    if let Some(more) = row.get("more").filter(|more| !more.is_empty()) {
        let more: Map<String, Value> =
            serde_json::from_str(more).unwrap_or_else(|error| panic!("the cell {more:?} is not JSON: {error}"));
        line.extend(more);
    }
    Value::Object(line)
}
