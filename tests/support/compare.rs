//! Comparing the engine's statement with the independent pricer's.

use serde_json::Value;

/// Findings that both pricers make.
const SHARED_FINDINGS: [&str; 13] = [
    "VP-SUBJECT",
    "VP-SUBJECT-VISIT-TYPE",
    "VP-NEWBORN-CARD",
    "VP-RATIO-OVERRIDE",
    "VP-BED-SHORT-STAYS",
    "VP-BED-DAY-UNCOVERED",
    "VP-PRIVATE-NO-ROW",
    "VP-TRANSPORT-RATE",
    "VP-L-BY-ARRIVAL",
    "VP-NO-CAP",
    "VP-EXAM-REPEAT",
    "VP-EXAM-INPATIENT",
    "VP-EXEMPTION-CROSSED",
];

const AMOUNTS: [&str; 6] =
    ["amount_hospital", "amount_insured", "other_sources", "patient_own", "copayment", "insurer"];

const PART: [&str; 9] =
    ["code", "from", "to", "quantity", "unit_price", "insured_price", "service_ratio", "insured_ratio", "card"];

/// Says where two answers differ; nothing when they agree. `ours` is a statement or a problem.
pub fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
    let (we_refuse, they_refuse) = (ours.get("errors").is_some(), theirs.get("problem").is_some());
    if we_refuse || they_refuse {
        if we_refuse == they_refuse {
            return Vec::new();
        }
        return vec![format!("refused by one: ours {}, theirs {}", ours["detail"], theirs["problem"])];
    }
    let mut found = Vec::new();
    let mut check = |place: String, ours: &Value, theirs: &Value| {
        if ours != theirs {
            found.push(format!("{place}: ours {ours}, theirs {theirs}"));
        }
    };
    check("subject".into(), &ours["subject"], &theirs["subject"]);
    for field in AMOUNTS.into_iter().chain(["drugs", "supplies", "insurer_fee_for_service", "cash_due"]) {
        check(format!("totals.{field}"), &ours["totals"][field], &theirs["totals"][field]);
    }
    let none = Vec::new();
    let lines = |statement: &Value| statement["lines"].as_array().cloned().unwrap_or_default();
    let (our_lines, their_lines) = (lines(ours), lines(theirs));
    check("lines".into(), &our_lines.len().into(), &their_lines.len().into());
    for theirs in &their_lines {
        let id = &theirs["id"];
        let Some(ours) = our_lines.iter().find(|line| line["id"] == *id) else {
            check(format!("line {id}"), &Value::Null, id);
            continue;
        };
        for field in AMOUNTS {
            check(format!("line {id} {field}"), &ours[field], &theirs[field]);
        }
        let our_parts = sorted(ours["parts"].as_array().unwrap_or(&none));
        let their_parts = sorted(theirs["parts"].as_array().unwrap_or(&none));
        check(format!("line {id} parts"), &our_parts.len().into(), &their_parts.len().into());
        for (place, (ours, theirs)) in our_parts.iter().zip(&their_parts).enumerate() {
            for field in AMOUNTS.into_iter().chain(PART).chain(["benefit_rate"]) {
                check(format!("line {id} part {place} {field}"), &ours[field], &theirs[field]);
            }
        }
    }
    let our_codes = codes(ours["findings"].as_array().unwrap_or(&none).iter().map(|finding| &finding["code"]));
    let their_codes = codes(theirs["findings"].as_array().unwrap_or(&none).iter());
    check("findings".into(), &our_codes.into(), &their_codes.into());
    found
}

fn sorted(parts: &[Value]) -> Vec<Value> {
    let mut parts = parts.to_vec();
    let key = |part: &Value| {
        let text = |field: &str| part[field].as_str().unwrap_or_default().to_owned();
        [
            text("from"),
            text("code"),
            text("card"),
            text("benefit_rate"),
            text("service_ratio"),
            text("unit_price"),
            text("quantity"),
        ]
    };
    parts.sort_by_key(key);
    parts
}

fn codes<'v>(codes: impl Iterator<Item = &'v Value>) -> Vec<String> {
    let mut codes: Vec<String> = codes
        .filter_map(|code| code.as_str())
        .filter(|code| SHARED_FINDINGS.contains(code))
        .map(str::to_owned)
        .collect();
    codes.sort();
    codes.dedup();
    codes
}
