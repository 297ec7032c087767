//! What a start tag holds: a name, attributes, and what prefixes stand for.

use std::borrow::Cow;

use super::read::with_xml_line_ends;
use super::{Attribute, Binding, Element, Name, XML_NAMESPACE, is_allowed, is_blank, is_name};

/// Attributes of one element.
const MOST_ATTRIBUTES: usize = 64;

/// Namespaces declared by an element and those around it. Every name is looked up among them.
const MOST_NAMESPACES: usize = 128;

const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

type What = Cow<'static, str>;

/// What prefixes stand for where a document is being read.
pub(super) struct Scope<'s> {
    bindings: Vec<Binding<'s>>,
    /// How many there were before each element that is open.
    marks: Vec<usize>,
}

impl<'s> Scope<'s> {
    pub(super) fn new() -> Scope<'s> {
        let xml = Binding { prefix: "xml", uri: XML_NAMESPACE.into() };
        Scope { bindings: vec![xml], marks: Vec::new() }
    }

    /// The innermost element ends.
    pub(super) fn leave(&mut self) {
        self.bindings.truncate(self.marks.pop().unwrap_or_default());
    }

    fn enter(&mut self, declared: &[Binding<'s>]) -> Result<(), What> {
        self.marks.push(self.bindings.len());
        self.bindings.extend_from_slice(declared);
        if self.bindings.len() > MOST_NAMESPACES {
            return Err(format!("more than {MOST_NAMESPACES} namespaces are declared").into());
        }
        Ok(())
    }

    fn uri(&self, prefix: &str) -> Option<Cow<'s, str>> {
        self.bindings.iter().rev().find(|binding| binding.prefix == prefix).map(|binding| binding.uri.clone())
    }

    fn element_name(&self, written: &'s str) -> Result<Name<'s>, What> {
        let (prefix, local) = split(written)?;
        let namespace = match self.uri(prefix) {
            Some(uri) => uri,
            None if prefix.is_empty() => Cow::Borrowed(""),
            None => return Err(undeclared(prefix)),
        };
        Ok(Name { written, prefix, local, namespace })
    }

    /// Attributes do not take the default.
    fn attribute_name(&self, written: &'s str) -> Result<Name<'s>, What> {
        let (prefix, local) = split(written)?;
        let namespace =
            if prefix.is_empty() { Cow::Borrowed("") } else { self.uri(prefix).ok_or_else(|| undeclared(prefix))? };
        Ok(Name { written, prefix, local, namespace })
    }
}

/// Reads a start tag, which begins at byte `start`, and enters its element.
pub(super) fn read<'s>(written: &'s str, start: usize, scope: &mut Scope<'s>) -> Result<Element<'s>, What> {
    let inner = written.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).ok_or("a tag is not closed by >")?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let name_end = inner.bytes().position(is_blank).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(name_end);
    let mut plain: Vec<(&'s str, Cow<'s, str>)> = Vec::new();
    let mut declared: Vec<Binding<'s>> = Vec::new();
    for (count, attribute) in Attributes::of(rest).enumerate() {
        if count >= MOST_ATTRIBUTES {
            return Err(format!("an element has more than {MOST_ATTRIBUTES} attributes").into());
        }
        let (name, value) = attribute?;
        let value = normalised(value)?;
        let prefix = if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") };
        match prefix {
            Some(prefix) => declared.extend(binding(prefix, value, &declared)?),
            None => plain.push((name, value)),
        }
    }
    scope.enter(&declared)?;
    let mut attributes: Vec<Attribute<'s>> = Vec::with_capacity(plain.len());
    for (name, value) in plain {
        let name = scope.attribute_name(name)?;
        let is_same = |other: &Attribute<'_>| other.name.local == name.local && other.name.namespace == name.namespace;
        if attributes.iter().any(is_same) {
            return Err(format!("the attribute {:?} stands twice", name.written).into());
        }
        attributes.push(Attribute { name, value });
    }
    let end = start + written.len();
    let name = scope.element_name(name)?;
    // Its end is known when it is read.
    Ok(Element { name, parent: None, close: 0, start_tag: start..end, end_tag: end, end, attributes, declared })
}

/// What a declaration binds (Namespaces in XML 1.0 §3); `None` for `xml`, which is bound to what it says already.
fn binding<'s>(prefix: &'s str, uri: Cow<'s, str>, before: &[Binding<'s>]) -> Result<Option<Binding<'s>>, What> {
    if before.iter().any(|binding| binding.prefix == prefix) {
        return Err(format!("the namespace of {prefix:?} is declared twice").into());
    }
    let is_of_xml = uri == XML_NAMESPACE;
    if prefix == "xml" && is_of_xml {
        return Ok(None);
    }
    if prefix == "xml" || prefix == "xmlns" || is_of_xml || uri == XMLNS_NAMESPACE {
        return Err("xml and xmlns cannot be bound anew".into());
    }
    if !prefix.is_empty() && (!is_name(prefix) || prefix.contains(':') || uri.is_empty()) {
        return Err(format!("the namespace of {prefix:?} is declared wrongly").into());
    }
    // Canonical XML has no form for a document that has another (§1.3 there).
    if !uri.is_empty() && !is_absolute(&uri) {
        return Err(format!("the namespace {uri:?} is no absolute URI").into());
    }
    Ok(Some(Binding { prefix, uri }))
}

