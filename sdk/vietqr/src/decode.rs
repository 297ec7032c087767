//! Reading a code. Whether it is well made and whether its CRC is right are two questions: codes with a right CRC and fields
//! in the wrong place are in use.

use crate::{ACCOUNT_AT_MOST, Fault, NAPAS, Service, checksum, fault};

/// Whose format a code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// NAPAS, tag 38.
    VietQr,
    /// VNPAY's merchants, tag 26: it names no account.
    VnPay,
}

impl Format {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Format::VietQr => "vietqr",
            Format::VnPay => "vnpay",
        }
    }
}

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Whose format it is.
    pub format: Format,
    /// For one use, or for many.
    pub is_dynamic: Option<bool>,
    /// The bank's number at NAPAS.
    pub bin: Option<String>,
    /// The account, card or merchant number.
    pub account: Option<String>,
    /// Which of them it is.
    pub service: Option<Service>,
    /// In đồng, without a point that says nothing.
    pub amount: Option<String>,
    /// The bill number, 62-01.
    pub bill: Option<String>,
    /// The purpose, 62-08.
    pub purpose: Option<String>,
    /// The CRC is that of the text; its letters may be of either case.
    pub is_intact: bool,
}

/// The identifier of VNPAY's codes (26-00).
const VNPAY: &str = "A000000775";

/// The longest code: a QR code holds no more characters of this kind.
const AT_MOST: usize = 4296;

/// Reads a code.
pub fn decode(written: &str) -> Result<Decoded, Fault> {
    let text = written.trim();
    if text.len() > AT_MOST {
        return Err(fault("code", format!("must be at most {AT_MOST} characters")));
    }
    let fields = fields(text, "")?;
    let mut names = fields.iter();
    match names.next() {
        Some(Field { tag: "00", value: "01" }) => {}
        _ => return Err(fault("00", "must be the first field, with the value 01")),
    }
    let Some(Field { tag: "63", value: told }) = names.next_back() else {
        return Err(fault("63", "must be the last field: the CRC"));
    };
    let is_intact = match u16::from_str_radix(told, 16) {
        Ok(crc) if told.len() == 4 && !told.starts_with('+') => crc == checksum(&text.as_bytes()[..text.len() - 4]),
        _ => return Err(fault("63", format!("must be 4 hexadecimal digits, not {told:?}"))),
    };
    let one = |tag: &str| one(&fields, tag, "");
    let is_dynamic = match one("01")? {
        None => None,
        Some("11") => Some(false),
        Some("12") => Some(true),
        Some(other) => return Err(fault("01", format!("must be 11 (static) or 12 (dynamic), not {other:?}"))),
    };
    if let Some(currency) = one("53")?
        && currency != "704"
    {
        return Err(fault("53", format!("must be 704, đồng, not {currency:?}")));
    }
    let amount = one("54")?.map(amount).transpose()?;
    let (mut bill, mut purpose) = (None, None);
    if let Some(additional) = one("62")? {
        let inner = self::fields(additional, "62-")?;
        bill = self::one(&inner, "01", "62-")?.map(str::to_owned);
        purpose = self::one(&inner, "08", "62-")?.map(str::to_owned);
    }
    let mut decoded = Decoded {
        format: Format::VietQr,
        is_dynamic,
        bin: None,
        account: None,
        service: None,
        amount,
        bill,
        purpose,
        is_intact,
    };
    match (one("38")?, one("26")?) {
        (Some(napas), _) => read_napas(napas, &mut decoded)?,
        (None, Some(vnpay)) => {
            let inner = self::fields(vnpay, "26-")?;
            if self::one(&inner, "00", "26-")? != Some(VNPAY) {
                return Err(fault("26-00", format!("must be {VNPAY}: no other code of this kind is known")));
            }
            decoded.format = Format::VnPay;
            decoded.account = self::one(&inner, "01", "26-")?.map(str::to_owned);
        }
        (None, None) => return Err(fault("38", "is missing: the code names no account")),
    }
    Ok(decoded)
}

fn read_napas(value: &str, decoded: &mut Decoded) -> Result<(), Fault> {
    let inner = fields(value, "38-")?;
    match one(&inner, "00", "38-")? {
        Some(NAPAS) => {}
        other => return Err(fault("38-00", format!("must be {NAPAS}, not {:?}", other.unwrap_or_default()))),
    }
    let bank = one(&inner, "01", "38-")?.ok_or_else(|| fault("38-01", "is missing: bank and account"))?;
    let parts = fields(bank, "38-01-")?;
    if let Some(stray) = parts.iter().find(|field| !matches!(field.tag, "00" | "01")) {
        let place = format!("38-01-{}", stray.tag);
        return Err(fault(
            place,
            "only bank (00) and account (01) belong inside 38-01; the service belongs beside it, in 38-02",
        ));
    }
    let bin = one(&parts, "00", "38-01-")?.unwrap_or_default();
    if bin.len() != 6 || !bin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault("38-01-00", format!("must be the 6 digits of a bank, not {bin:?}")));
    }
    let account = one(&parts, "01", "38-01-")?.unwrap_or_default();
    let is_plain = account.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if account.is_empty() || account.len() > ACCOUNT_AT_MOST || !is_plain {
        return Err(fault("38-01-01", format!("must be 1 to {ACCOUNT_AT_MOST} letters or digits, not {account:?}")));
    }
    if let Some(word) = one(&inner, "02", "38-")? {
        let service = Service::parse(word);
        decoded.service =
            Some(service.ok_or_else(|| fault("38-02", format!("must be QRIBFTTA or QRIBFTTC, not {word:?}")))?);
    }
    (decoded.bin, decoded.account) = (Some(bin.to_owned()), Some(account.to_owned()));
    Ok(())
}

