//! Packages, price rows and health.

use utoipa::ToSchema;

use super::values::{Day, DecimalText};

/// The tariff packages as loaded.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugins {
    /// Each
    pub plugins: Vec<Plugin>,
}

/// A tariff package.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Its name
    pub name: String,
    /// Its version
    pub version: String,
    /// Its province, or `central`
    pub province: String,
    /// `approved` or `sample`
    pub status: String,
    /// The first day it rates
    pub effective_from: Day,
    /// The last day, if any
    #[schema(required)]
    pub effective_to: Option<Day>,
    /// The resolution behind it
    pub resolution: String,
    /// Which day prices a stay: `episode_start` or `service_date`
    pub transition: String,
    /// SHA-256 over the package
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub digest: String,
    /// Rows of its price table
    pub prices: u32,
    /// Whether it is signed
    pub signed: bool,
    /// What is worth knowing
    #[schema(required)]
    pub note: Option<String>,
    /// The rules its component describes; none when it was not admitted
    pub rules: u32,
    /// Why its component was not admitted
    #[schema(required)]
    pub error: Option<String>,
}

/// Rows found in the price tables.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Each
    pub rows: Vec<CatalogueRow>,
}

/// One price over a range of days.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogueRow {
    /// The package, or `catalogue` for a file laid over
    pub table: String,
    /// MA_DICH_VU
    pub code: String,
    /// TEN_DICH_VU
    pub name: String,
    /// DON_GIA
    pub price: DecimalText,
    /// GIA_BHYT
    pub insured_price: DecimalText,
    /// First day in force
    pub from: Day,
    /// Last day, if any
    #[schema(required)]
    pub to: Option<Day>,
    /// The hospital class it is for; all when null
    #[schema(required)]
    pub class: Option<String>,
    /// The province before the merger it is for; all when null
    #[schema(required)]
    pub former_province: Option<String>,
    /// The resolution
    pub resolution: String,
    /// `approved` or `sample`
    pub status: String,
}

/// A sign of life.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// `ok`
    pub status: String,
}
