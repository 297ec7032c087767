//! Reading `policies/benefit`: unknown keys, overlaps and gaps are errors with file and line.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use vienphi_domain::facility::{Formerly, Tier};
use vienphi_domain::{Day, Digest};
use vienphi_money::{Amount, Quantity, Rate};

mod cards;
mod subjects;
mod values;

use self::values::{Ground, positive_amount, positive_multiple, share, word};
use crate::policies::{Covers, DirectCap, Policies, SpecialEnding, Timeline};

/// Something wrong in a policy file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct PolicyError {
    /// The file, as in `benefit/cards.toml`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Policies {
    /// Reads the files of `policies/benefit` by name (`cards.toml`, …).
    pub fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<Policies, Vec<PolicyError>> {
        let mut errors = Vec::new();
        let known = ["reference.toml", "cards.toml", "subjects.toml", "endings.toml", "caps.toml", "calendar.toml"];
        for name in files.keys().filter(|name| !known.contains(&name.as_str())) {
            let message = format!("is not a policy file; known: {}", known.join(", "));
            errors.push(PolicyError { file: format!("benefit/{name}"), line: 1, message });
        }
        let policies = read_all(files, &mut errors);
        match policies {
            Some(policies) if errors.is_empty() => Ok(policies),
            _ => Err(errors),
        }
    }
}

fn read_all(files: &BTreeMap<String, Vec<u8>>, errors: &mut Vec<PolicyError>) -> Option<Policies> {
    // Every file is read before any is given up, so that one run names every error.
    let reference = File::open(files, "reference.toml", errors).and_then(|file| file.reference(errors));
    let cards = File::open(files, "cards.toml", errors).and_then(|file| file.cards(errors));
    let subjects = File::open(files, "subjects.toml", errors).and_then(|file| file.subjects(errors));
    let endings = File::open(files, "endings.toml", errors).and_then(|file| file.endings(errors));
    let caps = File::open(files, "caps.toml", errors).and_then(|file| file.caps(errors));
    let holidays = File::open(files, "calendar.toml", errors).and_then(|file| file.holidays(errors));
    let (reference, cards, subjects) = (reference?, cards?, subjects?);
    Some(Policies {
        reference: reference.amounts,
        small_visit: reference.small_visit,
        exemption_multiple: reference.exemption,
        supplies_multiple: reference.supplies,
        levels: cards.levels,
        objects: cards.objects,
        unknown_object_level: cards.unknown_object_level,
        expiry_days: cards.expiry_days,
        subjects: subjects.rows,
        young_rows: subjects.young_rows,
        young_below: subjects.young_below,
        referral_working_days: subjects.referral_working_days,
        endings: endings?,
        caps: caps?,
        holidays: holidays?,
        digest: Digest::of_pieces(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))),
    })
}

/// One policy file.
struct File<'f> {
    name: &'static str,
    text: &'f str,
}

/// A range of days as a file writes it.
#[derive(Deserialize)]
struct Range {
    from: Spanned<String>,
    to: Option<Spanned<String>>,
}

