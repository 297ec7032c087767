//! What insuring a visit says beside its amounts.

use vienphi_domain::{Finding, Severity, Words};
use vienphi_money::Amount;

use super::{Ceiling, Visit, words};
use crate::cover::is_mothers;
use crate::rules;
use crate::split::{LineError, Piece, Unit};

impl<'a> Visit<'_, 'a> {
    /// R3: would L of the day of arrival have answered otherwise?
    pub(super) fn check_arrival_reference(
        &self,
        pieces: &[Piece<'_>],
        is_waived: bool,
        findings: &mut Vec<Finding<'a>>,
    ) -> Result<(), LineError> {
        let arrival = self.policies.reference(self.encounter.visit.arrived_at.day());
        let current = self.policies.reference(self.end);
        if arrival == current {
            return Ok(());
        }
        let differs = self.is_waived(pieces, arrival)? != is_waived || self.ceiling_differs(pieces, arrival);
        if differs {
            findings.push(Finding {
                code: "VP-L-BY-ARRIVAL".into(),
                severity: Severity::Inform,
                path: "visit.arrived_at".into(),
                declared: arrival.map(|amount| amount.to_string()),
                expected: current.map(|amount| amount.to_string()),
                text: words(
                    "Mức tham chiếu của ngày vào cho kết quả khác mức của ngày ra",
                    "The reference amount of the day of arrival would give another result than that of the day of discharge",
                ),
                ground: "READINGS 3 [U]".into(),
            });
        }
        Ok(())
    }

    /// Would the ceiling on supplies cut otherwise under another L?
    pub(super) fn ceiling_differs(&self, pieces: &[Piece<'_>], reference: Option<Amount>) -> bool {
        let Some(other) = reference.and_then(|reference| self.policies.supplies_ceiling(reference).ok()) else {
            return false;
        };
        self.caps.iter().enumerate().filter(|(_, cap)| cap.lifts_for_cards).any(|(place, cap)| {
            let drawn = pieces.iter().filter(|piece| {
                self.decided[piece.unit.decided].ceiling == Ceiling::Shared(place) && piece.ceiling.is_some()
            });
            let (mut counted, mut is_cut) = (Amount::ZERO, false);
            for piece in drawn {
                counted = counted.checked_add(piece.split.insured).unwrap_or(counted);
                is_cut |= piece.is_cut;
            }
            counted > other || (is_cut && other > cap.amount)
        })
    }

    pub(super) fn check_subject(&self, findings: &mut Vec<Finding<'a>>) {
        let route = self.route;
        if let (Some(declared), Some(derived)) = (route.declared, route.derived)
            && declared != derived
        {
            let (vi, en) = self.policies.subject_words(derived).unwrap_or(("", ""));
            findings.push(Finding {
                code: "VP-SUBJECT".into(),
                severity: Severity::Block,
                path: "visit.subject".into(),
                declared: Some(declared.into()),
                expected: Some(derived.into()),
                text: Words {
                    vi: format!("Mã đối tượng khai {declared}, theo hồ sơ là {derived} ({vi})").into(),
                    en: format!("Subject {declared} is declared, the evidence says {derived} ({en})").into(),
                },
                ground: "QĐ 3276/QĐ-BYT; READINGS 12".into(),
            });
        }
        if !route.covers_visit() {
            findings.push(Finding {
                code: "VP-SUBJECT-VISIT-TYPE".into(),
                severity: Severity::Block,
                path: "visit.subject".into(),
                declared: Some(route.code().into()),
                expected: None,
                text: words(
                    "Mã đối tượng không dùng cho loại hình khám chữa bệnh này",
                    "The subject is not for this type of visit",
                ),
                ground: "QĐ 3276/QĐ-BYT; READINGS 12".into(),
            });
        }
        for (place, coverage) in self.encounter.coverages.iter().enumerate() {
            if is_mothers(self.encounter, coverage) {
                findings.push(Finding {
                    code: "VP-NEWBORN-CARD".into(),
                    severity: Severity::Block,
                    path: format!("coverages[{place}].card"),
                    declared: coverage.object().map(str::to_owned),
                    expected: Some("TE".into()),
                    text: words(
                        "Trẻ sơ sinh dùng thẻ tạm (TE), không dùng thẻ của mẹ",
                        "A newborn has a temporary card (TE) of its own, not the mother's",
                    ),
                    ground: "READINGS 26".into(),
                });
            }
            let letters = coverage.card.object();
            if let (Some(printed), Some(answered)) = (letters, coverage.object.as_deref())
                && printed != answered
            {
                findings.push(Finding {
                    code: "VP-CARD-OBJECT".into(),
                    severity: Severity::Warn,
                    path: format!("coverages[{place}].object"),
                    declared: Some(printed.into()),
                    expected: Some(answered.into()),
                    text: words(
                        "Mã đối tượng trên thẻ khác kết quả tra cứu; dùng kết quả tra cứu",
                        "The printed object differs from the portal's answer; the answer is used",
                    ),
                    ground: "READINGS 7".into(),
                });
            }
        }
    }

    pub(super) fn crossing(&self, unit: &Unit<'_>, excess: Amount) -> Finding<'a> {
        Finding {
            code: "VP-EXEMPTION-CROSSED".into(),
            severity: Severity::Inform,
            path: format!("lines[{}]", self.decided[unit.decided].line),
            declared: None,
            expected: None,
            text: Words {
                vi: format!("Dòng này vượt ngưỡng miễn cùng chi trả {excess} đ; các dòng sau được miễn").into(),
                en: format!("This line crosses the exemption threshold by {excess} đ; later lines are exempt").into(),
            },
            ground: "NĐ 188/2025/NĐ-CP Điều 18; READINGS 13 [U]".into(),
        }
    }

    /// Findings about what uncertain readings changed.
    pub(super) fn check_pieces(&self, pieces: &[Piece<'_>], findings: &mut Vec<Finding<'a>>) {
        for piece in pieces {
            let decided = &self.decided[piece.unit.decided];
            if piece.is_cut && matches!(decided.ceiling, Ceiling::Shared(cap) if self.caps[cap].lifts_for_cards) {
                findings.push(Finding {
                    code: "VP-SUPPLIES-CEILING".into(),
                    severity: Severity::Inform,
                    path: format!("lines[{}]", decided.line),
                    declared: None,
                    expected: piece.ceiling.map(|ceiling| ceiling.to_string()),
                    text: words(
                        "Vật tư của một dịch vụ vượt 45 lần mức tham chiếu: phần vượt do người bệnh trả",
                        "Supplies of one service pass 45 reference amounts: the excess is the patient's",
                    ),
                    ground: "READINGS 23 [U]".into(),
                });
            }
            if let Some(card) = piece.unit.card {
                let (rate, rule) = self.rate_of(decided.share, card, piece.unit.from);
                let by_card = self.route.benefit(card.level, piece.unit.from);
                if rule == rules::WHOLE_ON_ROUTE && rate != by_card {
                    findings.push(Finding {
                        code: "VP-TRANSPORT-RATE".into(),
                        severity: Severity::Inform,
                        path: format!("lines[{}]", decided.line),
                        declared: Some(by_card.to_string()),
                        expected: Some(rate.to_string()),
                        text: words(
                            "Vận chuyển theo nhiên liệu không nhân mức hưởng của thẻ",
                            "Transport by fuel is not reduced by the card's rate",
                        ),
                        ground: "READINGS 29 [U]".into(),
                    });
                }
            }
        }
    }
}

/// Co-payments off route would have changed the exemption (R13 \[U\]).
pub(super) fn off_route_stays() -> Finding<'static> {
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
pub(super) fn listed_twice(card: usize, copayment: usize) -> Finding<'static> {
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
