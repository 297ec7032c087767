//! Options of `vienphi serve` about the issuer that says who people are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use ureq::tls::{Certificate, PemItem, parse_pem};
use vienphi_oidc::Client;
use vienphi_service::network::Network;

use crate::outgoing::network_of;

/// The issuer has so long for an answer; a sign-in asks it up to three times.
const PATIENCE: Duration = Duration::from_secs(4);

/// A secret is no longer: whatever is, is another file.
const LONGEST_SECRET: usize = 1024;

/// OpenID Connect: a hospital's own account system says who people are.
#[derive(Debug, Args)]
pub(crate) struct IssuerArgs {
    /// Let people sign in to the pages with their accounts at this issuer of OpenID Connect, as its description names it
    #[arg(long, value_name = "URL", requires_all = ["oidc_client_id", "public_url"])]
    oidc_issuer: Option<String>,
    /// What the issuer knows this program as
    #[arg(long, value_name = "ID", requires = "oidc_issuer")]
    oidc_client_id: Option<String>,
    /// The client's secret, alone in a file; without it this is a public client
    #[arg(long, value_name = "FILE", requires = "oidc_issuer")]
    oidc_client_secret_file: Option<PathBuf>,
    /// Certificates (PEM) of whoever vouches for the issuer's own, where that is nobody public
    #[arg(long, value_name = "FILE", requires = "oidc_issuer")]
    oidc_ca: Option<PathBuf>,
    /// Take whoever is signed in at the issuer; else it asks for the password each time, as is right where people share a screen
    #[arg(long, requires = "oidc_issuer")]
    oidc_single_sign_on: bool,
    /// How browsers reach the pages, such as https://vienphi.hospital.example: the issuer sends them back to
    /// /sign-in/oidc/callback there
    #[arg(long, value_name = "URL", requires = "oidc_issuer")]
    public_url: Option<String>,
}

impl IssuerArgs {
    /// The issuer and the way to it, if one was named.
    pub(crate) fn read(&self) -> Result<Option<(Client, Network)>, String> {
        let (Some(issuer), Some(id), Some(public)) = (&self.oidc_issuer, &self.oidc_client_id, &self.public_url) else {
            return Ok(None);
        };
        let secret = self.oidc_client_secret_file.as_deref().map(secret).transpose()?;
        let client = Client::new(issuer, id, secret, public, self.oidc_single_sign_on)?;
        let authorities = self.oidc_ca.as_deref().map(authorities).transpose()?;
        let network = network_of(issuer, authorities, PATIENCE).ok_or("--oidc-issuer: this is no address")?;
        Ok(Some((client, network)))
    }
}

/// The one line of a file.
fn secret(file: &Path) -> Result<String, String> {
    let about = |why: &str| format!("{}: {why}", file.display());
    let bytes = crate::files::read(file).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| about("a client's secret is text"))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() || secret.len() > LONGEST_SECRET || secret.chars().any(char::is_control) {
        return Err(about("a client's secret is one line of 1 to 1024 bytes"));
    }
    Ok(secret.to_owned())
}

fn authorities(file: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let about = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let bytes = crate::files::read(file).map_err(|error| error.to_string())?;
    let items: Vec<PemItem<'_>> = parse_pem(&bytes).collect::<Result<_, _>>().map_err(|error| about(&error))?;
    let certificate = |item| if let PemItem::Certificate(certificate) = item { Some(certificate) } else { None };
    let found: Vec<Certificate<'static>> = items.into_iter().filter_map(certificate).collect();
    if found.is_empty() { Err(about(&"has no certificate in PEM")) } else { Ok(found) }
}
