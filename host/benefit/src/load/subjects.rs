//! `subjects.toml`: why somebody is treated where, and at which rate.

use serde::Deserialize;
use toml::Spanned;
use vienphi_domain::facility::{Formerly, Tier};

use super::values::{Ground, share, word};
use super::{File, PolicyError, Range};
use crate::policies::{Covers, RoutePeriod, Subject, When};

pub(super) struct Subjects {
    pub(super) rows: Vec<Subject>,
    pub(super) young_rows: Vec<u16>,
    pub(super) young_below: i32,
    pub(super) referral_working_days: u32,
}

impl File<'_> {
    pub(super) fn subjects(&self, errors: &mut Vec<PolicyError>) -> Option<Subjects> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            subject: Vec<Row>,
            disease_lists: DiseaseLists,
            referral: Referral,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            code: Spanned<String>,
            vi: String,
            en: String,
            #[serde(rename = "ground")]
            _ground: Ground,
            covers: Option<Covers>,
            #[serde(default)]
            on_route: bool,
            #[serde(default)]
            needs_evidence: bool,
            when: Option<When>,
            #[serde(default)]
            rates: Vec<RateRow>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct RateRow {
            from: Spanned<String>,
            to: Option<Spanned<String>>,
            inpatient: Spanned<String>,
            outpatient: Spanned<String>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct DiseaseLists {
            rows_of_list_1_under_age: Vec<u16>,
            age_below: i32,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Referral {
            working_days: u32,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        let document: Document = self.parse(errors)?;
        let mut rows: Vec<Subject> = Vec::new();
        for row in document.subject {
            let at = row.code.span().start;
            let code = row.code.into_inner();
            if rows.iter().any(|other| *other.code == code) {
                errors.push(self.error(at, format!("subject {code} is given twice")));
            }
            let mut rates = Vec::new();
            let mut ranges = Vec::new();
            for rate in row.rates {
                let at = rate.from.span().start;
                let (from, to) = self.range(&Range { from: rate.from, to: rate.to }, errors)?;
                ranges.push((from, to, at));
                rates.push(RoutePeriod {
                    from,
                    to,
                    inpatient: self.value(&rate.inpatient, share, errors)?,
                    outpatient: self.value(&rate.outpatient, share, errors)?,
                });
            }
            self.check_follow(&ranges, &format!("subject {code}"), errors);
            if let Some(When { tier, formerly, .. }) = &row.when {
                for tier in tier.iter().filter(|tier| word(tier, Tier::WORDS).is_none()) {
                    errors.push(self.error(at, format!("tier {tier:?} of subject {code} is not known")));
                }
                for formerly in formerly.iter().filter(|formerly| word(formerly, Formerly::WORDS).is_none()) {
                    errors.push(self.error(at, format!("former level {formerly:?} of subject {code} is not known")));
                }
            }
            rows.push(Subject {
                code: code.into(),
                covers: row.covers.unwrap_or(Covers::Any),
                on_route: row.on_route,
                needs_evidence: row.needs_evidence,
                when: row.when,
                rates,
                words: (row.vi.into(), row.en.into()),
            });
        }
        Some(Subjects {
            rows,
            young_rows: document.disease_lists.rows_of_list_1_under_age,
            young_below: document.disease_lists.age_below,
            referral_working_days: document.referral.working_days,
        })
    }
}
