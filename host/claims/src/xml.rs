//! A document read token by token, within limits. The only module that names quick-xml.
//!
//! quick-xml keeps names and quotes apart; what it leaves to its caller is done here: one root, no DOCTYPE, no instruction, no
//! entity but the five, UTF-8 alone, depth, attributes and lengths.

use quick_xml::Reader;
use quick_xml::errors::{Error as Fault, IllFormedError, SyntaxError};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use crate::error::{ClaimError, Reason, quoted};
use crate::limits::Limits;
use crate::text::{BOM, is_allowed, is_blank, is_name};

/// A document being read.
pub(crate) struct Xml<'s> {
    reader: Reader<&'s [u8]>,
    /// The whole, with its byte order mark.
    text: &'s str,
    /// Bytes of the byte order mark, of which the reader does not know.
    mark: usize,
    limits: Limits,
    depth: usize,
    /// Whether the element begun last has no end tag of its own and is still to be closed.
    is_empty_open: bool,
    has_root: bool,
}

/// Elements within elements are followed by recursion in places: whatever is asked for, no more than this.
const DEEPEST: usize = 1_000;

/// What comes next.
pub(crate) enum Token<'s> {
    /// An element begins.
    Open(Open<'s>),
    /// A piece of text as it stands in the document.
    Text(Piece),
    /// A reference of a character.
    Character(char),
    /// An element ends; the byte at which its end tag begins, and the byte after it.
    Close(usize, usize),
    /// The document ends.
    End,
}

/// A beginning of an element.
#[derive(Clone, Copy)]
pub(crate) struct Open<'s> {
    /// As it was written.
    pub(crate) name: &'s str,
    /// The byte of its `<`.
    pub(crate) start: usize,
    /// The byte after its `>`.
    pub(crate) end: usize,
}

