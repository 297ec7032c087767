//! What must hold of a claim file, whatever its bytes.

use vienphi_claims::{Claim, Envelope, Limits, NewClaim, NewEnvelope, NewTable, Table};

use crate::packed::unpack;
use crate::reader::{error_is_sound, is_sound};
use crate::visits::discharge_day;

/// Whether the file could be read.
pub(crate) fn run(file: &[u8]) -> bool {
    let envelope = match Envelope::read(file, &Limits::default()) {
        Ok(envelope) => envelope,
        Err(error) => {
            // A byte of a table may be one of its own document, which is shorter than its base64.
            error_is_sound(&error, file.len());
            return false;
        }
    };
    assert_eq!(envelope.bytes(), file, "a file that was read is written as it was");
    let text = std::str::from_utf8(file).expect("a file that was read is UTF-8");
    if let Some(signature) = envelope.signature() {
        let element = text[signature].to_ascii_uppercase();
        assert!(element.starts_with("<CHUKYDONVI") && element.ends_with('>'));
    }
    for (name, at) in envelope.unknown() {
        assert!(text[at..].starts_with('<') && text[at + 1..].starts_with(name));
    }
    for breach in envelope.breaches() {
        assert!(breach.to_string().len() < 1_000);
    }
    let _ = (envelope.made_on(), envelope.declared_count());
    for claim in envelope.claims() {
        assert!(text[claim.offset()..].starts_with('<'));
        if let Err(error) = claim.discharge_day() {
            error_is_sound(&error, file.len());
        }
        for table in claim.tables() {
            stands_where_it_says(table, text);
            is_sound(table, table.raw().as_bytes());
        }
    }
    is_written_again(&envelope);
    true
}

/// The document is what the base64 of its place holds.
fn stands_where_it_says(table: &Table, file: &str) {
    let Some(source) = table.source() else {
        assert!(table.raw().is_empty());
        return;
    };
    let packed = &file[source];
    // Comments, references and sections of CDATA are put together by the reader alone.
    if packed
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b' ' | b'\r' | b'\n'))
        && let Some(document) = unpack(packed.as_bytes())
    {
        assert_eq!(table.raw().as_bytes(), document);
    }
}

/// All of it that has a meaning is kept when it is written anew, and that is written the same again.
fn is_written_again(envelope: &Envelope<'_>) {
    let file = write(envelope);
    let again = Envelope::read(&file, &Limits::default()).expect("what was written is read");
    assert_eq!((again.facility(), again.claims().len()), (envelope.facility(), envelope.claims().len()));
    let said = |claim: &Claim| -> Vec<(String, String)> {
        claim.tables().iter().map(|table| (table.kind().to_owned(), table.raw().to_owned())).collect()
    };
    for (old, new) in envelope.claims().iter().zip(again.claims()) {
        assert_eq!(said(old), said(new));
    }
    assert_eq!(write(&again), file);
}

/// Its claims and tables in a file of ours.
pub(crate) fn write(envelope: &Envelope<'_>) -> Vec<u8> {
    let claims = envelope.claims().iter().map(|claim| NewClaim {
        discharge_day: discharge_day(),
        tables: claim.tables().iter().map(NewTable::kept).collect(),
    });
    let facility = envelope.facility().unwrap_or_default().to_owned();
    let made_on = envelope.made_on().ok().flatten().unwrap_or_else(discharge_day);
    NewEnvelope { facility, made_on, claims: claims.collect() }.write().expect("what was read can be written")
}
