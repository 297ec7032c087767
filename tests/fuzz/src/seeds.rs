//! Inputs that a search begins with: whole files, and such as programs write oddly.

use vienphi_claims::Schema;

use crate::packed::{TABLE, pack, places, unpack};
use crate::reader::kind_of;
use crate::signature;
use crate::visits::{Visit, document, file, filled};

/// An input and what it is called.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The name of its file.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

fn seed(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Seed {
    Seed { name: name.into(), bytes: bytes.into() }
}

/// Each table of the law, alone.
pub(crate) fn tables() -> Vec<Seed> {
    let input = |number: u8, document: &str| [&[number], document.as_bytes()].concat();
    let mut seeds = Vec::new();
    for table in Schema::every_day().tables() {
        let number = table.number;
        let text = match filled(number) {
            Some(table) => document(&table),
            None => format!("<{0}><MA_LK>K1</MA_LK></{0}>", table.root.as_deref().unwrap_or("BANG")),
        };
        assert_eq!(kind_of(number), format!("XML{number}"));
        seeds.push(seed(format!("table-{number}"), input(number, &text)));
    }
    for visit in [Visit::outpatient(), Visit::inpatient()] {
        for table in visit.tables() {
            let number: u8 = table.kind().trim_start_matches("XML").parse().unwrap();
            let text = document(&table);
            seeds.push(seed(format!("rows-{number}-{}", text.len()), input(number, &text)));
        }
    }
    let odd = "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\r\n<tong_hop a='1'><ma_lk>K<!-- 1 -->1</ma_lk>\
               <HO_TEN><![CDATA[A & B]]>&#67;</HO_TEN><MOI>1</MOI><KHAC><X/></KHAC>\r\n</tong_hop>\r\n";
    seeds.push(seed("odd", input(1, odd)));
    seeds.push(seed("strange", input(16, "<PHIEU><A><MA_LK>K1</MA_LK></A></PHIEU>")));
    seeds
}

/// Claim files.
pub(crate) fn envelopes() -> Vec<Seed> {
    let outpatient = file(&[Visit::outpatient()], false);
    let fifteen: Vec<String> = (0..15).map(|number| format!("DN49200000000{number:02}")).collect();
    let twelve: Vec<String> = (0..12).map(|number| format!("E{number:02}.9")).collect();
    vec![
        seed("outpatient", outpatient.clone()),
        seed("inpatient", file(&[Visit::inpatient()], false)),
        seed("full", file(&[Visit::inpatient()], true)),
        seed("two", file(&[Visit::outpatient(), Visit::inpatient()], false)),
        seed("same-twice", file(&[Visit::outpatient(), Visit::outpatient()], false)),
        seed("cards", file(&[Visit::outpatient().with("MA_THE_BHYT", &fifteen.join(";"))], false)),
        seed("diagnoses", file(&[Visit::outpatient().with("MA_BENH_KT", &twelve.join(";"))], false)),
        seed("nothing", file(&[Visit::default()], false)),
        seed("written-oddly", written_oddly(&outpatient)),
    ]
}

/// The same file with line breaks, CDATA, comments, attributes, small letters, and base64 in lines.
fn written_oddly(file: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(file);
    let mut out = String::from("\u{feff}");
    let mut from = 0;
    for (number, place) in places(file, TABLE).into_iter().enumerate() {
        out.push_str(&text[from..place.start]);
        let document = String::from_utf8(unpack(&file[place.clone()]).unwrap()).unwrap();
        let document = document.replace("><", ">\r\n<").replace("<CHI_TIET_DVKT>", "<chi_tiet_dvkt a='&lt;' b=\"2\">");
        let document = document.replace("</CHI_TIET_DVKT>", "<MOI>1</MOI><!-- x --></chi_tiet_dvkt>");
        let document = document.replace("<MA_LK>K1</MA_LK>", "<MA_LK><![CDATA[K1]]></MA_LK>");
        let packed = pack(document.as_bytes());
        if number == 0 {
            out.push_str(&format!("<![CDATA[{packed}]]>"));
        } else {
            for line in packed.as_bytes().chunks(76) {
                out.push_str(std::str::from_utf8(line).unwrap());
                out.push_str("\r\n");
            }
        }
        from = place.end;
    }
    out.push_str(&text[from..]);
    out.replace("<HOSO>", "<HOSO>\r\n  <GHICHU>1</GHICHU>").into_bytes()
}

/// Signed files, with marks, and one that can be signed.
pub(crate) fn signed() -> Vec<Seed> {
    let signed = signature::originals().into_iter().enumerate();
    let mut seeds: Vec<Seed> = signed.map(|(number, bytes)| seed(format!("signed-{number}"), bytes)).collect();
    seeds.push(seed("unsigned", file(&[Visit::default()], false)));
    seeds
}
