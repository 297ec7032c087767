//! Writing a claim file.

use vienphi_domain::Day;

use super::{Form, NewClaim, NewEnvelope, NewRow, NewTable};
use crate::base64_text;
use crate::error::{ClaimError, Reason};
use crate::schema::{Layout, TableSchema};
use crate::text::forbidden;

/// Bytes of an element of a row, mostly.
const ELEMENT: usize = 32;

/// What every document begins with.
const DECLARATION: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

impl NewEnvelope {
    /// The file, with an empty `CHUKYDONVI` at its end for the signature.
    ///
    /// # Errors
    ///
    /// A text with a character that XML forbids, a table whose outermost element nobody knows, a table of one row that has
    /// another number of them, and a text in a field that is not in force on the day of discharge. The error names claim,
    /// table, row and field.
    pub fn write(&self) -> Result<Vec<u8>, ClaimError> {
        let mut file = String::from(DECLARATION);
        file.push_str("<GIAMDINHHS><THONGTINDONVI>");
        allowed("MACSKCB", &self.facility)?;
        element("MACSKCB", &self.facility, &mut file);
        file.push_str("</THONGTINDONVI><THONGTINHOSO>");
        let (year, month, day) = self.made_on.calendar();
        element("NGAYLAP", &format!("{year:04}{month:02}{day:02}"), &mut file);
        element("SOLUONGHOSO", &self.claims.len().to_string(), &mut file);
        file.push_str("<DANHSACHHOSO>");
        for (index, claim) in self.claims.iter().enumerate() {
            claim.write(&mut file).map_err(|error| error.in_claim(index))?;
        }
        file.push_str("</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>");
        Ok(file.into_bytes())
    }
}

impl NewClaim {
    fn write(&self, file: &mut String) -> Result<(), ClaimError> {
        file.push_str("<HOSO>");
        for table in &self.tables {
            file.push_str("<FILEHOSO>");
            element("LOAIHOSO", &table.kind, file);
            let document = table.document(self.discharge_day)?;
            file.push_str("<NOIDUNGFILE>");
            base64_text::encode(document.as_bytes(), file);
            file.push_str("</NOIDUNGFILE></FILEHOSO>");
        }
        file.push_str("</HOSO>");
        Ok(())
    }
}

impl NewTable {
    /// The table's own document, as [`Table::read`](crate::Table::read) reads it. Errors as of [`NewEnvelope::write`].
    pub fn document(&self, discharge_day: Day) -> Result<String, ClaimError> {
        match &self.form {
            Form::Kept(document) => Ok(document.clone().into()),
            Form::Rows { schema, root, rows } => {
                let root = root.as_deref().or(schema.root.as_deref());
                document(schema, root, rows, discharge_day).map_err(|error| error.of_table(&self.kind))
            }
        }
    }
}

fn document(
    schema: &TableSchema,
    root: Option<&str>,
    rows: &[NewRow],
    discharge_day: Day,
) -> Result<String, ClaimError> {
    let root = root.ok_or_else(|| Reason::RootNotKnown.nowhere())?;
    let mut text = String::with_capacity(rows.len() * schema.fields().len() * ELEMENT);
    text.push_str(DECLARATION);
    open(root, &mut text);
    match &schema.layout {
        Layout::List { list, row: name } => {
            open(list, &mut text);
            for (index, row) in rows.iter().enumerate() {
                open(name, &mut text);
                row.write(discharge_day, &mut text).map_err(|error| error.in_row(index))?;
                close(name, &mut text);
            }
            close(list, &mut text);
        }
        Layout::Root | Layout::NotSeen => {
            let [row] = rows else { return Err(Reason::NotOneRow(rows.len()).nowhere()) };
            row.write(discharge_day, &mut text).map_err(|error| error.in_row(0))?;
        }
    }
    close(root, &mut text);
    // Looked at as a whole: text by text takes longer, and is done only to say which it is.
    let Some((_, character)) = forbidden(&text) else { return Ok(text) };
    let of_row = rows.iter().enumerate().find_map(|(index, row)| Some(row.forbidden()?.in_row(index)));
    Err(of_row.unwrap_or_else(|| Reason::Forbidden(character.into()).nowhere()))
}

impl NewRow {
    fn write(&self, discharge_day: Day, onto: &mut String) -> Result<(), ClaimError> {
        for (number, field) in self.schema.fields().iter().enumerate() {
            let text = self.text_at(number);
            if field.on(discharge_day).is_some() {
                element(&field.name, text, onto);
            } else if !text.is_empty() {
                return Err(Reason::NotInForce.nowhere().in_field(&field.name));
            }
        }
        self.others.iter().for_each(|(name, text)| element(name, text, onto));
        Ok(())
    }

    /// What is wrong with the first text that has a character which XML forbids.
    fn forbidden(&self) -> Option<ClaimError> {
        let own = self.schema.fields().iter().enumerate().map(|(number, field)| (&*field.name, self.text_at(number)));
        let others = self.others.iter().map(|(name, text)| (&**name, &**text));
        own.chain(others).find_map(|(name, text)| allowed(name, text).err())
    }
}

/// What a text must not hold.
fn allowed(name: &str, text: &str) -> Result<(), ClaimError> {
    match forbidden(text) {
        None => Ok(()),
        Some((_, character)) => Err(Reason::Forbidden(character.into()).nowhere().in_field(name)),
    }
}

fn open(name: &str, onto: &mut String) {
    onto.push('<');
    onto.push_str(name);
    onto.push('>');
}

fn close(name: &str, onto: &mut String) {
    onto.push_str("</");
    onto.push_str(name);
    onto.push('>');
}

/// An element and its text; one tag when the text is empty.
fn element(name: &str, text: &str, onto: &mut String) {
    if text.is_empty() {
        onto.push('<');
        onto.push_str(name);
        onto.push_str("/>");
        return;
    }
    open(name, onto);
    // Hardly a text needs more.
    if text.bytes().all(|byte| !matches!(byte, b'&' | b'<' | b'>' | b'\r')) {
        onto.push_str(text);
        close(name, onto);
        return;
    }
    for piece in text.split_inclusive(['&', '<', '>', '\r']) {
        let (plain, reference) = match piece.as_bytes().last() {
            Some(b'&') => (&piece[..piece.len() - 1], "&amp;"),
            Some(b'<') => (&piece[..piece.len() - 1], "&lt;"),
            // Only `]]>` may not stand in a text; every > is written so, as programs do.
            Some(b'>') => (&piece[..piece.len() - 1], "&gt;"),
            // A reader of XML makes a line feed of a carriage return that is written as it is.
            Some(b'\r') => (&piece[..piece.len() - 1], "&#13;"),
            _ => (piece, ""),
        };
        onto.push_str(plain);
        onto.push_str(reference);
    }
    close(name, onto);
}
