//! Each invariant can fail: somebody changes the database past the store, and the check names the place.

use std::collections::BTreeSet;

use vienphi_store::verify::Check;

use crate::hospital::database::{Copies, Kind, Place};

crate::on_both!(what_was_changed_is_named, what_guards_the_ledger_is_looked_at,);

/// What is done, which invariant then names which place, and which others fail with it.
type Case = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // The ledger.
    ("update posting set amount = amount + 1 where journal = 3 and place = 1", "I1", "journal 3", "I2"),
    ("delete from posting where journal = 14 and place = 2", "I1", "journal 14", "I2"),
    ("delete from posting where journal = 1", "I1", "journal 1", ""),
    ("delete from journal where number = 26", "I1", "posting 26/1", "I3"),
    ("update posting set amount = amount + 1 where journal = 3 and place = 1", "I2", "ledger", "I1"),
    ("update posting set account = 'refunds-due' where journal = 14 and account = 'deposits-held'", "I2", "encounter L4", ""),
    ("update journal set encounter = 'L2' where number = 14", "I2", "encounter L2", ""),
    ("update journal set encounter = 'L9' where number = 14", "I2", "journal 14", ""),
    ("update encounter set receivable = receivable + 100 where id = 'L4'", "I2", "encounter L4", "I11"),
    ("update encounter set deposits = deposits + 100 where id = 'L4'", "I2", "encounter L4", ""),
    ("update encounter set paid = paid + 100 where id = 'L1'", "I2", "encounter L1", "I8 I11"),
    ("update encounter set received = received + 100 where id = 'L4'", "I2", "encounter L4", ""),
    ("update encounter set refunded = refunded + 100 where id = 'L4'", "I2", "encounter L4", ""),
    ("update encounter set received = received + 100, refunded = refunded + 100 where id = 'L4'", "I2", "encounter L4", ""),
    ("update encounter set insurer = insurer + 100 where id = 'L4'", "I2", "encounter L4", "I11"),
    ("update encounter set sponsor = sponsor + 100 where id = 'L4'", "I2", "encounter L4", "I11"),
    ("update encounter set provisional = provisional - 100 where id = 'L2'", "I2", "encounter L2", ""),
    ("update encounter set pending_refunds = pending_refunds + 100 where id = 'L1'", "I2", "encounter L1", ""),
    ("update encounter set pending_write_offs = pending_write_offs + 100 where id = 'L1'", "I2", "encounter L1", ""),
    ("update encounter set written_off = written_off + 100 where id = 'L4'", "I2", "encounter L4", "I11"),
    ("update encounter set rounding = rounding + 10 where id = 'L2'", "I2", "encounter L2", "I11"),
    ("update approval set amount = amount + 100 where id = 3", "I2", "encounter L1", ""),
    ("update approval set state = 'approved' where id = 4", "I2", "encounter L4", ""),
    ("update approval set state = 'rejected' where id = 5", "I2", "encounter L4", ""),
    ("update receipt set amount = amount + 100 where number = 'PT0000008'", "I2", "encounter L4", ""),
    ("update receipt set state = 'issued' where number = 'PT0000003'", "I2", "encounter L2", ""),
    // Reversals.
    ("drop index if exists journal_reverses; update journal set reverses = 9 where number = 12", "I4", "journal 9", ""),
    ("update posting set amount = amount * 2 where journal = 10", "I4", "journal 10", "I2"),
    ("update journal set reverses = 10 where number = 12", "I4", "journal 12", ""),
    ("update journal set reverses = 99 where number = 12", "I4", "journal 12", ""),
    ("update journal set reverses = null where number = 12", "I4", "journal 12", ""),
    ("update journal set event = 'settled' where number = 12", "I4", "journal 12", ""),
    // Bounds.
    ("update statement set patient_own = patient_own - 100000, amount_hospital = amount_hospital - 100000 \
      where encounter = 'L1' and version = 2", "I8", "encounter L1", "I11"),
    ("update encounter set pending_refunds = 100200 where id = 'L1'; update approval set amount = 100200 where id = 3",
     "I8", "encounter L1", ""),
    ("update encounter set paid = paid - 500000, deposits = deposits + 500000 where id = 'L1'", "I8", "encounter L1", "I2 I11"),
    ("update encounter set provisional = -100 where id = 'L4'", "I8", "encounter L4", "I2"),
    ("update posting set amount = amount - 100 where journal = 4 and account = 'rounding'; \
      update posting set amount = amount + 100 where journal = 4 and account = 'patient-receivable'", "I12", "journal 4", "I2"),
    ("update encounter set receivable = receivable + 10, rounding = rounding + 10 where id = 'L1'", "I12", "encounter L1", "I2"),
    // Numbers.
    ("update facility set journal_number = journal_number + 1", "I3", "journal 26", ""),
    ("update facility set message_number = message_number + 1", "I3", "message 20", ""),
    ("delete from message where number = 13", "I3", "message 13", "I24"),
    ("delete from message where number = 20", "I3", "message 19", "I24"),
    ("delete from message where number = 1; delete from delivery where message = 1", "I3", "message 1", "I24"),
    ("delete from audit where number = 4", "I3", "audit 4", "I9 I16 I17"),
    // Answers.
    ("update answered set audit = 99 where request_key = 'step-3'", "I9", "answer truong-ca/step-3", ""),
    ("update answered set actor = 'somebody' where request_key = 'step-3'", "I9", "answer somebody/step-3", ""),
    ("update answered set audit = 7 where request_key = 'step-4'", "I9", "audit 7", ""),
    // States and versions.
    ("update encounter set closed_at = null where id = 'L1'", "I15", "encounter L1", ""),
    ("update encounter set closed_at = 1 where id = 'L2'", "I15", "encounter L2", ""),
    ("update encounter set state = 'gone' where id = 'L2'", "I15", "encounter L2", ""),
    ("update approval set decided_by = null where id = 6", "I15", "approval 6", ""),
    ("update approval set decided_at = null where id = 5", "I15", "approval 5", ""),
    ("update approval set decided_audit = null where id = 5", "I15", "approval 5", ""),
    ("update approval set decided_by = 'truong-ca' where id = 3", "I15", "approval 3", ""),
    ("update approval set state = 'paid' where id = 5", "I15", "approval 5", "I2"),
    ("update shift set closed_at = null where id = 1", "I15", "shift 1", ""),
    ("update shift set counted = null where id = 1", "I15", "shift 1", ""),
    ("update shift set closed_at = 1 where id = 12", "I15", "shift 12", ""),
    ("update work_item set closed_at = null where id = 8", "I15", "work item 8", ""),
    ("update work_item set closed_at = 1 where id = 9", "I15", "work item 9", ""),
    ("update receipt set state = 'reversed' where number = 'PT0000010'", "I15", "receipt PT0000010", "I25"),
    ("update receipt set state = 'issued' where number = 'PT0000004'", "I15", "receipt PT0000004", "I2"),
    ("update receipt set reverses = null where number = 'PT0000005'", "I15", "receipt PT0000005", ""),
    ("update receipt set reverses = 'PT0000099' where number = 'PT0000005'", "I15", "receipt PT0000005", ""),
    ("update receipt set encounter = 'L4' where number = 'PT0000005'", "I15", "receipt PT0000005", ""),
    ("update receipt set reverses = 'PT0000001', state = 'reversed' where number = 'PT0000010'", "I15", "receipt PT0000010", "I25"),
    ("update encounter set statement_version = 3 where id = 'L1'", "I15", "encounter L1", "I11"),
    ("update encounter set version = 3 where id = 'L1'", "I15", "encounter L1", ""),
    ("update statement set version = 3 where encounter = 'L1' and version = 2", "I15", "encounter L1", "I11 I13"),
    ("delete from statement where encounter = 'L1' and version = 1", "I15", "encounter L1", "I24"),
    ("delete from snapshot where encounter = 'L1' and version = 1", "I15", "statement L1/1", "I13"),
    ("delete from encounter where id = 'L2'", "I15", "encounter L2", "I2"),
    ("update encounter set statement = (select document from statement where encounter = 'L1' and version = 1) where id = 'L1'",
     "I15", "encounter L1", ""),
    ("update encounter set snapshot = (select document from snapshot where encounter = 'L1' and version = 1) where id = 'L1'",
     "I15", "encounter L1", ""),
    // What names what.
    ("update journal set audit = 99 where number = 26", "I16", "journal 26", ""),
    ("update journal set actor = 'somebody' where number = 26", "I16", "journal 26", ""),
    ("update message set audit = 99 where number = 18", "I16", "message 18", ""),
    ("update patient set audit = 99 where id = 'BN-L3'", "I16", "patient BN-L3", ""),
    ("update receipt set audit = 99 where number = 'PT0000005'", "I16", "receipt PT0000005", ""),
    ("update receipt set journal = 99 where number = 'PT0000005'", "I16", "receipt PT0000005", ""),
    ("update receipt_book set audit = 99", "I16", "receipt book PT", ""),
    ("update statement set audit = 99 where encounter = 'L2'", "I16", "statement L2/1", "I24"),
    ("update statement set journal = 99 where encounter = 'L2'", "I16", "statement L2/1", ""),
    ("update statement set actor = 'somebody' where encounter = 'L2'", "I16", "statement L2/1", ""),
    ("update snapshot set audit = 99 where encounter = 'L2'", "I16", "snapshot L2/1", ""),
    ("update approval set asked_audit = 99 where id = 3", "I16", "approval 3", ""),
    ("update approval set decided_audit = 99 where id = 6", "I16", "approval 6", ""),
    ("update approval set journal = 99 where id = 5", "I16", "approval 5", ""),
    ("update shift set audit = 99 where id = 12", "I16", "shift 12", ""),
    ("update work_item set audit = 99 where id = 9", "I16", "work item 9", ""),
    ("update repricing set audit = 99", "I16", "repricing 10", ""),
    ("update webhook set audit = 99", "I16", "webhook 2", ""),
    ("update journal set audit = 8 where number = 3", "I16", "audit 7", ""),
    // The chain has tests of its own.
    ("update audit set reason = 'another' where number = 6", "I17", "audit 6", ""),
    // Four eyes.
    ("update approval set decided_by = asked_by where id = 6", "I19", "approval 6", ""),
    ("update approval set decided_audit = 8 where id = 6", "I19", "approval 6", ""),
    // Whose records.
    ("insert into patient_word (facility, word, patient) select '00000', word, patient from patient_word where patient = 'BN-L1'",
     "I23", "table patient_word", ""),
    // What others are told.
    ("update message set topic = 'receipt.kept' where number = 2", "I24", "audit 7", ""),
    ("update message set topic = 'receipt.kept' where number = 5", "I24", "audit 9", ""),
    ("update message set topic = 'receipt.kept' where number = 4", "I24", "audit 8", ""),
    ("update message set topic = 'receipt.issued' where number = 18", "I24", "audit 27", ""),
    ("update message set topic = 'statement.issued' where number = 18", "I24", "audit 27", ""),
    ("update delivery set message = 99 where message = 20", "I24", "delivery 2/99", ""),
    ("update webhook set seen = 99", "I24", "webhook 2", ""),
    // The bank.
    ("update bank_reference set subject = 'receipt/PT0000099' where subject = 'credit/9'", "I25", "receipt/PT0000099", ""),
    ("update bank_reference set subject = 'receipt/PT0000004' where subject = 'credit/9'", "I25", "receipt/PT0000004", ""),
    // Receipts.
    ("update receipt set number = 'PT0000012' where number = 'PT0000011'; \
      update bank_reference set subject = 'receipt/PT0000012' where subject = 'receipt/PT0000011'", "I26", "receipt PT0000012", ""),
    ("update receipt set serial = 12, number = 'PT0000012' where number = 'PT0000011'; \
      update bank_reference set subject = 'receipt/PT0000012' where subject = 'receipt/PT0000011'", "I26", "receipt PT0000012", ""),
    ("update receipt set serial = serial + 1, number = 'PT0000012' where number = 'PT0000011'; update receipt_book set next = 13; \
      update bank_reference set subject = 'receipt/PT0000012' where subject = 'receipt/PT0000011'", "I26", "receipt PT0000012", ""),
    ("update receipt_book set next = next + 1", "I26", "receipt book PT", ""),
    ("update receipt_book set next = next - 1", "I26", "receipt PT0000011", ""),
    ("update receipt_book set first = 2", "I26", "receipt PT0000001", ""),
    ("update receipt_book set prefix = 'PX'", "I26", "receipt PT0000001", ""),
    ("delete from receipt where number = 'PT0000010'; delete from bank_reference where subject = 'receipt/PT0000010'",
     "I26", "receipt PT0000011", "I24"),
];

