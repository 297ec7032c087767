//! VNPay, version 2.1.0: the payer's browser goes to VNPay and pays there; VNPay tells of it; what it does not tell is
//! asked; money goes back by request.
//!
//! Source: sandbox.vnpayment.vn/apis, the pages on payment, IPN, querydr and refund. Amounts are in 1/100 đồng there, times are
//! Vietnam's. A browser that comes back says nothing that is believed.

mod message;
mod operations;
#[cfg(test)]
mod tests;

use vienphi_rail::{
    Algorithm, Check, Confidence, Context, Direction, Encoding, Event, EventKind, Explanation, Incoming, Input,
    KeySlot, MacCheck, Manifest, Method, Note, Operation, Progress, Rail, Reply, Retry, SettingSlot, Verdict, setting,
    vietnam,
};

use message::Fields;

/// VNPay.
pub struct VnPay;

/// The key's slot: the same secret signs what goes out and proves what comes.
const KEY: &str = "hash-secret";

/// Where a payer goes, and where questions and refunds go.
const PAY: &str = "pay";
const API: &str = "api";

impl Rail for VnPay {
    fn describe() -> Manifest {
        let slot = |name: &str, what: &str| SettingSlot { name: name.into(), required: true, what: what.into() };
        let note = |what: &str, confidence| Note {
            what: what.into(),
            confidence,
            source: "sandbox.vnpayment.vn/apis; lehuygiang28/vnpay".into(),
        };
        Manifest {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            instructs: true,
            confirms: true,
            operations: vec![Operation::Create, Operation::Query, Operation::Refund, Operation::QueryRefund],
            minimum: 5_000,
            maximum: 999_999_999,
            reference_length: 100,
            reference_alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".into(),
            keys: vec![KeySlot { name: KEY.into(), algorithm: Algorithm::HmacSha512, direction: Direction::Both }],
            settings: vec![
                slot("tmn-code", "the terminal's code (vnp_TmnCode), as VNPay gave it"),
                slot("return-url", "where the payer's browser goes afterwards; that settles nothing"),
                slot("ip-address", "an address that VNPay is told as the payer's (vnp_IpAddr)"),
            ],
            endpoints: vec![PAY.into(), API.into()],
            tells_failures: true,
            notes: vec![
                note("signing strings, IPN, querydr, refund, amounts in 1/100 đồng", Confidence::Documented),
                note("limits of 5 000 to 999 999 999 đồng a payment", Confidence::Likely),
                note("00 and 02 end a notification; others come again, 10 times, 5 minutes apart", Confidence::Likely),
                note(
                    "a querydr of type 02 or 03 tells of a refund: 00 went, 05 and 06 go, 09 refused",
                    Confidence::Likely,
                ),
            ],
        }
    }

    fn begin(context: &Context) -> Progress {
        operations::begin(context).unwrap_or_else(vienphi_rail::failed)
    }

    fn resume(context: &Context, state: &[u8], input: Input) -> Progress {
        operations::resume(context, state, input).unwrap_or_else(vienphi_rail::failed)
    }

    fn checks(incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
        let fields = told(incoming);
        // The address of a payment is signed with the same key: it is no notification.
        for needed in ["vnp_ResponseCode", "vnp_TransactionStatus"] {
            fields.need(needed)?;
        }
        let tag = fields.get("vnp_SecureHash").ok_or("vnp_SecureHash is missing")?.to_owned();
        let message = fields.signed().into_bytes();
        Ok(vec![vec![Check::Mac(MacCheck { slot: KEY.into(), encoding: Encoding::HexLower, message, tag })]])
    }

    fn accept(incoming: &Incoming) -> Result<Vec<Event>, String> {
        let fields = told(incoming);
        if fields.need("vnp_TmnCode")? != setting(&incoming.settings, "tmn-code")? {
            return Ok(Vec::new());
        }
        let reference = fields.need("vnp_TxnRef")?;
        let (code, status) = (fields.need("vnp_ResponseCode")?, fields.need("vnp_TransactionStatus")?);
        let number = fields.get("vnp_TransactionNo").unwrap_or("0");
        let kind = match (code, status) {
            ("00", "00") => EventKind::Paid,
            ("07", _) | (_, "07") => return Err("VNPay has the money and suspects fraud: a person decides".into()),
            _ => EventKind::Failed,
        };
        let key = match kind {
            EventKind::Paid => message::key(reference, number),
            _ => format!("{reference}/{number}/{code}/{status}"),
        };
        Ok(vec![Event {
            key,
            kind,
            references: vec![reference.to_owned()],
            provider_reference: Some(number.to_owned()),
            amount: message::dong(fields.need("vnp_Amount")?)?,
            currency: "VND".into(),
            occurred: fields.get("vnp_PayDate").and_then(vietnam::read_stamp).unwrap_or(incoming.now),
            payer: None,
            content: fields.get("vnp_OrderInfo").map(str::to_owned),
            raw_code: format!("{code}/{status}"),
        }])
    }

    fn reply(_incoming: &Incoming, verdict: Verdict) -> Reply {
        let (code, message) = match verdict {
            Verdict::Accepted => ("00", "Confirm Success"),
            Verdict::UnknownOrder => ("01", "Order not found"),
            Verdict::Duplicate => ("02", "Order already confirmed"),
            Verdict::AmountMismatch => ("04", "Invalid amount"),
            Verdict::BadSignature => ("97", "Invalid signature"),
            Verdict::Temporary => ("99", "Unknown error"),
        };
        Reply {
            status: 200,
            content_type: "application/json".into(),
            body: format!(r#"{{"RspCode":"{code}","Message":"{message}"}}"#),
        }
    }

    fn explain(raw_code: &str) -> Explanation {
        let (vi, en, retry) = match raw_code.split('/').next().unwrap_or_default() {
            "00" => ("Giao dịch thành công", "Paid", Retry::Never),
            "07" => ("Đã trừ tiền, giao dịch bị nghi ngờ", "Money taken, fraud suspected", Retry::Never),
            "11" => ("Đã hết hạn chờ thanh toán", "The time to pay has passed", Retry::Later),
            "24" => ("Khách hàng huỷ giao dịch", "The payer cancelled", Retry::Later),
            "51" => ("Tài khoản không đủ số dư", "Not enough money in the account", Retry::OtherMeans),
            "65" => ("Vượt hạn mức giao dịch trong ngày", "Over the day's limit", Retry::OtherMeans),
            "75" => ("Ngân hàng đang bảo trì", "The bank is being maintained", Retry::Later),
            _ => ("Giao dịch không thành công", "Not paid", Retry::OtherMeans),
        };
        Explanation { vi: vi.into(), en: en.into(), retry }
    }
}

/// What a notification says: in the address, or in a form.
fn told(incoming: &Incoming) -> Fields {
    match incoming.method {
        Method::Get => Fields::read(incoming.query.as_bytes()),
        Method::Post => Fields::read(&incoming.body),
    }
}

vienphi_rail::export!(VnPay);
