//! What happens to content before a network sees it, and to its output after: pure functions, the same Rust in the browser's
//! encoder module and in `taste-inference`.
//!
//! - [`Manifest`]: what a network's files mean; [`Manifest::settings_digest`] names all that decides an embedding.
//! - [`Tokenizer`]: Hugging Face's `tokenizer.json`.
//! - [`resize`]: PIL's antialiased resampling, to the bit; [`image_tensor`] makes a network's input of it.
//! - [`pooled`]: a network's output to the embedding's numbers.
//! - [`sound_tensor`]: sound, resampled, as patches of a log-mel spectrogram, YAMNet's or CLAP's; [`read_wav`] reads the simplest of files.
//! - [`inspect`] refuses hostile ONNX files; [`steady`] makes 8-bit networks give the same embedding on every machine.
//! - `describe` (feature `describe`): a manifest from what Hugging Face exports beside a network.
//! - `decode` (feature `codecs`): PNG, JPEG, WebP and GIF within limits.
//!
//! What is *not* here: ONNX Runtime, files, SVG, clocks.

#[cfg(feature = "describe")]
mod describe;
mod digest;
mod error;
mod inspect;
mod json;
mod manifest;
#[cfg(feature = "codecs")]
mod picture;
mod pool;
mod resample;
mod sound;
mod steady;
mod tensor;
mod tokenizer;

#[cfg(feature = "describe")]
pub use describe::{Beside, describe};
pub use digest::{checked_file, hex_digest};
pub use error::PreprocessError;
pub use inspect::{ElementKind, Inspection, OPSETS, PortInfo, inspect};
pub use manifest::{
    Filter, Fit, Front, Layout, Manifest, NetworkKind, Padding, Pooling, Scale, SoundSettings,
};
#[cfg(feature = "codecs")]
pub use picture::{Decoded, MAX_PIXELS, MAX_SIDE, decode};
pub use pool::{mean, pooled, pooled_each};
pub use resample::resize;
pub use sound::{MAX_SECONDS, SOUND_PATCHES, checked_length, read_wav, sound_tensor};
pub use steady::steady;
pub use tensor::{TextInputs, batch_input, image_tensor, text_batches, text_inputs};
pub use tokenizer::{MAX_TEXT_BYTES, Tokenizer, characters};
