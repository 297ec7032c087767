//! Reading what commands are sent with: every fault named.

use vienphi_domain::json::Json;
use vienphi_domain::reader::Node;
use vienphi_domain::{Fault, Faults, Problem};
use vienphi_ledger::Method;

use super::refusals::invalid;

/// Reads a document; an empty one is an object without fields.
pub(super) fn read<T>(document: &[u8], form: impl FnOnce(&Node<'_, '_>) -> Option<T>) -> Result<T, Problem> {
    let document = if document.is_empty() { &b"{}"[..] } else { document };
    let json = Json::parse(document)
        .map_err(|error| invalid(vec![Fault { path: String::new(), message: format!("is no JSON: {error}") }]))?;
    let faults = Faults::default();
    let root = Node::root(&json, &faults);
    if !matches!(json, Json::Object(_)) {
        root.fault(format!("must be an object, not {}", json.kind()));
    }
    let read = form(&root);
    match read {
        Some(read) if faults.is_empty() => Ok(read),
        _ => Err(invalid(faults.into_list())),
    }
}

/// An amount above zero in whole đồng, in 1/100 đồng: there are no smaller notes.
pub(super) fn dong(node: &Node<'_, '_>) -> Option<i64> {
    let units = whole_dong(node)?;
    if units == 0 {
        node.fault("must be above 0");
    }
    Some(units)
}

/// An amount in whole đồng, in 1/100 đồng.
pub(super) fn whole_dong(node: &Node<'_, '_>) -> Option<i64> {
    let units = node.required().amount()?.units();
    if units % 100 != 0 {
        node.fault("must be whole đồng");
    }
    Some(units)
}

/// Why something is asked for.
pub(super) fn reason(node: &Node<'_, '_>) -> Option<String> {
    node.required().form(|text| plain(text, 500), "must be 1 to 500 printable characters")
}

/// Text that people read, of a bounded length.
pub(super) fn words(node: &Node<'_, '_>) -> Option<String> {
    node.private().form(|text| plain(text, 200), "must be 1 to 200 printable characters")
}

fn plain(text: &str, longest: usize) -> Option<String> {
    let is_plain = !text.chars().any(char::is_control) && !text.trim().is_empty();
    (is_plain && text.chars().count() <= longest).then(|| text.to_owned())
}

/// A method of payment.
pub(super) fn method(node: &Node<'_, '_>) -> Option<Method> {
    node.required().choice(Method::WORDS)
}

/// The prefix of a receipt book: it is part of a path.
pub(super) fn prefix(node: &Node<'_, '_>) -> Option<String> {
    let read = |text: &str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
        (is_plain && (1..=20).contains(&text.len())).then(|| text.to_owned())
    };
    node.form(read, "must be 1 to 20 letters, digits, dots and dashes")
}
