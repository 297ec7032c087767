//! Webhooks against a real store and real receivers.

mod receiver;
mod telling;
mod trouble;
mod urls;
mod world;
