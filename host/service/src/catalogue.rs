//! Searching the price tables by words.

use vienphi_domain::Day;
use vienphi_domain::text::fold;
use vienphi_tariff::{Row, Table};

use crate::pricer::Pricer;

/// A price row found.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CatalogueRow<'a> {
    /// The package, or `catalogue` for a file laid over.
    pub table: &'a str,
    /// MA_DICH_VU.
    pub code: &'a str,
    /// TEN_DICH_VU.
    pub name: &'a str,
    /// DON_GIA.
    pub price: vienphi_money::Price,
    /// GIA_BHYT.
    pub insured_price: vienphi_money::Price,
    /// First day in force.
    pub from: Day,
    /// Last day, if any.
    pub to: Option<Day>,
    /// The hospital class it is for.
    pub class: Option<&'static str>,
    /// The former province it is for.
    pub former_province: Option<&'a str>,
    /// The resolution.
    pub resolution: &'a str,
    /// `approved` or `sample`.
    pub status: &'static str,
}

impl Pricer {
    /// Rows whose code begins with `query`, or whose name holds every word of it, marks and case aside.
    pub fn search(&self, query: &str, limit: usize) -> Vec<CatalogueRow<'_>> {
        let words: Vec<String> = fold(query).split_whitespace().map(str::to_owned).collect();
        let code = query.trim();
        let overlays = self.overlays.iter().rev().map(|table| ("catalogue", table));
        let packages =
            self.offered.iter().map(|offered| (offered.package().manifest.name.as_str(), &offered.package().table));
        let rows = overlays
            .chain(packages)
            .flat_map(|(name, table): (&str, &Table)| table.rows().iter().map(move |row| (name, row)));
        rows.filter(|(_, row)| matches(row, code, &words)).take(limit).map(|(table, row)| found(table, row)).collect()
    }
}

fn matches(row: &Row, code: &str, words: &[String]) -> bool {
    if words.is_empty() || row.code.starts_with(code) {
        return true;
    }
    let name = fold(&row.name);
    words.iter().all(|word| name.contains(word.as_str()))
}

fn found<'a>(table: &'a str, row: &'a Row) -> CatalogueRow<'a> {
    CatalogueRow {
        table,
        code: &row.code,
        name: &row.name,
        price: row.list_price,
        insured_price: row.insured_price,
        from: row.from,
        to: (row.to != Day::END_OF_TIME).then_some(row.to),
        class: row.class.map(vienphi_domain::facility::Class::word),
        former_province: row.former_province.as_deref(),
        resolution: &row.resolution,
        status: if row.is_sample { "sample" } else { "approved" },
    }
}
