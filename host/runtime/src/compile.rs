//! Looking at a component and compiling it in a process of its own, with limits on its time and memory.
//!
//! Whoever writes a component chooses what the validator and the compiler have to do. Inside the service a component that
//! makes them work for minutes, or run out of memory, would take every visit with it.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use wasmtime::Engine;

use crate::limits::Limits;
use crate::sandbox::configure;

/// The hidden subcommand of the program that compiles: [`compile_stdin`] is what it does.
pub const SUBCOMMAND: &str = "compile-component";

/// What compiling one component may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct CompileLimits {
    /// Seconds, of processor time and of the clock each.
    pub seconds: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
}

impl CompileLimits {
    /// Of the tariff world: components of the SDK take a tenth of a second and 60 MB.
    pub const TARIFF: CompileLimits = CompileLimits { seconds: 20, memory_bytes: 1024 * 1024 * 1024 };
}

/// Where components are compiled.
#[derive(Debug, Clone, Default)]
pub enum Compiler {
    /// In this process: only for tests and for plugins of this tree.
    #[default]
    Here,
    /// By this program's [`SUBCOMMAND`].
    Process(PathBuf),
}

impl Compiler {
    /// The machine code of a component, for [`wasmtime::component::Component::deserialize`], or why it is not admitted.
    pub(crate) fn compile(&self, engine: &Engine, component: &[u8], limits: &Limits) -> Result<Vec<u8>, String> {
        match self {
            Compiler::Here => {
                limits.admission.check(component)?;
                engine.precompile_component(component).map_err(|error| format!("{error:#}"))
            }
            Compiler::Process(program) => compile_with(program, component, limits),
        }
    }
}

/// Has the program compile a component and stops it at its limits.
fn compile_with(program: &Path, component: &[u8], limits: &Limits) -> Result<Vec<u8>, String> {
    let text = toml::to_string(limits).map_err(|error| error.to_string())?;
    let limits = &limits.compile;
    let started = Command::new(program)
        .arg(SUBCOMMAND)
        .arg(text)
        // It needs nothing of what the service was told.
        .env_clear()
        // Memory is taken as it is needed: reserving a gigabyte at the start would count against the limit.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.map_err(|error| format!("the compiler cannot be started: {error}"))?;
    let output = output_within(&mut child, component, Duration::from_secs(limits.seconds));
    // Whatever it is doing now, nobody waits for it.
    let _ = child.kill();
    let status = child.wait().map_err(|error| format!("the compiler was lost: {error}"))?;
    match output {
        None => Err(format!("compiling it took longer than {} seconds", limits.seconds)),
        Some((code, _)) if status.success() => Ok(code),
        Some((_, complaint)) => Err(why(status, &complaint, limits)),
    }
}

/// What the child writes to both ends, or nothing when it takes too long.
fn output_within(child: &mut Child, component: &[u8], limit: Duration) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut stdin, mut stdout, mut stderr) = (child.stdin.take()?, child.stdout.take()?, child.stderr.take()?);
    let component = component.to_vec();
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        // One that stops reading says why on its own.
        let _ = stdin.write_all(&component);
    });
    std::thread::spawn(move || {
        let (mut code, mut complaint) = (Vec::new(), Vec::new());
        let _ = stdout.read_to_end(&mut code);
        let _ = stderr.read_to_end(&mut complaint);
        let _ = done.send((code, complaint));
    });
    ended.recv_timeout(limit).ok()
}

fn why(status: ExitStatus, complaint: &[u8], limits: &CompileLimits) -> String {
    let complaint = String::from_utf8_lossy(complaint);
    match complaint.lines().last().map(str::trim) {
        Some(line) if line.contains("memory allocation") || line.contains("out of memory") => {
            format!("compiling it needs more than {} bytes of memory", limits.memory_bytes)
        }
        Some(line) if status.code() == Some(REFUSED) => line.to_owned(),
        _ => format!(
            "compiling it was stopped ({status}): {} seconds and {} bytes of memory are allowed",
            limits.seconds, limits.memory_bytes
        ),
    }
}

/// So much compiling gives way to other processes, of 19.
#[cfg(unix)]
const NICENESS: i32 = 10;

/// The exit code for a component that does not compile.
const REFUSED: i32 = 3;

/// The other side: limits this process, looks at what comes on standard input, compiles it and writes machine code to
/// standard output. `limits` are [`Limits`] as TOML. Returns the exit code.
pub fn compile_stdin(limits: &str) -> i32 {
    let limits = toml::from_str::<Limits>(limits).map_err(|error| format!("the limits cannot be read: {error}"));
    let compiled = limits.and_then(|limits| {
        limit_this_process(&limits.compile)?;
        compile_from(&limits, io::stdin(), io::stdout())
    });
    match compiled {
        Ok(()) => 0,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "{}", reason.replace('\n', " "));
            REFUSED
        }
    }
}

fn compile_from(limits: &Limits, mut input: impl Read, mut output: impl Write) -> Result<(), String> {
    let mut component = Vec::new();
    input.read_to_end(&mut component).map_err(|error| error.to_string())?;
    limits.admission.check(&component)?;
    let mut config = configure(&limits.call, None);
    // Threads would share neither the limit on memory nor the words of an error.
    config.parallel_compilation(false);
    let engine = Engine::new(&config).map_err(|error| format!("{error:#}"))?;
    let code = engine.precompile_component(&component).map_err(|error| format!("{error:#}"))?;
    output.write_all(&code).and_then(|()| output.flush()).map_err(|error| error.to_string())
}

/// Limits what is left of this process: its time on processors and its memory. It is ended when it goes beyond.
#[cfg(unix)]
pub fn limit_this_process(limits: &CompileLimits) -> Result<(), String> {
    use rlimit::Resource;
    let rows = [(Resource::CPU, limits.seconds), (Resource::DATA, limits.memory_bytes), (Resource::CORE, 0)];
    // It gives way to those who price meanwhile; a system that does not want it so compiles all the same.
    let _ = rustix::process::nice(NICENESS);
    rows.into_iter()
        .try_for_each(|(resource, most)| rlimit::setrlimit(resource, most, most))
        .map_err(|error| format!("its own limits cannot be set: {error}"))
}

/// Limits what is left of this process, where the system can.
#[cfg(not(unix))]
pub fn limit_this_process(_limits: &CompileLimits) -> Result<(), String> {
    Ok(())
}
