//! What hostile guests take from others: their time, and memory that does not come back.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use acceptance::checkout;
use acceptance::guests::{self, Stage};
use vienphi_runtime::{CompiledCache, Plugin, Sandbox, SandboxPolicy, Told};

use crate::{Bench, resident_mb};

const SECONDS: Duration = Duration::from_secs(5);

impl Bench {
    /// A province's plugin alone, and beside one and eight threads that call hostile guests without a pause.
    pub(crate) fn hostile_guests(&mut self) {
        let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::none()).expect("a sandbox");
        let real = std::fs::read(checkout::plugins().join("tariff-can-tho/component.wasm")).expect("it is built");
        let real = sandbox.load("tariff-can-tho", &real).expect("it is admitted");
        let visit = guests::visit();
        let hostile: Vec<Plugin> = guests::all()
            .iter()
            .filter(|guest| guest.expected.stage == Stage::Call)
            .filter_map(|guest| sandbox.load(&guest.name, &guest.component).ok())
            .collect();
        let quiet = p99_beside(&real, &hostile, &visit, 0);
        let base = resident_mb(std::process::id(), "VmRSS");
        self.add("a call, one line, alone, p99", quiet, "µs", None);
        for threads in [1, 8] {
            let p99 = p99_beside(&real, &hostile, &visit, threads);
            let name = format!("the same beside {threads} threads of hostile calls, p99");
            self.add(name, p99, "µs", None);
            self.add(format!("beside {threads} threads, against alone"), p99 / quiet, "ratio", Some(1.5));
        }
        let left = resident_mb(std::process::id(), "VmRSS") - base;
        self.add("memory that hostile calls left behind", left, "MB", Some(16.0));
    }
}

/// The 99th of a hundred calls, in microseconds, while so many threads call hostile guests.
fn p99_beside(real: &Plugin, hostile: &[Plugin], visit: &Told, threads: usize) -> f64 {
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for start in 0..threads {
            let ended = &ended;
            scope.spawn(move || {
                for guest in hostile.iter().cycle().skip(start * hostile.len() / threads) {
                    if ended.load(Ordering::Relaxed) {
                        break;
                    }
                    drop(black_box(guest.price(visit)));
                }
            });
        }
        let mut times = Vec::new();
        let began = Instant::now();
        while began.elapsed() < SECONDS {
            let call = Instant::now();
            assert!(black_box(real.price(visit)).is_ok(), "a call beside hostile ones failed");
            times.push(call.elapsed().as_secs_f64() * 1e6);
        }
        ended.store(true, Ordering::Relaxed);
        times.sort_by(f64::total_cmp);
        times[times.len() * 99 / 100]
    })
}
