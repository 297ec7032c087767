//! What the log says of decisions.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::Level;

use super::*;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged of a decision at a level.
fn logged(level: Level, action: Action, about: &About<'_>) -> String {
    let access = access();
    let paper = Paper::default();
    let writer = paper.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, || decide(&access, Role::Cashier, action, about));
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_denial_is_logged_with_who_and_why() {
    let about = About { facility: "Nguyễn Văn A", ..neutral() };
    let line = logged(Level::INFO, Action::PatientRead, &about);
    for piece in ["INFO", "denied", "an", "79001", "cashier", "patient.read", "everyone.own-facility"] {
        assert!(line.contains(piece), "{line} should say {piece}");
    }
    // What stands in a path may be anything, a patient's name too.
    assert!(!line.contains("Nguyễn"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(logged(Level::INFO, Action::LedgerRead, &neutral()).contains("denied"));
}

#[test]
fn what_is_allowed_is_logged_for_those_who_look_closely() {
    assert_eq!(logged(Level::INFO, Action::PatientRead, &neutral()), "");
    let line = logged(Level::DEBUG, Action::PatientRead, &neutral());
    assert!(line.contains("allowed") && line.contains("cashier.patients"), "{line}");
}
