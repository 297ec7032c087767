//! Canonical XML 1.0 and Exclusive XML Canonicalization 1.0, both without comments, of an element and what is in it.
//!
//! Canonical XML: <https://www.w3.org/TR/2001/REC-xml-c14n-20010315>; exclusive:
//! <https://www.w3.org/TR/2002/REC-xml-exc-c14n-20020718/>. Documents have no DOCTYPE, so no attribute comes from elsewhere.

use std::ops::Range;

use crate::document::{Attribute, Document, Element, Id, Node, XML_NAMESPACE};
use crate::profile::Canonicalisation;

/// The canonical form of an element, without the nodes of `without`, which are whole elements or texts.
pub(crate) fn canonical(document: &Document<'_>, apex: Id, without: Range<usize>, form: Canonicalisation) -> Vec<u8> {
    let end = document.element(apex).map_or(apex, |element| element.close);
    let mut writer = Writer { document, form, written: Vec::new(), marks: Vec::new(), out: Vec::new() };
    writer.out.reserve(document.element(apex).map_or(0, |element| element.end - element.start_tag.start));
    for (place, node) in document.nodes.iter().enumerate().take(end + 1).skip(apex) {
        if without.contains(&place) {
            continue;
        }
        match node {
            Node::Open(element) => writer.open(place, element, place == apex),
            Node::Close(id) => writer.close(*id),
            Node::Text(text) => writer.text(text),
            Node::Character(character) => writer.text(character.encode_utf8(&mut [0; 4])),
            Node::Comment => {}
        }
    }
    writer.out
}

struct Writer<'d, 's> {
    document: &'d Document<'s>,
    form: Canonicalisation,
    /// Prefixes and namespaces that the elements around say in what is written.
    written: Vec<(&'d str, &'d str)>,
    /// How many there were before each element that is open.
    marks: Vec<usize>,
    out: Vec<u8>,
}

impl<'d> Writer<'d, '_> {
    fn open(&mut self, id: Id, element: &'d Element<'_>, is_apex: bool) {
        self.out.push(b'<');
        self.put(element.name.written);
        self.marks.push(self.written.len());
        let mut namespaces = match self.form {
            Canonicalisation::Exclusive => used(element),
            Canonicalisation::Inclusive if is_apex => in_scope(self.document, id),
            Canonicalisation::Inclusive => declared(element).collect(),
        };
        namespaces.sort_unstable();
        namespaces.dedup();
        for (prefix, uri) in namespaces {
            if self.uri(prefix) == uri {
                continue;
            }
            self.put(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.put(prefix);
            self.put("=\"");
            self.value(uri);
            self.out.push(b'"');
            self.written.push((prefix, uri));
        }
        let mut attributes: Vec<&Attribute<'_>> = element.attributes.iter().collect();
        if is_apex && self.form == Canonicalisation::Inclusive {
            attributes.extend(inherited(self.document, id));
        }
        attributes.sort_unstable_by_key(|attribute| (&*attribute.name.namespace, attribute.name.local));
        for attribute in attributes {
            self.out.push(b' ');
            self.put(attribute.name.written);
            self.put("=\"");
            self.value(&attribute.value);
            self.out.push(b'"');
        }
        self.out.push(b'>');
    }

    fn close(&mut self, id: Id) {
        self.written.truncate(self.marks.pop().unwrap_or_default());
        if let Some(element) = self.document.element(id) {
            self.put("</");
            self.put(element.name.written);
            self.out.push(b'>');
        }
    }

    /// What a prefix stands for in what is written. Nothing stands for nothing.
    fn uri(&self, prefix: &str) -> &'d str {
        self.written.iter().rev().find(|(known, _)| *known == prefix).map_or("", |(_, uri)| uri)
    }

    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, text: &str) {
        self.escaped(text, |byte| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
    }

    fn value(&mut self, value: &str) {
        self.escaped(value, |byte| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'"' => Some("&quot;"),
            b'\t' => Some("&#x9;"),
            b'\n' => Some("&#xA;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
    }

    fn escaped(&mut self, text: &str, escape: impl Fn(u8) -> Option<&'static str>) {
        // Base64 is nearly all there is: the whole is looked at without branches first.
        if !text.bytes().fold(false, |found, byte| found | escape(byte).is_some()) {
            return self.put(text);
        }
        let mut rest = text.as_bytes();
        while let Some((at, escaped)) = rest.iter().enumerate().find_map(|(at, byte)| Some((at, escape(*byte)?))) {
            let (before, after) = rest.split_at(at);
            self.out.extend_from_slice(before);
            self.put(escaped);
            rest = after.get(1..).unwrap_or_default();
        }
        self.out.extend_from_slice(rest);
    }
}

/// Namespaces that an element and its attributes use ("visibly utilizes", exclusive form §1.1).
fn used<'d>(element: &'d Element<'_>) -> Vec<(&'d str, &'d str)> {
    let prefixed = element.attributes.iter().map(|attribute| &attribute.name).filter(|name| !name.prefix.is_empty());
    let names = [&element.name].into_iter().chain(prefixed);
    names.filter(|name| name.prefix != "xml").map(|name| (name.prefix, &*name.namespace)).collect()
}

fn declared<'d>(element: &'d Element<'_>) -> impl Iterator<Item = (&'d str, &'d str)> {
    element.declared.iter().map(|binding| (binding.prefix, &*binding.uri))
}

/// What all prefixes stand for in an element.
fn in_scope<'d>(document: &'d Document<'_>, id: Id) -> Vec<(&'d str, &'d str)> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    for (prefix, uri) in document.outwards(id).flat_map(declared) {
        if !all.iter().any(|(known, _)| *known == prefix) {
            all.push((prefix, uri));
        }
    }
    all
}

/// Attributes such as `xml:lang` that hold in an element because one around it has them (Canonical XML §2.4).
fn inherited<'d, 's>(document: &'d Document<'s>, id: Id) -> Vec<&'d Attribute<'s>> {
    let mut all: Vec<&Attribute<'_>> = Vec::new();
    for (distance, element) in document.outwards(id).enumerate() {
        for attribute in element.attributes.iter().filter(|attribute| attribute.name.namespace == XML_NAMESPACE) {
            let own = document.element(id).map_or(&[][..], |element| &element.attributes);
            let is_same = |other: &&Attribute<'_>| {
                other.name.namespace == XML_NAMESPACE && other.name.local == attribute.name.local
            };
            if distance > 0 && !own.iter().any(|other| is_same(&other)) && !all.iter().any(is_same) {
                all.push(attribute);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests;
