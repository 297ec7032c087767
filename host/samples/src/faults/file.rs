//! The envelope.

use super::{Fault, of_text};

pub(super) const FAULTS: &[Fault] = &[
    of_text("count-of-claims", "VP-ENVELOPE-COUNT", "SOLUONGHOSO là 2", "SOLUONGHOSO is 2", |text| {
        changed(text, "<SOLUONGHOSO>1<", "<SOLUONGHOSO>2<")
    }),
    of_text(
        "facility-of-file",
        "VP-ENVELOPE-FACILITY",
        "MACSKCB của tệp là cơ sở khác",
        "MACSKCB is another facility's",
        |text| {
            let (before, after) = text.split_once("<MACSKCB>")?;
            Some(format!("{before}<MACSKCB>99999{}", after.get(5..)?))
        },
    ),
    of_text("no-day-of-file", "VP-ENVELOPE-MISSING", "NGAYLAP để trống", "NGAYLAP is empty", |text| {
        let (before, after) = text.split_once("<NGAYLAP>")?;
        Some(format!("{before}<NGAYLAP>{}", after.get(8..)?))
    }),
    of_text("no-place-for-signature", "VP-ENVELOPE-SIGNATURE", "Không có CHUKYDONVI", "no CHUKYDONVI", |text| {
        changed(text, "<CHUKYDONVI/>", "")
    }),
];

fn changed(text: &str, from: &str, to: &str) -> Option<String> {
    text.contains(from).then(|| text.replacen(from, to, 1))
}
