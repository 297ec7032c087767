-- The postings of each day by account, department and method, added up: what an overview shows without reading every posting.
-- Journals up to `journal` are in them; the ledger stays what counts, and verify adds it up again.
create table day_total_mark (
    facility text not null primary key,
    journal {int} not null,
    at {int} not null
);

create table day_total (
    facility text not null,
    day text not null,
    account text not null,
    event text not null,
    department text not null,              -- empty where a posting has none
    method text not null,                  -- empty where a posting has none
    debit {int} not null check (debit >= 0),
    credit {int} not null check (credit >= 0),
    postings {int} not null,
    primary key (facility, day, account, event, department, method)
) {clustered};

create index claim_version_discharged on claim_version (facility, discharged_on);
