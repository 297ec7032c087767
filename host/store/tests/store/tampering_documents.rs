//! Documents that are not what they were: sealed and named as they should be, and yet wrong.

use vienphi_domain::Digest;
use vienphi_store::documents::{self, Packed};
use vienphi_store::{Command, Halt, Store, Turn, encounters};

use crate::hospital::FACILITY;
use crate::hospital::database::{Copies, Kind, Place};
use crate::tampering::differs;

crate::on_both!(documents_that_are_wrong_are_named, rows_of_documents_are_opened);

/// Keeps a document past everything that would refuse it.
struct Keep(&'static str, Packed);

impl Command for Keep {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        documents::keep(turn, self.0, self.1);
        Ok(())
    }
}

fn bytes(kind: Kind, digest: &Digest) -> String {
    match kind {
        Kind::Sqlite => format!("x'{digest}'"),
        Kind::Postgres => format!("'\\x{digest}'::bytea"),
    }
}

async fn keep(store: &Store, encounter: &'static str, digest: Digest, document: &[u8]) {
    let packed = documents::pack(&store.key(FACILITY).await.unwrap(), digest, document).unwrap();
    let actor = crate::hospital::actor("thu-ngan-1", vienphi_domain::Role::Cashier);
    store.write(&actor, Keep(encounter, packed)).await.unwrap();
}

async fn statement_of_l1(store: &Store) -> String {
    let mut connection = store.reader().await.unwrap();
    let issued = encounters::statements(&mut connection, FACILITY, "L1", Some(2)).await.unwrap().remove(0);
    let key = store.key(FACILITY).await.unwrap();
    String::from_utf8(documents::find(&mut connection, &key, FACILITY, "L1", &issued.document).await.unwrap()).unwrap()
}

/// What of a statement's text is replaced by what, and which invariant sees it.
type Case = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const STATEMENTS: &[Case] = &[
    ("\"version\":2", "\"version\":7", "I13"),
    ("\"encounter\":\"L1\"", "\"encounter\":\"L2\"", "I13"),
    ("\"lines\":[", "\"lines\":7,\"x\":[", "I13"),
    // The last line: own share 100000, co-payment 100010, insurer 950000, sponsor 500, of 1150510 in 1/100 đồng.
    ("#\"patient_own\":\"1000\"", "\"patient_own\":\"1001\"", "I10"),
    ("#\"patient_own\":\"1000\"", "\"patient_own\":\"ten\"", "I10"),
    ("#\"patient_own\":\"1000\",\"copayment\":\"1000.1\"", "\"patient_own\":\"2000.2\",\"copayment\":\"-0.1\"", "I10"),
    // All of a line, but not of its part.
    ("1\"patient_own\":\"1000\",\"copayment\":\"1000.1\"", "\"patient_own\":\"1000.1\",\"copayment\":\"1000\"", "I11"),
    // Line and part, but not the totals.
    ("2\"patient_own\":\"1000\",\"copayment\":\"1000.1\"", "\"patient_own\":\"1000.1\",\"copayment\":\"1000\"", "I11"),
    ("\"drugs\":\"", "\"drugs\":\"1", "I11"),
    ("\"supplies\":\"0\"", "\"supplies\":\"1\"", "I11"),
    ("\"cash_due\":\"4000\"", "\"cash_due\":\"4001\"", "I11"),
    ("\"patient_own\":\"2000\",\"copayment\":\"2000.2\"", "\"patient_own\":\"2000.2\",\"copayment\":\"2000\"", "I11"),
];

