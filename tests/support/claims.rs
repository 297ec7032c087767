//! Synthetic visits made into claim files, and what must hold for every one of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use vienphi_claims::{
    Batch, BatchEntry, Claim, Envelope, Finding, Given, Limits, NewEnvelope, Severity, check, check_envelope, export,
};
use vienphi_domain::Day;
use vienphi_samples::{Places, Plot, Sample, Twist, Wish, visit};
use vienphi_server::samples;
use vienphi_service::Pricer;

use crate::checkout;
use crate::folder::Folder;

/// Makes claim files as `vienphi claims generate` does.
pub struct Maker {
    /// Who prices.
    pub pricer: Pricer,
    /// Where visits happen, and at what prices.
    pub places: Places,
}

/// A visit and its claim.
pub struct Made {
    /// The visit.
    pub sample: Sample,
    /// Its statement as JSON.
    pub statement: Vec<u8>,
    /// Its claim file, not written yet.
    pub envelope: NewEnvelope,
}

/// A day behind every discharge.
const TODAY: &str = "2026-12-31";

impl Default for Maker {
    fn default() -> Maker {
        Maker::new()
    }
}

impl Maker {
    /// Over the packages, policies and facilities of the checkout.
    pub fn new() -> Maker {
        let pricer = checkout::pricer(&[]);
        let places = samples::places(&pricer).expect("there is a facility with prices");
        Maker { pricer, places }
    }

    /// Makes a visit; why not, when it cannot be priced or exported.
    pub fn make(&self, seed: u64, number: u64) -> Result<Made, String> {
        let sample = visit(seed, number, &self.places, &Wish::default());
        let document = sample.document.as_bytes();
        let priced = self.pricer.price_json(document, checkout::day(TODAY));
        let statement = priced.map_err(|problem| format!("{}: {problem:?}", sample.id))?.json;
        let exported = export(document, &statement).map_err(|error| format!("{}: {error}", sample.id))?;
        let envelope = NewEnvelope {
            facility: sample.facility.to_string(),
            made_on: checkout::day(TODAY),
            claims: vec![exported.claim],
        };
        Ok(Made { sample, statement, envelope })
    }

    /// Makes visits on all cores and hands each to `take`, in no order.
    pub fn each(&self, seed: u64, numbers: Range<u64>, take: impl Fn(u64, Result<Made, String>) + Sync) {
        let next = AtomicU64::new(numbers.start);
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= numbers.end {
                            return;
                        }
                        take(number, self.make(seed, number));
                    }
                });
            }
        });
    }

    /// All that a check may be given.
    pub fn given(&self, received_on: Option<Day>) -> Given<'_> {
        Given { facilities: Some(&self.places), prices: Some(&self.places), received_on }
    }
}

/// What is found in a file, its envelope included; a batch when it is to be compared with others.
pub fn found(file: &[u8], given: &Given<'_>, mut batch: Option<&mut Batch>) -> Vec<Finding> {
    let envelope = Envelope::read(file, &Limits::default()).expect("the file can be read");
    let mut found = check_envelope(&envelope);
    for claim in envelope.claims() {
        found.extend(check(claim, given).findings);
        if let Some(batch) = &mut batch {
            found.extend(batch.add(&BatchEntry::of(claim), 0));
        }
    }
    found
}

/// The first claim of a file.
pub fn claim(file: &[u8]) -> Claim {
    Envelope::read(file, &Limits::default()).expect("the file can be read").claims()[0].clone()
}

/// What a campaign over clean claims found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Claims that were made and are clean.
    pub clean: u64,
    /// Rows of tables 2 and 3.
    pub rows: u64,
    /// How often each note was found: open readings, nothing wrong.
    pub notes: BTreeMap<&'static str, u64>,
    /// How many of each kind.
    pub kinds: BTreeMap<(Plot, Twist), u64>,
    /// What did not hold; the first of many.
    pub failures: Vec<String>,
}

/// Failures kept: the first ones tell.
const FAILURES_AT_MOST: usize = 30;

/// What must hold for a claim: why it does not, else nothing. Each is asked in turn.
type Trial = fn(&Maker, &Made, &[u8]) -> Option<String>;

/// In this order.
const TRIALS: [Trial; 3] = [is_clean, is_clean_alone, is_the_same_again];

/// Nothing above a note is found, whatever is given besides.
fn is_clean(maker: &Maker, made: &Made, file: &[u8]) -> Option<String> {
    worst(&made.sample, &found(file, &maker.given(Some(checkout::day("2026-12-31"))), None), &["GDH-103"])
}

/// Nor when nothing is.
fn is_clean_alone(_: &Maker, made: &Made, file: &[u8]) -> Option<String> {
    worst(&made.sample, &found(file, &Given::default(), None), &[])
}

