-- People who sign in to the pages. Of a password only a hash is kept, of a session only the digest of its cookie.
create table person (
    facility text not null,
    name text not null,
    role text not null,
    password text not null,                -- argon2id with its salt and costs
    is_told {int} not null check (is_told in (0, 1)),  -- somebody else knows it: it is changed at the next sign-in
    code_key {bytes},                      -- what one-time codes are made of, sealed; none before it was set up
    code_step {int} not null,              -- of the last code that was used: none is good twice
    failures {int} not null,               -- wrong passwords and codes since the last right ones
    locked_until {int} not null,
    closed_at {int},
    changed_at {int} not null,
    audit {int} not null,
    primary key (facility, name)
) {clustered};

create table session (
    facility text not null,
    digest {bytes} not null,
    person text not null,
    role text not null,
    begun_at {int} not null,
    seen_at {int} not null,
    coded_at {int},                        -- when a one-time code was given
    ended_at {int},
    primary key (facility, digest)
) {clustered};
create index session_person on session (facility, person, ended_at);
--! kept person
