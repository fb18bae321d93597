//! Finding what the tasks need, and installing it where that can be done without asking.

pub(crate) mod bindgen;
pub(crate) mod chromium;
pub(crate) mod debian;
pub(crate) mod firefox;
pub(crate) mod names;
pub(crate) mod node;
pub(crate) mod onnxruntime;
pub(crate) mod python;
pub(crate) mod split;
pub(crate) mod wasm;
