//! `cargo bench --bench vietqr`: codes written and read, by criterion.

#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vienphi_vietqr::{Instruction, Service, decode, encode};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn vietqr(c: &mut Criterion) {
    let instruction = Instruction {
        bin: "970403",
        account: "0011012345678",
        service: Service::Account,
        amount: Some(162_000),
        bill: Some("VP92114000217"),
        purpose: Some("VP92114000217 viện phí"),
    };
    let code = encode(&instruction).unwrap();
    let mut group = c.benchmark_group("vietqr");
    group.throughput(Throughput::Elements(1));
    group.bench_function("encode", |b| b.iter(|| encode(&instruction)));
    group.bench_function("decode", |b| b.iter(|| decode(&code)));
    group.finish();
}

criterion_group!(benches, vietqr);
criterion_main!(benches);
