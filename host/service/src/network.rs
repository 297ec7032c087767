//! What is sent for payment plugins. The sending itself, with its checks of addresses, is the caller's: use cases have no
//! socket.

use std::sync::Arc;

use vienphi_runtime::rail::Response;

/// A message to a provider, its secrets in place. It is never logged and never kept.
pub struct Outgoing {
    /// Where: an endpoint of the policies, and the plugin's path behind it.
    pub url: String,
    /// GET or POST.
    pub is_post: bool,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// As it is sent.
    pub body: String,
}

/// Why nothing was answered, in words without any part of the message.
#[derive(Debug)]
pub enum Silence {
    /// It was never sent: no connection, or an address that is not allowed.
    NotSent(String),
    /// It may have arrived.
    NoAnswer(String),
}

/// Sends a message and waits for its answer; blocks.
pub type Network = Arc<dyn Fn(&Outgoing) -> Result<Response, Silence> + Send + Sync>;