/// An amount: digits and at most one point, not zero.
fn amount(written: &str) -> Result<String, Fault> {
    let wrong = || fault("54", format!("must be an amount in đồng above 0 of at most 13 characters, not {written:?}"));
    let (whole, rest) = written.split_once('.').unwrap_or((written, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if written.len() > 13 || whole.is_empty() || !digits(whole) || !digits(rest) {
        return Err(wrong());
    }
    let (whole, rest) = (whole.trim_start_matches('0'), rest.trim_end_matches('0'));
    match (whole, rest) {
        ("", "") => Err(wrong()),
        (whole, "") => Ok(whole.to_owned()),
        ("", rest) => Ok(format!("0.{rest}")),
        (whole, rest) => Ok(format!("{whole}.{rest}")),
    }
}

#[derive(Debug, Clone, Copy)]
struct Field<'a> {
    tag: &'a str,
    value: &'a str,
}

/// The fields of a value, which must be nothing else.
fn fields<'a>(text: &'a str, prefix: &str) -> Result<Vec<Field<'a>>, Fault> {
    let mut rest = text;
    let mut fields = Vec::with_capacity(12);
    while !rest.is_empty() {
        let broken = || {
            let place = text.len() - rest.len();
            fault(format!("{prefix}{}", rest.get(..2).unwrap_or("?")), format!("no field begins at character {place}"))
        };
        let (tag, length) = (rest.get(..2).ok_or_else(broken)?, rest.get(2..4).ok_or_else(broken)?);
        if !tag.bytes().chain(length.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(broken());
        }
        let length: usize = length.parse().map_err(|_| broken())?;
        let behind = &rest[4..];
        // A length counts characters, whatever they take in bytes.
        let end = match behind.get(..length) {
            Some(value) if value.is_ascii() => Some(length),
            _ => behind.char_indices().map(|(place, _)| place).chain([behind.len()]).nth(length),
        };
        let end = end.ok_or_else(|| {
            fault(format!("{prefix}{tag}"), format!("says {length} characters and has {}", behind.chars().count()))
        })?;
        if length == 0 {
            return Err(fault(format!("{prefix}{tag}"), "must have a value"));
        }
        fields.push(Field { tag, value: &behind[..end] });
        rest = &behind[end..];
    }
    Ok(fields)
}

/// The value of a field that may be there once.
fn one<'a>(fields: &[Field<'a>], tag: &str, prefix: &str) -> Result<Option<&'a str>, Fault> {
    let mut found = fields.iter().filter(|field| field.tag == tag);
    let first = found.next().map(|field| field.value);
    match found.next() {
        None => Ok(first),
        Some(_) => Err(fault(format!("{prefix}{tag}"), "is there twice")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With its CRC.
    fn sealed(body: &str) -> String {
        let body = format!("{body}6304");
        format!("{body}{:04X}", checksum(body.as_bytes()))
    }

    const STATIC: &str = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN";

    #[test]
    fn the_crc_may_have_either_case_and_may_be_wrong() {
        let code = sealed(STATIC);
        assert!(decode(&code).unwrap().is_intact);
        assert!(decode(&code.replace("9E6F", "9e6f")).unwrap().is_intact);
        assert!(!decode(&code.replace("9E6F", "F4E5")).unwrap().is_intact);
        assert!(decode(&format!(" {code}\r\n")).unwrap().is_intact, "a scanner types an end of line");
    }

    /// NAPAS' own example 6.1.1: its sub-length is 12 for 13 digits, and its CRC is right for that.
    #[test]
    fn a_code_with_a_right_crc_can_be_wrongly_made() {
        let published =
            "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5";
        let wrong = decode(published).unwrap_err();
        assert!(wrong.field.starts_with("38-01"), "{wrong}");
        // The service inside the bank's field.
        let nested = "00020101021138570010A00000072701390006970403011300110123456780208QRIBFTTA53037045802VN";
        assert_eq!(decode(&sealed(nested)).unwrap_err().field, "38-01-02");
    }

    #[test]
    fn amounts_are_read_as_they_are_written_in_the_wild() {
        let with = |amount: &str| decode(&sealed(&format!("{STATIC}54{:02}{amount}", amount.len())));
        for (written, read) in [("50000", "50000"), ("50000.", "50000"), ("50000.00", "50000"), ("0050.50", "50.5")] {
            assert_eq!(with(written).unwrap().amount.as_deref(), Some(read));
        }
        for wrong in ["0", "0.00", ".5", "1.2.3", "-5", "1e3", "12345678901234"] {
            assert_eq!(with(wrong).unwrap_err().field, "54", "{wrong}");
        }
    }

    #[test]
    fn what_is_malformed_is_named() {
        let cases = [
            ("", "00"),
            ("hello", "he"),
            ("000201", "63"),
            ("0002", "00"),
            ("00020101021138", "38"),
            ("000201010213", "01"),
            ("0002015802VN", "38"),
            ("00020138140010A000000999", "38-00"),
            ("0002015303840", "53"),
            ("00020100020138", "38"),
            ("0002010000", "00"),
        ];
        for (body, field) in cases {
            let code = if body.len() > 6 && body != "hello" { sealed(body) } else { body.to_owned() };
            let wrong = decode(&code).unwrap_err();
            assert!(wrong.field.starts_with(field), "{body}: {wrong}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        let code = sealed(&format!("{STATIC}62160812Viện phí mai"));
        assert_eq!(decode(&code).unwrap().purpose.as_deref(), Some("Viện phí mai"));
    }
}
