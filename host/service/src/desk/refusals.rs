//! Why a use case is refused: one stable name each.

use vienphi_domain::{Action, Actor, Fault, Problem};

fn problem(status: u16, kind: &'static str, title: &'static str, detail: String) -> Problem {
    Problem { kind, title, status, encounter: None, detail, errors: Vec::new() }
}

/// 403: the policies do not let this actor.
pub(super) fn forbidden(actor: &Actor, action: Action, reasons: &[String]) -> Problem {
    let by = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let detail = format!("{} in the role {} may not do {} here{by}", actor.name, actor.role.word(), action.word());
    problem(403, "urn:vienphi:problem:forbidden", "This is not allowed", detail)
}

/// 404: nothing by this name.
pub(super) fn not_found(what: &str, id: &str) -> Problem {
    let shown: String = id.chars().take(60).collect();
    problem(404, "urn:vienphi:problem:not-found", "There is nothing here", format!("there is no {what} {shown:?}"))
}

/// 409: not as things are.
pub(super) fn conflict(kind: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
    problem(409, kind, title, detail.into())
}

/// 422: the request's body.
pub(super) fn invalid(errors: Vec<Fault>) -> Problem {
    let detail = match errors.as_slice() {
        [only] if only.path.is_empty() => only.message.clone(),
        [only] => format!("{} {}", only.path, only.message),
        [first, ..] => format!("{} faults, the first at {}", errors.len(), first.path),
        [] => "the request cannot be read".to_owned(),
    };
    let mut problem = problem(422, "urn:vienphi:problem:invalid-request", "The request is wrong as sent", detail);
    problem.errors = errors;
    problem
}

/// 422: one field of it.
pub(super) fn invalid_field(path: &str, message: impl Into<String>) -> Problem {
    invalid(vec![Fault { path: path.to_owned(), message: message.into() }])
}

/// 412: it changed meanwhile.
pub(super) fn changed_meanwhile(version: i64) -> Problem {
    let detail = format!("the encounter is at version {version}: read it again, and send If-Match: \"{version}\"");
    problem(412, "urn:vienphi:problem:changed-meanwhile", "The encounter has changed meanwhile", detail)
}

/// 428: which version is to be changed?
pub(super) fn version_required(version: i64) -> Problem {
    let detail = format!("a change names the version it changes: the encounter is there, send If-Match: \"{version}\"");
    problem(428, "urn:vienphi:problem:version-required", "If-Match is missing", detail)
}

/// 409: lines of a closed visit.
pub(super) fn closed(encounter: &str) -> Problem {
    conflict(
        "urn:vienphi:problem:encounter-closed",
        "The encounter is closed",
        format!("encounter {encounter:?} was closed: ask for it to be reopened first"),
    )
}

/// A rail that nobody has set up.
pub(super) fn rail_not_set_up(name: &str) -> Problem {
    conflict(
        "urn:vienphi:problem:rail-not-set-up",
        "The rail is not set up",
        format!("rail {name:?} has no settings here: an administrator asks for them, a director approves"),
    )
}
