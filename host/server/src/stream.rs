//! Pricing a stream: one encounter a line in, one statement or problem a line out, in order, on all cores.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};

use vienphi_domain::{Day, Problem};
use vienphi_service::Pricer;

/// No encounter is larger; ten thousand lines have about 4 MB.
pub const LONGEST_DOCUMENT: usize = 16 * 1024 * 1024;

/// Lines travel in batches of about this many bytes, so that threads rarely wait for each other.
const BATCH_BYTES: usize = 8 * 1024;

/// Batches on their way for each worker: enough to keep it busy, few enough to keep memory flat.
const BATCHES_PER_WORKER: usize = 3;

/// A batch with larger buffers is not used again.
const SPARE_BYTES: usize = 4 * 1024 * 1024;

/// How a stream ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines that were priced.
    pub statements: u64,
    /// Lines that were not.
    pub problems: u64,
}

/// Some lines on their way from reading over pricing to writing, and then used again: a stream of any length works in
/// the same few buffers.
#[derive(Default)]
struct Batch {
    /// Its place in the stream.
    place: u64,
    input: Vec<u8>,
    /// Where each line stands in the input; none for one that was too long.
    lines: Vec<Option<Range<usize>>>,
    output: Vec<u8>,
    counts: Counts,
}

impl Batch {
    /// Ready for other lines.
    fn emptied(mut self) -> Batch {
        if self.input.capacity() + self.output.capacity() > SPARE_BYTES {
            return Batch::default();
        }
        self.input.clear();
        self.lines.clear();
        self.output.clear();
        self.counts = Counts::default();
        self
    }
}

/// Prices every line of `input`. Blank lines are passed over.
pub fn price_lines(
    pricer: &Pricer,
    today: Day,
    mut input: impl BufRead + Send,
    output: &mut impl Write,
) -> io::Result<Counts> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let batches_in_all = workers * BATCHES_PER_WORKER;
    // There are only so many batches, so no channel ever holds more and nobody waits but for a batch: what bounds
    // memory.
    let (give_back, spare) = mpsc::channel::<Batch>();
    let (to_workers, filled) = mpsc::channel::<Batch>();
    let (to_writer, priced) = mpsc::channel::<Batch>();
    let filled = Mutex::new(filled);
    for _ in 0..batches_in_all {
        let _ = give_back.send(Batch::default());
    }
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read_batches(&mut input, &spare, &to_workers));
        for _ in 0..workers {
            let (filled, to_writer) = (&filled, to_writer.clone());
            scope.spawn(move || work(pricer, today, filled, &to_writer));
        }
        drop(to_writer);
        let written = write_in_order(&priced, &give_back, output);
        // When writing failed nobody takes batches any more: free the reader, so that it ends too.
        drop(priced);
        drop(give_back);
        let read = reader.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread failed")));
        written.and_then(|counts| read.map(|()| counts))
    })
}

fn read_batches(input: &mut impl BufRead, spare: &Receiver<Batch>, to_workers: &Sender<Batch>) -> io::Result<()> {
    // Either side is gone only when writing failed, which is reported there.
    for place in 0.. {
        let Ok(mut batch) = spare.recv() else { return Ok(()) };
        batch.place = place;
        let mut at_end = false;
        while batch.input.len() < BATCH_BYTES && !at_end {
            at_end = !read_line(input, &mut batch)?;
        }
        if to_workers.send(batch).is_err() || at_end {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads up to the next line feed; false at the end. A line that is too long is passed over and answered with a
/// problem.
fn read_line(input: &mut impl BufRead, batch: &mut Batch) -> io::Result<bool> {
    let start = batch.input.len();
    let mut is_too_long = false;
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let is_at_end = available.is_empty();
        let end = memchr::memchr(b'\n', available);
        let piece = &available[..end.unwrap_or(available.len())];
        is_too_long |= batch.input.len() - start + piece.len() > LONGEST_DOCUMENT;
        if is_too_long {
            batch.input.truncate(start);
        } else {
            batch.input.extend_from_slice(piece);
        }
        let used = piece.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() || is_at_end {
            let line = start..batch.input.len();
            if is_too_long {
                batch.lines.push(None);
            } else if !batch.input[line.clone()].iter().all(u8::is_ascii_whitespace) {
                batch.lines.push(Some(line));
            }
            return Ok(!is_at_end);
        }
    }
}

fn work(pricer: &Pricer, today: Day, filled: &Mutex<Receiver<Batch>>, to_writer: &Sender<Batch>) {
    loop {
        // A poisoned lock means another worker panicked; the stream is then cut short and reported.
        let Ok(batch) = filled.lock().map(|filled| filled.recv()) else { return };
        let Ok(mut batch) = batch else { return };
        for line in &batch.lines {
            let priced = match line {
                Some(line) => pricer.price_json_into(&batch.input[line.clone()], today, &mut batch.output),
                None => Err(too_large()),
            };
            match priced {
                Ok(_) => batch.counts.statements += 1,
                Err(problem) => {
                    batch.counts.problems += 1;
                    // A problem holds text only: writing it to memory cannot fail.
                    let _ = serde_json::to_writer(&mut batch.output, &problem);
                }
            }
            batch.output.push(b'\n');
        }
        if to_writer.send(batch).is_err() {
            return;
        }
    }
}

fn write_in_order(priced: &Receiver<Batch>, give_back: &Sender<Batch>, output: &mut impl Write) -> io::Result<Counts> {
    let mut counts = Counts::default();
    let mut waiting: BTreeMap<u64, Batch> = BTreeMap::new();
    let mut next = 0;
    for batch in priced {
        waiting.insert(batch.place, batch);
        while let Some(batch) = waiting.remove(&next) {
            output.write_all(&batch.output)?;
            counts.statements += batch.counts.statements;
            counts.problems += batch.counts.problems;
            next += 1;
            // The reader is gone when the input has ended.
            let _ = give_back.send(batch.emptied());
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