/// Bytes of the document from `start` to before `end`.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Open<'_> {
    /// Names are the same in any case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl<'s> Xml<'s> {
    /// A document of characters that were checked ([`checked`](crate::text::checked)); the rest is looked at as it is read.
    pub(crate) fn new(text: &'s str, limits: &Limits) -> Result<Xml<'s>, ClaimError> {
        let body = text.strip_prefix(BOM).unwrap_or(text);
        let mark = text.len() - body.len();
        if body.starts_with(BOM) {
            // The reader would drop a second mark, and every place would be wrong.
            return Err(malformed("there is text outside the outermost element").at(mark));
        }
        let reader = Reader::from_str(body);
        let limits = Limits { depth: limits.depth.min(DEEPEST), ..*limits };
        Ok(Xml { reader, text, mark, limits, depth: 0, is_empty_open: false, has_root: false })
    }

    /// The text of a piece.
    pub(crate) fn text_of(&self, piece: Piece) -> &'s str {
        self.text.get(piece.start..piece.end).unwrap_or_default()
    }

    /// The byte that is read next.
    pub(crate) fn offset(&self) -> usize {
        // A document is in memory: its places fit.
        self.mark + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// What comes next; comments are passed over.
    pub(crate) fn next(&mut self) -> Result<Token<'s>, ClaimError> {
        if self.is_empty_open {
            self.is_empty_open = false;
            self.depth -= 1;
            return Ok(Token::Close(self.offset(), self.offset()));
        }
        loop {
            let start = self.offset();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(fault) => return Err(self.fault(fault)),
            };
            match event {
                Event::Start(tag) => return self.open(&tag, start),
                Event::Empty(tag) => {
                    self.is_empty_open = true;
                    return self.open(&tag, start);
                }
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(Token::Close(start, self.offset()));
                }
                Event::Text(text) => {
                    if self.depth > 0 {
                        return Ok(Token::Text(Piece { start, end: self.offset() }));
                    }
                    if !is_blank(&text) {
                        return Err(malformed("there is text outside the outermost element").at(start));
                    }
                }
                Event::CData(_) if self.depth == 0 => {
                    return Err(malformed("there is text outside the outermost element").at(start));
                }
                Event::CData(_) => {
                    let (opening, closing) = ("<![CDATA[".len(), "]]>".len());
                    return Ok(Token::Text(Piece { start: start + opening, end: self.offset() - closing }));
                }
                Event::GeneralRef(reference) if self.depth == 0 => {
                    return Err(Reason::Entity(quoted(&reference)).at(start));
                }
                Event::GeneralRef(reference) => {
                    return character(&reference).map(Token::Character).map_err(|it| it.at(start));
                }
                Event::Comment(_) => {}
                Event::Decl(declaration) => {
                    check_declaration(&declaration, start == self.mark).map_err(|it| it.at(start))?
                }
                Event::DocType(_) => return Err(Reason::Doctype.at(start)),
                Event::PI(_) => return Err(Reason::Instruction.at(start)),
                Event::Eof if self.depth > 0 => return Err(Reason::CutOff.at(start)),
                Event::Eof if !self.has_root => return Err(Reason::NoRoot.at(start)),
                Event::Eof => return Ok(Token::End),
            }
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, start: usize) -> Result<Token<'s>, ClaimError> {
        let name_start = start + 1;
        let name = self.text_of(Piece { start: name_start, end: name_start + tag.name().as_ref().len() });
        if !is_name(name) {
            return Err(Reason::NotAName(quoted(name)).at(start));
        }
        if self.depth == 0 && self.has_root {
            return Err(malformed("there is a second outermost element").at(start));
        }
        if self.depth >= self.limits.depth {
            return Err(Reason::TooMany { what: "elements within elements", allowed: self.limits.depth }.at(start));
        }
        if !tag.attributes_raw().is_empty() {
            self.check_attributes(tag).map_err(|it| it.at(start).in_field(name))?;
        }
        self.has_root = true;
        self.depth += 1;
        Ok(Token::Open(Open { name, start, end: self.offset() }))
    }

    /// Attributes carry nothing in a claim file; they must be well-formed and few.
    fn check_attributes(&self, tag: &BytesStart<'_>) -> Result<(), Reason> {
        let allowed = self.limits.attributes;
        for (count, attribute) in tag.attributes().enumerate() {
            if count == allowed {
                return Err(Reason::TooMany { what: "attributes of one element", allowed });
            }
            let attribute =
                attribute.map_err(|fault| Reason::Malformed(format!("an attribute is wrong: {fault}").into()))?;
            if !is_name(attribute.key.as_ref()) {
                return Err(Reason::NotAName(quoted(attribute.key.as_ref())));
            }
            if attribute.value.contains('<') {
                return Err(malformed("an attribute holds a <; it is written &lt;"));
            }
            for after in attribute.value.split('&').skip(1) {
                let (name, _) = after.split_once(';').ok_or_else(|| malformed(LONE_AMPERSAND))?;
                character(&BytesRef::new(name))?;
            }
        }
        Ok(())
    }

    /// A fault of the grammar in our words, at its byte.
    fn fault(&self, fault: Fault) -> ClaimError {
        let at = self.mark + usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
        match fault {
            Fault::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                Reason::WrongEnd { expected: quoted(&expected), found: quoted(&found) }.at(at)
            }
            Fault::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
                Reason::Malformed(format!("</{}> ends an element that was not begun", quoted(&found)).into()).at(at)
            }
            Fault::IllFormed(IllFormedError::UnclosedReference) => malformed(LONE_AMPERSAND).at(at),
            // A DOCTYPE that is cut off is a DOCTYPE.
            Fault::Syntax(SyntaxError::UnclosedDoctype) | Fault::IllFormed(IllFormedError::MissingDoctypeName) => {
                Reason::Doctype.at(at)
            }
            Fault::Syntax(SyntaxError::InvalidBangMarkup) => malformed("what begins with <! is none of XML's").at(at),
            Fault::Syntax(SyntaxError::UnclosedComment) => malformed("a comment is not closed by -->").at(at),
            Fault::Syntax(SyntaxError::UnclosedCData) => malformed("a CDATA section is not closed by ]]>").at(at),
            Fault::Syntax(SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl) => {
                malformed("what begins with <? is not closed by ?>").at(at)
            }
            Fault::Syntax(_) => malformed("a tag is not closed by >").at(at),
            fault => Reason::Malformed(fault.to_string().into()).at(at),
        }
    }
}

const LONE_AMPERSAND: &str = "an & stands alone; it is written &amp;";

fn malformed(what: &str) -> Reason {
    Reason::Malformed(what.into())
}

/// The character of `&…;`.
fn character(reference: &BytesRef<'_>) -> Result<char, Reason> {
    let name: &str = reference;
    match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    match reference.resolve_char_ref() {
        Ok(Some(character)) if is_allowed(character) => Ok(character),
        Ok(Some(character)) => Err(Reason::Forbidden(character.into())),
        Ok(None) | Err(_) => Err(Reason::Entity(quoted(name))),
    }
}

fn check_declaration(declaration: &BytesDecl<'_>, is_first: bool) -> Result<(), Reason> {
    if !is_first {
        return Err(Reason::Instruction);
    }
    let wrong = |_: Fault| malformed("the XML declaration is wrong; it is <?xml version=\"1.0\" encoding=\"utf-8\"?>");
    let version = declaration.version().map_err(wrong)?;
    if version != "1.0" {
        return Err(Reason::Version(quoted(&version)));
    }
    let encoding = declaration.encoding().transpose().map_err(|fault| wrong(fault.into()))?;
    match encoding {
        Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("utf8") => {
            Err(Reason::Encoding(quoted(&encoding)))
        }
        _ => Ok(()),
    }
}

