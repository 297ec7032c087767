//! The audit's chain: whatever is done to it, the first entry that is not as it was written is named.

use vienphi_domain::{Digest, Moment};
use vienphi_store::audit::{self, Entry, Wanted};

use crate::hospital::FACILITY;
use crate::hospital::database::{Copies, Kind, Place};

crate::on_both!(whatever_is_done_to_the_chain_is_seen);

async fn broken(place: &Place) -> Option<(i64, String)> {
    let mut connection = place.connection().await;
    let mut chains = audit::walk(&mut connection).await.unwrap();
    assert_eq!(chains.len(), 1);
    let chain = chains.remove(0);
    assert_eq!(chain.facility, FACILITY);
    chain.broken.map(|broken| (broken.number, broken.why))
}

async fn whatever_is_done_to_the_chain_is_seen(kind: Kind) {
    let whole = Place::new(kind).await;
    whole.with_story().await;
    assert_eq!(broken(&whole).await, None);
    let newest = {
        let store = whole.open().await;
        let wanted = Wanted { limit: 1, ..Wanted::default() };
        audit::list(&mut store.reader().await.unwrap(), FACILITY, &wanted).await.unwrap().remove(0)
    };
    let last = newest.number;
    let nothing = match kind {
        Kind::Sqlite => "zeroblob(32)",
        Kind::Postgres => "decode(repeat('00', 32), 'hex')",
    };
    let cut = last - 3;
    let cases: Vec<(String, i64)> = vec![
        // Edit: each column.
        ("update audit set at = at + 1 where number = 5".into(), 5),
        ("update audit set actor = 'somebody' where number = 5".into(), 5),
        ("update audit set role = 'auditor' where number = 5".into(), 5),
        ("update audit set action = 'ledger.read' where number = 5".into(), 5),
        ("update audit set subject = 'encounter/L9' where number = 5".into(), 5),
        ("update audit set reason = 'none' where number = 5".into(), 5),
        (format!("update audit set before = {nothing} where number = 5"), 5),
        ("update audit set after = null where number = 6".into(), 6),
        (format!("update audit set previous = {nothing} where number = 5"), 5),
        (format!("update audit set digest = {nothing} where number = 5"), 5),
        ("update audit set reason = 'none' where number = 1".into(), 1),
        (format!("update audit set reason = 'none' where number = {last}"), last),
        // Delete.
        ("delete from audit where number = 5".into(), 5),
        ("delete from audit where number = 1".into(), 1),
        ("delete from audit where number = 5; update audit set number = number - 1000000 where number > 5; \
          update audit set number = number + 999999 where number < 0".into(), 5),
        ("delete from audit".into(), 1),
        // Swap.
        ("update audit set number = -1 where number = 5; update audit set number = 5 where number = 6; \
          update audit set number = 6 where number = -1".into(), 5),
        // Truncate the tail, also with the counter and with the head moved back.
        (format!("delete from audit where number >= {cut}"), cut),
        (format!("delete from audit where number >= {cut}; update facility set audit_number = {cut} - 1"), cut - 1),
        (format!("update facility set audit_number = {last} + 1"), last + 1),
        (format!("update facility set audit_digest = {nothing}"), last),
        // Insert.
        ("insert into audit (facility, number, at, actor, role, action, subject, reason, before, after, previous, digest) \
          select facility, 0, at, actor, role, action, subject, reason, before, after, previous, digest from audit where number = 5".into(), 0),
        ("update audit set number = number + 1000000 where number >= 5; update audit set number = number - 999999 where number > 5; \
          insert into audit (facility, number, at, actor, role, action, subject, reason, before, after, previous, digest) \
          select facility, 5, at, actor, role, action, subject, reason, before, after, previous, digest from audit where number = 4".into(), 5),
    ];
    let (mut wrong, mut copies) = (Vec::new(), Copies::of(whole));
    for (change, number) in cases {
        let copy = copies.next().await;
        copy.tamper(&change).await;
        let found = broken(copy).await;
        if found.as_ref().map(|(number, _)| *number) != Some(number) {
            wrong.push(format!("{change}: {found:?} instead of {number}"));
        }
    }
    // An entry that follows the newest as it should is still not the one that the facility's head names.
    let digest = newest.digest(FACILITY);
    let forged =
        Entry { number: last + 1, at: Moment::from_count(1), reason: "forged".into(), previous: digest, ..newest };
    let hex = |digest: &Digest| match kind {
        Kind::Sqlite => format!("x'{digest}'"),
        Kind::Postgres => format!("'\\x{digest}'::bytea"),
    };
    let copy = copies.next().await;
    copy.tamper(&format!(
        "insert into audit (facility, number, at, actor, role, action, subject, reason, before, after, previous, digest) \
         values ('{FACILITY}', {}, 1, '{}', '{}', '{}', '{}', 'forged', null, {}, {}, {})",
        forged.number,
        forged.actor,
        forged.role,
        forged.action,
        forged.subject,
        hex(&forged.after.unwrap()),
        hex(&digest),
        hex(&forged.digest(FACILITY)),
    ))
    .await;
    let found = broken(copy).await;
    if found.as_ref().map(|(number, _)| *number) != Some(forged.number) {
        wrong.push(format!("an entry after the newest: {found:?}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
