//! The key that claims of the demonstration are signed with: made at its start, and worth nothing behind its end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use vienphi_signing::{Pkcs12Signer, Signer};

/// The file ends with the folder; no certification authority knows the key.
const SECRET: &str = "demo";

/// Makes a key of RSA with a certificate of its own, by the program openssl: nothing of ours makes keys of hospitals, which come from a
/// certification authority.
pub(super) fn make(folder: &Path) -> Result<Arc<dyn Signer>, String> {
    let request = "req -x509 -nodes -newkey rsa:2048 -days 30 -keyout unit.key -out unit.crt";
    openssl(folder, request.split(' ').chain(["-subj", "/CN=Benh vien Mau (demo)"]))?;
    let export = format!("pkcs12 -export -inkey unit.key -in unit.crt -passout pass:{SECRET} -out unit.p12");
    openssl(folder, export.split(' '))?;
    let bytes = std::fs::read(folder.join("unit.p12")).map_err(|error| error.to_string())?;
    let signer = Pkcs12Signer::open(&bytes, SECRET).map_err(|error| error.to_string())?;
    Ok(Arc::new(signer))
}

fn openssl<'a>(folder: &Path, arguments: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut command = Command::new("openssl");
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("openssl: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Err(format!("openssl: {error}")),
    }
}
