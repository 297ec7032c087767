//! The same rules on this machine: a question a line in, an answer a line out, both JSON.
//!
//! `vienphi plugin test` asks the component and this the same visits; what they decide must be equal.

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::{Decision, Refusal, Tariff, Visit};

/// A question.
#[derive(Deserialize)]
struct Question {
    visit: Visit,
    /// How often it is decided, to measure how long that takes.
    times: u32,
}

/// An answer.
#[derive(Serialize)]
struct Answer {
    decision: Result<Decision, Refusal>,
    /// How long all the times took together.
    nanos: u64,
}

/// Answers questions until standard input ends.
pub fn run<T: Tariff>() -> ExitCode {
    match answer::<T>(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer<T: Tariff>(questions: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    for line in questions.lines() {
        let Question { visit, times } = serde_json::from_str(&line?)?;
        let decision = T::price(&visit);
        let began = Instant::now();
        for _ in 0..times {
            // The result is not used, and would not be computed if the compiler knew.
            let _ = black_box(T::price(black_box(&visit)));
        }
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        serde_json::to_writer(&mut answers, &Answer { decision, nanos })?;
        writeln!(answers)?;
        answers.flush()?;
    }
    Ok(())
}
