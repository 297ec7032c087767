//! `vienphi`: prices hospital encounters and explains every đồng.

use std::process::ExitCode;

/// Pricing a visit makes hundreds of small allocations on every core.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vienphi_server::cli::run()
}