/// Whether it is an absolute URI (RFC 3986 §3), looked at by its characters. An `&` is none of them here: libxml2 takes the
/// `&amp;` of a namespace for `&#38;` and would sign other bytes.
fn is_absolute(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$'()*+,;=%".contains(&byte);
    let is_escape = |after: &str| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    is_scheme && rest.bytes().all(is_allowed) && rest.split('%').skip(1).all(is_escape) && rest.matches('#').count() < 2
}

/// Prefix and local part of a name.
fn split(written: &str) -> Result<(&str, &str), What> {
    let (prefix, local) = written.split_once(':').unwrap_or(("", written));
    let has_prefix = written.contains(':');
    if !is_name(local) || local.contains(':') || (has_prefix && !is_name(prefix)) || prefix == "xmlns" {
        return Err(format!("{:?} is not a name that an element or an attribute can have", quoted(written)).into());
    }
    Ok((prefix, local))
}

fn undeclared(prefix: &str) -> What {
    format!("the prefix {prefix:?} is not declared").into()
}

fn quoted(text: &str) -> String {
    text.chars().take(60).collect()
}

/// `a="b" c='d'` as names and values as they are written; a blank before each.
pub(super) struct Attributes<'s>(&'s str);

impl<'s> Attributes<'s> {
    pub(super) fn of(written: &'s str) -> Attributes<'s> {
        Attributes(written)
    }

    fn read(&mut self) -> Option<(&'s str, &'s str)> {
        let (name, rest) = self.0.split_once('=')?;
        let begin = name.trim_start_matches(is_blank_character);
        if begin.len() == name.len() {
            return None;
        }
        let name = begin.trim_end_matches(is_blank_character);
        let rest = rest.trim_start_matches(is_blank_character);
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, rest) = rest.strip_prefix(quote)?.split_once(quote)?;
        self.0 = rest;
        is_name(name).then_some((name, value))
    }
}

impl<'s> Iterator for Attributes<'s> {
    type Item = Result<(&'s str, &'s str), What>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.bytes().all(is_blank) {
            return None;
        }
        let read = self.read();
        if read.is_none() {
            self.0 = "";
        }
        Some(read.ok_or(Cow::Borrowed("an attribute is wrong; it is written name=\"value\", a blank before it")))
    }
}

fn is_blank_character(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// The value of an attribute of no declared type (XML 1.0 §3.3.3): blanks are spaces, but for those written as references.
fn normalised(written: &str) -> Result<Cow<'_, str>, What> {
    if written.contains('<') {
        return Err("an attribute holds a <; it is written &lt;".into());
    }
    if !written.contains(['&', '\t', '\n', '\r']) {
        return Ok(written.into());
    }
    let written = with_xml_line_ends(written);
    let mut value = String::with_capacity(written.len());
    let mut rest = &*written;
    while let Some(at) = rest.find(['&', '\t', '\n']) {
        let (before, found) = rest.split_at(at);
        value.push_str(before);
        let length = if found.starts_with('&') { found.find(';').ok_or(LONE_AMPERSAND)? + 1 } else { 1 };
        let (piece, after) = found.split_at(length);
        value.push(if length == 1 { ' ' } else { reference(piece)? });
        rest = after;
    }
    value.push_str(rest);
    Ok(value.into())
}

const LONE_AMPERSAND: &str = "an & stands alone; it is written &amp;";

/// What `&…;` stands for.
pub(super) fn reference(written: &str) -> Result<char, What> {
    let name = written.strip_prefix('&').and_then(|rest| rest.strip_suffix(';')).ok_or(LONE_AMPERSAND)?;
    let number = match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => name.strip_prefix('#'),
    };
    let digits = number.map(|number| number.strip_prefix('x').map_or((10, number), |digits| (16, digits)));
    digits
        // `from_str_radix` would take a sign.
        .filter(|(_, digits)| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|(radix, digits)| u32::from_str_radix(digits, radix).ok())
        .and_then(char::from_u32)
        .filter(|character| is_allowed(*character))
        .ok_or_else(|| {
            format!("&{}; is not allowed: neither one of XML's five entities nor a character", quoted(name)).into()
        })
}
