//! What breaks the schema, as findings; the insurer's numbers where it has them.

use super::lines::{place, text};
use super::sink::{Found, Sink};
use crate::check::{Breach, Violation};
use crate::error::quoted;
use crate::schema::EPISODE;
use crate::table::Table;

/// The insurer's codes for times of table 1 in the wrong form. 18 and 19 were of fields that GT_THE_TU and GT_THE_DEN took in.
const TIMES: [(&str, &str); 7] = [
    ("NGAY_SINH", "GDH-15"),
    ("GT_THE_TU", "GDH-18"),
    ("GT_THE_DEN", "GDH-19"),
    ("NGAY_MIEN_CCT", "GDH-21"),
    ("NGAY_VAO", "GDH-23"),
    ("NGAY_RA", "GDH-24"),
    ("NGAY_TTOAN", "GDH-27"),
];

/// Adds one violation.
pub(super) fn report(table: &Table, violation: &Violation, sink: &mut Sink<'_>) {
    let is_card = violation.table == Some(1) && violation.field == "MA_THE_BHYT";
    let (code, allowed) = match violation.what {
        Breach::RootNotSeen => ("VP-SCHEMA-ROOT", None),
        Breach::Missing => ("VP-SCHEMA-REQUIRED", None),
        Breach::NotInForce => ("VP-SCHEMA-FIELD", None),
        // Cards are looked at one by one.
        Breach::TooLong { .. } | Breach::ItemTooLong { .. } if is_card => return,
        Breach::TooLong { allowed, .. } | Breach::ItemTooLong { allowed, .. } => ("VP-SCHEMA-LENGTH", Some(allowed)),
        Breach::NotANumber | Breach::TooManyDigits { .. } | Breach::TooManyDecimals { .. } => {
            ("VP-SCHEMA-NUMBER", None)
        }
        Breach::TooManyItems { allowed, .. } => ("VP-SCHEMA-ITEMS", Some(allowed)),
        Breach::NotADay | Breach::NotAMoment | Breach::NotADayOrMoment | Breach::NotABirth => {
            let known = TIMES.iter().find(|(field, _)| violation.table == Some(1) && *field == violation.field);
            (known.map_or("VP-SCHEMA-TIME", |(_, code)| code), None)
        }
    };
    let row = violation.row.and_then(|row| table.row(row));
    let of = |name: &str| row.map_or("", |row| text(row, place(table.schema(), name)));
    let department = if violation.field == EPISODE { "" } else { of("MA_KHOA") };
    let mut found =
        Found::of_row(code, violation.table, violation.row, violation.field).by(department, of("MA_BAC_SI"));
    if let Some(value) = row.and_then(|row| row.value(violation.field)) {
        found = match violation.what {
            Breach::TooManyItems { found: count, .. } => found.declared(count),
            Breach::Missing => found,
            _ => found.declared(quoted(value.text)),
        };
    }
    if let Some(allowed) = allowed {
        found = found.expected(allowed);
    }
    let reason = match violation.what {
        Breach::TooManyDigits { allowed, .. } => Some((format!("tối đa {allowed} chữ số"), violation.what)),
        Breach::TooManyDecimals { allowed, .. } => Some((format!("tối đa {allowed} chữ số thập phân"), violation.what)),
        Breach::NotANumber => Some(("chỉ gồm chữ số và một dấu chấm thập phân".to_owned(), violation.what)),
        _ => None,
    };
    if let Some((vi, what)) = reason {
        found = found.because(vi, what.to_string());
    }
    sink.add(found);
}
