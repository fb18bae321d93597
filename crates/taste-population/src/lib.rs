//! What people are like, fitted in closed form: crowd utility, features and prior, from ratings and choices.
//!
//! The other way to a taste model, `taste-train`, descends a gradient through ONNX Runtime. Where every step has a closed
//! form, that is exact, quick and without settings, and it carries how unsure it is: a candidate with three ratings is
//! drawn towards what its content says, one with three hundred is not. The result is the same ONNX file either way.
//! What is *not* here: files, encoders, ONNX Runtime, and the person's own posterior (`taste-model`).

pub mod basis;
pub mod choices;
mod compose;
pub mod content;
mod error;
pub mod hierarchy;
pub mod matrix;
mod random;
mod ratings;

pub use basis::{Basis, Part};
pub use choices::{SparseRows, choice_covariance, choice_evidence, fit_choices, fit_values};
pub use compose::Subject;
pub use content::{Columns, Regression};
pub use error::PopulationError;
pub use hierarchy::{Fitted, Hierarchy, NoiseOf};
pub use random::Random;
pub use ratings::{Rating, Ratings};