async fn documents_that_are_wrong_are_named(kind: Kind) {
    let whole = Place::new(kind).await;
    whole.with_story().await;
    let (mut wrong, mut copies) = (Vec::new(), Copies::of(whole));
    for (from, to, invariant) in STATEMENTS {
        let copy = copies.next().await;
        let store = copy.open().await;
        let text = replaced(&statement_of_l1(&store).await, from, to);
        let digest = Digest::of(text.as_bytes());
        keep(&store, "L1", digest, text.as_bytes()).await;
        drop(store);
        let named = bytes(kind, &digest);
        copy.tamper(&format!(
            "update statement set document = {named} where encounter = 'L1' and version = 2; \
             update encounter set statement = {named} where id = 'L1'"
        ))
        .await;
        wrong.extend(differs(copy, to, invariant, "statement L1/2", "").await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Replaces a text everywhere; one that begins with a digit only at its last so many places, with `#` only at its first.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let (first, from) = (&from[..1], from.trim_start_matches(['#', '1', '2']));
    let places: Vec<usize> = text.match_indices(from).map(|(place, _)| place).collect();
    assert!(!places.is_empty(), "{from} is not in {text}");
    let last = places.len() - 1;
    let chosen: Vec<usize> = match first {
        // Line and part follow each other at the end of the lines.
        "#" | "1" => vec![places[last - 1]],
        "2" => vec![places[last - 1], places[last]],
        _ => places,
    };
    let mut changed = text.to_owned();
    for place in chosen.into_iter().rev() {
        changed.replace_range(place..place + from.len(), to);
    }
    changed
}

async fn rows_of_documents_are_opened(kind: Kind) {
    let whole = Place::new(kind).await;
    whole.with_story().await;
    let nothing = match kind {
        Kind::Sqlite => "zeroblob(60)",
        Kind::Postgres => "decode(repeat('00', 60), 'hex')",
    };
    let statement = "(select document from statement where encounter = 'L2')";
    let snapshot = "(select document from snapshot where encounter = 'L2')";
    let (mut wrong, mut copies) = (Vec::new(), Copies::of(whole));
    for (change, place) in [
        (format!("update document set body = {nothing} where digest = {statement}"), "statement L2/1"),
        (format!("update document set length = length + 1 where digest = {statement}"), "statement L2/1"),
        (format!("update document set length = length - 1 where digest = {statement}"), "statement L2/1"),
        (format!("update document set length = -1 where digest = {statement}"), "statement L2/1"),
        (format!("delete from document where digest = {statement}"), "statement L2/1"),
        (format!("update document set body = {nothing} where digest = {snapshot}"), "snapshot L2/1"),
        (format!("delete from document where digest = {snapshot}"), "snapshot L2/1"),
    ] {
        let copy = copies.next().await;
        copy.tamper(&change).await;
        wrong.extend(differs(copy, &change, "I13", place, "").await);
    }
    // The store's own key, the right name, and another text.
    let other = crate::hospital::story::document("L2", [1, 2, 3, 4]);
    for (document, place) in
        [(&b"{}"[..], "statement L2/1"), (other.as_bytes(), "snapshot L2/1"), (b"{}", "snapshot L2/1")]
    {
        let copy = copies.next().await;
        let named = if place.starts_with("statement") { statement } else { snapshot };
        let mut connection = copy.connection().await;
        let digest: (Vec<u8>,) = sqlx::query_as(sqlx::AssertSqlSafe(format!("select {}", &named[7..named.len() - 1])))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        drop(connection);
        copy.tamper(&format!("delete from document where digest = {named}")).await;
        let digest = Digest::from_bytes(digest.0.try_into().unwrap());
        keep(&copy.open().await, "L2", digest, document).await;
        wrong.extend(differs(copy, "another text under its digest", "I13", place, "").await);
    }
    // A version of another visit.
    let copy = copies.next().await;
    let theirs =
        "insert into document select facility, 'L3', digest, body, length from document where encounter = 'L2'";
    copy.tamper(&format!("{theirs}; update snapshot set document = {snapshot} where encounter = 'L3'; update encounter set snapshot = {snapshot} where id = 'L3'")).await;
    wrong.extend(differs(copy, "another visit's document", "I13", "snapshot L3/1", "").await);
    // What was earned.
    for earned in ["[]", "nonsense"] {
        let copy = copies.next().await;
        copy.tamper(&format!("update encounter set earned = '{earned}' where id = 'L3'")).await;
        wrong.extend(differs(copy, earned, "I11", "encounter L3", "").await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
