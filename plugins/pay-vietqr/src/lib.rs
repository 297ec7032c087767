//! Transfers by VietQR: the patient scans a code that names the hospital's account, the amount and our reference.
//!
//! It only instructs. Whether the money came is told by whoever watches the account.

use vienphi_rail::vietqr::{self, Instruction, Service};
use vienphi_rail::{
    Confidence, Context, Display, Manifest, Note, Operation, Outcome, Progress, Rail, SettingSlot, Status, done,
    failed, optional, setting,
};

/// NAPAS 247 by QR code.
pub struct VietQr;

impl Rail for VietQr {
    fn describe() -> Manifest {
        let slot = |name: &str, required, what: &str| SettingSlot { name: name.into(), required, what: what.into() };
        Manifest {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            instructs: true,
            confirms: false,
            operations: vec![Operation::Create],
            minimum: 1,
            maximum: vietqr::TRANSFER_BELOW - 1,
            reference_length: u32::try_from(vietqr::TEXT_AT_MOST).unwrap_or(0),
            reference_alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".into(),
            keys: Vec::new(),
            settings: vec![
                slot("bin", true, "the bank's number at NAPAS, 6 digits"),
                slot("account", true, "the account that is paid to, at most 19 letters or digits"),
                slot("purpose", false, "what a transfer is called before our reference"),
            ],
            endpoints: Vec::new(),
            tells_failures: false,
            notes: vec![Note {
                what: "layout of the code, and the limit of 500 million đồng a transfer".into(),
                confidence: Confidence::Documented,
                source: "NAPAS, Quy định định dạng mã VietQR, v1.0, 09/2021".into(),
            }],
        }
    }

    fn begin(context: &Context) -> Progress {
        if context.operation != Operation::Create {
            return failed(format!("{} is not an operation of this rail", vienphi_rail::word(context.operation)));
        }
        match code(context) {
            Ok(code) => done(Outcome {
                status: Status::Pending,
                provider_reference: None,
                amount: None,
                event_key: None,
                occurred: None,
                display: Some(Display { qr: Some(code), url: Vec::new(), expires: context.order.expires }),
                raw_code: String::new(),
            }),
            Err(why) => failed(why),
        }
    }
}

/// The code of an order. The reference is the bill number, and leads the text of the transfer: that is what the bank keeps.
fn code(context: &Context) -> Result<String, String> {
    let order = &context.order;
    let purpose = optional(&context.settings, "purpose").unwrap_or("vien phi");
    let instruction = Instruction {
        bin: setting(&context.settings, "bin")?,
        account: setting(&context.settings, "account")?,
        service: Service::Account,
        amount: Some(order.amount).filter(|amount| *amount > 0),
        bill: Some(&order.reference),
        purpose: Some(&format!("{} {purpose}", order.reference)),
    };
    vietqr::encode(&instruction).map_err(|fault| fault.to_string())
}

vienphi_rail::export!(VietQr);
