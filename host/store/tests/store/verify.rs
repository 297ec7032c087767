//! What must hold, checked: everything that the store writes holds it, and whatever is tampered with is named.

use crate::hospital::database::{Kind, Place};
use vienphi_store::verify::Check;

crate::on_both!(what_the_store_wrote_holds);

async fn verified(place: &Place) -> Vec<Check> {
    place.open().await.verify().await.unwrap()
}

async fn what_the_store_wrote_holds(kind: Kind) {
    let place = Place::new(kind).await;
    place.with_story().await;
    for check in verified(&place).await {
        assert_eq!((check.violation_count, &check.violations[..]), (0, &[][..]), "{}", check.invariant);
        // No rail tells anything in the story and nothing is claimed: `tests/it/payments.rs` has money of rails and
        // `tests/it/submissions.rs` claims, with what is changed of them.
        let is_elsewhere = matches!(check.invariant, "I5" | "I27");
        assert!(check.checked > 0 || is_elsewhere, "{} looked at nothing", check.invariant);
    }
}
