//! Reading `schema/*.toml`.
//!
//! A table has `number`, `name`, `root` where it was seen, and for its rows either `list` and `row`, or `rows = "root"`, or
//! nothing when their place was not seen. A field has `name` and `type` (`text`, `number`); where they are known `size` and
//! `decimals`; `kind` (`day`, `moment`, `day-or-moment`, `birth`, `list`), a list `items`, `item_size` and `item = "day"`.
//! What changes on a day is two lines of the same name, one after the other, with `to` and `from`.

use foldhash::{HashMap, HashMapExt};
use serde::Deserialize;
use vienphi_domain::Day;

use super::{EPISODE, Field, Format, LONGEST_NAME, Layout, List, MOST_FIELDS, Schema, Shape, TableSchema};

/// The tables, each with its name for messages.
pub(super) const FILES: [(&str, &str); 16] = [
    ("00-check-in.toml", include_str!("../../schema/00-check-in.toml")),
    ("01-summary.toml", include_str!("../../schema/01-summary.toml")),
    ("02-drugs.toml", include_str!("../../schema/02-drugs.toml")),
    ("03-services.toml", include_str!("../../schema/03-services.toml")),
    ("04-results.toml", include_str!("../../schema/04-results.toml")),
    ("05-course.toml", include_str!("../../schema/05-course.toml")),
    ("06-hiv.toml", include_str!("../../schema/06-hiv.toml")),
    ("07-discharge.toml", include_str!("../../schema/07-discharge.toml")),
    ("08-record.toml", include_str!("../../schema/08-record.toml")),
    ("09-birth.toml", include_str!("../../schema/09-birth.toml")),
    ("10-pregnancy-rest.toml", include_str!("../../schema/10-pregnancy-rest.toml")),
    ("11-sick-leave.toml", include_str!("../../schema/11-sick-leave.toml")),
    ("12-examination.toml", include_str!("../../schema/12-examination.toml")),
    ("13-referral.toml", include_str!("../../schema/13-referral.toml")),
    ("14-appointment.toml", include_str!("../../schema/14-appointment.toml")),
    ("15-tuberculosis.toml", include_str!("../../schema/15-tuberculosis.toml")),
];

/// Reads all tables. An error names the file.
pub(super) fn schema(files: &[(&str, &str)]) -> Result<Schema, String> {
    let mut tables: Vec<TableSchema> = Vec::new();
    for (file, text) in files {
        let table = table(text).map_err(|error| format!("{file}: {error}"))?;
        if tables.iter().any(|other| other.number >= table.number) {
            return Err(format!("{file}: table {} does not follow the one before it", table.number));
        }
        if let Some(root) = &table.root
            && tables.iter().any(|other| other.has_root(root))
        {
            return Err(format!("{file}: another table has the outermost element {root}"));
        }
        tables.push(table);
    }
    Ok(Schema { tables })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    number: u8,
    name: Box<str>,
    root: Option<Box<str>>,
    list: Option<Box<str>>,
    row: Option<Box<str>>,
    rows: Option<Rows>,
    root_source: Box<str>,
    source: Box<str>,
    #[serde(default)]
    fields: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rows {
    Root,
}

/// A field in a range of days. A field that changed has several lines, one after another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: Box<str>,
    r#type: Type,
    size: Option<u32>,
    decimals: Option<u32>,
    kind: Option<Kind>,
    item: Option<Item>,
    item_size: Option<u32>,
    items: Option<u32>,
    #[serde(default)]
    required: bool,
    from: Option<String>,
    to: Option<String>,
    source: Option<Box<str>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Type {
    Text,
    Number,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Day,
    Moment,
    DayOrMoment,
    Birth,
    List,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Item {
    Day,
}

fn table(text: &str) -> Result<TableSchema, String> {
    let document: Document = toml::from_str(text).map_err(|error| error.to_string())?;
    let layout = match (document.list, document.row, document.rows) {
        (Some(list), Some(row), None) => Layout::List { list, row },
        (None, None, Some(Rows::Root)) => Layout::Root,
        (None, None, None) => Layout::NotSeen,
        _ => return Err("either list and row, or rows, or neither".into()),
    };
    let mut fields: Vec<Field> = Vec::new();
    for line in document.fields {
        let format = format(&line, &document.source).map_err(|error| format!("{}: {error}", line.name))?;
        match fields.last_mut().filter(|last| last.name == line.name) {
            Some(field) => {
                if field.formats.last().is_some_and(|earlier| earlier.to >= format.from) {
                    return Err(format!("{}: its lines overlap", line.name));
                }
                field.is_required |= line.required;
                field.formats.push(format);
            }
            None => fields.push(Field { name: line.name, is_required: line.required, formats: vec![format] }),
        }
    }
    let by_name = by_name(&fields)?;
    Ok(TableSchema {
        number: document.number,
        name: document.name,
        root: document.root,
        layout,
        root_source: document.root_source,
        source: document.source,
        fields,
        by_name,
    })
}

fn format(line: &Line, source: &str) -> Result<Format, String> {
    let list = List { items: line.items, item_size: line.item_size, is_of_days: line.item.is_some() };
    let shape = match (line.r#type, line.kind) {
        (Type::Text, None) => Shape::Text,
        (Type::Number, None) => Shape::Number,
        (Type::Text, Some(Kind::Day)) => Shape::Day,
        (Type::Text, Some(Kind::Moment)) => Shape::Moment,
        (Type::Text, Some(Kind::DayOrMoment)) => Shape::DayOrMoment,
        (Type::Text, Some(Kind::Birth)) => Shape::Birth,
        (Type::Text, Some(Kind::List)) => Shape::List(list),
        (Type::Number, Some(_)) => return Err("a number has no kind".into()),
    };
    if !matches!(shape, Shape::List(_)) && list != (List { items: None, item_size: None, is_of_days: false }) {
        return Err("only a list has items".into());
    }
    if shape != Shape::Number && line.decimals.is_some() {
        return Err("only a number has decimals".into());
    }
    let day = |text: &Option<String>, otherwise: Day| match text {
        Some(text) => Day::parse(text).ok_or_else(|| format!("{text:?} is not a day such as 2026-07-01")),
        None => Ok(otherwise),
    };
    let (from, to) = (day(&line.from, Day::BEGINNING)?, day(&line.to, Day::END_OF_TIME)?);
    if to < from {
        return Err(format!("the last day {to} is before the first day {from}"));
    }
    let source = line.source.clone().unwrap_or_else(|| source.into());
    Ok(Format { from, to, shape, size: line.size, decimals: line.decimals, source })
}

/// Numbers of the fields.
fn by_name(fields: &[Field]) -> Result<HashMap<Box<str>, u16>, String> {
    if fields.len() > MOST_FIELDS {
        return Err(format!("a table has at most {MOST_FIELDS} fields"));
    }
    let is_fit = |name: &str| {
        let mut letters = name.bytes();
        name.len() <= LONGEST_NAME
            && letters.next().is_some_and(|first| first.is_ascii_uppercase())
            && letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'_')
    };
    let mut by_name = HashMap::with_capacity(fields.len());
    for (Field { name, .. }, number) in fields.iter().zip(0..) {
        if !is_fit(name) {
            return Err(format!("{name}: a name has at most {LONGEST_NAME} letters, A–Z, 0–9 and _"));
        }
        if by_name.insert(name.clone(), number).is_some() {
            return Err(format!("{name}: is given twice, and not one line after the other"));
        }
    }
    if !fields.is_empty() && !by_name.contains_key(EPISODE) {
        return Err(format!("no field {EPISODE}"));
    }
    Ok(by_name)
}
