//! Who is told how far an evaluation is, and may stop it.

/// Told while a protocol runs.
pub trait Watch {
    /// A sentence about what was done.
    fn say(&mut self, what: &str);

    /// Whether to stop.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn say(&mut self, _: &str) {}
}
