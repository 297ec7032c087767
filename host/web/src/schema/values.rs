//! Decimals, days, times and closed sets of words.

use std::borrow::Cow;

use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};
use vienphi_domain::encounter;

/// Declares a described value: its name, its schema, what it is.
macro_rules! value {
    ($(#[doc = $doc:literal])+ $name:ident = $schema:expr) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let description = [$($doc.trim()),+].join(" ");
                RefOr::T(Schema::from($schema.description(Some(description)).build()))
            }
        }
    };
}

value! {
    /// A decimal as a text; a number is accepted when it is exact. Amounts have at most 2 decimals, prices and
    /// quantities 3.
    Decimal = one_of(r"^\d+(\.\d+)?$", &["12500", "0.5"])
}

value! {
    /// `true`, `false`, or a decimal as a text or an exact number.
    TruthOrDecimal = one_of(r"^\d+(\.\d+)?$", &["300000"]).item(ObjectBuilder::new().schema_type(Type::Boolean))
}

value! {
    /// Percent from 0 to 100 with at most 1 decimal, as a text; a number is accepted when it is exact.
    Percent = one_of(r"^\d+(\.\d+)?$", &["100", "47.5"])
}

value! {
    /// A decimal in its shortest form.
    DecimalText = text(r"^-?\d+(\.\d+)?$", &["1396758.5"])
}

value! {
    /// A civil day of the years 1900 to 2199.
    Day = text(r"^\d{4}-\d{2}-\d{2}$", &["2026-03-02"]).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
}

value! {
    /// A civil time in Vietnam, to the minute.
    Minute = text(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$", &["2026-03-02T08:10"])
}

value! {
    /// When something happened here: in Vietnam's time, to the second.
    Moment = text(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+07:00$", &["2026-03-02T08:10:05+07:00"])
}

value! {
    /// A facility's code (MA_CSKCB).
    FacilityCode = text("^[0-9A-Z]{5}$", &["92114"])
}

value! {
    /// What was done.
    Kind = words(encounter::Kind::WORDS)
}

value! {
    /// How far it went: a stopped service has price 0, a cancelled line counts nowhere.
    Status = words(encounter::Status::WORDS)
}

value! {
    /// Sex (GIOI_TINH 1, 2, 3).
    Sex = words(encounter::Sex::WORDS)
}

value! {
    /// The area of residence (MA_KHUVUC).
    Area = words(encounter::Area::WORDS)
}

value! {
    /// The class of an operation (LOAI_PTTT 8, 5, 6, 7).
    OperationClass = words(encounter::OperationClass::WORDS)
}

value! {
    /// How loudly a finding speaks: the claim would be refused, somebody should look, good to know.
    Severity = words(&[("block", ()), ("warn", ()), ("inform", ())])
}

fn text(pattern: &str, examples: &[&str]) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .examples(examples.iter().map(|text| json!(text)))
}

fn one_of(pattern: &str, examples: &[&str]) -> OneOfBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
    let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0));
    OneOfBuilder::new().item(text).item(number).examples(examples.iter().map(|text| json!(text)))
}

fn words<T>(words: &[(&'static str, T)]) -> ObjectBuilder {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words))
}
