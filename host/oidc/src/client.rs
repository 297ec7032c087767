//! What we are to the issuer.

use openidconnect::core::{CoreClientAuthMethod, CoreProviderMetadata};
use openidconnect::url::{Host, Url};
use openidconnect::{AuthType, ClientId, ClientSecret, DiscoveryError, IssuerUrl, RedirectUrl};

use crate::issuer::{Issuer, Known};
use crate::{Send, Trouble};

/// Where issuers send browsers back to, on our own host.
const CALLBACK: &str = "sign-in/oidc/callback";

/// What we are to the issuer.
#[derive(Debug, Clone)]
pub struct Client {
    issuer: IssuerUrl,
    id: ClientId,
    secret: Option<ClientSecret>,
    callback: RedirectUrl,
    asks_anew: bool,
}

impl Client {
    /// A client of an issuer. Browsers come back to `public`, the address they know us by. A person gives their password to the
    /// issuer each time, unless `takes_signed_in`: then whoever is signed in there is taken.
    ///
    /// # Errors
    ///
    /// Which address is wrong, and what is allowed.
    pub fn new(
        issuer: &str,
        id: &str,
        secret: Option<String>,
        public: &str,
        takes_signed_in: bool,
    ) -> Result<Client, String> {
        check(issuer).map_err(|why| format!("the issuer's address {why}"))?;
        let public = check(public).map_err(|why| format!("the public address {why}"))?;
        if public.path() != "/" {
            return Err("the public address has no path: the pages are at its root".into());
        }
        if !(1..=255).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err("the client's id has 1 to 255 printable characters of ASCII".into());
        }
        let callback = public.join(CALLBACK).map_err(|error| format!("the public address: {error}"))?;
        Ok(Client {
            // As it was given: an issuer is known by its text, to the last slash.
            issuer: IssuerUrl::new(issuer.to_owned()).map_err(|error| format!("the issuer's address: {error}"))?,
            id: ClientId::new(id.to_owned()),
            secret: secret.map(ClientSecret::new),
            callback: RedirectUrl::from_url(callback),
            asks_anew: !takes_signed_in,
        })
    }

    /// What is wrong with an issuer's address.
    pub fn fault_of_issuer(address: &str) -> Option<&'static str> {
        check(address).err()
    }

    /// The issuer, as tokens name it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Reads what the issuer says of itself, with its keys.
    ///
    /// # Errors
    ///
    /// The issuer cannot be reached, or what it says is not what issuers say.
    pub fn discover(&self, send: Send<'_>) -> Result<Issuer, Trouble> {
        let read = CoreProviderMetadata::discover(&self.issuer, &|request| send(request));
        let told = read.map_err(|error| {
            Trouble::Down(match error {
                DiscoveryError::Request(unanswered) => unanswered.0,
                DiscoveryError::Response(status, ..) => {
                    format!("its description or its keys are not there: HTTP {status}")
                }
                DiscoveryError::Parse(error) => format!("its description or its keys cannot be read: {}", error.path()),
                DiscoveryError::Validation(_) => "it calls itself otherwise than it was called".into(),
                _ => "its description cannot be read".into(),
            })
        })?;
        let token = told.token_endpoint().ok_or_else(|| Trouble::Down("it has no place for tokens".into()))?;
        for address in [told.authorization_endpoint().url(), token.url(), told.jwks_uri().url()] {
            // One that is asked under TLS is asked nothing, and sent nobody, without.
            if address.scheme() != self.issuer.url().scheme() && address.scheme() != "https" {
                return Err(Trouble::Down("it is asked under TLS and names an address without".into()));
            }
        }
        // Basic is what is supposed where an issuer says nothing.
        let methods = told.token_endpoint_auth_methods_supported();
        let in_body = methods.is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let client = Known::from_provider_metadata(told, self.id.clone(), self.secret.clone());
        let client = client.set_redirect_uri(self.callback.clone());
        let client = client.set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth });
        Ok(Issuer { client, id: self.id.clone(), name: self.issuer().to_owned(), asks_anew: self.asks_anew })
    }
}

/// An address under TLS, or of this machine itself.
fn check(address: &str) -> Result<Url, &'static str> {
    let url = Url::parse(address).map_err(|_| "is none: write it as https://hospital.example")?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err("has no host"),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
        return Err("must begin with https://, or with http:// on this machine itself");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must name no user and no password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must have no ? and no #");
    }
    Ok(url)
}
