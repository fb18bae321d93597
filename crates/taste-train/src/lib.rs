//! From the log of a round to a taste model: data set, training through ONNX Runtime, model file, evaluation.
//!
//! [`Dataset::from_log`] reads who said what; [`train`] turns it into one ONNX file; [`evaluate()`] says how well that works on
//! people held out. The steps of training are themselves an ONNX graph ([`training_step`]), so any ONNX Runtime
//! trains. Same data set, same seed, same bytes: a [`Recipe`] read from a model's file makes it again.
//! What is *not* here: HTTP, databases, clocks, wasm; embedding content (`taste-inference`), and the mathematics that the
//! page needs too (`taste-model`).

mod again;
mod age;
mod carry;
mod claims;
mod dataset;
mod error;
mod evaluate;
mod files;
mod judge;
mod layout;
mod optimise;
mod population;
mod progress;
mod report;
mod scales;
mod session;
mod standardise;
pub mod step;
mod train;
mod warm;

pub use again::Recipe;
pub use age::{HalfLife, Weigh};
pub use claims::KnownClaims;
pub use dataset::{Answer, Dataset, EmbeddedCandidates, Opinion, Person};
pub use error::TrainError;
pub use evaluate::{EvaluateConfig, evaluate, evaluate_by};
pub use files::write_atomically;
pub use layout::{Layout, Parameter, Shape};
pub use progress::{Progress, Silent, Stage};
pub use report::{Report, Row};
pub use step::{training_step, training_step_with_gradient};
pub use train::{Aside, MadeWith, Meant, Metrics, TrainConfig, Trained, train, train_from};
