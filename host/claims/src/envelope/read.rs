//! Reading an envelope.

use std::ops::Range;

use super::{Claim, Envelope, Span, Stated};
use crate::base64_text;
use crate::error::{ClaimError, Reason, quoted};
use crate::limits::Limits;
use crate::table::Table;
use crate::text::checked;
use crate::xml::{Open, Xml};

impl<'s> Envelope<'s> {
    /// Reads a claim file and all its tables.
    ///
    /// Names of elements are the same in any case. What is missing is no error here ([`Envelope::breaches`],
    /// [`violations`](crate::violations)), and what nobody knows is kept.
    ///
    /// # Errors
    ///
    /// What is no XML of UTF-8, what goes beyond the limits, an outermost element that is not `GIAMDINHHS`, an element of the
    /// envelope or a field that stands twice, and base64 that is damaged. The first of them ends the reading.
    pub fn read(bytes: &'s [u8], limits: &Limits) -> Result<Envelope<'s>, ClaimError> {
        let allowed = limits.file.min(u32::MAX as usize);
        if bytes.len() > allowed {
            return Err(Reason::FileTooLarge { found: bytes.len(), allowed }.nowhere());
        }
        let text = checked(bytes)?;
        let xml = Xml::new(text, limits)?;
        let envelope = Envelope {
            text,
            facility: None,
            made_on: None,
            declared_count: None,
            claims: Vec::new(),
            signature: None,
            is_signature_last: false,
            unknown: Vec::new(),
        };
        let mut reading = Reading { xml, limits, envelope, spill: String::new() };
        reading.file()?;
        Ok(reading.envelope)
    }
}

struct Reading<'s, 'l> {
    xml: Xml<'s>,
    limits: &'l Limits,
    envelope: Envelope<'s>,
    /// Texts put together of pieces; used anew for each.
    spill: String,
}

impl<'s> Reading<'s, '_> {
    fn file(&mut self) -> Result<(), ClaimError> {
        let root = self.xml.root()?;
        if !root.is("GIAMDINHHS") {
            return Err(Reason::NotAnEnvelope(quoted(root.name)).at(root.start));
        }
        while let Some(child) = self.child()? {
            self.envelope.is_signature_last = false;
            if child.is("THONGTINDONVI") {
                self.facility()?;
            } else if child.is("THONGTINHOSO") {
                self.dossier()?;
            } else if child.is("CHUKYDONVI") {
                let end = self.xml.skip()?;
                once(&mut self.envelope.signature, child.start..end, child)?;
                self.envelope.is_signature_last = true;
            } else {
                self.unknown(child)?;
            }
        }
        self.xml.finish()
    }

    fn facility(&mut self) -> Result<(), ClaimError> {
        while let Some(child) = self.child()? {
            if child.is("MACSKCB") {
                let stated = self.stated(child)?;
                once(&mut self.envelope.facility, stated, child)?;
            } else {
                self.unknown(child)?;
            }
        }
        Ok(())
    }

    fn dossier(&mut self) -> Result<(), ClaimError> {
        while let Some(child) = self.child()? {
            if child.is("NGAYLAP") {
                let stated = self.stated(child)?;
                once(&mut self.envelope.made_on, stated, child)?;
            } else if child.is("SOLUONGHOSO") {
                let stated = self.stated(child)?;
                once(&mut self.envelope.declared_count, stated, child)?;
            } else if child.is("DANHSACHHOSO") {
                self.claims()?;
            } else {
                self.unknown(child)?;
            }
        }
        Ok(())
    }

    fn claims(&mut self) -> Result<(), ClaimError> {
        while let Some(child) = self.child()? {
            if !child.is("HOSO") {
                self.unknown(child)?;
                continue;
            }
            let (index, allowed) = (self.envelope.claims.len(), self.limits.claims);
            if index == allowed {
                return Err(Reason::TooMany { what: "claims in the file", allowed }.at(child.start));
            }
            let claim = self.claim(child).map_err(|error| error.in_claim(index))?;
            self.envelope.claims.push(claim);
        }
        Ok(())
    }

