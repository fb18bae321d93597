//! Named protocols on public data: how well taste is predicted, and the report that says so.
//!
//! A protocol reads a data set, splits it (by person, candidates, sites or contests), fits on one part through the same
//! path as everybody's votes (closed-form fit, ONNX file, posterior), predicts the other, and writes a [`Report`] as Markdown,
//! JSON and one self-contained HTML page. Nothing is chosen on test people.
//! What is *not* here: the fit (`taste-population`), the posterior (`taste-model`), and the data, which the project does not
//! carry.

pub mod data;
mod embedder;
mod error;
mod ngrams;
pub mod protocol;
mod report;
mod tally;
mod watch;

pub use embedder::{Embedded, Embedder};
pub use error::EvaluateError;
pub use ngrams::{Vocabulary, ngrams};
pub use report::{Report, Row};
pub use tally::{BINS, Bin, Estimate, Tally, calibration_error};
pub use watch::{Unwatched, Watch};
