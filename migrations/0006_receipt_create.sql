-- Books of receipts: numbers follow each other without a gap, whoever writes in a book.
create table receipt_book (
    facility text not null,
    prefix text not null,
    first {int} not null,
    next {int} not null,
    opened_at {int} not null,
    actor text not null,
    audit {int} not null,
    primary key (facility, prefix)
);

-- Receipts. Nothing is deleted: a wrong one is reversed by another.
create table receipt (
    facility text not null,
    number text not null,                  -- prefix and serial
    book text not null,
    serial {int} not null,
    kind text not null check (kind in ('deposit', 'settlement', 'refund', 'reversal')),
    state text not null check (state in ('issued', 'provisional', 'confirmed', 'failed', 'reversed')),
    encounter text not null,
    amount {int} not null check (amount >= 0),     -- money that changed hands
    from_deposits {int} not null,          -- of the deposits, for a settlement
    body {bytes} not null,                 -- sealed: the receipt as it was handed out
    at {int} not null,
    actor text not null,
    shift {int},
    journal {int} not null,
    reverses text,
    audit {int} not null,
    primary key (facility, number),
    unique (facility, book, serial)
) {clustered};
create unique index receipt_reverses on receipt (facility, reverses) where reverses is not null;
create index receipt_encounter on receipt (facility, encounter);
create index receipt_shift on receipt (facility, shift) where shift is not null;

-- A bank transaction counts once, whoever enters it.
create table bank_reference (
    facility text not null,
    method text not null,
    reference text not null,
    subject text not null,                 -- as in receipt/PT-12 or credit/7
    primary key (facility, method, reference)
) {clustered};
create index bank_reference_subject on bank_reference (facility, subject);
--! kept receipt_book receipt
