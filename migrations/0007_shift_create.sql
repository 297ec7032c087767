-- A cashier's time at a desk. What should be in the drawer is the sum of its postings; it is shown once it was counted.
create table shift (
    facility text not null,
    id {int} not null,
    desk text not null,
    actor text not null,
    state text not null check (state in ('open', 'counted', 'closing', 'closed')),
    float_amount {int} not null,
    counted text,                          -- method: amount
    expected text,                         -- method: amount, as it was at the count
    handed_to text,
    opened_at {int} not null,
    closed_at {int},
    audit {int} not null,
    primary key (facility, id)
);
create unique index shift_of_actor on shift (facility, actor) where state <> 'closed';

-- What waits for another person's word.
create table approval (
    facility text not null,
    id {int} not null,
    kind text not null check (kind in ('refund', 'write-off', 'reopen', 'shift-difference', 'repricing', 'rail', 'portal')),
    subject text not null,                 -- as in encounter/L1
    amount {int} not null,
    reason text not null,
    body {bytes} not null,                 -- sealed: what was asked, whole
    asked_by text not null,
    asked_at {int} not null,
    asked_audit {int} not null,
    state text not null check (state in ('pending', 'approved', 'rejected', 'paying', 'paid')),
    decided_by text,
    decided_at {int},
    decided_reason text,
    decided_audit {int},
    journal {int},
    primary key (facility, id),
    check (decided_by is null or decided_by <> asked_by)
);
create index approval_state on approval (facility, state, id);

-- Work for a person: money that nobody can place, money that was promised and did not come.
create table work_item (
    facility text not null,
    id {int} not null,
    kind text not null check (kind in ('unapplied-credit', 'failed-transfer', 'payment-conflict', 'payment-unknown', 'refund-reversed')),
    state text not null check (state in ('open', 'done')),
    amount {int} not null,
    body {bytes} not null,                 -- sealed: payer, memo, reference
    encounter text,                        -- where it went
    opened_at {int} not null,
    closed_at {int},
    audit {int} not null,
    primary key (facility, id)
);
create index work_item_state on work_item (facility, state, id);
--! kept shift approval work_item