async fn what_was_changed_is_named(kind: Kind) {
    let whole = Place::new(kind).await;
    whole.with_story().await;
    let (mut wrong, mut copies) = (Vec::new(), Copies::of(whole));
    for (change, invariant, place, others) in CASES {
        let copy = copies.next().await;
        copy.tamper(change).await;
        wrong.extend(differs(copy, change, invariant, place, others).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is not as it should be after a change: nothing when the right checks name the right place.
pub(crate) async fn differs(place: &Place, change: &str, invariant: &str, named: &str, others: &str) -> Option<String> {
    let checks = place.open().await.verify().await.unwrap();
    let failing: BTreeSet<&str> =
        checks.iter().filter(|check| check.violation_count > 0).map(|check| check.invariant).collect();
    let mut expected: BTreeSet<&str> = others.split_whitespace().collect();
    expected.insert(invariant);
    let names = |check: &Check| check.violations.iter().any(|violation| violation.place == named);
    let is_named = checks.iter().any(|check| check.invariant == invariant && names(check));
    let told: Vec<String> = checks
        .iter()
        .flat_map(|check| {
            check.violations.iter().map(move |found| format!("{} {}: {}", check.invariant, found.place, found.what))
        })
        .collect();
    for check in &checks {
        assert!(check.violations.len() as u64 <= check.violation_count, "{check:?}");
    }
    (failing != expected || !is_named)
        .then(|| format!("{change}\n    wanted {invariant} {named} + {others}\n    {}", told.join("\n    ")))
}

/// Triggers that are gone, do nothing or are asleep are named one by one.
async fn what_guards_the_ledger_is_looked_at(kind: Kind) {
    let whole = Place::new(kind).await;
    whole.open().await;
    let appended =
        ["journal", "posting", "audit", "message", "answered", "document", "snapshot", "statement", "delivery_attempt"];
    let kept = [
        "facility",
        "token",
        "patient",
        "encounter",
        "receipt",
        "receipt_book",
        "shift",
        "approval",
        "work_item",
        "webhook",
    ];
    let pairs = appended.iter().flat_map(|table| [(table, "delete"), (table, "update")]);
    let copy = whole.copy().await;
    let mut gone = BTreeSet::new();
    for (table, operation) in pairs.chain(kept.iter().map(|table| (table, "delete"))) {
        let trigger = format!("{table}_refuses_{operation}");
        copy.run(&match kind {
            Kind::Sqlite => format!("drop trigger {trigger}"),
            Kind::Postgres => format!("drop trigger {trigger} on {table}"),
        })
        .await;
        gone.insert(format!("trigger {trigger}"));
        let checks = copy.open().await.verify().await.unwrap();
        let named = checks.iter().flat_map(|check| check.violations.iter().map(|found| found.place.clone()));
        assert_eq!(named.collect::<BTreeSet<_>>(), gone);
    }
    let asleep = match kind {
        Kind::Sqlite => vec![
            "drop trigger journal_refuses_delete; create trigger journal_refuses_delete before delete on journal begin select 1; end",
            "drop trigger journal_refuses_delete; create trigger journal_refuses_delete before delete on journal when 0 \
             begin select raise(abort, 'delete of journal: rows are kept'); end",
        ],
        Kind::Postgres => vec![
            "alter table journal disable trigger journal_refuses_delete",
            "create or replace function refuse_change() returns trigger language plpgsql as $$ begin return old; end $$",
            "drop trigger journal_refuses_delete on journal; create trigger journal_refuses_delete before delete on journal \
             for each row when (false) execute function refuse_change()",
            "drop trigger journal_refuses_truncate on journal; create function journal_refuses_delete() returns void language sql as ''; \
             alter table journal disable trigger journal_refuses_delete",
        ],
    };
    for change in asleep {
        let copy = whole.copy().await;
        copy.run(change).await;
        assert_eq!(differs(&copy, change, "I3", "trigger journal_refuses_delete", "").await, None);
    }
}
