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
        // No rail tells anything in the story: `tests/it/payments.rs` has money of rails, and what is changed of it.
        assert!(check.checked > 0 || check.invariant == "I5", "{} looked at nothing", check.invariant);
    }
}
