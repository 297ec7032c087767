//! The host's half of a plugin's step: signatures are made here, and secrets are put into messages here. A plugin names them.

use vienphi_payments::mac::{self, Encoding, Hash};
use vienphi_runtime::rail::{
    Algorithm, Direction, Encoding as Written, MacCheck, Manifest, Method, Part, Request, ToSign,
};

use super::rails::Config;
use crate::network::Outgoing;
use crate::rails::Rails;

/// What a step is done with.
pub(crate) struct Hand<'a> {
    pub(crate) rails: &'a Rails,
    /// The rail's name.
    pub(crate) name: &'a str,
    pub(crate) manifest: &'a Manifest,
    pub(crate) config: &'a Config,
}

/// A step asks for so many signatures at most.
const SIGNATURES: usize = 16;

/// A message, or what is signed, is no longer.
const LONGEST: usize = 64 * 1024;

/// A message has so many headers at most.
const HEADERS: usize = 32;

/// Headers that are the connection's own.
const OWN_HEADERS: [&str; 8] =
    ["host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer", "expect"];

impl Hand<'_> {
    /// Signs. Only with keys that the plugin was granted for that, and never over another signature.
    pub(crate) fn sign(&self, asked: &[ToSign]) -> Result<Vec<String>, String> {
        if asked.len() > SIGNATURES {
            return Err(format!("it asks for {} signatures at once: {SIGNATURES} are the most", asked.len()));
        }
        asked.iter().map(|asked| self.sign_one(asked)).collect()
    }

    fn sign_one(&self, asked: &ToSign) -> Result<String, String> {
        let hash = match self.slot(&asked.slot)? {
            Algorithm::HmacSha256 => Hash::Sha256,
            Algorithm::HmacSha512 => Hash::Sha512,
            Algorithm::Secret => return Err(format!("key {:?} is no key to sign with", asked.slot)),
        };
        let message = self.text(&asked.message, &[])?;
        let tag = mac::tag(hash, self.key(&asked.slot)?, message.as_bytes());
        Ok(mac::write(&tag, encoding(asked.encoding)))
    }

    /// Do all of these hold? None at all proves nothing.
    pub(crate) fn proves(&self, checks: &[MacCheck]) -> bool {
        !checks.is_empty() && checks.iter().all(|check| holds(self.manifest, self.config, check))
    }

    /// The message of a step, its secrets in place.
    pub(crate) fn outgoing(&self, request: &Request, signatures: &[String]) -> Result<Outgoing, String> {
        let endpoint = self.endpoint(&request.endpoint)?;
        let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let has_steps = request.path.split('/').any(|step| step == "." || step == "..");
        if !request.path.bytes().all(is_path)
            || has_steps
            || !(request.path.is_empty() || request.path.starts_with('/'))
        {
            return Err("a path begins with / and has letters, digits and -._~/ alone".to_owned());
        }
        let query = self.text(&request.query, signatures)?;
        let is_query = |byte: u8| byte.is_ascii_graphic() && !br##"\"<>^`{|}#"##.contains(&byte);
        if !query.bytes().all(is_query) {
            return Err("a query must be percent-encoded".to_owned());
        }
        if request.headers.len() > HEADERS {
            return Err(format!("a message has at most {HEADERS} headers"));
        }
        let mut headers = Vec::with_capacity(request.headers.len());
        for header in &request.headers {
            let name = header.name.to_ascii_lowercase();
            let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if name.is_empty() || !name.bytes().all(is_name) || OWN_HEADERS.contains(&name.as_str()) {
                return Err(format!("{:?} is no header that a plugin sets", header.name));
            }
            let value = self.text(&header.value, signatures)?;
            if !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                return Err(format!("the header {name} must be printable ASCII"));
            }
            headers.push((name, value));
        }
        let question = if query.is_empty() { "" } else { "?" };
        Ok(Outgoing {
            url: format!("{endpoint}{}{question}{query}", request.path),
            is_post: request.method == Method::Post,
            headers,
            body: self.text(&request.body, signatures)?,
        })
    }

    /// An address for the payer's browser: an endpoint, and behind it anything but a secret.
    pub(crate) fn address(&self, parts: &[Part], signatures: &[String]) -> Result<String, String> {
        let Some((Part::Endpoint(name), rest)) = parts.split_first() else {
            return Err("an address for the payer must begin with an endpoint".to_owned());
        };
        if rest.iter().any(|part| matches!(part, Part::Secret(_))) {
            return Err("an address for the payer must not hold a secret".to_owned());
        }
        let rest = self.text(rest, signatures)?;
        let is_plain = rest.is_empty() || rest.starts_with(['/', '?']);
        if !is_plain || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("behind its endpoint an address goes on with / or ?, percent-encoded".to_owned());
        }
        Ok(format!("{}{rest}", self.endpoint(name)?))
    }

    fn endpoint(&self, name: &str) -> Result<&str, String> {
        let endpoint = self.rails.endpoint(self.name, name);
        endpoint.ok_or_else(|| format!("the endpoint {name:?} is none that was granted to it"))
    }

    fn text(&self, parts: &[Part], signatures: &[String]) -> Result<String, String> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Secret(slot) => {
                    if self.slot(slot)? != Algorithm::Secret {
                        return Err(format!("key {slot:?} signs: it is not put into messages"));
                    }
                    let secret = self.key(slot)?;
                    text.push_str(std::str::from_utf8(secret).map_err(|_| format!("key {slot:?} is no text"))?);
                }
                Part::Signature(place) => {
                    let signature = usize::try_from(*place).ok().and_then(|place| signatures.get(place));
                    text.push_str(signature.ok_or_else(|| format!("it has not asked for a signature {place}"))?);
                }
                Part::Endpoint(_) => return Err("only an address for the payer begins with an endpoint".to_owned()),
            }
            if text.len() > LONGEST {
                return Err(format!("a message has at most {LONGEST} bytes"));
            }
        }
        Ok(text)
    }

    /// A key that may be used in what goes out.
    fn slot(&self, name: &str) -> Result<Algorithm, String> {
        let slot = self.manifest.keys.iter().find(|slot| slot.name == name);
        let slot = slot.filter(|slot| matches!(slot.direction, Direction::Sign | Direction::Both));
        slot.map(|slot| slot.algorithm).ok_or_else(|| format!("key {name:?} was not granted to it for what it sends"))
    }

    fn key(&self, name: &str) -> Result<&[u8], String> {
        self.config.key(name).ok_or_else(|| format!("key {name:?} has not been set"))
    }
}

/// Is this the tag of the message? A key that was not granted for what comes proves nothing.
pub(super) fn holds(manifest: &Manifest, config: &Config, check: &MacCheck) -> bool {
    let hash = match slot_for_what_comes(manifest, &check.slot) {
        Some(Algorithm::HmacSha256) => Hash::Sha256,
        Some(Algorithm::HmacSha512) => Hash::Sha512,
        Some(Algorithm::Secret) | None => return false,
    };
    let key = config.key(&check.slot);
    key.is_some_and(|key| mac::proves(hash, key, &check.message, &check.tag, encoding(check.encoding)))
}

/// A key that may be used on what comes.
pub(super) fn slot_for_what_comes(manifest: &Manifest, name: &str) -> Option<Algorithm> {
    let slot = manifest.keys.iter().find(|slot| slot.name == name);
    slot.filter(|slot| matches!(slot.direction, Direction::Verify | Direction::Both)).map(|slot| slot.algorithm)
}

fn encoding(written: Written) -> Encoding {
    match written {
        Written::HexLower => Encoding::HexLower,
        Written::HexUpper => Encoding::HexUpper,
        Written::Base64 => Encoding::Base64,
    }
}
