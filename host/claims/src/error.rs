//! What is wrong with a claim file, and where.

use std::fmt;

use vienphi_money::Unreadable;

/// A claim file, a value of it or a file to be written is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{reason}")]
pub struct ClaimError {
    /// Where, as far as it is known.
    pub place: Place,
    /// What was wrong and what is allowed.
    pub reason: Reason,
}

/// A place in a claim file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The `HOSO`, from 1.
    pub claim: Option<u32>,
    /// The table: its `LOAIHOSO` as it was written, or `XML` and its number.
    pub table: Option<Box<str>>,
    /// The row of the table, from 1.
    pub row: Option<u32>,
    /// The element.
    pub field: Option<Box<str>>,
    /// The byte, from 0.
    pub offset: Option<usize>,
    /// Whether `offset` counts from the beginning of the table's own document, not of the envelope.
    pub is_inner: bool,
}

impl fmt::Display for Place {
    /// As `claim 1, XML2, row 3, DON_GIA, byte 1234 of the table: `; nothing when nothing is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut put = |f: &mut fmt::Formatter<'_>, piece: fmt::Arguments<'_>| {
            f.write_str(separator)?;
            separator = ", ";
            f.write_fmt(piece)
        };
        if let Some(claim) = self.claim {
            put(f, format_args!("claim {claim}"))?;
        }
        if let Some(table) = &self.table {
            put(f, format_args!("{table}"))?;
        }
        if let Some(row) = self.row {
            put(f, format_args!("row {row}"))?;
        }
        if let Some(field) = &self.field {
            put(f, format_args!("{field}"))?;
        }
        if let Some(offset) = self.offset {
            put(f, format_args!("byte {offset}{}", if self.is_inner { " of the table" } else { "" }))?;
        }
        if *self == Place::default() { Ok(()) } else { f.write_str(": ") }
    }
}

