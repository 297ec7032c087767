//! VietQR: the QR codes of NAPAS 247 transfers.
//!
//! Source: NAPAS, "Quy định định dạng mã VietQR trong dịch vụ chuyển nhanh NAPAS247", v1.0, 09/2021. A code is a row of fields,
//! each a tag of two digits, a length of two digits that counts characters, and a value; a value may be a row of fields
//! itself. The last field is a CRC over everything before its value.

mod decode;
mod encode;
mod text;

pub use decode::{Decoded, Format, decode};
pub use encode::{Instruction, encode};
pub use text::{ascii, purpose};

use crc::{CRC_16_IBM_3740, Crc, Table};

/// The longest account, card or merchant number (38-01-01).
pub const ACCOUNT_AT_MOST: usize = 19;

/// The longest text of a field of additional data: bill number (62-01), purpose (62-08).
pub const TEXT_AT_MOST: usize = 25;

/// One transfer is below this many đồng (§8.1.1).
pub const TRANSFER_BELOW: u64 = 500_000_000;

/// NAPAS' own identifier (38-00).
const NAPAS: &str = "A000000727";

/// What is wrong with an instruction or a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Fault {
    /// The field by its name, or a code's field by its tags, as in `38-01-00`.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub reason: String,
}

fn fault(field: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault { field: field.into(), reason: reason.into() }
}

/// To what the money goes (38-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// An account, `QRIBFTTA`.
    Account,
    /// A card, `QRIBFTTC`.
    Card,
}

impl Service {
    /// Its word in a code.
    pub fn word(self) -> &'static str {
        match self {
            Service::Account => "QRIBFTTA",
            Service::Card => "QRIBFTTC",
        }
    }

    fn parse(word: &str) -> Option<Service> {
        [Service::Account, Service::Card].into_iter().find(|service| service.word() == word)
    }
}

/// ISO/IEC 13239 as EMVCo takes it: polynomial 1021, beginning with FFFF.
fn checksum(bytes: &[u8]) -> u16 {
    static CRC: Crc<u16, Table<1>> = Crc::<u16, Table<1>>::new(&CRC_16_IBM_3740);
    CRC.checksum(bytes)
}
