//! Writing a code.

use crate::{ACCOUNT_AT_MOST, Fault, NAPAS, Service, TEXT_AT_MOST, TRANSFER_BELOW, checksum, fault, text};

/// A transfer that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction<'a> {
    /// The bank's number at NAPAS (BIN): 6 digits.
    pub bin: &'a str,
    /// The account or card: 1 to 19 letters or digits. A longer one is refused, never cut.
    pub account: &'a str,
    /// Which of the two it is.
    pub service: Service,
    /// In đồng, below 500 million. A code with an amount is for one use (`12`), one without is for many (`11`).
    pub amount: Option<u64>,
    /// The bill number (62-01): 1 to 25 printable ASCII characters.
    pub bill: Option<&'a str>,
    /// What the transfer is for (62-08): any text. It is folded to ASCII and shortened, never within `bill`.
    pub purpose: Option<&'a str>,
}

/// The text of the code.
pub fn encode(instruction: &Instruction<'_>) -> Result<String, Fault> {
    let Instruction { bin, account, service, amount, bill, purpose } = *instruction;
    if bin.len() != 6 || !is_digits(bin) {
        return Err(fault("bin", format!("must be the 6 digits of a bank, not {bin:?}")));
    }
    check_account(account, service)?;
    if let Some(amount) = amount {
        if amount == 0 {
            return Err(fault("amount", "must be more than 0"));
        }
        if amount >= TRANSFER_BELOW {
            let parts = amount.div_ceil(crate::TRANSFER_BELOW - 1);
            return Err(fault(
                "amount",
                format!("must be below {TRANSFER_BELOW}, the limit of one transfer: ask for it in {parts} transfers"),
            ));
        }
    }
    if let Some(bill) = bill
        && (bill.is_empty() || bill.len() > TEXT_AT_MOST || !bill.bytes().all(|byte| (0x20..0x7f).contains(&byte)))
    {
        return Err(fault(
            "bill",
            format!("must be 1 to {TEXT_AT_MOST} printable ASCII characters: it is not shortened"),
        ));
    }
    let purpose = purpose.map(|purpose| text::purpose(purpose, bill)).filter(|purpose| !purpose.is_empty());

    let mut code = String::with_capacity(160);
    field(&mut code, "00", "01");
    field(&mut code, "01", if amount.is_some() { "12" } else { "11" });
    let mut bank = String::with_capacity(40);
    field(&mut bank, "00", bin);
    field(&mut bank, "01", account);
    let mut napas = String::with_capacity(80);
    field(&mut napas, "00", NAPAS);
    field(&mut napas, "01", &bank);
    field(&mut napas, "02", service.word());
    field(&mut code, "38", &napas);
    field(&mut code, "53", "704");
    if let Some(amount) = amount {
        field(&mut code, "54", &amount.to_string());
    }
    field(&mut code, "58", "VN");
    let mut additional = String::with_capacity(64);
    if let Some(bill) = bill {
        field(&mut additional, "01", bill);
    }
    if let Some(purpose) = &purpose {
        field(&mut additional, "08", purpose);
    }
    if !additional.is_empty() {
        field(&mut code, "62", &additional);
    }
    code += "6304";
    let checksum = checksum(code.as_bytes());
    code += &format!("{checksum:04X}");
    Ok(code)
}

fn check_account(account: &str, service: Service) -> Result<(), Fault> {
    let is_plain = account.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if account.is_empty() || account.len() > ACCOUNT_AT_MOST || !is_plain {
        return Err(fault(
            "account",
            format!("must be 1 to {ACCOUNT_AT_MOST} letters or digits without marks: it is not shortened"),
        ));
    }
    if service == Service::Card && (account.len() < 12 || !is_digits(account)) {
        return Err(fault("account", "a card's number is 12 to 19 digits"));
    }
    Ok(())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Appends a field. Its value is ASCII of at most 99 characters: every part was checked, and none adds up to more.
fn field(code: &mut String, tag: &str, value: &str) {
    code.push_str(tag);
    let length = value.len();
    code.push(char::from(b'0' + u8::try_from(length / 10 % 10).unwrap_or(0)));
    code.push(char::from(b'0' + u8::try_from(length % 10).unwrap_or(0)));
    code.push_str(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoded, Format, decode};

    const PLAIN: Instruction<'static> = Instruction {
        bin: "970403",
        account: "0011012345678",
        service: Service::Account,
        amount: None,
        bill: None,
        purpose: None,
    };

    /// NAPAS' example 6.1.1 with the lengths mended: the sub-length is 13, and the CRC is 9E6F.
    #[test]
    fn the_published_example_of_an_account() {
        assert_eq!(
            encode(&PLAIN).unwrap(),
            "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F"
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let asked =
            Instruction {
                amount: Some(180_000), bill: Some("NPS6869"), purpose: Some("Thanh toán đơn hàng"), ..PLAIN
            };
        let read = decode(&encode(&asked).unwrap()).unwrap();
        assert_eq!(
            read,
            Decoded {
                format: Format::VietQr,
                is_dynamic: Some(true),
                bin: Some("970403".into()),
                account: Some("0011012345678".into()),
                service: Some(Service::Account),
                amount: Some("180000".into()),
                bill: Some("NPS6869".into()),
                purpose: Some("Thanh toan don hang".into()),
                is_intact: true,
            }
        );
    }

    #[test]
    fn nothing_of_an_instruction_is_cut_but_its_free_text() {
        let faults = [
            (Instruction { bin: "97040", ..PLAIN }, "bin"),
            (Instruction { bin: "97040a", ..PLAIN }, "bin"),
            (Instruction { account: "12345678901234567890", ..PLAIN }, "account"),
            (Instruction { account: "", ..PLAIN }, "account"),
            (Instruction { account: "001 101", ..PLAIN }, "account"),
            (Instruction { account: "9704A30012345678", service: Service::Card, ..PLAIN }, "account"),
            (Instruction { amount: Some(0), ..PLAIN }, "amount"),
            (Instruction { amount: Some(500_000_000), ..PLAIN }, "amount"),
            (Instruction { bill: Some("12345678901234567890123456"), ..PLAIN }, "bill"),
            (Instruction { bill: Some("Đ1"), ..PLAIN }, "bill"),
            (Instruction { bill: Some(""), ..PLAIN }, "bill"),
        ];
        for (asked, field) in faults {
            assert_eq!(encode(&asked).unwrap_err().field, field, "{asked:?}");
        }
        let long = "p".repeat(200);
        let code = encode(&Instruction { purpose: Some(&long), ..PLAIN }).unwrap();
        assert_eq!(decode(&code).unwrap().purpose.unwrap(), "p".repeat(25));
    }
}
