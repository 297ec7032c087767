-- One entry for each change, chained: an entry's digest covers the one before it.
create table audit (
    facility text not null,
    number {int} not null,
    at {int} not null,
    actor text not null,
    role text not null,
    action text not null,
    subject text not null,                 -- as in encounter/L1
    reason text not null,
    before {bytes},                        -- digest of what was
    after {bytes},                         -- digest of what is
    previous {bytes} not null,
    digest {bytes} not null,
    primary key (facility, number)
) {clustered};

-- What others are told: the queue of record. A message is there if and only if its change was committed.
create table message (
    facility text not null,
    number {int} not null,
    topic text not null,
    encounter text,
    body text not null,
    at {int} not null,
    audit {int} not null,
    primary key (facility, number)
) {clustered};

-- The answer to a command by its key: the same command again has the same answer.
create table answered (
    facility text not null,
    actor text not null,
    request_key text not null,
    request_digest {bytes} not null,
    status {int} not null,
    body {bytes} not null,                 -- sealed
    at {int} not null,
    audit {int},                           -- the entry of its effect; none when it was refused
    primary key (facility, actor, request_key)
) {clustered};
--! append-only audit message answered
