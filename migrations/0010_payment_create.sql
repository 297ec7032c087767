-- How a facility is paid without cash: rails as they are set up, requests, ways to pay them, and what was told of money.
create table rail (
    facility text not null,
    name text not null,
    version {int} not null,
    body {bytes} not null,                 -- settings and secrets, sealed
    changed_at {int} not null,
    audit {int} not null,
    primary key (facility, name)
);

create table payment_request (
    facility text not null,
    id {int} not null,
    encounter text not null,
    purpose text not null check (purpose in ('balance', 'deposit', 'lines')),
    lines text not null,                   -- ids with blanks between
    amount {int} not null check (amount > 0),
    received {int} not null check (received >= 0),
    rail text not null,
    reference text not null,
    state text not null check (state in ('open', 'paid', 'mismatch', 'expired', 'cancelled')),
    attempt text not null,                 -- what became of the way to pay
    display {bytes} not null,              -- what the payer is shown, sealed
    digest {bytes} not null,               -- of the component that was asked
    receipt text,
    released_at {int},                     -- the service was given before it was paid
    released_by text,
    expires_at {int},
    created_at {int} not null,
    created_by text not null,
    changed_at {int} not null,
    audit {int} not null,
    primary key (facility, id),
    unique (facility, reference)
);
create index payment_request_encounter on payment_request (facility, encounter, id);

-- What was told of money: an event counts once, whoever tells it how often.
create table payment_event (
    facility text not null,
    rail text not null,
    event_key text not null,
    kind text not null,
    request {int},
    amount {int} not null,
    currency text not null,
    occurred_at {int} not null,
    received_at {int} not null,
    fate text not null,                    -- paid, counted, noted, unknown, or why the money waits
    receipt text,
    credit {int},
    body {bytes} not null,                 -- as it was told, sealed
    audit {int} not null,
    primary key (facility, rail, event_key)
);
-- A code of a patient that stays the same and takes any amount.
create table standing_code (
    facility text not null,
    id {int} not null,
    patient text not null,
    rail text not null,
    reference text not null,
    display {bytes} not null,              -- what the payer is shown, sealed
    created_at {int} not null,
    audit {int} not null,
    primary key (facility, id),
    unique (facility, reference),
    unique (facility, patient, rail)
);

-- A way to pay a request, or to give its money back, that the rail is asked for. `due_at` is when it is looked at next; `body`
-- is what is needed to go on after a crash, kept before anything is sent.
create table payment_attempt (
    facility text not null,
    id {int} not null,
    request {int} not null,
    kind text not null check (kind in ('pay', 'refund')),
    rail text not null,
    reference text not null,               -- ours: the request's, or the refund's own
    provider_reference text,
    amount {int} not null check (amount > 0),
    approval {int},                        -- of a refund
    receipt text,                          -- of a refund that was paid
    state text not null,
    operation text not null check (operation in ('create', 'query', 'refund', 'query-refund')),
    phase text not null check (phase in ('begin', 'send', 'sent', 'ended')),
    tries {int} not null,
    body {bytes} not null,                 -- context, the plugin's state and step, sealed
    work_item {int},                       -- a person was told that nobody knows what became of it
    due_at {int},
    created_at {int} not null,
    created_by text not null,
    changed_at {int} not null,
    audit {int} not null,
    primary key (facility, id),
    unique (facility, rail, kind, reference)
);
create index payment_attempt_request on payment_attempt (facility, request);
create index payment_attempt_due on payment_attempt (due_at) where due_at is not null;

-- What a plugin was asked and what it answered, so that it can be asked again and compared. No secret is in it: a plugin is
-- told none.
create table payment_exchange (
    facility text not null,
    attempt {int} not null,
    number {int} not null,
    component {bytes} not null,            -- digest of the plugin
    body {bytes} not null,                 -- the call and its answer, sealed
    at {int} not null,
    primary key (facility, attempt, number)
) {clustered};
create index payment_event_unknown on payment_event (facility, received_at) where fate = 'unknown';
create index payment_event_credit on payment_event (facility, credit) where credit is not null;
create index payment_event_request on payment_event (facility, request) where request is not null;
--! kept rail payment_request payment_event payment_attempt
--! append-only payment_exchange standing_code
