//! A document as a list of its nodes, each with its bytes: what is verified is what was read, by one reader.

use std::borrow::Cow;
use std::ops::Range;

mod read;
mod tag;

/// `xml:`, bound without being declared.
pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// Not well-formed XML, or a part of XML that no claims envelope has: DOCTYPE, entities, instructions, other encodings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {what}")]
pub struct Malformed {
    /// The byte of the document, from 0.
    pub offset: usize,
    /// What is wrong there.
    pub what: Box<str>,
}

/// A document.
pub(crate) struct Document<'s> {
    pub(crate) text: &'s str,
    pub(crate) nodes: Vec<Node<'s>>,
}

/// What stands in a document. Declaration, blanks outside the root and comments outside the root leave no node.
pub(crate) enum Node<'s> {
    /// An element begins.
    Open(Box<Element<'s>>),
    /// The element ends that this node began.
    Close(Id),
    /// Text without references, its ends of lines as XML has them: `\n`.
    Text(Cow<'s, str>),
    /// What `&…;` stands for.
    Character(char),
    Comment,
}

/// An element by the place of its [`Node::Open`].
pub(crate) type Id = usize;

/// An element.
pub(crate) struct Element<'s> {
    pub(crate) name: Name<'s>,
    pub(crate) parent: Option<Id>,
    /// The node that ends it.
    pub(crate) close: usize,
    /// Bytes of its start tag.
    pub(crate) start_tag: Range<usize>,
    /// The byte at which its end tag begins; that after the start tag when the two are one.
    pub(crate) end_tag: usize,
    /// The byte after its end tag.
    pub(crate) end: usize,
    /// Without declarations of namespaces.
    pub(crate) attributes: Vec<Attribute<'s>>,
    /// Declared by itself.
    pub(crate) declared: Vec<Binding<'s>>,
}

/// A name with what its prefix stands for.
#[derive(Clone)]
pub(crate) struct Name<'s> {
    /// As written, prefix and all.
    pub(crate) written: &'s str,
    /// Empty without one.
    pub(crate) prefix: &'s str,
    pub(crate) local: &'s str,
    /// Empty for none.
    pub(crate) namespace: Cow<'s, str>,
}

/// An attribute.
pub(crate) struct Attribute<'s> {
    pub(crate) name: Name<'s>,
    /// References resolved, blanks as XML 1.0 §3.3.3 wants them.
    pub(crate) value: Cow<'s, str>,
}

/// What a prefix stands for from an element on.
#[derive(Clone)]
pub(crate) struct Binding<'s> {
    /// Empty for the default.
    pub(crate) prefix: &'s str,
    /// Empty for none.
    pub(crate) uri: Cow<'s, str>,
}

impl<'s> Document<'s> {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// See [`Malformed`].
    pub(crate) fn read(bytes: &'s [u8]) -> Result<Document<'s>, Malformed> {
        read::read(bytes)
    }

    /// Its outermost element, which is the first node.
    pub(crate) const ROOT: Id = 0;

    /// An element; `None` for a node that is none.
    pub(crate) fn element(&self, id: Id) -> Option<&Element<'s>> {
        match self.nodes.get(id) {
            Some(Node::Open(element)) => Some(element),
            _ => None,
        }
    }

    /// All elements in the order of the document.
    pub(crate) fn elements(&self) -> impl Iterator<Item = (Id, &Element<'s>)> {
        self.nodes.iter().enumerate().filter_map(|(id, node)| match node {
            Node::Open(element) => Some((id, &**element)),
            _ => None,
        })
    }

    /// What stands directly in an element; an element within it once, as its beginning.
    pub(crate) fn children(&self, id: Id) -> impl Iterator<Item = (usize, &Node<'s>)> {
        let end = self.element(id).map_or(id, |element| element.close);
        let mut next = id + 1;
        std::iter::from_fn(move || {
            let at = next;
            let node = self.nodes.get(at).filter(|_| at < end)?;
            next = match node {
                Node::Open(element) => element.close + 1,
                _ => at + 1,
            };
            Some((at, node))
        })
    }

    /// Whether an element is the last one directly in the root, with nothing but blanks and comments behind it.
    pub(crate) fn is_last(&self, id: Id) -> bool {
        let is_within_root = self.element(id).is_some_and(|element| element.parent == Some(Self::ROOT));
        let mut behind = self.children(Self::ROOT).skip_while(|(child, _)| *child != id).skip(1);
        is_within_root && behind.all(|(_, node)| node.is_blank() || matches!(node, Node::Comment))
    }

    /// An element and those around it, from it outwards.
    pub(crate) fn outwards(&self, id: Id) -> impl Iterator<Item = &Element<'s>> {
        let mut next = Some(id);
        std::iter::from_fn(move || {
            let element = self.element(next?)?;
            next = element.parent;
            Some(element)
        })
    }
}

impl Element<'_> {
    /// Whether it is called so, without a prefix.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.written == name
    }

    /// Whether it is the element of a namespace, whatever its prefix.
    pub(crate) fn is_of(&self, namespace: &str, local: &str) -> bool {
        self.name.namespace == namespace && self.name.local == local
    }

    /// Whether someone who cares neither for case nor for namespaces would take it for this.
    pub(crate) fn resembles(&self, local: &str) -> bool {
        self.name.local.eq_ignore_ascii_case(local)
    }

    /// The value of an attribute without a prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name.written == name).map(|attribute| &*attribute.value)
    }
}

impl Node<'_> {
    /// Whether it is text of nothing but blanks.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self, Node::Text(text) if text.bytes().all(is_blank))
    }
}

/// Whether a byte is a blank of XML.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether XML 1.0 allows a character.
pub(crate) fn is_allowed(character: char) -> bool {
    !matches!(character, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text is a name (XML 1.0 §2.3).
pub(crate) fn is_name(text: &str) -> bool {
    let begins = |c: char| {
        matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
            | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
            | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
            | '\u{10000}'..='\u{effff}')
    };
    let continues = |c: char| {
        begins(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
    };
    let mut characters = text.chars();
    characters.next().is_some_and(begins) && characters.all(continues)
}
