//! Tariff of Bắc Ninh (24): the national rules; only the prices are its own (`prices.csv`).

/// The tariff of Bắc Ninh (24).
pub struct BacNinh;

impl vienphi_guest::Tariff for BacNinh {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
}

vienphi_guest::export!(BacNinh);
