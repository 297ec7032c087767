-- Encounters as sent and statements as issued: once by digest, compressed and sealed. By their visit before
-- their digest: digests are random, and an index of them alone has its pages everywhere once it is large.
create table document (
    facility text not null,
    encounter text not null,
    digest {bytes} not null,               -- SHA-256 of the document (an encounter's: of its canonical form)
    body {bytes} not null,
    length {int} not null,                 -- bytes of the document itself
    primary key (facility, encounter, digest)
);

-- A visit as it is now. The balances are sums over its postings, kept so that no command has to add them up.
create table encounter (
    facility text not null,
    id text not null,
    patient text not null,
    state text not null check (state in ('open', 'closed')),
    version {int} not null,
    statement_version {int} not null,
    snapshot {bytes} not null,             -- the document sent last
    statement {bytes} not null,            -- the document issued last
    arrived_on text not null,
    closed_at {int},
    as_of text not null,
    made_from text not null,               -- digests of component, tariff, policies and engine
    earned text not null,                  -- what the statement says was earned, as posted
    receivable {int} not null,             -- the patient's share not yet paid, exact
    deposits {int} not null check (deposits >= 0),
    paid {int} not null,                   -- settled with money or deposits, less what was reversed
    received {int} not null,               -- money taken in deposits and settlements, less what was reversed
    refunded {int} not null,
    insurer {int} not null,
    sponsor {int} not null,
    provisional {int} not null,            -- of received: not confirmed by the bank yet
    pending_refunds {int} not null,        -- of deposits: asked back, not decided yet
    pending_write_offs {int} not null,     -- of receivable: asked to be written off, not decided yet
    written_off {int} not null,
    rounding {int} not null,               -- rounded up so far; negative when down
    changed_at {int} not null,
    primary key (facility, id)
) {clustered};
create index encounter_patient on encounter (facility, patient);
create index encounter_owing on encounter (facility, receivable) where receivable > 0;
create index encounter_arrived on encounter (facility, arrived_on);

-- Each version of a visit as it was sent.
create table snapshot (
    facility text not null,
    encounter text not null,
    version {int} not null,
    document {bytes} not null,
    at {int} not null,
    actor text not null,
    audit {int} not null,
    primary key (facility, encounter, version)
) {clustered};

-- Each statement that was issued, with its sums.
create table statement (
    facility text not null,
    encounter text not null,
    version {int} not null,
    snapshot {int} not null,               -- the version of the visit it was made from
    document {bytes} not null,
    as_of text not null,
    reason text not null,
    amount_hospital {int} not null,
    amount_insured {int} not null,
    other_sources {int} not null,
    patient_own {int} not null,
    copayment {int} not null,
    insurer {int} not null,
    cash_due {int} not null,
    findings {int} not null,
    at {int} not null,
    actor text not null,
    audit {int} not null,
    journal {int},                         -- none when no amount changed
    primary key (facility, encounter, version),
    check (amount_hospital = other_sources + patient_own + copayment + insurer)
) {clustered};
--! append-only document snapshot statement
--! kept encounter
