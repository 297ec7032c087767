//! Pricing a stream: one encounter a line in, one statement or problem a line out, in order, on all cores.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard};

use vienphi_domain::{Day, Problem};
use vienphi_service::Pricer;

/// No encounter is larger; ten thousand lines have about 4 MB.
pub const LONGEST_DOCUMENT: usize = 16 * 1024 * 1024;

/// Lines are taken in batches of about this many bytes, so that threads rarely wait for each other.
const BATCH_BYTES: usize = 8 * 1024;

/// Priced batches that may wait for an earlier one, for each worker: what bounds memory.
const WAITING_PER_WORKER: usize = 3;

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

/// Some lines of the stream, and then what they were answered with.
#[derive(Default)]
struct Batch {
    input: Vec<u8>,
    /// Where each line stands in the input; none for one that was too long.
    lines: Vec<Option<Range<usize>>>,
    output: Vec<u8>,
    counts: Counts,
}

impl Batch {
    /// Ready for other lines: a stream of any length works in the same few buffers.
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
    input: impl BufRead + Send,
    output: &mut (impl Write + Send),
) -> io::Result<Counts> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let source = Mutex::new(Source { input, next: 0, at_end: false });
    let sink = Sink {
        state: Mutex::new(Written {
            output,
            next: 0,
            waiting: BTreeMap::new(),
            spare: Vec::new(),
            counts: Counts::default(),
            failed: None,
        }),
        moved_on: Condvar::new(),
        most_waiting: workers * WAITING_PER_WORKER,
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(pricer, today, &source, &sink))).collect();
        // One that panicked has said so to the sink.
        workers.into_iter().for_each(|worker| drop(worker.join()));
    });
    let mut written = sink.state.into_inner().map_err(|_| worker_failed())?;
    match written.failed.take() {
        Some(error) => Err(error),
        None => written.output.flush().map(|()| written.counts),
    }
}

/// The documents of a file, one a line; blank lines are passed over.
pub(crate) fn documents(file: &Path) -> Result<Vec<Vec<u8>>, String> {
    let unreadable = |error: io::Error| format!("{} cannot be read: {error}", file.display());
    let mut documents = Vec::new();
    for (number, line) in (1..).zip(io::BufReader::new(std::fs::File::open(file).map_err(unreadable)?).split(b'\n')) {
        let line = line.map_err(unreadable)?;
        if line.len() > LONGEST_DOCUMENT {
            return Err(format!("{}: line {number} is longer than {LONGEST_DOCUMENT} bytes", file.display()));
        }
        if !line.iter().all(u8::is_ascii_whitespace) {
            documents.push(line);
        }
    }
    Ok(documents)
}

/// Where lines come from. Each worker reads its own: there is no thread that only hands on.
struct Source<R> {
    input: R,
    /// The place of the next batch in the stream.
    next: u64,
    at_end: bool,
}

impl<R: BufRead> Source<R> {
    /// Fills a batch and says its place; `None` at the end. A batch ends where waiting for more input could begin, so
    /// that whoever writes a line and waits for its answer gets it.
    fn fill(&mut self, batch: &mut Batch) -> io::Result<Option<u64>> {
        let mut may_wait = false;
        while !self.at_end && batch.input.len() < BATCH_BYTES && (batch.lines.is_empty() || !may_wait) {
            may_wait = self.read_line(batch)?;
        }
        if batch.lines.is_empty() {
            return Ok(None);
        }
        let place = self.next;
        self.next += 1;
        Ok(Some(place))
    }

