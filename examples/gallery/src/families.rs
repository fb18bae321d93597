//! The six programs. Each takes randomness, a palette and a drawing, and says how it drew.

pub(crate) mod contour;
pub(crate) mod drift;
pub(crate) mod loom;
pub(crate) mod pebble;
pub(crate) mod shore;
pub(crate) mod tessera;

/// How a work was made: parameter and value.
pub(crate) type Facts = Vec<(&'static str, String)>;
