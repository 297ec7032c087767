//! What VNPay is asked: an address for the payer, what became of a payment, and money back.

use vienphi_rail::{
    Context, Display, Encoding, Header, Input, MacCheck, Method, Operation, Outcome, Part, Progress, Repetition,
    Request, Status, Step, ToSign, done, outcome, setting, vietnam, vietqr,
};

use crate::message::{Fields, dong, key};
use crate::{API, KEY, PAY};

const VERSION: &str = "2.1.0";

const QUERY: [&str; 9] = [
    "vnp_RequestId",
    "vnp_Version",
    "vnp_Command",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_TransactionDate",
    "vnp_CreateDate",
    "vnp_IpAddr",
    "vnp_OrderInfo",
];

const QUERY_ANSWER: [&str; 15] = [
    "vnp_ResponseId",
    "vnp_Command",
    "vnp_ResponseCode",
    "vnp_Message",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_BankCode",
    "vnp_PayDate",
    "vnp_TransactionNo",
    "vnp_TransactionType",
    "vnp_TransactionStatus",
    "vnp_OrderInfo",
    "vnp_PromotionCode",
    "vnp_PromotionAmount",
];

const REFUND: [&str; 13] = [
    "vnp_RequestId",
    "vnp_Version",
    "vnp_Command",
    "vnp_TmnCode",
    "vnp_TransactionType",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_TransactionNo",
    "vnp_TransactionDate",
    "vnp_CreateBy",
    "vnp_CreateDate",
    "vnp_IpAddr",
    "vnp_OrderInfo",
];

const REFUND_ANSWER: [&str; 13] = [
    "vnp_ResponseId",
    "vnp_Command",
    "vnp_ResponseCode",
    "vnp_Message",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_BankCode",
    "vnp_PayDate",
    "vnp_TransactionNo",
    "vnp_TransactionType",
    "vnp_TransactionStatus",
    "vnp_OrderInfo",
];

/// An order's text is no longer.
const INFO: usize = 255;

pub(crate) fn begin(context: &Context) -> Result<Progress, String> {
    let (message, state) = match context.operation {
        Operation::Create => {
            let form = payment(context)?.signed();
            (form.clone(), form)
        }
        Operation::Query | Operation::QueryRefund => {
            let fields = query(context)?;
            (fields.barred(&QUERY), fields.open_json())
        }
        Operation::Refund => {
            let fields = refund(context)?;
            (fields.barred(&REFUND), fields.open_json())
        }
        Operation::Cancel => return Err("cancel is not an operation of this rail".into()),
    };
    let sign = ToSign { slot: KEY.into(), encoding: Encoding::HexLower, message: vec![Part::Text(message)] };
    Ok(Progress { step: Step::Sign(vec![sign]), state: state.into_bytes() })
}

pub(crate) fn resume(context: &Context, state: &[u8], input: Input) -> Result<Progress, String> {
    match (context.operation, input) {
        (Operation::Create, Input::Signed) => {
            let form = text(state)?;
            let url =
                vec![Part::Endpoint(PAY.into()), Part::Text(format!("?{form}&vnp_SecureHash=")), Part::Signature(0)];
            let display = Display { qr: None, url, expires: context.order.expires };
            Ok(done(Outcome { display: Some(display), ..outcome(Status::Pending, "") }))
        }
        (_, Input::Signed) => {
            let body = vec![
                Part::Text(format!("{},\"vnp_SecureHash\":\"", text(state)?)),
                Part::Signature(0),
                Part::Text("\"}".into()),
            ];
            let is_refund = context.operation == Operation::Refund;
            let request = Request {
                endpoint: API.into(),
                method: Method::Post,
                path: String::new(),
                query: Vec::new(),
                headers: vec![Header {
                    name: "content-type".into(),
                    value: vec![Part::Text("application/json".into())],
                }],
                body,
                // Whether a second refund under the same number is refused is not documented.
                repetition: if is_refund { Repetition::Never } else { Repetition::Safe },
            };
            Ok(Progress { step: Step::Send(request), state: Vec::new() })
        }
        (operation, Input::Response(response)) => {
            if response.status != 200 {
                return Ok(done(outcome(Status::Unknown, &format!("HTTP {}", response.status))));
            }
            let Ok(fields) = Fields::of_json(&response.body) else {
                return Ok(done(outcome(Status::Unknown, "an answer that cannot be read")));
            };
            let names: &[&str] = if operation == Operation::Refund { &REFUND_ANSWER } else { &QUERY_ANSWER };
            let tag = fields.get("vnp_SecureHash").unwrap_or_default().to_owned();
            let message = fields.barred(names).into_bytes();
            let check = MacCheck { slot: KEY.into(), encoding: Encoding::HexLower, message, tag };
            Ok(Progress { step: Step::Prove(vec![check]), state: response.body })
        }
        (_, Input::Proven(false)) => Ok(done(outcome(Status::Unknown, "an answer that is not VNPay's"))),
        (operation, Input::Proven(true)) => {
            let fields = Fields::of_json(state)?;
            if fields.get("vnp_TxnRef") != Some(context.order.reference.as_str()) {
                return Ok(done(outcome(Status::Unknown, "an answer to another question")));
            }
            Ok(done(match operation {
                Operation::Refund => refunded(&fields),
                Operation::QueryRefund => refund_found(context, &fields),
                Operation::Create | Operation::Query | Operation::Cancel => found(context, &fields)?,
            }))
        }
        (_, Input::Silence) => Ok(done(outcome(Status::Unknown, "no answer"))),
    }
}

