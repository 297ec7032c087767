//! Pricing a stream: one encounter a line in, one statement or problem a line out, in order, on all cores.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};

use vienphi_domain::{Day, Problem};
use vienphi_service::Pricer;

/// No encounter is larger; ten thousand lines have about 4 MB.
pub const LONGEST_DOCUMENT: usize = 16 * 1024 * 1024;

/// Lines travel in batches of about this many bytes, so that threads rarely wait for each other.
const BATCH_BYTES: usize = 128 * 1024;

/// Batches on their way for each worker: enough to keep it busy, few enough to keep memory flat.
const BATCHES_PER_WORKER: usize = 4;

/// How a stream ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines that were priced.
    pub statements: u64,
    /// Lines that were not.
    pub problems: u64,
}

/// Some lines, by their place in the stream.
struct Batch {
    place: u64,
    documents: Vec<Result<Vec<u8>, Problem>>,
}

/// What they became.
struct Answer {
    place: u64,
    text: Vec<u8>,
    counts: Counts,
}

/// Prices every line of `input`. Blank lines are passed over.
pub fn price_lines(
    pricer: &Pricer,
    today: Day,
    mut input: impl BufRead + Send,
    output: &mut impl Write,
) -> io::Result<Counts> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let permits_in_all = workers * BATCHES_PER_WORKER;
    // As long as there are permits: the reader waits for a permit and never here.
    let (to_workers, batches) = mpsc::sync_channel::<Batch>(permits_in_all);
    let batches = Mutex::new(batches);
    let (to_writer, answers) = mpsc::channel::<Answer>();
    // A permit for each batch between being read and being written: what bounds memory.
    let (give_back, permits) = mpsc::sync_channel::<()>(permits_in_all);
    for _ in 0..permits_in_all {
        let _ = give_back.try_send(());
    }
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read_batches(&mut input, &to_workers, &permits));
        for _ in 0..workers {
            let (batches, to_writer) = (&batches, to_writer.clone());
            scope.spawn(move || work(pricer, today, batches, &to_writer));
        }
        drop(to_writer);
        let written = write_in_order(&answers, &give_back, output);
        // When writing failed nobody takes answers any more: free the reader, so that it ends too.
        drop(answers);
        drop(give_back);
        let read = reader.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread failed")));
        written.and_then(|counts| read.map(|()| counts))
    })
}

fn read_batches(input: &mut impl BufRead, to_workers: &SyncSender<Batch>, permits: &Receiver<()>) -> io::Result<()> {
    let mut place = 0;
    loop {
        let mut documents = Vec::new();
        let mut bytes = 0;
        let mut at_end = false;
        while bytes < BATCH_BYTES {
            match read_line(input)? {
                None => {
                    at_end = true;
                    break;
                }
                Some(Ok(line)) if line.iter().all(u8::is_ascii_whitespace) => {}
                Some(line) => {
                    bytes += line.as_ref().map_or(0, Vec::len);
                    documents.push(line);
                }
            }
        }
        if !documents.is_empty() {
            // Either side is gone only when writing failed, which is reported there.
            if permits.recv().is_err() || to_workers.send(Batch { place, documents }).is_err() {
                return Ok(());
            }
            place += 1;
        }
        if at_end {
            return Ok(());
        }
    }
}

/// Reads up to the next line feed. A line that is too long is passed over and answered with a problem.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Result<Vec<u8>, Problem>>> {
    let mut line = Vec::new();
    let mut is_too_long = false;
    let mut is_empty = true;
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            break;
        }
        is_empty = false;
        let end = available.iter().position(|byte| *byte == b'\n');
        let piece = &available[..end.unwrap_or(available.len())];
        if line.len() + piece.len() > LONGEST_DOCUMENT {
            is_too_long = true;
            line = Vec::new();
        }
        if !is_too_long {
            line.extend_from_slice(piece);
        }
        let used = piece.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    Ok(match (is_empty, is_too_long) {
        (true, _) => None,
        (false, true) => Some(Err(too_large())),
        (false, false) => Some(Ok(line)),
    })
}

fn work(pricer: &Pricer, today: Day, batches: &Mutex<Receiver<Batch>>, to_writer: &Sender<Answer>) {
    loop {
        // A poisoned lock means another worker panicked; the stream is then cut short and reported.
        let Ok(batch) = batches.lock().map(|batches| batches.recv()) else { return };
        let Ok(batch) = batch else { return };
        let mut answer = Answer { place: batch.place, text: Vec::new(), counts: Counts::default() };
        for document in batch.documents {
            let priced = document.and_then(|document| pricer.price_json(&document, today));
            match priced {
                Ok(priced) => {
                    answer.counts.statements += 1;
                    answer.text.extend_from_slice(&priced.json);
                }
                Err(problem) => {
                    answer.counts.problems += 1;
                    // A problem holds text only: writing it to memory cannot fail.
                    let _ = serde_json::to_writer(&mut answer.text, &problem);
                }
            }
            answer.text.push(b'\n');
        }
        if to_writer.send(answer).is_err() {
            return;
        }
    }
}

fn write_in_order(
    answers: &Receiver<Answer>,
    give_back: &SyncSender<()>,
    output: &mut impl Write,
) -> io::Result<Counts> {
    let mut counts = Counts::default();
    let mut waiting: BTreeMap<u64, Answer> = BTreeMap::new();
    let mut next = 0;
    for answer in answers {
        waiting.insert(answer.place, answer);
        while let Some(answer) = waiting.remove(&next) {
            output.write_all(&answer.text)?;
            counts.statements += answer.counts.statements;
            counts.problems += answer.counts.problems;
            next += 1;
            let _ = give_back.try_send(());
        }
    }
    if !waiting.is_empty() {
        return Err(io::Error::other("some lines were lost by a failed worker"));
    }
    output.flush()?;
    Ok(counts)
}

/// The problem of a document that is too large.
pub(crate) fn too_large() -> Problem {
    refused(
        "urn:vienphi:problem:document-too-large",
        "The document is too large",
        format!("an encounter has at most {} MiB", LONGEST_DOCUMENT / 1024 / 1024),
    )
}

/// A problem with a document that was not even read.
pub(crate) fn refused(kind: &'static str, title: &'static str, detail: String) -> Problem {
    Problem { kind, title, status: 422, encounter: None, detail, errors: Vec::new() }
}
