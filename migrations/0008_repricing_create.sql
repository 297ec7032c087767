-- Pricing encounters anew: first what would change, then, when approved, the change.
create table repricing (
    facility text not null,
    id {int} not null,
    scope text not null,
    reason text not null,
    state text not null check (state in ('previewing', 'previewed', 'applying', 'applied')),
    approval {int} not null,
    asked_by text not null,
    asked_at {int} not null,
    audit {int} not null,
    primary key (facility, id)
);

create table repricing_row (
    facility text not null,
    repricing {int} not null,
    encounter text not null,
    state text not null check (state in ('previewed', 'unpriced', 'applied', 'passed')),
    statement_version {int} not null,      -- the one it was compared with
    before text not null,                  -- totals
    after text not null,                   -- totals, or why it could not be priced
    primary key (facility, repricing, encounter)
) {clustered};
--! kept repricing repricing_row
