//! The processes of a server: found in `/proc`, reached with signals.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::error::PostgresError;

/// How long a signal may take to do its work; a process that waits for the disk is slow.
const LIMIT: Duration = Duration::from_secs(30);

/// A line of `/proc/<id>/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Process {
    id: u32,
    parent: u32,
    state: char,
}

impl Process {
    fn read(id: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// A line reads `id (name) state parent …`, and the name may have spaces and brackets of its own.
    fn parse(line: &str) -> Option<Self> {
        let (id, _) = line.split_once(' ')?;
        let (_, rest) = line.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        Some(Self { state: fields.next()?.chars().next()?, parent: fields.next()?.parse().ok()?, id: id.parse().ok()? })
    }

    /// A dead process keeps its line until its parent has asked for it.
    fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }

    fn is_stopped(&self) -> bool {
        matches!(self.state, 'T' | 't')
    }
}

/// Sends a signal to processes; those that are gone meanwhile do not matter.
pub(crate) fn signal(name: &str, ids: &[u32]) {
    let mut shell = Command::new("sh");
    // The shell has `kill` built in; as a program of its own it is not everywhere.
    shell.args(["-c", "kill -s \"$0\" \"$@\"", name]).args(ids.iter().map(u32::to_string));
    let _ = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Stops a process and all below it where they are.
pub(crate) fn freeze(id: u32) -> Result<Vec<u32>, PostgresError> {
    // The parent first: who is stopped has no further children.
    let mut family = vec![id];
    stop(&family)?;
    loop {
        let children = children(&family);
        if children.is_empty() {
            return Ok(family);
        }
        stop(&children)?;
        family.extend(children);
    }
}

/// Lets a process and all below it go on.
pub(crate) fn thaw(id: u32) {
    signal("CONT", &family(id));
}

/// Kills a process and all below it at one moment, and waits until they are dead.
pub(crate) fn kill(id: u32) -> Result<(), PostgresError> {
    // Should one not stop in time, the rest is killed all the same.
    let family = freeze(id).unwrap_or_else(|_| family(id));
    signal("KILL", &family);
    wait_for(&family, Process::is_dead)
}

fn stop(ids: &[u32]) -> Result<(), PostgresError> {
    signal("STOP", ids);
    wait_for(ids, |process| process.is_stopped() || process.is_dead())
}

fn wait_for(ids: &[u32], reached: impl Fn(&Process) -> bool) -> Result<(), PostgresError> {
    let started = Instant::now();
    for &id in ids {
        while Process::read(id).is_some_and(|process| !reached(&process)) {
            if started.elapsed() > LIMIT {
                return Err(PostgresError::new(format!("process {id} does not react: see what it waits for")));
            }
            sleep(Duration::from_millis(1));
        }
    }
    Ok(())
}

/// A process and all below it.
fn family(id: u32) -> Vec<u32> {
    let mut family = vec![id];
    loop {
        let children = children(&family);
        if children.is_empty() {
            return family;
        }
        family.extend(children);
    }
}

/// The living children of a family that are not of it yet.
fn children(family: &[u32]) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let processes = ids.filter_map(Process::read).filter(|process| !process.is_dead());
    let children = processes.filter(|process| family.contains(&process.parent) && !family.contains(&process.id));
    children.map(|process| process.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_look_like_the_rest() {
        let line = "12 (a) Z 3 (b) S 7 12 12 0 -1\n";
        assert_eq!(Process::parse(line), Some(Process { id: 12, parent: 7, state: 'S' }));
        assert_eq!(Process::parse("12 a"), None);
    }

    #[test]
    fn a_family_is_stopped_goes_on_and_dies() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().unwrap();
        while children(&[shell.id()]).is_empty() {
            sleep(Duration::from_millis(1));
        }
        let family = freeze(shell.id()).unwrap();
        assert_eq!(family.len(), 2);
        let states = || family.iter().filter_map(|id| Process::read(*id)).collect::<Vec<_>>();
        assert!(states().iter().all(Process::is_stopped));
        thaw(shell.id());
        wait_for(&family, |process| !process.is_stopped()).unwrap();
        kill(shell.id()).unwrap();
        assert!(states().iter().all(Process::is_dead));
        shell.wait().unwrap();
    }
}
