//! Against strings that were worked out outside of this code.

use vienphi_rail::{Incoming, Method, Rail, Setting, Verdict};

use crate::VnPay;
use crate::message::{Fields, dong};

#[test]
fn what_is_signed_is_sorted_and_form_encoded() {
    // A blank is a plus, and bytes of UTF-8 are percent-encoded in capitals; empty fields and the signature are left out.
    let fields = Fields::read(
        "vnp_TxnRef=VP92114000217&vnp_OrderInfo=Vi%e1%bb%87n%20phi&vnp_Amount=16200000&vnp_BankCode=&other=1&vnp_SecureHash=ab&vnp_SecureHashType=SHA512"
            .as_bytes(),
    );
    assert_eq!(fields.signed(), "vnp_Amount=16200000&vnp_OrderInfo=Vi%E1%BB%87n+phi&vnp_TxnRef=VP92114000217");
    assert_eq!((dong("16200000"), dong("16200001").is_err(), dong("x").is_err()), (Ok(162_000), true, true));
}

fn told(query: &str) -> Incoming {
    Incoming {
        method: Method::Get,
        query: query.into(),
        headers: Vec::new(),
        body: Vec::new(),
        now: 0,
        settings: vec![Setting { name: "tmn-code".into(), value: "T1".into() }],
    }
}

#[test]
fn a_notification_is_read() {
    let query = |code: &str, status: &str| {
        format!(
            "vnp_TmnCode=T1&vnp_TxnRef=R1&vnp_Amount=500000&vnp_ResponseCode={code}&vnp_TransactionStatus={status}&vnp_TransactionNo=14422574&vnp_PayDate=20261125221215"
        )
    };
    let paid = VnPay::accept(&told(&query("00", "00"))).unwrap().remove(0);
    assert_eq!((paid.key.as_str(), paid.amount, paid.occurred), ("R1/14422574", 5_000, 1_795_619_535));
    let failed = VnPay::accept(&told(&query("24", "02"))).unwrap().remove(0);
    assert_ne!(failed.key, paid.key);
    // Money that was taken and not given over is nobody's to post.
    assert!(VnPay::accept(&told(&query("07", "07"))).is_err());
    assert!(VnPay::accept(&told("vnp_TmnCode=T1&vnp_TxnRef=R1")).is_err());
    assert!(VnPay::accept(&told(&query("00", "00").replace("T1", "T2"))).unwrap().is_empty());
    for (verdict, code) in [(Verdict::Accepted, "00"), (Verdict::Duplicate, "02"), (Verdict::BadSignature, "97")] {
        assert!(VnPay::reply(&told(""), verdict).body.contains(&format!("\"RspCode\":\"{code}\"")));
    }
}
