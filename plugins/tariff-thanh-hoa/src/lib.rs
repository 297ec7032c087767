//! Tariff of Thanh Hóa (38): the national rules; only the prices are its own (`prices.csv`).

/// The tariff of Thanh Hóa (38).
pub struct ThanhHoa;

impl vienphi_guest::Tariff for ThanhHoa {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
}

vienphi_guest::export!(ThanhHoa);
