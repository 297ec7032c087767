//! Worked cases, read as tables: what a visit is, what it must come to, and on what ground.
//!
//! A package brings its own (`cases/*.toml`); they are priced when it is tested, when it is admitted and in every test
//! run of this tree.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vienphi_domain::{Day, Problem};
use vienphi_runtime::Told;

use crate::pricer::{Priced, Pricer};
use crate::setup::{Files, Overlay, SetupError};

/// Facilities that a package's cases name, laid over the registry.
const FACILITIES: &str = "cases/facilities.csv";

/// A worked case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What is true.
    pub name: String,
    /// The reading it shows; none of a rule that is the province's own.
    #[serde(default)]
    pub reading: Option<u8>,
    /// The choice it shows.
    #[serde(default)]
    pub choice: Option<String>,
    /// Does the rule apply, or is this the near miss?
    pub fires: bool,
    /// Law and reading.
    pub ground: String,
    #[serde(default = "today", deserialize_with = "day")]
    today: Day,
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

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    path: String,
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    #[serde(default)]
    case: Vec<Case>,
}

/// Something that does not come out as the case says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of which amount, finding or rule.
    pub what: String,
    /// What the case says.
    pub expected: String,
    /// What came out.
    pub actual: String,
}

/// What became of a case.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// None when it came out.
    pub differences: Vec<Difference>,
    /// The rules that its parts and findings name.
    pub rules: Vec<String>,
    /// Fuel that the plugin used; none when it was refused.
    pub fuel: Option<u64>,
    /// What the plugin was told; none when the encounter never got so far.
    pub told: Option<Told>,
}

/// Why cases cannot be read or priced.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The file cannot be read.
    #[error("{file}: {error}")]
    Unreadable {
        /// Which.
        file: String,
        /// Line, column and what is wrong.
        error: String,
    },
    /// A catalogue that a case names is not there.
    #[error("{file}: case {case:?} lays {prices} over the tariff, which is not in the folder of cases")]
    NoCatalogue {
        /// Of which file.
        file: String,
        /// Which case.
        case: String,
        /// The name.
        prices: String,
    },
    /// The catalogue or the facilities cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// The cases of a package: every `cases/*.toml` among its files, with the file each stands in.
pub fn of_package(files: &Files) -> Result<Vec<(String, Case)>, CaseError> {
    let named = files.iter().filter(|(path, _)| path.starts_with("cases/") && path.ends_with(".toml"));
    let mut cases = Vec::new();
    for (path, bytes) in named {
        cases.extend(read(path, bytes)?.into_iter().map(|case| (path.clone(), case)));
    }
    Ok(cases)
}

/// The cases of one file.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Case>, CaseError> {
    let unreadable = |error: String| CaseError::Unreadable { file: file.to_owned(), error };
    let text = std::str::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
    let file: CaseFile = toml::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    Ok(file.case)
}

/// A pricer that knows the facilities which a package's cases name.
pub fn pricer_for(files: &Files, pricer: &Pricer) -> Result<Option<Pricer>, CaseError> {
    match files.get(FACILITIES) {
        Some(bytes) => Ok(Some(pricer.with_facilities(FACILITIES, bytes)?)),
        None => Ok(None),
    }
}

fn today() -> Day {
    Day::of(2026, 3, 10).unwrap_or(Day::END_OF_TIME)
}

fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    Day::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("must be a day such as 2026-03-10, not {text:?}")))
}

impl Case {
    /// The day taken as today.
    pub fn today(&self) -> Day {
        self.today
    }

    /// Prices the case; the catalogues it lays over the tariff are files beside it.
    pub fn check(&self, file: &str, files: &Files, pricer: &Pricer) -> Result<Outcome, CaseError> {
        if self.prices.is_empty() {
            return Ok(self.price(pricer));
        }
        let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let overlay = |name: &String| {
            let bytes = files.get(&format!("{folder}{name}")).ok_or_else(|| CaseError::NoCatalogue {
                file: file.to_owned(),
                case: self.name.clone(),
                prices: name.clone(),
            })?;
            Ok(Overlay { name: name.clone(), bytes: bytes.clone() })
        };
        let overlays = self.prices.iter().map(overlay).collect::<Result<Vec<_>, CaseError>>()?;
        Ok(self.price(&pricer.overlaid(&overlays)?.0))
    }

    fn price(&self, pricer: &Pricer) -> Outcome {
        let encounter = match self.encounter() {
            Ok(encounter) => encounter,
            Err(wrong) => {
                let differences = vec![Difference { what: "lines".into(), expected: "a table".into(), actual: wrong }];
                return Outcome { differences, ..Outcome::default() };
            }
        };
        let document = encounter.to_string();
        let read = pricer.read(document.as_bytes(), self.today).ok();
        let told = read.and_then(|read| pricer.question(&read, self.today).ok().map(|question| question.told));
        let outcome = self.outcome(pricer.price_json(document.as_bytes(), self.today));
        Outcome { told, ..outcome }
    }

