//! The one place where a Rust error becomes a JavaScript one, with `code`, `message` and `hint`.

use std::cell::RefCell;

use taste_ballot::BallotError;
use taste_core::CoreError;
use taste_sdk::SdkError;
use wasm_bindgen::prelude::*;

thread_local! {
    /// Makes the page's error class; the loader sets it before anything else is called.
    static MAKE: RefCell<Option<js_sys::Function>> = const { RefCell::new(None) };
}

/// Sets how an error is made: `(code, message, hint) => Error`.
#[wasm_bindgen(js_name = setErrorClass)]
pub fn set_error_class(make: js_sys::Function) {
    MAKE.with(|slot| *slot.borrow_mut() = Some(make));
}

/// An error on its way to JavaScript.
#[derive(Debug)]
pub struct WebError {
    code: &'static str,
    message: String,
    hint: &'static str,
}

impl WebError {
    /// An argument from JavaScript that is not what was expected.
    pub(crate) fn argument(what: &str, found: impl core::fmt::Display) -> Self {
        Self {
            code: "WebError::Argument",
            message: format!("{what}: {found}"),
            hint: "Pass what the type declaration says.",
        }
    }
}

impl core::fmt::Display for WebError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<SdkError> for WebError {
    fn from(error: SdkError) -> Self {
        Self { code: error.code(), hint: error.hint(), message: error.to_string() }
    }
}

impl From<BallotError> for WebError {
    fn from(error: BallotError) -> Self {
        SdkError::from(error).into()
    }
}

impl From<CoreError> for WebError {
    fn from(error: CoreError) -> Self {
        SdkError::from(error).into()
    }
}

impl From<WebError> for JsValue {
    fn from(error: WebError) -> Self {
        let made = MAKE.with(|slot| {
            let slot = slot.borrow();
            let make = slot.as_ref()?;
            make.call3(&JsValue::NULL, &error.code.into(), &error.message.as_str().into(), &error.hint.into())
                .ok()
        });
        made.unwrap_or_else(|| js_sys::Error::new(&format!("{}: {}", error.code, error.message)).into())
    }
}
