//! A facility's account at the insurer's portal: an administrator asks for it, another person approves.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::{Action, Actor};
use vienphi_portal::{Account, Officer};
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Connection, Halt, Store, StoreError, Turn, approvals, claims};

use super::approvals::Ask;
use super::money::moment;
use super::{Desk, Sent, forms, json, reader, refusals};

/// The account as it is kept, sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// The address of the policies, as in `production`.
    endpoint: String,
    username: String,
    password: String,
    officer: Option<KeptOfficer>,
}

#[derive(Clone, Serialize, Deserialize)]
struct KeptOfficer {
    name: String,
    id_number: String,
}

/// What is asked for, as an approval keeps it.
#[derive(Serialize, Deserialize)]
struct Proposal {
    /// Of the account when this was asked for; 0 for none.
    version: i64,
    endpoint: String,
    username: String,
    /// None when it stays as it is.
    password: Option<String>,
    officer: Option<KeptOfficer>,
}

/// The account in an answer; its password is told to nobody.
#[derive(Debug, Serialize)]
pub struct PortalAccount {
    /// `ready`, `not-set-up` or `unreachable` (the policies name no such address).
    state: &'static str,
    /// The addresses that the policies name.
    endpoints: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    has_password: bool,
    has_officer: bool,
    signs: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<String>,
}

/// The account with where it is used.
pub(super) struct Opened {
    pub(super) version: i64,
    pub(super) endpoint: String,
    pub(super) account: Account,
}

/// A password is no shorter: the portal's are not either.
const SHORTEST: usize = 6;

/// Names and passwords are no longer.
const LONGEST: usize = 200;

impl Desk {
    /// Asks for the account to be set up, or anew. A password that is not sent stays as it is.
    pub async fn ask_portal(&self, actor: &Arc<Actor>, sent: Sent<'_>) -> Result<Answered, Halt> {
        self.may(actor, Action::PortalAsk)?;
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let before = claims::account(&mut *reader(&self.store).await?, &actor.facility).await?;
        let endpoints: Vec<(&str, &str)> = self.rails.portals().map(|name| (name, name)).collect();
        let (proposal, reason) = forms::read(sent.document, |root| {
            let [endpoint, username, password, officer, reason] =
                root.fields(["endpoint", "username", "password", "officer", "reason"])?;
            let chosen = endpoint.required().choice(&endpoints).map(str::to_owned);
            let plain = |shortest: usize| {
                move |text: &str| {
                    let is_plain = (shortest..=LONGEST).contains(&text.len()) && !text.chars().any(char::is_control);
                    is_plain.then(|| text.to_owned())
                }
            };
            let username = username.required().form(plain(1), &format!("must be 1 to {LONGEST} printable characters"));
            let secret = password.private();
            let words = format!("must be {SHORTEST} to {LONGEST} printable characters");
            let read = if secret.is_present() { Some(secret.form(plain(SHORTEST), &words)?) } else { None };
            if read.is_none() && before.is_none() {
                password.fault("is required when the account is set up");
            }
            let officer = if officer.is_present() {
                let [name, id_number] = officer.fields(["name", "id_number"])?;
                let is_number = |text: &str| {
                    let is_right = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
                    is_right.then(|| text.to_owned())
                };
                let id_number = id_number.private().required().form(is_number, "must be 12 digits");
                Some(KeptOfficer { name: forms::words(&name.required())?, id_number: id_number? })
            } else {
                None
            };
            let version = before.as_ref().map_or(0, |row| row.version);
            let proposal = Proposal { version, endpoint: chosen?, username: username?, password: read, officer };
            Some((proposal, forms::reason(&reason)?))
        })?;
        let request = Ask {
            kind: "portal",
            subject: "portal-account".to_owned(),
            amount: 0,
            reason,
            body: json(&proposal)?,
            action: Action::PortalAsk,
        };
        self.once(actor, &sent, request).await
    }

