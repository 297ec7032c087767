//! Tariff of a new province: the national rules; only the prices are its own (`prices.csv`).

/// The tariff of a new province.
pub struct Template;

impl vienphi_guest::Tariff for Template {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
}

vienphi_guest::export!(Template);
