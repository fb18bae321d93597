//! The drop-in widgets: duel, approval, board, wallet. Rust on web-sys, drawn into a shadow root.
//!
//! State comes down as views ([`taste_sdk::view`]), requests go up through one function as plain strings. What is
//! *not* here: the protocol, the session, storage, the custom element classes and the style sheets (those are
//! beside the TypeScript classes in `bindings/web/src/elements`).
//!
//! Every node is made with `createElement` and `textContent`; nothing here needs `innerHTML`, an inline style or a
//! Trusted Types policy, so the widgets live under the strictest content policy.

mod advance;
mod approve;
mod board;
mod dom;
mod duel;
mod instruments;
mod keys;
mod wallet;
mod words;
mod work;

pub use approve::Approve;
pub use board::Board;
pub use duel::Duel;
pub use wallet::Wallet;
