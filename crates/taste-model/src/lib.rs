//! The mathematics of taste: the model file, how opinions become answers, one person's posterior, the next question, the
//! board, and the measures by which all of it is judged.
//!
//! Embeddings go in, predictions come out; a vote moves one person's [`Taste`] in microseconds. The same bits come
//! out in wasm and natively: sums run in a fixed order and `exp`, `ln`, `tanh`, `erfc` are from `libm`.
//! What is *not* here: ONNX Runtime, training (`taste-train`), clocks, IO, and randomness other than a caller's seed.

#![no_std]
extern crate alloc;

mod board;
mod bootstrap;
mod bridging;
mod carry;
mod clusters;
mod compared;
mod crew;
mod decay;
mod drift;
mod error;
mod explain;
mod features;
#[cfg(feature = "onnx")]
mod file;
mod fragility;
mod hessian;
mod hold;
mod information;
mod levels;
mod likelihood;
mod logistic;
pub mod metrics;
mod model;
mod pairs;
mod passport;
mod predict;
mod prior;
mod question;
mod random;
mod ranks;
mod reliability;
mod spread;
mod taste;

pub use board::{Board, BoardOptions, BoardRow, BoardWarning, FRAGILE_VOTES};
pub use bootstrap::{BootstrapRow, bootstrap};
pub use bridging::{Bridging, BridgingRow};
pub use compared::Compared;
pub use crew::{Alone, Crew, Job};
pub use decay::{Decay, decayed};
pub use drift::{DriftRow, drift};
pub use error::ModelError;
pub use explain::{Explanation, Retraced};
pub use features::{FeatureTable, Scored};
#[cfg(feature = "onnx")]
pub use file::{MODEL_FORMAT, MODEL_FORMAT_2};
pub use fragility::{Fewest, Fragility};
pub use levels::{CutPoints, MAX_CUTS};
pub use likelihood::Likelihood;
pub use logistic::sigmoid;
pub use model::{Activation, Head, Hidden, MAX_HIDDEN, Provenance, RatingModel, TasteModel};
pub use pairs::{IndexedComparison, NO_PERSON, Pairs, Strengths};
pub use passport::{PASSPORT_DOMAIN, Passport};
pub use predict::{ApprovalPrediction, Prediction};
pub use prior::{MAX_FEATURES, Prior};
pub use question::{
    ApprovalChoice, Before, PairChoice, QuestionOptions, choose_approval, choose_pair, rating_gains,
};
pub use reliability::{Answered, Consistency, Reliability};
pub use taste::{Observation, RatingScale, Taste, strength_weight};
