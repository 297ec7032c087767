//! The dated registry of facilities: class, tier, former status, province. Never taken from the sender.

use std::collections::HashMap;

use crate::time::Day;
use crate::words::words;

words! {
    /// The technical tier of Law 51/2024/QH15.
    Tier { Primary = "primary", Basic = "basic", Specialised = "specialised" }
}

words! {
    /// The level before 2025, which route rates still refer to (QĐ 3276/QĐ-BYT).
    Formerly { Commune = "commune", District = "district", Provincial = "provincial", Central = "central" }
}

words! {
    /// The hospital class, which exam and bed prices follow.
    Class { Special = "special", First = "I", Second = "II", Third = "III", Fourth = "IV", Unclassed = "none" }
}

words! {
    /// Who owns it.
    Ownership { Public = "public", Private = "private" }
}

/// A facility over a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facility {
    /// MA_CSKCB, five characters.
    pub code: Box<str>,
    /// The first day the row holds.
    pub from: Day,
    /// The last day, [`Day::END_OF_TIME`] when open.
    pub to: Day,
    /// Its name.
    pub name: Box<str>,
    /// The code of the 34-province list.
    pub province: Box<str>,
    /// The province before the merger, as price tables key it (`soc-trang`).
    pub former_province: Option<Box<str>>,
    /// Class.
    pub class: Class,
    /// Tier.
    pub tier: Tier,
    /// Former level.
    pub formerly: Option<Formerly>,
    /// Points of the technical ranking, 0 to 100.
    pub points: Option<u32>,
    /// Ownership.
    pub ownership: Ownership,
    /// Has a contract with the insurer.
    pub contracted: bool,
}

impl Facility {
    /// Which tariff serves it: `central` for public facilities formerly central, else its province.
    pub fn tariff_province(&self) -> &str {
        if self.ownership == Ownership::Public && self.formerly == Some(Formerly::Central) {
            "central"
        } else {
            &self.province
        }
    }
}

/// Is this the form of a facility code?
pub fn is_facility_code(text: &str) -> bool {
    text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Facilities by code and day.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    rows: HashMap<Box<str>, Vec<Facility>>,
}

/// A row that cannot be taken into the registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct RegistryError {
    /// The line of the file, the header being 1.
    pub line: u64,
    /// What is wrong and what is allowed.
    pub message: String,
}

const COLUMNS: [&str; 12] = [
    "code",
    "from",
    "to",
    "name",
    "province",
    "former_province",
    "class",
    "tier",
    "formerly",
    "points",
    "ownership",
    "contracted",
];

impl Registry {
    /// Reads the rows of a CSV file and adds them; overlapping rows of one code are errors.
    pub fn add_csv(&mut self, bytes: &[u8]) -> Result<(), Vec<RegistryError>> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect(),
            Err(error) => return Err(vec![RegistryError { line: 1, message: error.to_string() }]),
        };
        if header != COLUMNS {
            let message = format!("the columns must be {}", COLUMNS.join(","));
            return Err(vec![RegistryError { line: 1, message }]);
        }
        let mut errors = Vec::new();
        for record in reader.records() {
            let (line, row) = match record {
                Ok(record) => (record.position().map_or(0, csv::Position::line), read_row(&record)),
                Err(error) => (error.position().map_or(0, csv::Position::line), Err(error.to_string())),
            };
            if let Err(message) = row.and_then(|row| self.add(row)) {
                errors.push(RegistryError { line, message });
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// This registry with the facilities of a CSV file in place of those of equal codes.
    pub fn with_csv(&self, bytes: &[u8]) -> Result<Registry, Vec<RegistryError>> {
        let mut others = Registry::default();
        others.add_csv(bytes)?;
        let mut rows = self.rows.clone();
        rows.extend(others.rows);
        Ok(Registry { rows })
    }

    fn add(&mut self, row: Facility) -> Result<(), String> {
        let rows = self.rows.entry(row.code.clone()).or_default();
        if let Some(other) = rows.iter().find(|other| other.from <= row.to && row.from <= other.to) {
            return Err(format!("facility {} already has a row from {}", row.code, other.from));
        }
        rows.push(row);
        Ok(())
    }

    /// The facility as it is on a day.
    pub fn on(&self, code: &str, day: Day) -> Option<&Facility> {
        self.rows.get(code)?.iter().find(|row| row.from <= day && day <= row.to)
    }

    /// Is the code known on any day?
    pub fn knows(&self, code: &str) -> bool {
        self.rows.contains_key(code)
    }

    /// Every row, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Facility> {
        self.rows.values().flatten()
    }
}

fn read_row(record: &csv::StringRecord) -> Result<Facility, String> {
    let cell = |place: usize| record.get(place).unwrap_or_default();
    let optional = |place: usize| (!cell(place).is_empty()).then(|| cell(place));
    let code = cell(0);
    if !is_facility_code(code) {
        return Err(format!("code must be 5 digits or capital letters, not {code:?}"));
    }
    let from = read_day("from", cell(1))?;
    let to = optional(2).map_or(Ok(Day::END_OF_TIME), |text| read_day("to", text))?;
    if to < from {
        return Err(format!("to {to} is before from {from}"));
    }
    let province = cell(4);
    if province.len() != 2 || !province.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("province must be a code of the 34-province list such as 92, not {province:?}"));
    }
    let points = match optional(9) {
        Some(text) => match text.parse() {
            Ok(points @ 0..=100) => Some(points),
            _ => return Err(format!("points must be a whole number from 0 to 100, not {text:?}")),
        },
        None => None,
    };
    let contracted = match cell(11) {
        "true" => true,
        "false" => false,
        other => return Err(format!("contracted must be true or false, not {other:?}")),
    };
    Ok(Facility {
        code: code.into(),
        from,
        to,
        name: cell(3).into(),
        province: province.into(),
        former_province: optional(5).map(Into::into),
        class: read_word("class", cell(6), Class::WORDS)?,
        tier: read_word("tier", cell(7), Tier::WORDS)?,
        formerly: optional(8).map(|text| read_word("formerly", text, Formerly::WORDS)).transpose()?,
        points,
        ownership: read_word("ownership", cell(10), Ownership::WORDS)?,
        contracted,
    })
}

fn read_day(column: &str, text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| format!("{column} must be a day such as 2026-01-01, not {text:?}"))
}

fn read_word<T: Copy>(column: &str, text: &str, words: &[(&str, T)]) -> Result<T, String> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("{column} must be one of {}, not {text:?}", known.join(", "))
    })
}
