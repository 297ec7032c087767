//! What must be refused, before it costs anything.

use claims_fuzz::memory::peak_of;
use claims_fuzz::visits::{Visit, file};
use vienphi_claims::{Envelope, Limits, Reason, Table};

use super::files::{outpatient, refusal, with_summary};

/// Ten entities, each ten of the one before.
fn laughs() -> String {
    let entities: String = (1..10)
        .map(|number| format!("<!ENTITY lol{number} \"{}\">", format!("&lol{};", number - 1).repeat(10)))
        .collect();
    format!("<!DOCTYPE lolz [<!ENTITY lol0 \"lol\">{entities}]>")
}

/// A refusal that needed hardly any memory beyond the file.
fn refused_cheaply(what: &str, file: &[u8], reason: &Reason) {
    let (error, peak) = peak_of(|| refusal(file));
    assert_eq!(error.reason, *reason, "{what}: {error}");
    assert!(peak < 2 * file.len() + (64 << 10), "{what}: {peak} bytes for {}", file.len());
}

/// In the envelope and in a table.
fn both(before_root: &str, into_root: &str) -> [(String, &'static str); 2] {
    let declaration = "?>";
    let change = |text: &str, open: &str| {
        let (head, body) = text.split_once(declaration).unwrap();
        format!("{head}{declaration}{before_root}{}", body.replacen(open, &format!("{open}{into_root}"), 1))
    };
    [
        (change(&outpatient(), "<GIAMDINHHS>"), "the envelope"),
        (with_summary(|text| change(text, "<TONG_HOP>").into_bytes()), "a table"),
    ]
}

#[test]
fn a_billion_laughs() {
    for (file, place) in both(&laughs(), "<LAUGH>&lol9;</LAUGH>") {
        refused_cheaply(place, file.as_bytes(), &Reason::Doctype);
    }
    // Without the declaration the entity alone is refused.
    for (file, place) in both("", "<LAUGH>&lol9;</LAUGH>") {
        refused_cheaply(place, file.as_bytes(), &Reason::Entity("lol9".into()));
    }
}

#[test]
fn external_entities() {
    for doctype in [
        "<!DOCTYPE a [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE a [<!ENTITY xxe PUBLIC \"x\" \"http://example.com/x\">]>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://example.com/p.dtd\"> %p;]>",
        "<!DOCTYPE a SYSTEM \"http://example.com/a.dtd\">",
    ] {
        for (file, place) in both(doctype, "<A>&xxe;</A>") {
            refused_cheaply(&format!("{doctype} in {place}"), file.as_bytes(), &Reason::Doctype);
        }
    }
    for (file, place) in both("", "<A b='&xxe;'/>") {
        refused_cheaply(place, file.as_bytes(), &Reason::Entity("xxe".into()));
    }
    for (file, place) in both("", "<?xml-stylesheet href='http://example.com/a.xsl'?>") {
        refused_cheaply(place, file.as_bytes(), &Reason::Instruction);
    }
}

#[test]
fn a_million_elements_within_each_other() {
    let deep = "<A>".repeat(1_000_000);
    let reason = Reason::TooMany { what: "elements within elements", allowed: 64 };
    for (file, place) in both("", &deep) {
        refused_cheaply(place, file.as_bytes(), &reason);
    }
    let closed = format!("{deep}{}", "</A>".repeat(1_000_000));
    refused_cheaply("closed again", both("", &closed)[0].0.as_bytes(), &reason);
    // However deep is allowed, no more than a thousand are followed.
    let limits = Limits { depth: usize::MAX, ..Limits::default() };
    let error = Table::read(deep.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.reason, Reason::TooMany { what: "elements within elements", allowed: 1_000 });
}

#[test]
fn a_million_attributes() {
    let different: String = (0..1_000_000).map(|number| format!(" a{number}=''")).collect();
    let reason = Reason::TooMany { what: "attributes of one element", allowed: 32 };
    for (file, place) in both("", &format!("<A{different}/>")) {
        refused_cheaply(place, file.as_bytes(), &reason);
    }
    // The same again is refused as that, at the second.
    let error = refusal(&both("", &format!("<A{}/>", " a=''".repeat(1_000_000)))[0].0);
    assert!(error.to_string().contains("an attribute is wrong"), "{error}");
}

#[test]
fn a_gibibyte() {
    // Memory that nobody writes to is not there.
    let (gibibyte, allowed) = (vec![0; 1 << 30], 64 << 20);
    let (error, peak) = peak_of(|| refusal(&gibibyte));
    assert_eq!(error.reason, Reason::FileTooLarge { found: 1 << 30, allowed });
    assert!(peak < 4_096, "{peak}");
}

#[test]
fn base64_of_more_than_a_table_may_have() {
    let whole = outpatient();
    let (head, rest) = whole.split_once("<NOIDUNGFILE>").unwrap();
    let packed = rest.split_once('<').unwrap().0;
    // 60 MiB of base64 are 45 MiB, and 32 are allowed; that they are no XML is not looked at.
    let file = format!("{head}<NOIDUNGFILE>{}{rest}", "QUFB".repeat(15 << 20));
    let (error, peak) = peak_of(|| refusal(&file));
    let found = (45 << 20) + packed.len() / 4 * 3 - packed.bytes().filter(|byte| *byte == b'=').count();
    assert_eq!(error.reason, Reason::TableTooLarge { found, allowed: 32 << 20 });
    assert_eq!((error.place.field.as_deref(), error.place.table.as_deref()), (Some("NOIDUNGFILE"), Some("XML1")));
    assert!(peak < 64 << 10, "nothing was decoded, but {peak} bytes were needed");
}

#[test]
fn a_file_cut_off_anywhere() {
    let whole = file(&[Visit::outpatient()], false);
    for length in 0..whole.len() {
        let error = refusal(&whole[..length]);
        assert!(error.place.offset.is_none_or(|offset| offset <= length), "{length}: {error}");
    }
    Envelope::read(&whole, &Limits::default()).unwrap();
    // Blanks may follow and be cut off.
    Envelope::read(&[&*whole, b"\r\n"].concat(), &Limits::default()).unwrap();
}

#[test]
fn a_table_cut_off_anywhere() {
    let document = with_summary(|text| text.as_bytes().to_vec());
    Envelope::read(document.as_bytes(), &Limits::default()).unwrap();
    let length = std::cell::Cell::new(0);
    with_summary(|text| {
        length.set(text.len());
        text.as_bytes().to_vec()
    });
    // An empty document is a table that the visit has not.
    for cut in 1..length.get() {
        let error = refusal(with_summary(|text| text.as_bytes()[..cut].to_vec()));
        assert!(error.place.is_inner && error.place.table.as_deref() == Some("XML1"), "{cut}: {error}");
        assert!(error.place.offset.is_none_or(|offset| offset <= cut), "{cut}: {error}");
    }
}

#[test]
fn base64_cut_off() {
    let whole = outpatient();
    let (head, rest) = whole.split_once("<NOIDUNGFILE>").unwrap();
    let (packed, tail) = rest.split_once('<').unwrap();
    let letters = packed.trim_end_matches('=').len();
    for length in 1..letters {
        let error = refusal(format!("{head}<NOIDUNGFILE>{}<{tail}", &packed[..length]));
        // Cut between groups it is base64, of a document that is cut off.
        let is_group = length % 4 == 0;
        assert!(is_group || error.place.table.as_deref() == Some("XML1"), "{length}: {error}");
        assert_eq!(error.place.claim, Some(1), "{length}: {error}");
    }
}
