//! Tariff of Cà Mau (96): the national rules; only the prices are its own (`prices.csv`).

/// The tariff of Cà Mau (96).
pub struct CaMau;

impl vienphi_guest::Tariff for CaMau {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
}

vienphi_guest::export!(CaMau);
