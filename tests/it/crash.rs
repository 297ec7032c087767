//! `kill -9` at random moments: nothing acknowledged is lost, nothing is done twice.

use acceptance::database::Kind;
use acceptance::storm::kills::Kills;
use acceptance::storm::spread;

use crate::program::binary;

const CYCLES: usize = 12;

fn killed(kind: Kind) {
    let mut kills = Kills::new(&binary(), kind, 7, None);
    for _ in 0..CYCLES {
        kills.cycle();
    }
    kills.verify();
    println!("{kind:?}: {}; ready {}, recovered {}", kills.findings, spread(&kills.ready), spread(&kills.recovered));
    kills.findings.assert_clean();
    assert!(kills.findings.acknowledged > 100, "{}", kills.findings);
}

#[test]
fn campaign_of_kills_on_sqlite() {
    killed(Kind::Sqlite);
}

/// PostgreSQL's server is killed too.
#[test]
fn campaign_of_kills_on_postgres() {
    killed(Kind::Postgres);
}