/// What became of a payment.
fn found(context: &Context, fields: &Fields) -> Result<Outcome, String> {
    let (code, status) = (fields.get("vnp_ResponseCode").unwrap_or_default(), fields.get("vnp_TransactionStatus"));
    let raw = format!("{code}/{}", status.unwrap_or_default());
    // A payment that was given back at VNPay itself is nothing that this host may post.
    if fields.get("vnp_TransactionType").is_some_and(|kind| kind != "01") {
        return Ok(outcome(Status::Unknown, &raw));
    }
    Ok(match (code, status) {
        ("00", Some("00")) => {
            let number = fields.need("vnp_TransactionNo")?;
            Outcome {
                provider_reference: Some(number.to_owned()),
                amount: Some(dong(fields.need("vnp_Amount")?)?),
                event_key: Some(key(&context.order.reference, number)),
                occurred: fields.get("vnp_PayDate").and_then(vietnam::read_stamp),
                ..outcome(Status::Succeeded, &raw)
            }
        }
        ("00", Some("02")) => outcome(Status::Failed, &raw),
        // The payer has not been there, or types a code just now: the host asks for a day behind the time to pay.
        ("91", _) | ("00", Some("01")) => outcome(Status::Pending, &raw),
        _ => outcome(Status::Unknown, &raw),
    })
}

/// How a refund was taken: 00 means accepted, and no more.
fn refunded(fields: &Fields) -> Outcome {
    let code = fields.get("vnp_ResponseCode").unwrap_or_default();
    let status = match code {
        "00" | "94" => Status::Pending,
        "02" | "03" | "91" | "95" | "97" => Status::Failed,
        _ => Status::Unknown,
    };
    Outcome { provider_reference: fields.get("vnp_TransactionNo").map(str::to_owned), ..outcome(status, code) }
}

/// What became of a refund.
fn refund_found(context: &Context, fields: &Fields) -> Outcome {
    let (code, status) = (fields.get("vnp_ResponseCode").unwrap_or_default(), fields.get("vnp_TransactionStatus"));
    let is_refund = matches!(fields.get("vnp_TransactionType"), Some("02" | "03"));
    let amount = fields.get("vnp_Amount").and_then(|amount| dong(amount).ok());
    // The payment itself, or another amount, says nothing of this refund.
    let is_own = is_refund && amount.is_some() && amount == context.order.refund_amount;
    let known = match (code, status) {
        ("00", Some("00")) if is_own => Status::Succeeded,
        ("00", Some("05" | "06")) if is_own => Status::Pending,
        ("00", Some("09")) if is_own => Status::Failed,
        _ => Status::Unknown,
    };
    Outcome { amount: amount.filter(|_| is_own), ..outcome(known, &format!("{code}/{}", status.unwrap_or_default())) }
}

fn payment(context: &Context) -> Result<Fields, String> {
    let order = &context.order;
    let until = order.expires.map(vietnam::stamp).unwrap_or_default();
    Ok(common(context, "pay")?
        .with("vnp_Amount", (order.amount * 100).to_string())
        .with("vnp_CreateDate", vietnam::stamp(order.created))
        .with("vnp_CurrCode", "VND")
        .with("vnp_Locale", "vn")
        .with("vnp_OrderType", "other")
        .with("vnp_ReturnUrl", setting(&context.settings, "return-url")?)
        .with("vnp_ExpireDate", until))
}

fn query(context: &Context) -> Result<Fields, String> {
    Ok(common(context, "querydr")?
        // Each question has a number of its own.
        .with("vnp_RequestId", format!("{}{}", context.order.reference, context.now))
        .with("vnp_TransactionDate", vietnam::stamp(context.order.created))
        .with("vnp_CreateDate", vietnam::stamp(context.now)))
}

fn refund(context: &Context) -> Result<Fields, String> {
    let order = &context.order;
    let amount = order.refund_amount.ok_or("a refund has an amount")?;
    Ok(common(context, "refund")?
        .with("vnp_RequestId", context.id.as_str())
        .with("vnp_TransactionType", if amount == order.amount { "02" } else { "03" })
        .with("vnp_Amount", (amount * 100).to_string())
        .with("vnp_TransactionNo", order.provider_reference.as_deref().unwrap_or("0"))
        .with("vnp_TransactionDate", vietnam::stamp(order.created))
        .with("vnp_CreateBy", order.actor.as_str())
        .with("vnp_CreateDate", vietnam::stamp(context.now)))
}

fn common(context: &Context, command: &str) -> Result<Fields, String> {
    let info: String = vietqr::ascii(&context.order.description).chars().take(INFO).collect();
    Ok(Fields::default()
        .with("vnp_Version", VERSION)
        .with("vnp_Command", command)
        .with("vnp_TmnCode", setting(&context.settings, "tmn-code")?)
        .with("vnp_TxnRef", context.order.reference.as_str())
        .with("vnp_IpAddr", setting(&context.settings, "ip-address")?)
        .with("vnp_OrderInfo", info))
}

fn text(state: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(state).map_err(|_| "a state that is none".to_owned())
}
