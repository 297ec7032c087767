-- Double entry. A mistake is corrected by another journal.
create table journal (
    facility text not null,
    number {int} not null,
    event text not null,
    at {int} not null,
    day text not null,                     -- the Vietnam day of `at`
    encounter text,
    subject text not null,                 -- as in receipt/PT-12
    reverses {int},
    actor text not null,
    audit {int} not null,
    primary key (facility, number)
) {clustered};
create unique index journal_reverses on journal (facility, reverses) where reverses is not null;
create index journal_day on journal (facility, day);

create table posting (
    facility text not null,
    journal {int} not null,
    place {int} not null,
    account text not null,
    amount {int} not null check (amount <> 0),     -- a debit is positive
    department text,
    practitioner text,
    fee_group {int},
    payer text,
    method text,
    shift {int},
    primary key (facility, journal, place)
) {clustered};
create index posting_shift on posting (facility, shift) where shift is not null;
--! append-only journal posting
