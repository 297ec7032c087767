//! What a portal looks at in a file: a few rules of its own, written after the format (QĐ 130, 4750, 3176) and not after the
//! product.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::Event;

/// An element.
#[derive(Default)]
struct Node {
    name: String,
    text: String,
    inner: Vec<Node>,
}

/// What is kept of a file that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// MA_LK.
    pub(crate) visit: String,
    /// T_TONGCHI_BV in 1/100 đồng.
    pub(crate) total: i128,
    /// Whether CHUKYDONVI holds anything.
    pub(crate) is_signed: bool,
}

/// Why a file is refused: the portal's code and all its reasons. The visit when it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) reasons: Vec<String>,
    pub(crate) visit: Option<String>,
}

/// What a facility's deadlines and the portal's strictness ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strictness {
    pub(crate) is_past_deadline: bool,
    pub(crate) needs_signature: bool,
}

/// The tables of lines, with the field that the header sums up.
const LINES: [&str; 2] = ["XML2", "XML3"];

/// The portal bears one đồng between header and lines (GDH 5).
const TOLERANCE: i128 = 100;

/// Looks at a file of an account's facility.
pub(crate) fn look(base64: &str, facility: &str, strictness: Strictness) -> Result<Seen, Refusal> {
    let refused = |code, reason: &str| Refusal { code, reasons: vec![reason.to_owned()], visit: None };
    let bytes = unbase64(base64).ok_or_else(|| refused("201", "fileHSBase64 không phải base64"))?;
    if bytes.is_empty() {
        return Err(refused("204", "Tệp rỗng"));
    }
    let root = parse(&bytes).ok_or_else(|| refused("201", "Tệp không phải XML đúng định dạng"))?;
    if root.name != "GIAMDINHHS" {
        return Err(refused("201", "Thẻ gốc phải là GIAMDINHHS"));
    }
    let files: Vec<&Node> = root.all("HOSO");
    let [file] = files.as_slice() else {
        return Err(refused("202", "Mỗi tệp chỉ gồm một hồ sơ"));
    };
    if root.find("SOLUONGHOSO").is_none_or(|count| count.text.trim() != "1") {
        return Err(refused("202", "SOLUONGHOSO khác số hồ sơ trong tệp"));
    }
    let mut tables = Vec::new();
    for table in file.all("FILEHOSO") {
        let (Some(kind), Some(content)) = (table.find("LOAIHOSO"), table.find("NOIDUNGFILE")) else {
            return Err(refused("202", "FILEHOSO thiếu LOAIHOSO hoặc NOIDUNGFILE"));
        };
        let kind = kind.text.trim().to_owned();
        match unbase64(&content.text).and_then(|bytes| parse(&bytes)) {
            Some(root) => tables.push((kind, root)),
            None => return Err(refused("201", &format!("{kind}: NOIDUNGFILE không phải XML trong base64"))),
        }
    }
    let Some((_, header)) = tables.iter().find(|(kind, _)| kind == "XML1") else {
        return Err(refused("202", "Thiếu XML1"));
    };
    let field = |name: &str| header.find(name).map(|node| node.text.trim()).unwrap_or_default();
    let visit = field("MA_LK").to_owned();
    let mut reasons = Vec::new();
    if visit.is_empty() {
        reasons.push("XML1: MA_LK trống".to_owned());
    }
    let sent_by = root.find("MACSKCB").map(|node| node.text.trim()).unwrap_or_default();
    for (place, found) in [("MACSKCB", sent_by), ("XML1: MA_CSKCB", field("MA_CSKCB"))] {
        if found != facility {
            reasons.push(format!("{place} khác cơ sở của tài khoản"));
        }
    }
    if !is_time(field("NGAY_RA")) {
        reasons.push("XML1: NGAY_RA sai định dạng".to_owned());
    }
    let (total, sum) = (hundredths(field("T_TONGCHI_BV")), sum(&tables));
    match (total, sum) {
        (Some(total), Some(sum)) if (total - sum).abs() <= TOLERANCE => {}
        (Some(_), Some(_)) => reasons.push("XML1: T_TONGCHI_BV khác tổng THANH_TIEN_BV".to_owned()),
        _ => reasons.push("Số tiền sai định dạng".to_owned()),
    }
    let is_signed =
        root.find("CHUKYDONVI").is_some_and(|place| !place.inner.is_empty() || !place.text.trim().is_empty());
    if strictness.needs_signature && !is_signed {
        reasons.push("CHUKYDONVI trống".to_owned());
    }
    if strictness.is_past_deadline {
        reasons.push("Quá thời hạn gửi hồ sơ".to_owned());
    }
    if reasons.is_empty() {
        Ok(Seen { visit, total: total.unwrap_or_default(), is_signed })
    } else {
        Err(Refusal { code: "202", reasons, visit: Some(visit).filter(|visit| !visit.is_empty()) })
    }
}

/// MA_LK of the first row of a check-in.
pub(crate) fn arrival(base64: &str) -> Option<String> {
    let root = parse(&unbase64(base64)?).filter(|root| root.name == "CHI_TIEU_TRANG_THAI_KCB")?;
    let visit = root.find("MA_LK")?.text.trim().to_owned();
    (!visit.is_empty()).then_some(visit)
}

pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    STANDARD.decode(text).ok()
}

fn sum(tables: &[(String, Node)]) -> Option<i128> {
    let lines = tables.iter().filter(|(kind, _)| LINES.contains(&kind.as_str()));
    let amounts = lines.flat_map(|(_, root)| root.all("THANH_TIEN_BV"));
    amounts.map(|amount| hundredths(amount.text.trim())).sum()
}

/// An amount in 1/100 đồng.
fn hundredths(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: i128 = format!("{part:0<2}").parse().ok()?;
    Some(whole.parse::<i128>().ok()? * 100 + part)
}

/// `202603051000`
fn is_time(text: &str) -> bool {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(99);
    let is_digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits
        && (1..=12).contains(&number(4, 6))
        && (1..=31).contains(&number(6, 8))
        && number(8, 10) < 24
        && number(10, 12) < 60
}

/// No deeper.
const DEPTH: usize = 64;

fn parse(bytes: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    let mut close = |open: &mut Vec<Node>, node: Node| match open.last_mut() {
        Some(outer) => outer.inner.push(node),
        None => root = Some(node),
    };
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if open.len() >= DEPTH {
                    return None;
                }
                let name = start.local_name().as_ref().to_owned();
                open.push(Node { name, ..Node::default() });
            }
            Event::Empty(empty) => {
                let name = empty.local_name().as_ref().to_owned();
                close(&mut open, Node { name, ..Node::default() });
            }
            Event::End(_) => {
                let node = open.pop()?;
                close(&mut open, node);
            }
            Event::Text(text) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&text);
                }
            }
            Event::CData(text) => open.last_mut()?.text.push_str(&text),
            Event::GeneralRef(name) => {
                let letter = match &*name {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => return None,
                };
                open.last_mut()?.text.push(letter);
            }
            Event::DocType(_) => return None,
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    root.filter(|_| open.is_empty())
}

impl Node {
    /// All elements of a name, at any depth.
    fn all(&self, name: &str) -> Vec<&Node> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(node) = waiting.pop() {
            if node.name == name {
                found.push(node);
            }
            waiting.extend(node.inner.iter().rev());
        }
        found
    }

    fn find(&self, name: &str) -> Option<&Node> {
        self.all(name).into_iter().next()
    }
}
