//! Changes of inputs: of elements, so that a file stays one; of the documents within base64; of bytes.

use fastrand::Rng;

use crate::dictionary::{MARKUP, NAMES, ODD};
use crate::markup::{Element, elements};
use crate::packed::{CERTIFICATE, TABLE, pack, places, unpack};
use crate::signature::CERTIFICATE_MARK;

/// Changes bytes of which nothing is known.
type Bytes<'b> = &'b mut dyn FnMut(&mut Vec<u8>, &mut Rng);

/// A changed table: its first byte, or its document.
pub(crate) fn table(input: &[u8], rng: &mut Rng, bytes: Bytes<'_>) -> Vec<u8> {
    let Some((kind, rest)) = input.split_first() else { return vec![rng.u8(..)] };
    if rng.u8(..32) == 0 {
        return [&[rng.u8(..17)], rest].concat();
    }
    [&[*kind], &*document(rest, rng, bytes)].concat()
}

/// A changed file: mostly one of the documents in its base64.
pub(crate) fn envelope(input: &[u8], rng: &mut Rng, bytes: Bytes<'_>) -> Vec<u8> {
    let places = places(input, TABLE);
    if !places.is_empty() && rng.u8(..4) > 0 {
        let place = places[rng.usize(..places.len())].clone();
        if let Some(inner) = unpack(&input[place.clone()]) {
            let changed = pack(&document(&inner, rng, bytes));
            return [&input[..place.start], changed.as_bytes(), &input[place.end..]].concat();
        }
    }
    document(input, rng, bytes)
}

/// A changed signed file: now and then the bytes of its certificate, which anybody can send.
pub(crate) fn signed(input: &[u8], certificate: &[u8], rng: &mut Rng, bytes: Bytes<'_>) -> Vec<u8> {
    if let Some(place) = places(input, CERTIFICATE).into_iter().next()
        && rng.u8(..4) == 0
    {
        let packed = &input[place.clone()];
        let inner = if packed == CERTIFICATE_MARK { Some(certificate.to_vec()) } else { unpack(packed) };
        if let Some(mut inner) = inner {
            bytes(&mut inner, rng);
            return [&input[..place.start], pack(&inner).as_bytes(), &input[place.end..]].concat();
        }
    }
    document(input, rng, bytes)
}

/// A changed document.
pub(crate) fn document(input: &[u8], rng: &mut Rng, bytes: Bytes<'_>) -> Vec<u8> {
    let mut changed = input.to_vec();
    if rng.u8(..3) == 0 {
        bytes(&mut changed, rng);
        return changed;
    }
    for _ in 0..rng.u8(1..4) {
        changed = element(&changed, rng);
    }
    changed
}

/// One element changed.
fn element(text: &[u8], rng: &mut Rng) -> Vec<u8> {
    let elements = elements(text);
    if elements.is_empty() {
        return [text, format!("<{}/>", word(&NAMES, rng)).as_bytes()].concat();
    }
    let any = |rng: &mut Rng| elements[rng.usize(..elements.len())].clone();
    let leaves: Vec<&Element> = elements.iter().filter(|element| element.is_leaf).collect();
    // The first that ends is a leaf.
    let leaf = |rng: &mut Rng| leaves[rng.usize(..leaves.len())].clone();
    let one = any(rng);
    let put = |range: std::ops::Range<usize>, new: &[u8]| [&text[..range.start], new, &text[range.end..]].concat();
    match rng.u8(..16) {
        0..=4 => {
            let leaf = leaf(rng);
            written(text, &leaf, word(&ODD, rng).as_bytes())
        }
        5 => {
            let (from, to) = (leaf(rng), leaf(rng));
            written(text, &to, &text[from.inner])
        }
        6 => put(one.whole, b""),
        7 => put(one.whole.end..one.whole.end, &text[one.whole.clone()]),
        8 => {
            let other = any(rng);
            let at = if rng.bool() { other.whole.start } else { other.inner.end };
            put(at..at, &text[one.whole])
        }
        9 => {
            let other = any(rng);
            let (first, last) = if one.whole.end <= other.whole.start { (one, other) } else { (other, one) };
            if first.whole.end > last.whole.start {
                return put(last.whole, b"");
            }
            let between = &text[first.whole.end..last.whole.start];
            let swapped = [&text[last.whole.clone()], between, &text[first.whole.clone()]].concat();
            put(first.whole.start..last.whole.end, &swapped)
        }
        10 => put(
            one.name.end..one.name.end,
            word(&[" a='1'", " xmlns='urn:x'", " Id=\"&lt;\"", " a='1' a='2'"], rng).as_bytes(),
        ),
        11 => {
            let name = word(&NAMES, rng);
            let new = format!("<{name}>{}</{name}>", word(&ODD, rng));
            let at = if rng.bool() { one.whole.start } else { one.inner.start };
            put(at..at, new.as_bytes())
        }
        12 => {
            let name = word(&NAMES, rng);
            put(one.whole.clone(), format!("<{name}>{}</{name}>", String::from_utf8_lossy(&text[one.whole])).as_bytes())
        }
        13 => {
            let leaf = leaf(rng);
            let inner = String::from_utf8_lossy(&text[leaf.inner.clone()]).into_owned();
            let new = match rng.u8(..4) {
                0 => format!("<![CDATA[{inner}]]>"),
                1 => format!("{inner}<!-- {} -->", word(&ODD, rng)),
                2 => format!("&#32;{inner}"),
                _ => format!("\r\n{inner}\t"),
            };
            written(text, &leaf, new.as_bytes())
        }
        14 => {
            // The same name in other letters, in both tags.
            let name = text[one.name.clone()].to_ascii_lowercase();
            let mut changed = put(one.name.clone(), &name);
            if let Some(start) = one.whole.end.checked_sub(name.len() + 1).filter(|_| !one.inner.is_empty()) {
                changed[start..start + name.len()].copy_from_slice(&name);
            }
            changed
        }
        _ => {
            let at = if rng.bool() { one.inner.start } else { one.whole.start };
            put(at..at, word(&MARKUP, rng).as_bytes())
        }
    }
}

/// With another text in an element.
fn written(text: &[u8], leaf: &Element, new: &[u8]) -> Vec<u8> {
    let name = &text[leaf.name.clone()];
    if leaf.inner.end == leaf.whole.end {
        return [&text[..leaf.whole.start], b"<", name, b">", new, b"</", name, b">", &text[leaf.whole.end..]].concat();
    }
    [&text[..leaf.inner.start], new, &text[leaf.inner.end..]].concat()
}

fn word<'w>(words: &[&'w str], rng: &mut Rng) -> &'w str {
    words[rng.usize(..words.len())]
}

/// Changes bytes without knowing what was reached by them before.
pub fn blind(bytes: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.u8(1..4) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..6) {
            0 if at < bytes.len() => bytes[at] = rng.u8(..),
            1 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(..8),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + rng.usize(..64)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + rng.usize(..64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let piece = if rng.bool() { word(&MARKUP, rng) } else { word(&NAMES, rng) };
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
}
