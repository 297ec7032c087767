//! Requests and answers as data: whoever has a socket sends the one and brings the other.

use std::fmt;

/// A request. It is always a POST; `path` is joined to the portal's address.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// Begins with `/`.
    pub path: String,
    /// To be percent-encoded. **It holds the session's tokens and the password's MD5 when cards are looked up**, which is how the
    /// portal wants it: a URL with it must not be logged.
    pub query: Vec<(String, String)>,
    /// Without Content-Type.
    pub headers: Vec<(String, String)>,
    /// The header Content-Type.
    pub content_type: &'static str,
    /// As it is.
    pub body: Vec<u8>,
}

/// Names alone: values are secrets or a patient's.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        f.debug_struct("Call")
            .field("path", &self.path)
            .field("query", &names(&self.query))
            .field("headers", &names(&self.headers))
            .field("content_type", &self.content_type)
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish()
    }
}

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP.
    pub status: u16,
    /// The header Retry-After in seconds, when it was there and was a number.
    pub retry_after: Option<u32>,
    /// As it came. Bodies above [`Reply::LONGEST`] are not looked at, so nobody needs to bring more than one byte above it.
    pub body: Vec<u8>,
}

impl Reply {
    /// The longest body that is read: 4 MiB. A history of visits has some hundred bytes for each.
    pub const LONGEST: usize = 4 * 1024 * 1024;
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish()
    }
}
