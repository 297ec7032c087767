//! Tariff of Hải Phòng (31): the national rules; only the prices are its own (`prices.csv`).

/// The tariff of Hải Phòng (31).
pub struct HaiPhong;

impl vienphi_guest::Tariff for HaiPhong {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
}

vienphi_guest::export!(HaiPhong);
