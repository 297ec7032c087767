-- What verifiers have checked: what was found in the files they sent, and which of it they chose. The files are not kept.
create table claim_check (
    facility text not null,
    id {int} not null,
    made_by text not null,
    made_at {int} not null,
    is_whole {int} not null check (is_whole in (0, 1)),   -- every part is there; before that nobody is shown it
    files {int} not null,
    visits {int} not null,
    findings {int} not null,
    parts {int} not null,
    body {bytes} not null,                 -- its name and what it came to: sealed
    audit {int} not null,
    primary key (facility, id)
);

-- Visits with what was found, so many together, compressed and sealed.
create table claim_check_part (
    facility text not null,
    claim_check {int} not null,
    place {int} not null,
    length {int} not null,                 -- bytes before it was compressed
    body {bytes} not null,
    primary key (facility, claim_check, place)
) {clustered};

-- What somebody chose of the findings, by their number in the check.
create table claim_check_choice (
    facility text not null,
    claim_check {int} not null,
    person text not null,
    finding {int} not null,
    primary key (facility, claim_check, person, finding)
) {clustered};
