//! `cards.toml`: levels of cards and the objects that have them.

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::values::{Digit, Ground, share};
use super::{File, PolicyError, Range};
use crate::policies::{Level, ObjectPeriod};

pub(super) struct Cards {
    pub(super) levels: [Level; 5],
    pub(super) objects: HashMap<Box<str>, Vec<ObjectPeriod>>,
    pub(super) unknown_object_level: u8,
    pub(super) expiry_days: i32,
}

impl File<'_> {
    pub(super) fn cards(&self, errors: &mut Vec<PolicyError>) -> Option<Cards> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            level: Vec<LevelRow>,
            objects: Vec<ObjectRow>,
            unknown_object: UnknownObject,
            expiry: Expiry,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct LevelRow {
            digit: Spanned<u8>,
            rate: Spanned<String>,
            #[serde(default)]
            lifts_ratio_and_ceiling: bool,
            #[serde(default)]
            pays_scope_3: bool,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ObjectRow {
            codes: Vec<Spanned<String>>,
            level: Digit,
            from: Spanned<String>,
            to: Option<Spanned<String>>,
            age_from: Option<i32>,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct UnknownObject {
            level: Digit,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Expiry {
            days: u16,
            #[serde(rename = "ground")]
            _ground: Ground,
        }
        let document: Document = self.parse(errors)?;
        let mut levels = Vec::new();
        for row in &document.level {
            if usize::from(*row.digit.get_ref()) != levels.len() + 1 {
                errors.push(self.error(row.digit.span().start, "levels must be 1 to 5 in order"));
                return None;
            }
            levels.push(Level {
                digit: *row.digit.get_ref(),
                rate: self.value(&row.rate, share, errors)?,
                lifts_ratio_and_ceiling: row.lifts_ratio_and_ceiling,
                pays_scope_3: row.pays_scope_3,
            });
        }
        let Ok(levels) = <[Level; 5]>::try_from(levels) else {
            errors.push(self.error(0, "levels must be 1 to 5"));
            return None;
        };
        let mut objects: HashMap<Box<str>, Vec<ObjectPeriod>> = HashMap::new();
        for row in document.objects {
            let (from, to) = self.range(&Range { from: row.from, to: row.to }, errors)?;
            for code in row.codes {
                let periods = objects.entry(code.get_ref().as_str().into()).or_default();
                let same_age = |period: &&ObjectPeriod| period.age_from == row.age_from;
                if let Some(last) = periods.iter().rfind(same_age) {
                    self.check_follow(
                        &[(last.from, last.to, 0), (from, to, code.span().start)],
                        code.get_ref(),
                        errors,
                    );
                }
                periods.push(ObjectPeriod { from, to, age_from: row.age_from, level: row.level.0 });
            }
        }
        Some(Cards {
            levels,
            objects,
            unknown_object_level: document.unknown_object.level.0,
            expiry_days: document.expiry.days.into(),
        })
    }
}
