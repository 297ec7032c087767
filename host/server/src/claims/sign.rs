//! `vienphi claims sign` and `claims verify-signature`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{ArgGroup, Args};
use vienphi_domain::{Digest, Moment};
use vienphi_signing::{
    KeyName, Pkcs11Signer, Pkcs12Signer, Profile, Refused, SignError, Signed, Signer, TokenName, Trust, sign, verify,
};

use super::files::{longest, save};
use crate::files::Sources;
use crate::in_order::in_order;
use crate::output::{Ended, complain, say};

/// Options of `claims sign`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("signer").required(true).args(["p12", "pkcs11"]))]
pub struct SignArgs {
    /// The key and its certificate in a PKCS#12 file
    #[arg(long, value_name = "FILE")]
    p12: Option<PathBuf>,
    /// The key on a token: the PKCS#11 module of its maker
    #[arg(long, value_name = "MODULE", requires = "token", requires = "key")]
    pkcs11: Option<PathBuf>,
    /// The label of the token
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    token: Option<String>,
    /// The label of the key on the token; the certificate is beside it
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    key: Option<String>,
    /// A file that holds the password of the PKCS#12 file or the PIN of the token, and nothing else
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// The password or PIN itself, for programs that start this one
    #[arg(long, env = "VIENPHI_SIGN_SECRET", hide = true, hide_env_values = true, conflicts_with = "secret_file")]
    secret: Option<String>,
    /// The folder of policies: claims/signature.toml is the form of the signature [default: ./policies, else the embedded copy]
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// The folder to write the signed files into; a file of another content is not replaced
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Claim files that are not signed yet
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Options of `claims verify-signature`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A certificate (PEM or DER) whose signatures are right, or of the authority that issued it; may be given several times.
    /// Without one anybody's signature is, and whose it is gets printed
    #[arg(long, value_name = "FILE")]
    trust: Vec<PathBuf>,
    /// The folder of policies [default: ./policies, else the embedded copy]
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// Print JSON, a line for each file
    #[arg(long)]
    json: bool,
    /// Claim files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Signs files.
pub(super) fn sign_files(args: &SignArgs) -> Ended {
    match try_sign(args) {
        Ok(count) => {
            say(&format!("{count} signed\n"));
            Ended::Done
        }
        Err(why) => {
            complain(&format!("error: {why}"));
            Ended::BadInput
        }
    }
}

fn try_sign(args: &SignArgs) -> Result<usize, String> {
    let profile = profile(args.policies.as_ref())?;
    let signer = signer(args)?;
    std::fs::create_dir_all(&args.output).map_err(|error| format!("{}: {error}", args.output.display()))?;
    let mut done = Ok(args.files.len());
    in_order(
        args.files.iter(),
        |file| sign_one(file, &args.output, &profile, &*signer),
        |signed| match signed {
            Ok(()) => ControlFlow::Continue(()),
            Err(why) => {
                done = Err(why);
                ControlFlow::Break(())
            }
        },
    );
    done
}

fn sign_one(file: &Path, output: &Path, profile: &Profile, signer: &dyn Signer) -> Result<(), String> {
    let about = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let name = file.file_name().ok_or_else(|| about(&"is no file"))?;
    let document = longest(file).map_err(|error| about(&error))?;
    let signed = sign(&document, profile, signer).map_err(|error| about(&error))?;
    let path = output.join(name);
    save(&path, &signed).map_err(|error| format!("{}: {error}", path.display()))
}

fn signer(args: &SignArgs) -> Result<Box<dyn Signer>, String> {
    let secret = match (&args.secret, &args.secret_file) {
        (Some(secret), _) => secret.clone(),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        (None, None) => return Err("give the password or PIN with --secret-file".to_owned()),
    };
    let opened: Result<Box<dyn Signer>, SignError> = match (&args.p12, &args.pkcs11) {
        (Some(file), _) => {
            let bytes = longest(file).map_err(|error| format!("{}: {error}", file.display()))?;
            Pkcs12Signer::open(&bytes, &secret).map(|signer| Box::new(signer) as Box<dyn Signer>)
        }
        (None, Some(module)) => {
            let token = TokenName::Label(args.token.clone().unwrap_or_default());
            let key = KeyName::Label(args.key.clone().unwrap_or_default());
            Pkcs11Signer::open(module, token, key, &secret).map(|signer| Box::new(signer) as Box<dyn Signer>)
        }
        // clap asks for one of them.
        (None, None) => return Err("give --p12 or --pkcs11".to_owned()),
    };
    opened.map_err(|error| error.to_string())
}

/// Says of each file whose signature it has, or what is wrong with it.
pub(super) fn verify_files(args: &VerifyArgs) -> Ended {
    let (profile, trust) = match profile(args.policies.as_ref()).and_then(|profile| Ok((profile, trust(&args.trust)?)))
    {
        Ok(given) => given,
        Err(why) => {
            complain(&format!("error: {why}"));
            return Ended::BadInput;
        }
    };
    let now = Moment::from_count(jiff::Timestamp::now().as_microsecond());
    let mut ended = Ended::Done;
    for file in &args.files {
        let document = match longest(file) {
            Ok(document) => document,
            Err(error) => {
                complain(&format!("error: {}: {error}", file.display()));
                ended = Ended::BadInput;
                continue;
            }
        };
        let found = verify(&document, &profile, &trust, now);
        if found.is_err() && ended == Ended::Done {
            ended = Ended::Differences;
        }
        say(&told(file, &found, args.json));
    }
    ended
}

fn told(file: &Path, found: &Result<Signed, Refused>, json: bool) -> String {
    let file = file.display().to_string();
    match (found, json) {
        (Ok(signed), true) => {
            let text = serde_json::json!({
                "file": file, "valid": true, "trusted": signed.is_trusted, "subject": signed.subject,
                "issuer": signed.issuer, "serial": signed.serial, "not_before": signed.not_before.to_string(),
                "not_after": signed.not_after.to_string(), "fingerprint": signed.fingerprint.to_string(),
            });
            format!("{text}\n")
        }
        (Err(refused), true) => {
            format!("{}\n", serde_json::json!({ "file": file, "valid": false, "why": refused.to_string() }))
        }
        (Ok(signed), false) => {
            let standing = if signed.is_trusted { "" } else { "; nobody vouches for it: give --trust" };
            format!(
                "{file}: signed by {} (issued by {}, number {}, valid until {}){standing}\n",
                signed.subject, signed.issuer, signed.serial, signed.not_after
            )
        }
        (Err(refused), false) => format!("{file}: not valid: {refused}\n"),
    }
}

/// The form of signatures, from the policies.
fn profile(policies: Option<&PathBuf>) -> Result<Profile, String> {
    let sources = Sources { policies: policies.cloned(), ..Sources::default() };
    let file = sources.claims().map_err(|error| error.to_string())?;
    let text = file.get("signature.toml").ok_or("the policies have no claims/signature.toml")?;
    Profile::read(&String::from_utf8_lossy(text)).map_err(|error| format!("claims/signature.toml: {error}"))
}

/// Certificates by what they are, and authorities for what they issued.
fn trust(files: &[PathBuf]) -> Result<Trust, String> {
    if files.is_empty() {
        return Ok(Trust::Any);
    }
    let mut certificates = Vec::new();
    let mut authorities = Vec::new();
    for file in files {
        let about = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
        let der = der(&longest(file).map_err(|error| about(&error))?).ok_or_else(|| about(&"is no PEM"))?;
        certificates.push(Digest::of(&der));
        match Trust::only([], [der.as_slice()]) {
            Ok(_) => authorities.push(der),
            // Somebody's own certificate vouches for nobody else.
            Err(_) if der.first() == Some(&0x30) => {}
            Err(error) => return Err(about(&error)),
        }
    }
    Trust::only(certificates, authorities.iter().map(Vec::as_slice)).map_err(|error| error.to_string())
}

/// The bytes of a certificate in either form.
fn der(bytes: &[u8]) -> Option<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let Ok(text) = std::str::from_utf8(bytes) else { return Some(bytes.to_vec()) };
    let Some((_, rest)) = text.split_once(BEGIN) else { return Some(bytes.to_vec()) };
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