/// What was wrong and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// More bytes than [`Limits::file`](crate::Limits::file).
    #[error("the file has {found} bytes; at most {allowed} are allowed")]
    FileTooLarge {
        /// Bytes of the file.
        found: usize,
        /// Bytes allowed.
        allowed: usize,
    },
    /// More bytes than [`Limits::table`](crate::Limits::table).
    #[error("the base64 would decode to {found} bytes; at most {allowed} are allowed")]
    TableTooLarge {
        /// Bytes it would have.
        found: usize,
        /// Bytes allowed.
        allowed: usize,
    },
    /// A limit other than of bytes of a file.
    #[error("there are more {what} than the {allowed} allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        allowed: usize,
    },
    /// The bytes are not UTF-8.
    #[error("is not UTF-8; a claim file is UTF-8, with or without a byte order mark")]
    NotUtf8,
    /// The bytes are UTF-16.
    #[error("is UTF-16; a claim file is UTF-8, with or without a byte order mark")]
    Utf16,
    /// The XML declaration names another encoding.
    #[error("the declared encoding is {0:?}; only \"UTF-8\" is allowed")]
    Encoding(Box<str>),
    /// Another version of XML.
    #[error("the declared version of XML is {0:?}; only \"1.0\" is allowed")]
    Version(Box<str>),
    /// A character that XML 1.0 forbids.
    #[error("U+{0:04X} is a character that XML does not allow")]
    Forbidden(u32),
    /// `<!DOCTYPE …>`.
    #[error("a DOCTYPE is not allowed in a claim file")]
    Doctype,
    /// `<?…?>` other than the XML declaration at the beginning.
    #[error("a processing instruction is not allowed in a claim file, save an XML declaration at its beginning")]
    Instruction,
    /// `&…;` other than the five of XML and references of characters.
    #[error("the entity {0:?} is not allowed; allowed are amp, lt, gt, quot, apos and character references")]
    Entity(Box<str>),
    /// The file does not follow the grammar of XML.
    #[error("{0}")]
    Malformed(Box<str>),
    /// An element ends that is not the one begun last.
    #[error("</{found}> was found where </{expected}> must stand")]
    WrongEnd {
        /// The element begun last.
        expected: Box<str>,
        /// The element ended.
        found: Box<str>,
    },
    /// The file ends within an element.
    #[error("the file ends before the element does; is it cut off?")]
    CutOff,
    /// No element at all.
    #[error("there is no XML element")]
    NoRoot,
    /// The outermost element is not that of an envelope.
    #[error("the outermost element is {0:?}; an envelope begins with GIAMDINHHS")]
    NotAnEnvelope(Box<str>),
    /// An element that may stand once stands twice.
    #[error("stands twice; once is allowed")]
    Twice,
    /// The base64 is damaged.
    #[error("is not base64: {0}")]
    Base64(&'static str),
    /// A value is no number of its kind.
    #[error("{text:?} {why}")]
    NotANumber {
        /// The value, or its beginning.
        text: Box<str>,
        /// What is wrong.
        why: Unreadable,
    },
    /// A value is no whole number.
    #[error("{0:?} is not a whole number such as 12")]
    NotWhole(Box<str>),
    /// A value is no day.
    #[error("{0:?} is not a day such as 20260302")]
    NotADay(Box<str>),
    /// A value is no moment.
    #[error("{0:?} is not a moment such as 202603020810")]
    NotAMoment(Box<str>),
    /// A field to be set that the table has not.
    #[error("is not a field of the table")]
    NoSuchField,
    /// A field with a text to be written that the table has on other days alone.
    #[error("is not a field of the table on the day of discharge")]
    NotInForce,
    /// A table to be written that has no typed rows.
    #[error("the fields of the table are not known; it can be written only as it was read")]
    NoFields,
    /// A table to be written whose outermost element is known to nobody.
    #[error("the outermost element of the table is not known; name it")]
    RootNotKnown,
    /// A table to be written that has another number of rows than its form can hold.
    #[error("{0} rows are to be written; the table holds exactly one")]
    NotOneRow(usize),
    /// A table to be changed that holds elements which writing would lose.
    #[error("{0:?} would be lost when the table is written anew")]
    WouldBeLost(Box<str>),
    /// A name that no element can have.
    #[error("{0:?} is not a name that an element can have")]
    NotAName(Box<str>),
}

impl Reason {
    /// At a byte of the document that is being read.
    pub(crate) fn at(self, offset: usize) -> ClaimError {
        ClaimError { place: Place { offset: Some(offset), ..Place::default() }, reason: self }
    }

    /// At no place known yet.
    pub(crate) fn nowhere(self) -> ClaimError {
        ClaimError { place: Place::default(), reason: self }
    }
}

impl ClaimError {
    /// In an element, unless a place within it is known already.
    pub(crate) fn in_field(mut self, field: &str) -> ClaimError {
        self.place.field.get_or_insert_with(|| quoted(field));
        self
    }

    /// In a row, counted from 0.
    pub(crate) fn in_row(mut self, row: usize) -> ClaimError {
        self.place.row = u32::try_from(row + 1).ok();
        self
    }

    /// In a table's own document.
    pub(crate) fn in_table(mut self, kind: &str) -> ClaimError {
        self.place.is_inner = true;
        self.of_table(kind)
    }

    /// In the envelope, at what belongs to a table.
    pub(crate) fn of_table(mut self, kind: &str) -> ClaimError {
        if !kind.is_empty() {
            self.place.table = Some(quoted(kind));
        }
        self
    }

    /// In a claim, counted from 0.
    pub(crate) fn in_claim(mut self, claim: usize) -> ClaimError {
        self.place.claim = u32::try_from(claim + 1).ok();
        self
    }
}

/// Characters of the sender's text that a message repeats.
const QUOTED: usize = 60;

/// As much of the sender's text as a message repeats.
pub(crate) fn quoted(text: &str) -> Box<str> {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
