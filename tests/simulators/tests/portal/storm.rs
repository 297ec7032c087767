//! Everything goes wrong at once, and each file is accepted once.

use simulators::portal::{Down, Faults};
use vienphi_portal::Kind;

use crate::hospital::{Hospital, good_claim};

const FILES: usize = 300;

#[test]
fn each_file_is_accepted_exactly_once() {
    let mut hospital = Hospital::new();
    hospital.insurer.fail(Faults {
        seed: 7,
        down: Down::Closed,
        down_percent: 8,
        busy_percent: 8,
        slow_percent: 5,
        slow_milliseconds: 20,
        failed_percent: 8,
        failed_after_percent: 8,
        signed_out_percent: 8,
        odd_percent: 30,
        garbled_percent: 10,
        lost_percent: 10,
        ..Faults::default()
    });
    let mut unknown = 0;
    for number in 0..FILES {
        let visit = format!("L{number}");
        let file = good_claim(&visit);
        let mut may_be_there = false;
        // What a host does: look when in doubt, send when it is not there.
        loop {
            let status =
                if may_be_there { hospital.look_up(&visit, &file).status } else { hospital.send(&file).status };
            match status.kind {
                Kind::Accepted | Kind::Found => break,
                Kind::NotFound => may_be_there = false,
                Kind::Unknown => {
                    unknown += usize::from(!may_be_there);
                    may_be_there = true;
                }
                Kind::SignInAgain => while hospital.sign_in().is_err() {},
                Kind::Busy | Kind::Down => {}
                kind => panic!("{kind:?}: {status}"),
            }
        }
    }
    let claims = hospital.insurer.claims();
    assert_eq!(claims.len(), FILES);
    let twice: Vec<_> = claims.iter().filter(|claim| claim.count != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    // The storm was one.
    assert!(unknown > FILES / 10, "{unknown}");
}
