//! JavaScript values to Rust values and back.

use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::prelude::*;

use crate::{error::WebError, read::Value, write::Writer};

/// A plain object as `JSON.parse` would have made it: the canonical JSON's fields in their order, `null` for none.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, WebError> {
    value
        .serialize(Writer)
        .map_err(|error| WebError::argument("a value cannot be shown to JavaScript", error))
}

/// The value that a plain object spells.
pub(crate) fn from_js<T: DeserializeOwned>(what: &str, value: JsValue) -> Result<T, WebError> {
    T::deserialize(Value(value)).map_err(|wrong| WebError::argument(what, wrong))
}

/// A text that parses: a digest, a signature.
pub(crate) fn parse<T>(text: &str) -> Result<T, WebError>
where
    T: std::str::FromStr,
    WebError: From<T::Err>,
{
    Ok(text.parse::<T>()?)
}

/// Exactly 32 bytes: a seed, a key.
pub(crate) fn bytes32(what: &str, bytes: &[u8]) -> Result<[u8; 32], WebError> {
    bytes
        .try_into()
        .map_err(|_| WebError::argument(what, format_args!("expected 32 bytes, found {}", bytes.len())))
}

/// Unix seconds from `Date.now() / 1000`; the fraction is dropped, what is no time counts as the epoch.
pub(crate) fn seconds(now: f64) -> u64 {
    now as u64
}
