//! Content to embeddings, and any ONNX graph to numbers: the only crate that names `ort`.
//!
//! - [`Runtime`] finds and loads ONNX Runtime's shared library.
//! - [`OrtGraph`] runs any graph from bytes or a file; `taste-train` runs its training step with it.
//! - [`Encoder`] embeds [`Content`]: the built-in `visual@1` and `text@1`, which need no runtime, or a network with its
//!   [`Manifest`].
//! - [`Picture`] decodes PNG, JPEG, WebP, GIF and SVG within limits.
//!
//! Tokenizing, scaling, normalising and pooling are `taste-preprocess`, which pages run too. What is *not* here: the mathematics of taste, and reading or writing ONNX files (`taste-onnx`).
//!
//! ```
//! use taste_inference::{Content, Encoder};
//!
//! let encoder = Encoder::builtin("text@1")?;
//! let embedding = encoder.embed(&Content { media_type: "text/plain", bytes: "A joke.".as_bytes() })?;
//! assert_eq!(embedding.dimension(), encoder.dimension());
//! # Ok::<(), taste_inference::InferenceError>(())
//! ```

mod batch;
mod encoder;
mod error;
mod graph;
mod image;
mod network;
mod runtime;
mod svg;

pub use encoder::{Content, Encoder};
pub use error::InferenceError;
pub use graph::{GraphOptions, OrtGraph, Port, Tensor, TensorData, TensorView};
pub use image::Picture;
pub use runtime::Runtime;
pub use svg::{MAX_SVG_BYTES, SVG_SIDE};
pub use taste_preprocess::{
    Filter, Fit, Layout, MAX_PIXELS, Manifest, NetworkKind, Pooling, PreprocessError, SoundSettings,
};
