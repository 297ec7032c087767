-- Who is told what, and how telling went.
create table webhook (
    facility text not null,
    id {int} not null,
    url text not null,
    topics text not null,
    secret {bytes} not null,               -- sealed
    actor text not null,
    created_at {int} not null,
    revoked_at {int},
    seen {int} not null,                   -- messages up to this number have their delivery
    audit {int} not null,
    primary key (facility, id)
);

create table delivery (
    facility text not null,
    webhook {int} not null,
    message {int} not null,
    encounter text,
    state text not null check (state in ('pending', 'delivered')),
    attempts {int} not null,
    next_at {int} not null,
    primary key (facility, webhook, message)
) {clustered};
create index delivery_due on delivery (facility, webhook, state, next_at, message);
create index delivery_visit on delivery (facility, webhook, state, encounter, message);

create table delivery_attempt (
    facility text not null,
    webhook {int} not null,
    message {int} not null,
    attempt {int} not null,
    at {int} not null,
    status {int},                          -- HTTP; none when nothing was answered
    error text,
    primary key (facility, webhook, message, attempt)
) {clustered};
--! kept webhook
--! append-only delivery_attempt
