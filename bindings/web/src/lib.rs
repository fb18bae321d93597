//! The binding between the page and the Rust core: conversions only, no decisions.
//!
//! JavaScript objects become Rust values here and back again, bytes and times cross as they are, and every error
//! becomes the page's `TasteError` in one place ([`error`]). What voting does not need (the encoders, evaluating a model) is
//! in a second module, `bindings/content`. The TypeScript beside this file is the face that
//! people use; what is decided is decided in `taste-sdk`.

mod convert;
pub mod crypto;
pub mod error;
mod read;
pub mod session;
mod write;

pub use session::WebSession;

/// A third of the standard one's size, and every allocation takes the same few steps (TLSF).
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
