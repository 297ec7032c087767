//! Tariff of the ministry's hospitals: the national rules; only the prices are its own (`prices.csv`).

/// The tariff of the ministry's hospitals.
pub struct Central;

impl vienphi_guest::Tariff for Central {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
}

vienphi_guest::export!(Central);