    fn claim(&mut self, open: Open<'s>) -> Result<Claim, ClaimError> {
        let mut claim = Claim { tables: Vec::new(), offset: open.start };
        while let Some(child) = self.child()? {
            if !child.is("FILEHOSO") {
                self.unknown(child)?;
                continue;
            }
            let allowed = self.limits.tables;
            if claim.tables.len() == allowed {
                return Err(Reason::TooMany { what: "tables in the claim", allowed }.at(child.start));
            }
            claim.tables.push(self.table()?);
        }
        Ok(claim)
    }

    fn table(&mut self) -> Result<Table, ClaimError> {
        let mut kind: Option<Stated> = None;
        let mut content: Option<(Vec<u8>, Range<usize>)> = None;
        while let Some(child) = self.child()? {
            if child.is("LOAIHOSO") {
                let stated = self.stated(child)?;
                once(&mut kind, stated, child)?;
            } else if child.is("NOIDUNGFILE") {
                let decoded = self.content(child).map_err(|error| match &kind {
                    Some(kind) => error.of_table(&kind.text),
                    None => error,
                })?;
                once(&mut content, decoded, child)?;
            } else {
                self.unknown(child)?;
            }
        }
        let kind = kind.map_or(Box::default(), |kind| kind.text);
        let (bytes, source) = match content {
            Some((bytes, source)) => (bytes, Some(source)),
            None => (Vec::new(), None),
        };
        Table::of(&kind, &bytes, source, self.limits).map_err(|error| error.in_table(&kind))
    }

    /// The bytes of `NOIDUNGFILE`, and where its base64 stands.
    fn content(&mut self, open: Open<'s>) -> Result<(Vec<u8>, Range<usize>), ClaimError> {
        self.spill.clear();
        let unknown = &mut self.envelope.unknown;
        // Bounded by the file, and before it is decoded by the limit of a table.
        let content = self.xml.content(open, usize::MAX, &mut self.spill, |other| unknown.push(name_of(other)))?;
        let text = match content.is_spilled {
            true => self.spill.get(content.text.start..content.text.end).unwrap_or_default(),
            false => self.xml.text_of(content.text),
        };
        let decoded = base64_text::decode(text, content.offset, self.limits.table);
        let decoded = decoded.map_err(|error| error.in_field(open.name))?;
        Ok((decoded, content.offset..content.end))
    }

    /// The text of an element without blanks around it.
    fn stated(&mut self, open: Open<'s>) -> Result<Stated, ClaimError> {
        self.spill.clear();
        let unknown = &mut self.envelope.unknown;
        let content =
            self.xml.content(open, self.limits.text, &mut self.spill, |other| unknown.push(name_of(other)))?;
        let text = match content.is_spilled {
            true => self.spill.get(content.text.start..content.text.end).unwrap_or_default(),
            false => self.xml.text_of(content.text),
        };
        Ok(Stated { text: text.trim_ascii().into(), offset: content.offset })
    }

    /// The next element within the one that is open. Text between elements carries nothing here; it stays in the bytes.
    fn child(&mut self) -> Result<Option<Open<'s>>, ClaimError> {
        self.xml.child(|_| {})
    }

    fn unknown(&mut self, open: Open<'s>) -> Result<(), ClaimError> {
        self.envelope.unknown.push(name_of(open));
        self.xml.skip().map(|_| ())
    }
}

fn name_of(open: Open<'_>) -> Span {
    let place = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
    Span { start: place(open.start + 1), end: place(open.start + 1 + open.name.len()) }
}

/// Fills a place that is still empty.
fn once<T>(place: &mut Option<T>, value: T, open: Open<'_>) -> Result<(), ClaimError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Reason::Twice.at(open.start).in_field(open.name)),
    }
}
