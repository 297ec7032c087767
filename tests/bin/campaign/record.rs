//! What a campaign has done, in a file: a line for each finished part, so that a stopped campaign goes on behind it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use acceptance::checkout;
use acceptance::storm::aftermath::Findings;

/// The file, and the sums of its lines.
pub(crate) struct Record {
    path: PathBuf,
    text: String,
    /// Sums by name.
    pub(crate) sums: BTreeMap<String, u64>,
    /// All times by name.
    pub(crate) times: BTreeMap<String, Vec<Duration>>,
}

/// A finished part.
#[derive(Default)]
pub(crate) struct Part {
    sums: Vec<(&'static str, u64)>,
    times: Vec<(&'static str, Vec<Duration>)>,
}

impl Part {
    /// So many of something.
    pub(crate) fn count(mut self, name: &'static str, count: u64) -> Part {
        self.sums.push((name, count));
        self
    }

    /// How long something took, each time.
    pub(crate) fn times(mut self, name: &'static str, times: &[Duration]) -> Part {
        self.times.push((name, times.to_vec()));
        self
    }

    /// What was counted and found.
    pub(crate) fn findings(self, findings: &Findings) -> Part {
        let found = |what: &Vec<String>| what.len() as u64;
        self.count("acknowledged", findings.acknowledged)
            .count("decided against", findings.refused)
            .count("cut off", findings.open)
            .count("cut off but done", findings.open_but_done)
            .count("lost", found(&findings.lost))
            .count("changed answers", found(&findings.changed))
            .count("wrong answers", found(&findings.wrong))
            .count("verify violations", found(&findings.violations))
            .count("chain breaks", found(&findings.breaks))
    }
}

impl Record {
    /// Of a campaign with these arguments; what is there already is read.
    pub(crate) fn open(name: &str) -> Record {
        let path = checkout::target().join(format!("campaign-{name}.tsv"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut record = Record { path, text: String::new(), sums: BTreeMap::new(), times: BTreeMap::new() };
        for line in text.lines() {
            record.add_line(line);
        }
        record.text = text;
        if !record.text.is_empty() {
            println!("resuming ({})", record.path.display());
        }
        record
    }

    /// A sum; 0 when nothing was counted.
    pub(crate) fn sum(&self, name: &str) -> u64 {
        self.sums.get(name).copied().unwrap_or(0)
    }

    /// Adds a finished part and writes it down.
    pub(crate) fn add(&mut self, part: &Part) {
        let sums = part.sums.iter().map(|(name, count)| format!("{name}={count}"));
        let times = part.times.iter().map(|(name, times)| {
            let times: Vec<String> = times.iter().map(|time| time.as_millis().to_string()).collect();
            format!("{name}:{}", times.join(","))
        });
        let line = sums.chain(times).collect::<Vec<_>>().join("\t");
        self.add_line(&line);
        self.text.push_str(&line);
        self.text.push('\n');
        std::fs::write(&self.path, &self.text).expect("the record can be written");
    }

    fn add_line(&mut self, line: &str) {
        for cell in line.split('\t') {
            if let Some((name, count)) = cell.split_once('=') {
                *self.sums.entry(name.to_owned()).or_default() += count.parse::<u64>().unwrap_or(0);
            } else if let Some((name, times)) = cell.split_once(':') {
                let times = times.split(',').filter_map(|time| time.parse().ok()).map(Duration::from_millis);
                self.times.entry(name.to_owned()).or_default().extend(times);
            }
        }
    }

    /// Everything that was counted, a line for each.
    pub(crate) fn told(&self) -> String {
        let sums = self.sums.iter().map(|(name, count)| format!("{name:<28}{count:>12}"));
        let times = self.times.iter().map(|(name, times)| {
            format!("{name:<28}{} (p50/p99/max of {})", acceptance::storm::spread(times), times.len())
        });
        sums.chain(times).collect::<Vec<_>>().join("\n")
    }
}
