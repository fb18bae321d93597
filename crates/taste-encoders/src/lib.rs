//! The built-in encoders: `visual@1` for pictures, `text@1` for texts, `palette@1` for sets of colours, `audio@1` for sounds. Pure
//! functions from pixels, text, colours and samples to embeddings, small enough for a page, the same bits there and natively.
//!
//! None is a network and none needs a download: they measure what studies of first impressions found to
//! matter (colour, contrast, layout, symmetry, complexity; length, punctuation, wording), so that a taste model
//! can be learned from votes alone. What is *not* here: ONNX, files, image codecs (the browser and
//! `taste-inference` decode), and learning.
//!
//! ```
//! use taste_encoders::{Rgba, text, visual};
//!
//! let picture = Rgba { width: 2, height: 1, pixels: &[255, 0, 0, 255, 0, 0, 255, 255] };
//! assert_eq!(visual(&picture)?.dimension(), taste_encoders::VISUAL_DIMENSION);
//! assert_eq!(text("Two cats walk into a bar.")?.dimension(), taste_encoders::TEXT_DIMENSION);
//! # Ok::<(), taste_encoders::EncoderError>(())
//! ```
//!
//! # Bits
//!
//! Integers where possible; otherwise f64 in one fixed order, roots that are rounded correctly, logarithms from `libm`, no
//! fused operations; letters are classed by our own short tables, not by the standard library's, which follow the
//! compiler's Unicode version. Any change to a bit of the output makes a new encoder (`visual@2`).

mod audio;
mod dimensions;
mod error;
mod palette;
mod roots;
mod text;
mod visual;

pub use audio::{AUDIO_DIMENSION, AUDIO_GROUPS, AUDIO_ID, MAX_SECONDS, audio};
pub use dimensions::{ANCHOR, Group};
pub use error::EncoderError;
pub use palette::{MAX_COLOURS, PALETTE_DIMENSION, PALETTE_GROUPS, PALETTE_ID, palette};
pub use text::{MAX_TEXT_BYTES, TEXT_DIMENSION, TEXT_GROUPS, TEXT_ID, text};
pub use visual::{MAX_SIDE, Rgba, VISUAL_DIMENSION, VISUAL_GROUPS, VISUAL_ID, visual};
