//! Tariff of Đồng Tháp (82): the national rules; only the prices are its own (`prices.csv`).

/// The tariff of Đồng Tháp (82).
pub struct DongThap;

impl vienphi_guest::Tariff for DongThap {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
}

vienphi_guest::export!(DongThap);
