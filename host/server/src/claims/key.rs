//! The hospital's key that claims are signed with, as the command line names it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use vienphi_service::Submitting;
use vienphi_signing::{KeyName, Pkcs11Signer, Pkcs12Signer, SignError, Signer, TokenName};

use super::files::longest;
use crate::files::Sources;

/// The key of whoever sends claims.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeyArgs {
    /// Sign claims before they are sent, with the key and certificate of this PKCS#12 file
    #[arg(long, value_name = "FILE", conflicts_with = "claims_pkcs11", requires = "claims_secret_file")]
    claims_p12: Option<PathBuf>,
    /// Sign claims before they are sent, with a key on a token: the PKCS#11 module of its maker
    #[arg(long, value_name = "MODULE", requires_all = ["claims_token", "claims_key", "claims_secret_file"])]
    claims_pkcs11: Option<PathBuf>,
    /// The label of the token
    #[arg(long, value_name = "LABEL", requires = "claims_pkcs11")]
    claims_token: Option<String>,
    /// The label of the key on the token
    #[arg(long, value_name = "LABEL", requires = "claims_pkcs11")]
    claims_key: Option<String>,
    /// A file that holds the password of the PKCS#12 file or the PIN of the token, and nothing else
    #[arg(long, value_name = "FILE")]
    claims_secret_file: Option<PathBuf>,
}

impl KeyArgs {
    /// What claims are sent with, by the policies and this key.
    pub(crate) fn submitting(&self, sources: &Sources) -> Result<Submitting, String> {
        let claims = sources.claims().map_err(|error| error.to_string())?;
        let portal = sources.portal().map_err(|error| error.to_string())?;
        Submitting::new(&claims, &portal, self.signer()?).map_err(|error| error.to_string())
    }

    fn signer(&self) -> Result<Option<Arc<dyn Signer>>, String> {
        let secret = match &self.claims_secret_file {
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            None => String::new(),
        };
        let opened: Result<Arc<dyn Signer>, SignError> = match (&self.claims_p12, &self.claims_pkcs11) {
            (Some(file), _) => {
                let bytes = longest(file).map_err(|error| format!("{}: {error}", file.display()))?;
                Pkcs12Signer::open(&bytes, &secret).map(|signer| Arc::new(signer) as Arc<dyn Signer>)
            }
            (None, Some(module)) => {
                let token = TokenName::Label(self.claims_token.clone().unwrap_or_default());
                let key = KeyName::Label(self.claims_key.clone().unwrap_or_default());
                Pkcs11Signer::open(module, token, key, &secret).map(|signer| Arc::new(signer) as Arc<dyn Signer>)
            }
            (None, None) => return Ok(None),
        };
        opened.map(Some).map_err(|error| format!("the key that claims are signed with: {error}"))
    }
}