    /// Reads up to the next line feed and says whether reading on could wait. A line that is too long is passed over and
    /// answered with a problem.
    fn read_line(&mut self, batch: &mut Batch) -> io::Result<bool> {
        let start = batch.input.len();
        let mut is_too_long = false;
        loop {
            let available = match self.input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.at_end = available.is_empty();
            let end = memchr::memchr(b'\n', available);
            let piece = &available[..end.unwrap_or(available.len())];
            is_too_long |= batch.input.len() - start + piece.len() > LONGEST_DOCUMENT;
            if is_too_long {
                batch.input.truncate(start);
            } else {
                batch.input.extend_from_slice(piece);
            }
            let used = piece.len() + usize::from(end.is_some());
            let may_wait = used == available.len();
            self.input.consume(used);
            if end.is_some() || self.at_end {
                let line = start..batch.input.len();
                if is_too_long {
                    batch.lines.push(None);
                } else if batch.input[line.clone()].iter().all(u8::is_ascii_whitespace) {
                    batch.input.truncate(start);
                } else {
                    batch.lines.push(Some(line));
                }
                return Ok(may_wait);
            }
        }
    }
}

/// Where answers go, in the order of the stream.
struct Sink<'o, W> {
    state: Mutex<Written<'o, W>>,
    /// Told whenever `next` has risen.
    moved_on: Condvar,
    most_waiting: usize,
}

struct Written<'o, W> {
    output: &'o mut W,
    /// The place of the batch to be written next.
    next: u64,
    /// Priced before their turn.
    waiting: BTreeMap<u64, Batch>,
    spare: Vec<Batch>,
    counts: Counts,
    /// Why the stream is cut short.
    failed: Option<io::Error>,
}

impl<W: Write> Written<'_, W> {
    /// Writes every batch whose turn it is.
    fn write_ready(&mut self) {
        while self.failed.is_none()
            && let Some(batch) = self.waiting.remove(&self.next)
        {
            self.failed = self.output.write_all(&batch.output).err();
            self.counts.statements += batch.counts.statements;
            self.counts.problems += batch.counts.problems;
            self.next += 1;
            self.spare.push(batch.emptied());
        }
    }
}

impl<'o, W: Write> Sink<'o, W> {
    /// A poisoned lock means that another worker panicked, which cuts the stream short.
    fn lock(&self) -> Option<MutexGuard<'_, Written<'o, W>>> {
        self.state.lock().ok()
    }

    /// Hands in an answered batch, waits while too many wait for an earlier one, and answers with an empty batch; `None`
    /// when the stream is cut short.
    fn hand_in(&self, place: u64, batch: Batch) -> Option<Batch> {
        let mut written = self.lock()?;
        written.waiting.insert(place, batch);
        written.write_ready();
        self.moved_on.notify_all();
        // Whoever holds the earliest batch never waits: it has just been written.
        while written.failed.is_none() && written.waiting.len() > self.most_waiting {
            written = self.moved_on.wait(written).ok()?;
        }
        match written.failed {
            Some(_) => None,
            None => Some(written.spare.pop().unwrap_or_default()),
        }
    }

    /// Cuts the stream short.
    fn fail(&self, error: io::Error) {
        if let Some(mut written) = self.lock() {
            written.failed.get_or_insert(error);
        }
        self.moved_on.notify_all();
    }
}

impl<W: Write> Drop for Shift<'_, '_, W> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail(worker_failed());
        }
    }
}

/// A worker's time at the sink: when it ends in a panic the others must not wait for its batch.
struct Shift<'s, 'o, W: Write>(&'s Sink<'o, W>);

fn worker_failed() -> io::Error {
    io::Error::other("a worker failed; some lines are not answered")
}

fn work<R: BufRead, W: Write>(pricer: &Pricer, today: Day, source: &Mutex<Source<R>>, sink: &Sink<'_, W>) {
    let _shift = Shift(sink);
    let mut batch = Batch::default();
    loop {
        let Ok(filled) = source.lock().map(|mut source| source.fill(&mut batch)) else {
            return sink.fail(worker_failed());
        };
        let place = match filled {
            Ok(Some(place)) => place,
            Ok(None) => return,
            Err(error) => return sink.fail(error),
        };
        answer(pricer, today, &mut batch);
        match sink.hand_in(place, batch) {
            Some(empty) => batch = empty,
            None => return,
        }
    }
}

/// Prices the lines of a batch.
fn answer(pricer: &Pricer, today: Day, batch: &mut Batch) {
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
