//! `vienphi`: prices hospital encounters and explains every đồng.

use std::process::ExitCode;

fn main() -> ExitCode {
    vienphi_server::cli::run()
}
