//! A question in Cedar's words: the request, and what is known of those it names.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};
use vienphi_domain::{Action, Actor, Role};

use crate::about::About;

/// The names of the schema, made once.
#[derive(Debug)]
pub(crate) struct Words {
    actions: HashMap<Action, EntityUid>,
    roles: HashMap<Role, EntityUid>,
    actor: EntityTypeName,
    kind: EntityTypeName,
    record: EntityUid,
}

/// What Cedar is asked.
pub(crate) struct Question {
    pub(crate) request: Request,
    pub(crate) entities: Entities,
}

/// Why the policies could not be asked.
pub(crate) type Unasked = Box<dyn std::error::Error>;

impl Words {
    pub(crate) fn new() -> Result<Words, Unasked> {
        let [action, role, actor, record, kind] = [
            "Action".parse::<EntityTypeName>()?,
            "Role".parse()?,
            "Actor".parse()?,
            "Record".parse()?,
            "ApprovalKind".parse()?,
        ];
        Ok(Words {
            actions: Action::WORDS.iter().map(|(word, one)| (*one, named(&action, word))).collect(),
            roles: Role::WORDS.iter().map(|(word, one)| (*one, named(&role, word))).collect(),
            record: named(&record, "asked about"),
            actor,
            kind,
        })
    }

    /// Every action with its name.
    pub(crate) fn actions(&self) -> impl Iterator<Item = (Action, &EntityUid)> {
        Action::WORDS.iter().filter_map(|(_, action)| Some((*action, self.actions.get(action)?)))
    }

    /// Every role with its name.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (Role, &EntityUid)> {
        Role::WORDS.iter().filter_map(|(_, role)| Some((*role, self.roles.get(role)?)))
    }

    /// Puts a question. With a schema, its shape is checked too: at the start for all, not for each.
    pub(crate) fn question(
        &self,
        actor: &Actor,
        action: Action,
        about: &About<'_>,
        schema: Option<&Schema>,
    ) -> Result<Question, Unasked> {
        let role = self.roles.get(&actor.role).ok_or("the role has no name")?;
        let action = self.actions.get(&action).ok_or("the action has no name")?;

        // A name alone is a different person at every facility.
        let who = named(&self.actor, &format!("{}/{}", actor.facility, actor.name));
        let known = HashMap::from([("facility".to_owned(), text(&actor.facility)), ("name".into(), text(&actor.name))]);
        let actor = Entity::new(who.clone(), known, HashSet::from([role.clone()]))?;

        let mut known = HashMap::from([
            ("facility".to_owned(), text(about.facility)),
            ("in_open_shift".into(), RestrictedExpression::new_bool(about.in_open_shift)),
        ]);
        if let Some(name) = about.made_by {
            known.insert("made_by".into(), text(name));
        }
        if let Some(kind) = about.kind {
            known.insert("kind".into(), RestrictedExpression::new_entity_uid(named(&self.kind, kind)));
        }
        let record = Entity::new(self.record.clone(), known, HashSet::new())?;

        let request = Request::new(who, action.clone(), self.record.clone(), Context::empty(), schema)?;
        let entities = Entities::from_entities([actor, record], schema)?;
        Ok(Question { request, entities })
    }
}

fn named(kind: &EntityTypeName, name: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(name))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}