    /// The account as it is set up.
    pub async fn portal(&self, actor: &Actor) -> Result<PortalAccount, Halt> {
        self.may(actor, Action::PortalRead)?;
        let row = claims::account(&mut *reader(&self.store).await?, &actor.facility).await?;
        let endpoints: Vec<String> = self.rails.portals().map(str::to_owned).collect();
        let kept = match &row {
            Some(row) => Some(kept(&self.store.key(&actor.facility).await?.open(&row.body, PLACE)?)?),
            None => None,
        };
        let state = match &kept {
            None => "not-set-up",
            Some(kept) if !endpoints.contains(&kept.endpoint) => "unreachable",
            Some(_) => "ready",
        };
        Ok(PortalAccount {
            state,
            endpoints,
            has_password: kept.is_some(),
            has_officer: kept.as_ref().is_some_and(|kept| kept.officer.is_some()),
            endpoint: kept.as_ref().map(|kept| kept.endpoint.clone()),
            username: kept.map(|kept| kept.username),
            signs: self.submitting.as_ref().is_some_and(|submitting| submitting.signer.is_some()),
            changed_at: row.map(|row| moment(row.changed_at)),
        })
    }
}

/// What the account is sealed for.
const PLACE: &str = "portal-account";

/// The account of a facility; none when nobody has set one up.
pub(super) async fn account(
    connection: &mut Connection,
    store: &Store,
    facility: &str,
) -> Result<Option<Opened>, Halt> {
    let Some(row) = claims::account(connection, facility).await? else { return Ok(None) };
    let Kept { endpoint, username, password, officer } = kept(&store.key(facility).await?.open(&row.body, PLACE)?)?;
    let officer = officer.map(|kept| Officer { name: kept.name.into(), id_number: kept.id_number.into() });
    let account = Account { facility: facility.into(), username: username.into(), password: password.into(), officer };
    Ok(Some(Opened { version: row.version, endpoint, account }))
}

fn kept(plain: &[u8]) -> Result<Kept, Halt> {
    let read = serde_json::from_slice(plain);
    read.map_err(|_| StoreError::Damaged("the account at the portal cannot be read".into()).into())
}

fn proposal(plain: &[u8]) -> Result<Proposal, Halt> {
    let read = serde_json::from_slice(plain);
    read.map_err(|_| StoreError::Damaged("what was asked of the account at the portal cannot be read".into()).into())
}

/// Sets the account up as it was approved; one that was changed since it was asked for is not.
pub(super) async fn approved(turn: &mut Turn, approval: &approvals::Approval) -> Result<(), Halt> {
    let (key, facility) = (turn.key()?, turn.facility());
    let asked = proposal(&key.open(&approval.body, &super::approvals::place(approval.id))?)?;
    let before = claims::account(turn.connection(), &facility).await?;
    if before.as_ref().map_or(0, |row| row.version) != asked.version {
        return Err(refusals::conflict(
            "urn:vienphi:problem:changed-meanwhile",
            "The account has changed since",
            "the account is not as it was when this was asked for: reject it, and ask again",
        )
        .into());
    }
    let before = before.map(|row| key.open(&row.body, PLACE)).transpose()?;
    let password = match (asked.password, &before) {
        (Some(password), _) => password,
        (None, Some(plain)) => kept(plain)?.password,
        (None, None) => return Err(StoreError::Damaged("an account without a password was asked for".into()).into()),
    };
    let Proposal { endpoint, username, officer, .. } = asked;
    let after = json(&Kept { endpoint, username, password, officer })?;
    let change = Change {
        action: Action::PortalAsk,
        subject: &approval.subject,
        reason: "approved",
        before: before.map(|plain| key.digest(&plain)),
        after: Some(key.digest(&after)),
    };
    let audit = turn.audit(&change)?;
    Ok(claims::set_account(turn, key.seal(&after, PLACE)?, audit).await?)
}

/// What an approval of an account is about, as settings and the names of secrets.
pub(super) fn asked(plain: &[u8]) -> Result<super::rails::Asked, Halt> {
    let asked = proposal(plain)?;
    let settings = [("endpoint", asked.endpoint), ("username", asked.username)];
    let mut keys = Vec::new();
    keys.extend(asked.password.map(|_| "password".to_owned()));
    keys.extend(asked.officer.map(|_| "officer".to_owned()));
    Ok(super::rails::Asked::of(settings.map(|(name, value)| (name.to_owned(), value)).into(), keys))
}