/// What is read out of the file and priced anew is what the file asks for, in every line and sum, to the hundredth.
fn is_the_same_again(maker: &Maker, made: &Made, file: &[u8]) -> Option<String> {
    let sample = &made.sample;
    let place = format!("{} ({:?}, {:?})", sample.id, sample.plot, sample.twist);
    let shadow = match maker.pricer.shadow(&claim(file), checkout::day(TODAY)) {
        Ok(shadow) => shadow,
        Err(why) => return Some(format!("{place}: {} {:?}", why.detail, why.errors)),
    };
    if let Some(finding) = shadow.findings.first() {
        let row = (finding.table, finding.row.map(|row| row + 1));
        return Some(format!("{place}: {} at {row:?}, {}: {}", finding.code, finding.field, finding.text.en));
    }
    let differs = shadow.lines.iter().find(|line| line.declared != line.ours).map(|line| line.id.clone());
    let differs = differs.or_else(|| (shadow.totals.declared != shadow.totals.expected).then(|| "sums".to_owned()));
    differs.map(|what| format!("{place}: {what} differ without a finding"))
}

fn worst(sample: &Sample, found: &[Finding], but: &[&str]) -> Option<String> {
    let wrong = found.iter().find(|finding| finding.severity > Severity::Note && !but.contains(&finding.code))?;
    let place = format!("table {:?}, row {:?}, {}", wrong.table, wrong.row, wrong.field);
    Some(format!("{} ({:?}, {:?}): {} at {place}: {}", sample.id, sample.plot, sample.twist, wrong.code, wrong.text.en))
}

/// Tries visits of a seed, all against each other too.
pub fn campaign(maker: &Maker, seed: u64, numbers: Range<u64>) -> Outcome {
    let outcome = Mutex::new((Outcome::default(), Batch::new()));
    maker.each(seed, numbers, |_, made| {
        let tried = made.and_then(|made| {
            let file = made.envelope.write().map_err(|error| format!("{}: {error}", made.sample.id))?;
            let failure = TRIALS.iter().find_map(|trial| trial(maker, &made, &file));
            failure.map_or(Ok((made, file)), Err)
        });
        let mut shared = outcome.lock().expect("no other has failed");
        let (outcome, batch) = &mut *shared;
        match tried {
            Ok((made, file)) => {
                outcome.see(&made, &claim(&file));
                if let Some(finding) = batch.add(&BatchEntry::of(&claim(&file)), 0).first() {
                    outcome.fail(format!("{}: {}", made.sample.id, finding.code));
                }
            }
            Err(why) => outcome.fail(why),
        }
    });
    outcome.into_inner().expect("no worker has failed").0
}

impl Outcome {
    fn see(&mut self, made: &Made, claim: &Claim) {
        self.clean += 1;
        let rows: usize = [2, 3].iter().filter_map(|number| claim.table(*number)).map(|table| table.row_count()).sum();
        self.rows += rows as u64;
        *self.kinds.entry((made.sample.plot, made.sample.twist)).or_default() += 1;
        for note in check(claim, &Given::default()).findings {
            *self.notes.entry(note.code).or_default() += 1;
        }
    }

    fn fail(&mut self, why: String) {
        if self.failures.len() < FAILURES_AT_MOST {
            self.failures.push(why);
        }
    }
}

/// So many generated claims, some of them broken in one named way: in a folder's `claims`, and in a zip.
pub fn broken(binary: &Path, folder: &Folder, count: u64) -> Vec<u8> {
    let made = Command::new(binary)
        .args(["claims", "generate", "--count", &count.to_string(), "--seed", "7", "--faults"])
        .args(["-o", &folder.at("claims")])
        .current_dir(checkout::root())
        .output()
        .expect("the program is built");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    zipped(folder, "claims")
}

/// What is in a folder of a folder, as a zip of its own.
pub fn zipped(folder: &Folder, name: &str) -> Vec<u8> {
    let script = "import os, sys, zipfile\nwith zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as z:\n    \
                  [z.write(os.path.join(sys.argv[1], f), f) for f in sorted(os.listdir(sys.argv[1]))]";
    let to = folder.at("all.zip");
    let made = Command::new("python3").args(["-c", script, &folder.at(name), &to]).output().expect("python3 is there");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(to).expect("it was just written")
}

/// A key and its certificate in a PKCS#12 file, as a hospital gets them; nobody has them afterwards.
pub fn identity(folder: &Folder) {
    let run = |args: &[&str]| {
        let output = Command::new("openssl").args(args).output().expect("openssl is there");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let (key, certificate) = (folder.at("unit.key"), folder.at("unit.crt"));
    let subject = "/CN=Benh vien Mau";
    run(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        subject,
        "-keyout",
        &key,
        "-out",
        &certificate,
    ]);
    let (file, secret) = (folder.at("unit.p12"), "pass:mat-khau-thu");
    run(&["pkcs12", "-export", "-inkey", &key, "-in", &certificate, "-passout", secret, "-out", &file]);
    std::fs::write(folder.at("secret"), "mat-khau-thu\n").expect("the folder is there");
}
