//! `cargo bench`: the parts of pricing a visit, by criterion.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use acceptance::{checkout, measured, native};
use criterion::{Criterion, criterion_group, criterion_main};
use vienphi_domain::Encounter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn pricing(c: &mut Criterion) {
    let pricer = checkout::pricer(&[]);
    let today = checkout::day("2026-03-10");
    let document = measured::encounter(50).to_string();
    let encounter = Encounter::read(document.as_bytes()).encounter.expect("it was priced");
    let question = pricer.question(&encounter, today).expect("it was priced");
    let plugin = pricer.plugin_for(&encounter, today).expect("it was priced");
    let mut warm = plugin.warm().expect("an instance");
    let native_visit = native::visit(&question.told.visit);

    let mut group = c.benchmark_group("50 lines");
    group.bench_function("read", |b| b.iter(|| Encounter::read(document.as_bytes())));
    group
        .bench_function("ask", |b| b.iter(|| pricer.question(&encounter, today).map(|question| question.priced.len())));
    group.bench_function("decide natively", |b| b.iter(|| native::decide(plugin.name(), &native_visit)));
    group.bench_function("decide in a warm instance", |b| b.iter(|| warm.price(&question.told)));
    group.bench_function("decide in a fresh instance", |b| b.iter(|| plugin.price(&question.told)));
    group.bench_function("statement", |b| b.iter(|| pricer.price(&encounter, today).map(|statement| statement.fuel)));
    group.bench_function("JSON to JSON", |b| b.iter(|| pricer.price_json(document.as_bytes(), today)));
    group.finish();
}

criterion_group!(benches, pricing);
criterion_main!(benches);
