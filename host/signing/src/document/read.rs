//! Reading. The only module that names quick-xml, which leaves much to its caller: one root, namespaces, characters, what a tag
//! holds, and everything that is refused.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, Event};

use super::tag::{self, Scope};
use super::{Document, Id, Malformed, Node, is_allowed, is_blank};

/// Elements within elements. An envelope has ten.
const DEEPEST: usize = 256;

/// Elements of a document. A claim has fifty.
const MOST: usize = 200_000;

/// The byte order mark of UTF-8.
const BOM: &str = "\u{feff}";

pub(super) fn read(bytes: &[u8]) -> Result<Document<'_>, Malformed> {
    let text = characters(bytes)?;
    let body = text.strip_prefix(BOM).unwrap_or(text);
    let mark = text.len() - body.len();
    if body.starts_with(BOM) {
        // The reader would drop a second mark, and every place would be wrong.
        return Err(malformed(mark, "there is text outside the outermost element"));
    }
    let mut reader = Reader::from_str(body);
    reader.config_mut().check_comments = true;
    let mut reading =
        Reading { document: Document { text, nodes: Vec::new() }, open: Vec::new(), scope: Scope::new(), elements: 0 };
    // A document is in memory: its places fit.
    let place = |position: u64| mark + usize::try_from(position).unwrap_or(usize::MAX);
    loop {
        let start = place(reader.buffer_position());
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(fault) => return Err(malformed(place(reader.error_position()), fault.to_string())),
        };
        let end = place(reader.buffer_position());
        match event {
            Event::Decl(declaration) if start == mark => {
                check_declaration(&declaration).map_err(|what| malformed(start, what))?
            }
            Event::Eof => return reading.finish(start),
            event => reading.take(&event, start, end).map_err(|what| malformed(start, what))?,
        }
    }
}

/// What was read so far.
struct Reading<'s> {
    document: Document<'s>,
    /// Elements that are open, the outermost first.
    open: Vec<Id>,
    scope: Scope<'s>,
    elements: usize,
}

type What = Cow<'static, str>;

impl<'s> Reading<'s> {
    fn take(&mut self, event: &Event<'_>, start: usize, end: usize) -> Result<(), What> {
        let written: &'s str = self.document.text.get(start..end).ok_or("a part is cut off")?;
        match event {
            Event::Start(_) => self.open(written, start)?,
            Event::Empty(_) => {
                self.open(written, start)?;
                self.close(end, end);
            }
            // That it ends the element begun last, the reader checks.
            Event::End(_) => self.close(start, end),
            Event::Comment(_) if self.open.is_empty() => {}
            Event::Comment(_) => self.document.nodes.push(Node::Comment),
            Event::Text(_) if self.open.is_empty() && written.bytes().all(is_blank) => {}
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if self.open.is_empty() => {
                return Err("there is text outside the outermost element".into());
            }
            Event::Text(_) if written.contains("]]>") => {
                return Err("]]> stands in a text; it is written ]]&gt;".into());
            }
            Event::Text(_) => self.document.nodes.push(Node::Text(with_xml_line_ends(written))),
            Event::CData(_) => {
                let inner = written.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"));
                let inner = inner.ok_or("a CDATA section is not closed by ]]>")?;
                self.document.nodes.push(Node::Text(with_xml_line_ends(inner)));
            }
            Event::GeneralRef(_) => self.document.nodes.push(Node::Character(tag::reference(written)?)),
            Event::DocType(_) => return Err("a DOCTYPE is not allowed".into()),
            Event::PI(_) | Event::Decl(_) => return Err("a processing instruction is not allowed".into()),
            // Its caller sees to the end.
            Event::Eof => {}
        }
        Ok(())
    }

    fn open(&mut self, written: &'s str, start: usize) -> Result<(), What> {
        if self.open.is_empty() && !self.document.nodes.is_empty() {
            return Err("there is a second outermost element".into());
        }
        if self.open.len() >= DEEPEST {
            return Err(format!("more than {DEEPEST} elements stand in each other").into());
        }
        self.elements += 1;
        if self.elements > MOST {
            return Err(format!("there are more than {MOST} elements").into());
        }
        let mut element = tag::read(written, start, &mut self.scope)?;
        element.parent = self.open.last().copied();
        self.open.push(self.document.nodes.len());
        self.document.nodes.push(Node::Open(Box::new(element)));
        Ok(())
    }

    fn close(&mut self, end_tag: usize, end: usize) {
        let close = self.document.nodes.len();
        let Some(id) = self.open.pop() else { return };
        self.scope.leave();
        if let Some(Node::Open(element)) = self.document.nodes.get_mut(id) {
            element.close = close;
            element.end_tag = end_tag;
            element.end = end;
        }
        self.document.nodes.push(Node::Close(id));
    }

    fn finish(self, end: usize) -> Result<Document<'s>, Malformed> {
        if !self.open.is_empty() {
            return Err(malformed(end, "the document ends before its element does; is it cut off?"));
        }
        if self.document.nodes.is_empty() {
            return Err(malformed(end, "there is no XML element"));
        }
        Ok(self.document)
    }
}

fn malformed(offset: usize, what: impl Into<What>) -> Malformed {
    Malformed { offset, what: what.into().into() }
}

/// The bytes as text of characters that XML allows.
fn characters(bytes: &[u8]) -> Result<&str, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        malformed(error.valid_up_to(), "is not UTF-8; an envelope is UTF-8, with or without a byte order mark")
    })?;
    // Hardly a text has one: the whole is looked at without branches first, many bytes at a time.
    let is_suspect = |byte: u8| ((byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r')) | (byte == 0xef);
    if text.as_bytes().iter().fold(false, |found, byte| found | is_suspect(*byte))
        && let Some((offset, character)) = text.char_indices().find(|(_, character)| !is_allowed(*character))
    {
        return Err(malformed(
            offset,
            format!("U+{:04X} is a character that XML does not allow", u32::from(character)),
        ));
    }
    Ok(text)
}

/// The text with `\n` for each end of a line (XML 1.0 §2.11).
pub(super) fn with_xml_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), What> {
    let written: &str = declaration;
    let mut attributes = tag::Attributes::of(written.strip_prefix("xml").unwrap_or_default());
    let mut next = || attributes.next().transpose();
    let Some(("version", version)) = next()? else { return Err("the XML declaration names no version".into()) };
    if version != "1.0" {
        return Err(format!("the declared version of XML is {version:?}; only \"1.0\" is allowed").into());
    }
    let mut rest = next()?;
    if let Some(("encoding", encoding)) = rest {
        if !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("utf8") {
            return Err(format!("the declared encoding is {encoding:?}; only \"UTF-8\" is allowed").into());
        }
        rest = next()?;
    }
    if let Some(("standalone", "yes" | "no")) = rest {
        rest = next()?;
    }
    if rest.is_some() { Err("the XML declaration is wrong".into()) } else { Ok(()) }
}
