//! Work on many things on all cores, its results in the order of the things.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Results that may wait for an earlier one, for each worker: what bounds memory.
const WAITING: usize = 32;

/// Does `work` on every thing and gives the results to `take` in the order of the things, until it breaks off. `take` runs on
/// this thread. The results say nothing of how many threads there were.
pub(crate) fn in_order<T, R: Send>(
    things: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<()>,
) {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let source = Mutex::new(things.enumerate());
    let done = Mutex::new(Done { next: 0, ready: BTreeMap::new(), working: workers, is_over: false });
    let (has_result, has_room) = (Condvar::new(), Condvar::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                // However this ends, the one who takes must not wait for it for ever.
                let _leaving = Leaving { done: &done, has_result: &has_result, has_room: &has_room };
                loop {
                    let Some((place, thing)) = held(&source).next() else { return };
                    let mut state = held(&done);
                    while !state.is_over && place >= state.next + workers * WAITING {
                        state = has_room.wait(state).unwrap_or_else(PoisonError::into_inner);
                    }
                    if state.is_over {
                        return;
                    }
                    drop(state);
                    let result = work(thing);
                    held(&done).ready.insert(place, result);
                    has_result.notify_one();
                }
            });
        }
        loop {
            let mut state = held(&done);
            let next = state.next;
            let result = loop {
                if let Some(result) = state.ready.remove(&next) {
                    break result;
                }
                if state.working == 0 {
                    return;
                }
                state = has_result.wait(state).unwrap_or_else(PoisonError::into_inner);
            };
            state.next += 1;
            drop(state);
            has_room.notify_all();
            if take(result).is_break() {
                held(&done).is_over = true;
                has_room.notify_all();
                return;
            }
        }
    });
}

struct Done<R> {
    /// The place of the result that is taken next.
    next: usize,
    ready: BTreeMap<usize, R>,
    /// Workers that have not left.
    working: usize,
    is_over: bool,
}

struct Leaving<'d, R> {
    done: &'d Mutex<Done<R>>,
    has_result: &'d Condvar,
    has_room: &'d Condvar,
}

impl<R> Drop for Leaving<'_, R> {
    fn drop(&mut self) {
        let mut state = held(self.done);
        state.working -= 1;
        if std::thread::panicking() {
            // Its result never comes: nobody may wait for what would follow it.
            state.is_over = true;
            self.has_room.notify_all();
        }
        drop(state);
        self.has_result.notify_one();
    }
}

/// Nothing that holds a lock here can panic half-way: what is there is whole.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_things() {
        let mut taken = Vec::new();
        let work = |thing: u64| {
            // Later ones are done sooner.
            std::thread::sleep(std::time::Duration::from_micros(400 - thing.min(399)));
            thing * 2
        };
        in_order(0..400, work, |result| {
            taken.push(result);
            ControlFlow::Continue(())
        });
        assert_eq!(taken, (0..400).map(|thing| thing * 2).collect::<Vec<_>>());
    }

    #[test]
    fn who_takes_may_break_off() {
        let mut count = 0;
        in_order(
            0..,
            |thing: u64| thing,
            |_| {
                count += 1;
                if count == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(count, 10);
    }
}
