-- A facility that keeps its records here, and the counters that its writer advances under its lock.
create table facility (
    facility text not null primary key,
    opened_at {int} not null,
    data_key {bytes} not null,             -- sealed by the key file
    turn {int} not null,                   -- advanced first in every transaction: whoever does so holds the facility
    record_number {int} not null,          -- shifts, approvals, work items, repricings, webhooks
    audit_number {int} not null,
    audit_digest {bytes} not null,         -- of the newest entry: the head of the chain
    journal_number {int} not null,
    message_number {int} not null
);

-- Who may act, and as what. Of the token itself only a hash is kept.
create table token (
    facility text not null,
    id text not null,
    actor text not null,
    role text not null,
    digest {bytes} not null,
    created_at {int} not null,
    expires_at {int},
    revoked_at {int},
    primary key (facility, id)
);
--! kept facility token
