//! Reading `policies/access`: whatever could make a policy mean nothing, or less than it says, is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Display;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use vienphi_domain::{Action, Actor, Role};

use crate::about::About;
use crate::question::Words;

/// What policies may speak of.
const SCHEMA: &str = "access.cedarschema";

/// The file of the forbids. Without it every permit would reach into every facility.
const EVERYONE: &str = "everyone.cedar";

/// Why the policies cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.join("\n"))]
pub struct AccessError {
    /// Everything found, each with its file and line, as in `access/cashier.cedar:12: …`.
    pub faults: Vec<String>,
}

/// Reads all files: the policies under their ids, and the names of the schema.
pub(crate) fn all(files: &BTreeMap<String, Vec<u8>>) -> Result<(PolicySet, Words), AccessError> {
    let mut reading = Reading { files, faults: Vec::new(), policies: PolicySet::new(), owners: BTreeMap::new() };
    for name in files.keys().filter(|name| *name != SCHEMA && !name.ends_with(".cedar")) {
        reading.fault(name, None, format_args!("is neither {SCHEMA} nor a file of policies (.cedar)"));
    }
    if !files.contains_key(EVERYONE) {
        reading.fault(EVERYONE, None, "is missing: nothing would be forbidden");
    }
    let words = Words::new().map_err(|error| AccessError { faults: vec![error.to_string()] })?;
    // Without a schema every policy would be wrong; without its words a policy is not what is wrong.
    if let Some(schema) = reading.schema() {
        reading.shape(&schema, &words);
        let validator = Validator::new(schema);
        files.keys().filter(|name| name.ends_with(".cedar")).for_each(|name| reading.policies_of(name, &validator));
    }
    if reading.faults.is_empty() { Ok((reading.policies, words)) } else { Err(AccessError { faults: reading.faults }) }
}

/// An error with its causes: Cedar keeps what is wrong below that something is.
fn whole(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", whole(cause)),
        None => error.to_string(),
    }
}

/// What was read so far.
struct Reading<'f> {
    files: &'f BTreeMap<String, Vec<u8>>,
    faults: Vec<String>,
    policies: PolicySet,
    /// The file of each id.
    owners: BTreeMap<String, &'f str>,
}

impl<'f> Reading<'f> {
    /// Adds a fault of a file, at a byte where it has one.
    fn fault(&mut self, file: &str, at_byte: Option<usize>, message: impl Display) {
        let text = self.files.get(file).map_or(&[][..], Vec::as_slice);
        let line = text.iter().take(at_byte.unwrap_or(0)).filter(|byte| **byte == b'\n').count() + 1;
        self.faults.push(format!("access/{file}:{line}: {message}"));
    }

    /// Adds what Cedar found, with all that it says.
    fn found(&mut self, file: &str, error: impl Into<DetailedError>) {
        let DetailedError { mut message, help, source_locations, related, .. } = error.into();
        let place = source_locations.first();
        if let Some(label) = place.and_then(|place| place.label.as_ref()) {
            message = format!("{message}: {label}");
        }
        if let Some(help) = help {
            message = format!("{message} ({help})");
        }
        self.fault(file, place.map(|place| place.loc.start), message);
        related.into_iter().for_each(|error| self.found(file, error));
    }

    fn text(&mut self, file: &str) -> Option<&'f str> {
        let text = self.files.get(file).and_then(|bytes| std::str::from_utf8(bytes).ok());
        if text.is_none() {
            self.fault(file, None, "is missing or is not UTF-8");
        }
        text
    }

    fn schema(&mut self) -> Option<Schema> {
        let text = self.text(SCHEMA)?;
        match Schema::from_cedarschema_str(text) {
            Ok((schema, warnings)) => {
                warnings.for_each(|warning| self.found(SCHEMA, &warning));
                Some(schema)
            }
            Err(error) => {
                self.found(SCHEMA, &error);
                None
            }
        }
    }

    /// Holds the schema against the program: the same actions, and questions of the shape that will be asked.
    fn shape(&mut self, schema: &Schema, words: &Words) {
        let declared: BTreeSet<String> = schema.actions().map(ToString::to_string).collect();
        let known: BTreeSet<String> = words.actions().map(|(_, name)| name.to_string()).collect();
        for name in known.difference(&declared) {
            self.fault(SCHEMA, None, format_args!("{name} is missing: the program asks for it"));
        }
        for name in declared.difference(&known) {
            self.fault(SCHEMA, None, format_args!("{name} is nothing that the program asks for"));
        }
        // No question carries the groups of its action: a policy about a group would be one about nothing.
        for name in schema.action_groups() {
            self.fault(SCHEMA, None, format_args!("{name} is a group of actions: list the actions themselves"));
        }
        if known != declared {
            return;
        }
        let mut wrong = BTreeSet::new();
        let least = About::facility("79001");
        let most = About { made_by: Some("thu-ngan-1"), in_open_shift: true, kind: Some("refund"), ..least };
        for (_, role) in Role::WORDS {
            let actor = Actor { facility: "79001".into(), name: "thu-ngan-1".into(), role: *role };
            for (_, action) in Action::WORDS {
                for about in [&least, &most] {
                    if let Err(error) = words.question(&actor, *action, about, Some(schema)) {
                        wrong.insert(format!("a question of the program does not fit: {}", whole(&*error)));
                    }
                }
            }
        }
        wrong.iter().for_each(|message| self.fault(SCHEMA, None, message));
    }

    /// Takes in the policies of one file, each under its `@id`.
    fn policies_of(&mut self, file: &'f str, validator: &Validator) {
        let Some(text) = self.text(file) else { return };
        let parsed: PolicySet = match text.parse() {
            Ok(parsed) => parsed,
            Err(error) => return self.found(file, &error),
        };
        for template in parsed.templates() {
            self.fault(file, None, format_args!("has a template, {}: policies stand alone", template.id()));
        }
        let mut own = PolicySet::new();
        for policy in parsed.policies() {
            let Some(policy) = self.under_its_id(file, policy) else { continue };
            let added = [own.add(policy.clone()), self.policies.add(policy)];
            added.into_iter().filter_map(Result::err).for_each(|error| self.found(file, &error));
        }
        let result = validator.validate(&own, ValidationMode::Strict);
        result.validation_errors().for_each(|error| self.found(file, error));
        result.validation_warnings().for_each(|warning| self.found(file, warning));
    }

    fn under_its_id(&mut self, file: &'f str, policy: &Policy) -> Option<Policy> {
        let Some(id) = policy.annotation("id").filter(|id| !id.trim().is_empty()) else {
            let text = policy.to_string();
            self.fault(file, None, format_args!("has a policy without @id: {}", text.lines().next().unwrap_or("")));
            return None;
        };
        if let Some(owner) = self.owners.insert(id.to_owned(), file) {
            self.fault(file, None, format_args!("the id {id} is taken already, in access/{owner}"));
            return None;
        }
        Some(policy.new_id(PolicyId::new(id)))
    }
}
