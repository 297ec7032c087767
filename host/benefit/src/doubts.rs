//! Findings about what an uncertain reading decided, or what the sender's data leaves open.

use vienphi_domain::{Finding, Severity, Words};

/// Co-payments off route would have changed the exemption (R13 \[U\]).
pub(crate) fn off_route_stays() -> Finding<'static> {
    Finding {
        code: "VP-EXEMPTION-OFF-ROUTE".into(),
        severity: Severity::Inform,
        path: "coverages".into(),
        declared: None,
        expected: None,
        text: Words {
            vi: "Cùng chi trả không đúng tuyến không được tính và không được miễn; nếu tính thì kết quả khác".into(),
            en: "Co-payments off route neither count nor are lifted; if they were, the result would differ".into(),
        },
        ground: "NĐ 188/2025/NĐ-CP Điều 18; READINGS 13 [U]".into(),
    }
}

/// Two cards list a co-payment of one day and amount: it is counted twice, as two visits.
pub(crate) fn listed_twice(card: usize, copayment: usize) -> Finding<'static> {
    Finding {
        code: "VP-COPAYMENT-TWICE".into(),
        severity: Severity::Warn,
        path: format!("coverages[{card}].copayments[{copayment}]"),
        declared: None,
        expected: None,
        text: Words {
            vi: "Khoản cùng chi trả này cũng có ở thẻ khác: nếu là cùng một lượt khám, chỉ khai một lần".into(),
            en: "Another card lists this co-payment too: if it is of the same visit, list it once".into(),
        },
        ground: "READINGS 13".into(),
    }
}