impl<'f> File<'f> {
    fn open(
        files: &'f BTreeMap<String, Vec<u8>>,
        name: &'static str,
        errors: &mut Vec<PolicyError>,
    ) -> Option<File<'f>> {
        let text = files.get(name).and_then(|bytes| std::str::from_utf8(bytes).ok());
        if text.is_none() {
            errors.push(PolicyError {
                file: format!("benefit/{name}"),
                line: 1,
                message: "is missing or is not UTF-8".into(),
            });
        }
        text.map(|text| File { name, text })
    }

    fn parse<T: DeserializeOwned>(&self, errors: &mut Vec<PolicyError>) -> Option<T> {
        toml::from_str(self.text)
            .map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                errors.push(self.error(at, error.message()));
            })
            .ok()
    }

    fn error(&self, offset: usize, message: impl Display) -> PolicyError {
        let line = self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        PolicyError { file: format!("benefit/{}", self.name), line, message: message.to_string() }
    }

    fn value<T, E: Display>(
        &self,
        text: &Spanned<String>,
        read: impl FnOnce(&str) -> Result<T, E>,
        errors: &mut Vec<PolicyError>,
    ) -> Option<T> {
        read(text.get_ref())
            .map_err(|error| errors.push(self.error(text.span().start, format!("{:?} {error}", text.get_ref()))))
            .ok()
    }

    fn day(&self, text: &Spanned<String>, errors: &mut Vec<PolicyError>) -> Option<Day> {
        self.value(text, |text| Day::parse(text).ok_or("is not a day such as 2026-01-01"), errors)
    }

    fn range(&self, range: &Range, errors: &mut Vec<PolicyError>) -> Option<(Day, Day)> {
        let from = self.day(&range.from, errors)?;
        let to = match &range.to {
            Some(text) => self.day(text, errors)?,
            None => Day::END_OF_TIME,
        };
        if to < from {
            errors
                .push(self.error(range.from.span().start, format!("the last day {to} is before the first day {from}")));
            return None;
        }
        Some((from, to))
    }

    /// Each range begins the day after the one before it ends.
    fn check_follow(&self, ranges: &[(Day, Day, usize)], what: &str, errors: &mut Vec<PolicyError>) {
        for pair in ranges.windows(2) {
            let [(_, earlier_to, _), (later_from, _, at)] = pair else { continue };
            if later_from <= earlier_to {
                let message = format!("{what} from {later_from} overlaps the row before it");
                errors.push(self.error(*at, message));
            } else if earlier_to.plus_days(1) != *later_from {
                let message = format!("{what} has a gap before {later_from}: the row before it ends on {earlier_to}");
                errors.push(self.error(*at, message));
            }
        }
    }

    fn reference(&self, errors: &mut Vec<PolicyError>) -> Option<ReferenceValues> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            reference: Vec<Row>,
            small_visit: Percent,
            exemption: Multiple,
            supplies_ceiling: Multiple,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            from: Spanned<String>,
            to: Option<Spanned<String>>,
            amount: Spanned<String>,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Percent {
            percent: Spanned<String>,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        let document: Document = self.parse(errors)?;
        let mut periods = Vec::new();
        let mut ranges = Vec::new();
        for row in document.reference {
            let at = row.from.span().start;
            let range = self.range(&Range { from: row.from, to: row.to }, errors);
            let amount = self.value(&row.amount, positive_amount, errors);
            let ((from, to), amount) = (range?, amount?);
            periods.push((from, to, amount));
            ranges.push((from, to, at));
        }
        self.check_follow(&ranges, "the reference amount", errors);
        Some(ReferenceValues {
            amounts: Timeline { periods },
            small_visit: self.value(&document.small_visit.percent, share, errors)?,
            exemption: self.multiple(&document.exemption, errors)?,
            supplies: self.multiple(&document.supplies_ceiling, errors)?,
        })
    }

    fn multiple(&self, multiple: &Multiple, errors: &mut Vec<PolicyError>) -> Option<Quantity> {
        self.value(&multiple.multiple, positive_multiple, errors)
    }

    fn endings(&self, errors: &mut Vec<PolicyError>) -> Option<Vec<SpecialEnding>> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            special: Vec<Spanned<Row>>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            result: Option<u8>,
            discharge: Option<u8>,
            #[serde(default)]
            via_emergency: bool,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        let document: Document = self.parse(errors)?;
        let mut endings = Vec::new();
        for row in document.special {
            let at = row.span().start;
            let row = row.into_inner();
            if row.result.is_none() && row.discharge.is_none() {
                errors.push(self.error(at, "a special ending needs a result or a discharge: this one is every ending"));
            }
            for (field, value, most) in [("result", row.result, 7), ("discharge", row.discharge, 5)] {
                if let Some(value) = value.filter(|value| !(1..=most).contains(value)) {
                    errors.push(self.error(at, format!("{field} {value} is not from 1 to {most}")));
                }
            }
            endings.push(SpecialEnding {
                result: row.result,
                discharge: row.discharge,
                via_emergency: row.via_emergency,
            });
        }
        Some(endings)
    }

    fn caps(&self, errors: &mut Vec<PolicyError>) -> Option<Vec<DirectCap>> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            cap: Vec<Row>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            tier: Spanned<String>,
            visit: Option<Covers>,
            formerly: Option<Spanned<String>>,
            multiple: Spanned<String>,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        let document: Document = self.parse(errors)?;
        let mut caps: Vec<DirectCap> = Vec::new();
        for row in document.cap {
            let at = row.tier.span().start;
            let tier = self.value(&row.tier, |text| word(text, Tier::WORDS).ok_or("is not a tier"), errors)?;
            let formerly = match &row.formerly {
                Some(text) => {
                    Some(self.value(text, |text| word(text, Formerly::WORDS).ok_or("is not a former level"), errors)?)
                }
                None => None,
            };
            let multiple = self.value(&row.multiple, positive_multiple, errors)?;
            let visit = row.visit.unwrap_or(Covers::Any);
            if caps.iter().any(|other| (other.tier, other.visit, other.formerly) == (tier, visit, formerly)) {
                errors.push(self.error(at, "a row before it has the same tier, visits and former level"));
            }
            caps.push(DirectCap { tier, visit, formerly, multiple });
        }
        Some(caps)
    }

    fn holidays(&self, errors: &mut Vec<PolicyError>) -> Option<Vec<Day>> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            holidays: Vec<Spanned<String>>,
        }
        let document: Document = self.parse(errors)?;
        let mut days: Vec<Day> = document.holidays.iter().filter_map(|text| self.day(text, errors)).collect();
        days.sort_unstable();
        Some(days)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Multiple {
    multiple: Spanned<String>,
    #[serde(rename = "ground")]
    _ground: Ground,
}

struct ReferenceValues {
    amounts: Timeline<Amount>,
    small_visit: Rate,
    exemption: Quantity,
    supplies: Quantity,
}
