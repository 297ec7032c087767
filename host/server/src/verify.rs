//! `vienphi verify`: do the records hold together?

use vienphi_store::verify::Check;

use crate::database::Opening;
use crate::output::{Ended, say};
pub use crate::records::VerifyArgs;
use crate::records::with;
use crate::table::{Align, Table, grouped};

/// Violations that are shown of each check.
const SHOWN: usize = 20;

/// Checks and prints; exit code 1 on any violation.
pub fn run(args: &VerifyArgs) -> Ended {
    match with(async { args.database.open(Opening::AsItIs).await?.verify().await }) {
        Ok(checks) => {
            say(&if args.json { json(&checks) } else { table(&checks) });
            if checks.iter().all(|check| check.violation_count == 0) { Ended::Done } else { Ended::Differences }
        }
        Err(ended) => ended,
    }
}

fn table(checks: &[Check]) -> String {
    let mut table = Table::new(&[
        ("Invariant", Align::Left),
        ("Checked", Align::Right),
        ("Violations", Align::Right),
        ("What must hold", Align::Left),
    ]);
    for check in checks {
        let counts = [check.checked, check.violation_count].map(|count| grouped(&count.to_string()));
        let [checked, violations] = counts;
        table.row(vec![check.invariant.to_owned(), checked, violations, check.says.to_owned()]);
    }
    let mut text = table.print(0);
    for check in checks {
        for violation in check.violations.iter().take(SHOWN) {
            text += &format!("{} {} {}: {}\n", check.invariant, violation.facility, violation.place, violation.what);
        }
    }
    text
}

fn json(checks: &[Check]) -> String {
    let check = |check: &Check| {
        let violation = |violation: &vienphi_store::verify::Violation| serde_json::json!({ "facility": violation.facility, "place": violation.place, "what": violation.what });
        serde_json::json!({
            "invariant": check.invariant, "says": check.says, "checked": check.checked,
            "violations": check.violation_count, "shown": check.violations.iter().map(violation).collect::<Vec<_>>(),
        })
    };
    format!("{}\n", serde_json::json!({ "checks": checks.iter().map(check).collect::<Vec<_>>() }))
}
