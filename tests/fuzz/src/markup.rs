//! Elements of a text that may be anything: enough of XML to change one element and leave the rest.

use std::ops::Range;

/// An element with both its tags, or with one that is both.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    /// From `<` to after the last `>`.
    pub(crate) whole: Range<usize>,
    /// Between the tags; empty at the end of an element of one tag.
    pub(crate) inner: Range<usize>,
    pub(crate) name: Range<usize>,
    /// Whether it holds no element.
    pub(crate) is_leaf: bool,
}

/// Elements looked at. A mutation needs one.
const MOST: usize = 4_096;

/// The elements of a text in the order in which they end.
pub(crate) fn elements(text: &[u8]) -> Vec<Element> {
    let mut found: Vec<Element> = Vec::new();
    let mut open: Vec<(Range<usize>, usize, usize, bool)> = Vec::new();
    let mut at = 0;
    while found.len() < MOST {
        let Some(start) = next(text, at, b'<') else { break };
        let Some(end) = next(text, start, b'>').map(|end| end + 1) else { break };
        at = end;
        let tag = &text[start + 1..end - 1];
        match tag.first() {
            None | Some(b'!' | b'?') => {}
            Some(b'/') => {
                let Some((name, begin, inner, is_leaf)) = open.pop() else { continue };
                found.push(Element { whole: begin..end, inner: inner..start, name, is_leaf });
            }
            Some(_) => {
                let length = tag.iter().take_while(|byte| !byte.is_ascii_whitespace() && **byte != b'/').count();
                let name = start + 1..start + 1 + length;
                if let Some((.., is_leaf)) = open.last_mut() {
                    *is_leaf = false;
                }
                if tag.ends_with(b"/") {
                    found.push(Element { whole: start..end, inner: end..end, name, is_leaf: true });
                } else {
                    open.push((name, start, end, true));
                }
            }
        }
    }
    found
}

fn next(text: &[u8], from: usize, byte: u8) -> Option<usize> {
    memchr::memchr(byte, text.get(from..)?).map(|at| from + at)
}
