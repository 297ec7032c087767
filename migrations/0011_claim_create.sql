-- What the insurer's portal is told and asked: the account, claims and their versions, answers about cards.
create table portal_account (
    facility text not null,
    version {int} not null,
    body {bytes} not null,                 -- name, password, officer, place: sealed
    changed_at {int} not null,
    audit {int} not null,
    primary key (facility)
);

-- The claim of a visit. Its newest version is what the visit says, or said.
create table claim (
    facility text not null,
    id {int} not null,
    encounter text not null,
    version {int} not null,                -- the newest
    created_at {int} not null,
    audit {int} not null,
    primary key (facility, id),
    unique (facility, encounter)
);

-- A file as it was made, checked and sent. `due_at` is when it is looked at next.
create table claim_version (
    facility text not null,
    claim {int} not null,
    version {int} not null,
    state text not null check (state in ('draft', 'checked', 'signed', 'sending', 'sent', 'received', 'refused', 'unknown',
        'withdrawn', 'replaced')),
    snapshot {bytes} not null,             -- digest of the visit it was made from
    statement {bytes} not null,            -- digest of the statement it was made from
    document {bytes} not null,             -- digest of the file
    is_signed {int} not null check (is_signed in (0, 1)),
    discharged_on text not null,
    paid_at text,                          -- NGAY_TTOAN; none while the patient has not paid
    replaces {int},                        -- the version before it
    findings {int} not null,
    blocking {int} not null,
    body {bytes} not null,                 -- findings, and what the portal said: sealed
    tries {int} not null,
    looks {int} not null,                  -- queries of what nobody knows, since it was sent
    absent {int} not null,                 -- of them, one after another, that did not find it
    sent_at {int},                         -- the last time
    due_at {int},
    waits_since {int},                     -- for a person who looks at the portal
    transaction_id text,                   -- maGiaoDich
    received_at text,                      -- as the portal says
    created_at {int} not null,
    created_by text not null,
    changed_at {int} not null,
    audit {int} not null,
    primary key (facility, claim, version)
);
create unique index claim_version_in_flight on claim_version (facility, claim) where state in ('sending', 'sent', 'unknown');
create index claim_version_due on claim_version (due_at) where due_at is not null;
create index claim_version_state on claim_version (facility, state, claim);

-- What happened to a version, step by step.
create table claim_step (
    facility text not null,
    claim {int} not null,
    version {int} not null,
    number {int} not null,
    event text not null,
    state text not null,                   -- what it is behind it
    document {bytes} not null,             -- the file it then was
    at {int} not null,
    actor text not null,
    audit {int} not null,
    primary key (facility, claim, version, number)
) {clustered};

-- What the portal was asked about a card or a person's co-payments, and what it answered.
create table eligibility (
    facility text not null,
    id {int} not null,
    kind text not null check (kind in ('card', 'copayment')),
    patient text,
    card {bytes} not null,                 -- keyed digest of what was asked
    state text not null check (state in ('asking', 'answered')),
    question {bytes} not null,             -- sealed
    answer {bytes},                        -- sealed
    outcome text,
    is_provisional {int} not null check (is_provisional in (0, 1)),
    tries {int} not null,
    asked_at {int} not null,
    asked_by text not null,
    answered_at {int},
    due_at {int},
    audit {int} not null,
    primary key (facility, id)
);
create index eligibility_card on eligibility (facility, card, id);
create index eligibility_patient on eligibility (facility, patient, id) where patient is not null;
create index eligibility_due on eligibility (due_at) where due_at is not null;
--! kept portal_account claim claim_version eligibility
--! append-only claim_step
