//! The vote wasm: conversions between the page and the session, and no decisions.
//!
//! What crosses is text and bytes: lines (`lines.rs`) up to a signed vote, JSON for what wallets sign and operators answer. No
//! JavaScript object comes in or goes out, so the glue knows none, and neither does this module. An error crosses as a text that begins with `!` ([`error`]).
//! Taste and curves are in a second module (`bindings/taste`), encoders and the model's file in a third
//! (`bindings/content`); `bindings/web/src/session.ts` is the other side of this one.

mod advisor;
pub mod crypto;
pub mod error;
mod json;
mod lines;
mod read;
pub mod session;
mod write;

pub use session::WebSession;

/// A third of the standard one's size, and every allocation takes the same few steps (TLSF).
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