/// Reading by structure rather than by token.
impl<'s> Xml<'s> {
    /// The outermost element.
    pub(crate) fn root(&mut self) -> Result<Open<'s>, ClaimError> {
        loop {
            match self.next()? {
                Token::Open(open) => return Ok(open),
                // Before the root there is neither; at the end, the reader says so itself.
                Token::Text(_) | Token::Character(_) | Token::Close(..) | Token::End => {}
            }
        }
    }

    /// What follows the outermost element, which is closed: nothing.
    pub(crate) fn finish(&mut self) -> Result<(), ClaimError> {
        while !matches!(self.next()?, Token::End) {}
        Ok(())
    }

    /// The next element within the one that is open; `None` when that one ends. Each child is read to its end before the next
    /// is asked for. `stray` is told of text between children.
    pub(crate) fn child(&mut self, mut stray: impl FnMut(Piece)) -> Result<Option<Open<'s>>, ClaimError> {
        loop {
            let before = self.offset();
            match self.next()? {
                Token::Open(open) => return Ok(Some(open)),
                Token::Text(piece) if is_blank(self.text_of(piece)) => {}
                Token::Text(piece) => stray(piece),
                Token::Character(_) => stray(Piece { start: before, end: self.offset() }),
                Token::Close(..) | Token::End => return Ok(None),
            }
        }
    }

    /// Passes over the element that is open. The byte after its end tag.
    pub(crate) fn skip(&mut self) -> Result<usize, ClaimError> {
        let allowed = self.limits.text;
        let mut within = 0_usize;
        loop {
            match self.next()? {
                Token::Open(_) => within += 1,
                Token::Close(_, end) if within == 0 => return Ok(end),
                Token::Close(..) => within -= 1,
                Token::Text(piece) if piece.end - piece.start > allowed => {
                    return Err(too_long(allowed).at(piece.start));
                }
                Token::Text(_) | Token::Character(_) | Token::End => {}
            }
        }
    }

    /// The text of the element that is open, to its end. `others` is told of elements within it, which are passed over.
    pub(crate) fn content(
        &mut self,
        open: Open<'s>,
        allowed: usize,
        spill: &mut String,
        mut others: impl FnMut(Open<'s>),
    ) -> Result<Content, ClaimError> {
        let mut whole: Option<Piece> = None;
        let mut spilled: Option<usize> = None;
        let mut length = 0;
        let end = loop {
            let at = self.offset();
            let token = self.next()?;
            let (character, piece) = match token {
                Token::Text(piece) if piece.start == piece.end => continue,
                Token::Text(piece) => (None, piece),
                Token::Character(character) => (Some(character), Piece { start: at, end: self.offset() }),
                Token::Open(other) => {
                    self.skip()?;
                    others(other);
                    continue;
                }
                Token::Close(close, _) => break close,
                Token::End => break at,
            };
            length += piece.end - piece.start;
            if length > allowed {
                return Err(too_long(allowed).at(at).in_field(open.name));
            }
            // Most texts are one piece, which stays where it is; of others a copy is put together.
            if character.is_none() && whole.is_none() {
                whole = Some(piece);
                continue;
            }
            let first = *whole.get_or_insert(piece);
            if spilled.is_none() {
                spilled = Some(spill.len());
                if first.start != piece.start {
                    spill.push_str(self.text_of(first));
                }
            }
            match character {
                Some(character) => spill.push(character),
                None => spill.push_str(self.text_of(piece)),
            }
        };
        let offset = whole.map_or(open.end, |piece| piece.start);
        Ok(match (spilled, whole) {
            (Some(start), _) => Content { text: Piece { start, end: spill.len() }, is_spilled: true, offset, end },
            (None, Some(text)) => Content { text, is_spilled: false, offset, end },
            (None, None) => Content { text: Piece { start: offset, end: offset }, is_spilled: false, offset, end },
        })
    }
}

fn too_long(allowed: usize) -> Reason {
    Reason::TooMany { what: "bytes in the text of one element", allowed }
}

/// The text of an element.
#[derive(Clone, Copy)]
pub(crate) struct Content {
    /// Where it stands: in the document, or in what was spilled.
    pub(crate) text: Piece,
    /// Whether it was put together of pieces.
    pub(crate) is_spilled: bool,
    /// The byte of the document at which it begins.
    pub(crate) offset: usize,
    /// The byte of the document at which the end tag begins.
    pub(crate) end: usize,
}
