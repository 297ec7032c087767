//! Tariff of Cần Thơ (92): the national rules; only the prices are its own (`prices.csv`).

/// The tariff of Cần Thơ (92).
pub struct CanTho;

impl vienphi_guest::Tariff for CanTho {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
}

vienphi_guest::export!(CanTho);