    fn outcome(&self, priced: Result<Priced, Problem>) -> Outcome {
        let difference =
            |what: &str, expected: String, actual: String| Difference { what: what.into(), expected, actual };
        match (&self.problem, priced) {
            (Some(refused), Err(problem)) => {
                let is_named = problem
                    .errors
                    .iter()
                    .any(|error| error.path == refused.path && error.message.contains(&refused.says));
                let expected = format!("{} {}", refused.path, refused.says);
                let differences = match is_named {
                    true => Vec::new(),
                    false => vec![difference("problem", expected, words(&problem.errors, &problem.detail))],
                };
                Outcome { differences, ..Outcome::default() }
            }
            (Some(refused), Ok(_)) => {
                let expected = format!("{} {}", refused.path, refused.says);
                Outcome {
                    differences: vec![difference("problem", expected, "a statement".into())],
                    ..Outcome::default()
                }
            }
            (None, Err(problem)) => {
                let actual = words(&problem.errors, &problem.detail);
                Outcome {
                    differences: vec![difference("statement", "a statement".into(), actual)],
                    ..Outcome::default()
                }
            }
            (None, Ok(_)) if self.compares_nothing() => {
                let expected = "an amount, a finding or a rule to compare".to_owned();
                Outcome { differences: vec![difference("case", expected, "nothing".into())], ..Outcome::default() }
            }
            (None, Ok(priced)) => {
                // The statement was just written by this program.
                let statement: Value = serde_json::from_slice(&priced.json).unwrap_or_default();
                Outcome {
                    differences: self.differences(&statement),
                    rules: named_rules(&statement),
                    fuel: statement["fuel"].as_u64(),
                    told: None,
                }
            }
        }
    }

    /// A case that says nothing of what comes out cannot fail.
    fn compares_nothing(&self) -> bool {
        let cells = self.expect.as_deref().map(rows).unwrap_or_default();
        let has_cell = cells.iter().any(|row| row.iter().any(|(column, cell)| column != "id" && !cell.is_empty()));
        let has_total = self.totals.values().any(|total| !total.is_empty());
        let has_rule = self.rules.values().any(|rules| !rules.is_empty());
        !has_cell && !has_total && !has_rule && self.findings.is_empty() && self.provisional.is_none()
    }

    /// The encounter as JSON, or why its table of lines cannot be read.
    pub fn encounter(&self) -> Result<Value, String> {
        let default_card = json!([{
            "card": "DN4920000000001", "valid_from": "2026-01-01", "valid_to": "2026-12-31",
            "registered_facility": "92114",
        }]);
        let from_toml = |table: &toml::Table| serde_json::to_value(table).unwrap_or_default();
        Ok(json!({
            "id": "CASE",
            "facility": self.facility,
            "patient": self.patient.as_ref().map_or(json!({"birth_date": "1970-05-05", "sex": "female"}), from_toml),
            "visit": from_toml(&self.visit),
            "coverages": self.coverages.as_ref().map_or(default_card, |cards| cards.iter().map(from_toml).collect()),
            "lines": rows(&self.lines).iter().map(line).collect::<Result<Vec<_>, _>>()?,
        }))
    }

    fn differences(&self, statement: &Value) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut differ = |what: String, expected: &str, actual: &str| {
            found.push(Difference { what, expected: expected.to_owned(), actual: actual.to_owned() });
        };
        for (field, expected) in &self.totals {
            let actual = statement["totals"][field].as_str().unwrap_or("(there is no such total)");
            if actual != expected {
                differ(format!("totals.{field}"), expected, actual);
            }
        }
        let codes: Vec<&str> = strings(&statement["findings"], "code");
        for code in self.findings.iter().filter(|code| !codes.contains(&code.as_str())) {
            differ("finding".into(), code, &codes.join(" "));
        }
        for code in self.no_findings.iter().filter(|code| codes.contains(&code.as_str())) {
            differ("finding".into(), &format!("no {code}"), code);
        }
        for (id, rules) in &self.rules {
            let line = find_line(statement, id);
            let named: Vec<&str> = line["rules"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for rule in rules.iter().filter(|rule| !named.contains(&rule.as_str())) {
                differ(format!("line {id}, rule"), rule, &named.join(" "));
            }
        }
        if let Some(provisional) = &self.provisional
            && statement["provisional"] != json!(provisional)
        {
            differ("provisional".into(), &provisional.join(" "), &statement["provisional"].to_string());
        }
        if let Some(expect) = &self.expect {
            compare_parts(expect, statement, &mut differ);
        }
        found
    }
}

fn compare_parts(expect: &str, statement: &Value, differ: &mut impl FnMut(String, &str, &str)) {
    let expected = rows(expect);
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &expected {
        let id = row.get("id").map_or("", String::as_str);
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
                differ(format!("line {id}, part {place}, {column}"), expected, actual);
            }
        }
    }
    for (id, count) in next {
        let parts = find_line(statement, id)["parts"].as_array().map_or(0, Vec::len);
        if parts != count {
            differ(format!("line {id}, parts"), &count.to_string(), &parts.to_string());
        }
    }
}

/// The rules that a statement's parts name, and those behind its findings.
fn named_rules(statement: &Value) -> Vec<String> {
    let of_parts = statement["rules"].as_object().into_iter().flat_map(Map::keys).cloned();
    let of_findings = strings(&statement["findings"], "code").into_iter().filter_map(|code| code.strip_prefix("VP-"));
    of_parts.chain(of_findings.map(str::to_ascii_lowercase)).collect()
}

fn words(errors: &[vienphi_domain::Fault], detail: &str) -> String {
    if errors.is_empty() {
        return detail.to_owned();
    }
    errors.iter().map(|error| format!("{} {}", error.path, error.message)).collect::<Vec<_>>().join("; ")
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

fn line(row: &BTreeMap<String, String>) -> Result<Value, String> {
    let mut line = Map::new();
    for (column, cell) in row.iter().filter(|(column, cell)| *column != "more" && !cell.is_empty()) {
        line.insert(column.clone(), Value::String(cell.clone()));
    }
    if let Some(more) = row.get("more").filter(|more| !more.is_empty()) {
        let more: Map<String, Value> =
            serde_json::from_str(more).map_err(|error| format!("the cell {more:?} is not JSON: {error}"))?;
        line.extend(more);
    }
    Ok(Value::Object(line))
}
