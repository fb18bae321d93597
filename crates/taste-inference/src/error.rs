//! The one error of this crate.

use std::path::PathBuf;

use taste_core::CoreError;
use taste_encoders::EncoderError;
use taste_preprocess::PreprocessError;
use thiserror::Error;

/// Why something could not be run or embedded.
///
/// Every variant has a stable [`code`](InferenceError::code); messages say what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// ONNX Runtime's shared library is nowhere. Remedy: `cargo xtask setup`, or set `ORT_DYLIB_PATH`.
    #[error(
        "ONNX Runtime's library was not found (looked in {searched}); run `cargo xtask setup`, or set ORT_DYLIB_PATH"
    )]
    RuntimeMissing {
        /// The places looked at.
        searched: String,
    },
    /// A library was found and cannot be used. Remedy: ONNX Runtime 1.24 or newer for this machine.
    #[error(
        "{path} cannot be used as ONNX Runtime: {reason}; run `cargo xtask setup`, or set ORT_DYLIB_PATH"
    )]
    RuntimeUnusable {
        /// The library.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// Another library is in use already; a process loads one. Remedy: decide on the path before the first load.
    #[error("ONNX Runtime was already loaded from {loaded}; a process cannot load {requested} too")]
    RuntimeAlreadyLoaded {
        /// The library in use.
        loaded: PathBuf,
        /// The one asked for.
        requested: PathBuf,
    },
    /// A file could not be read. Remedy: check the path and its permissions.
    #[error("cannot read {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        reason: String,
    },
    /// Not an ONNX graph that the runtime can load: truncated, damaged, or with unknown operators. Remedy: export again.
    #[error("ONNX Runtime cannot load this graph: {reason}")]
    GraphUnreadable {
        /// The runtime's words.
        reason: String,
    },
    /// A graph that runs but is not what is needed here. Remedy: see the message and the manifest.
    #[error("the graph does not fit: expected {expected}, found {found}")]
    ForeignGraph {
        /// What was needed.
        expected: String,
        /// What the graph has.
        found: String,
    },
    /// An input of the graph was not given. Remedy: give all of the graph's inputs.
    #[error("the graph's input {name:?} was not given")]
    MissingInput {
        /// The input's name.
        name: String,
    },
    /// An input was given that the graph does not have. Remedy: see `known`.
    #[error("the graph has no input {name:?}; it has {known}")]
    UnknownInput {
        /// The name given.
        name: String,
        /// The graph's inputs.
        known: String,
    },
    /// A tensor has another shape than its data, or than the graph declares. Remedy: pass `expected` (-1 = any).
    #[error("{name:?} has shape {found:?}; expected {expected:?} (-1 = any)")]
    WrongShape {
        /// Which tensor.
        name: String,
        /// The declared shape.
        expected: Vec<i64>,
        /// The shape given.
        found: Vec<i64>,
    },
    /// A tensor has another element type than the graph declares. Remedy: pass `expected`.
    #[error("{name:?} has elements of {found}; expected {expected}")]
    WrongType {
        /// Which tensor.
        name: String,
        /// The declared type.
        expected: String,
        /// The type given.
        found: String,
    },
    /// The runtime stopped while running the graph. Remedy: see its words.
    #[error("ONNX Runtime stopped: {reason}")]
    RunFailed {
        /// The runtime's words.
        reason: String,
    },
    /// A result holds NaN or an infinity. Remedy: check the inputs, the network, or a training step's learning rate.
    #[error("number {index} of output {name:?} is not finite")]
    NotFinite {
        /// The output's name.
        name: String,
        /// Position of the first bad number.
        index: usize,
    },
    /// No encoder of that name is built in. Remedy: `visual@1`, `text@1`, `palette@1`, `audio@1`, or a manifest file.
    #[error(
        "no built-in encoder {found:?}; there are visual@1, text@1, palette@1 and audio@1, others come from a manifest file"
    )]
    UnknownEncoder {
        /// The name given.
        found: String,
    },
    /// Content that this encoder does not embed. Remedy: an image encoder for images, a text encoder for texts.
    #[error("{encoder} does not embed {media_type:?}")]
    WrongKind {
        /// The encoder's id.
        encoder: String,
        /// The content's media type.
        media_type: String,
    },
    /// A film: nothing here decodes one. Remedy: sample pictures of it, evenly, and embed those as its frames
    /// (`ffmpeg -i film.mp4 -vf fps=1 frames/%03d.png`, and `{"frames": "frames"}` in the list); a page samples films by itself.
    #[error("{media_type:?} is not decoded here; embed a film by frames of it, sampled as pictures")]
    FilmUndecoded {
        /// The film's media type.
        media_type: String,
    },
    /// A film without a picture. Remedy: pass at least one frame.
    #[error("a film without frames has no embedding")]
    FilmEmpty,
    /// No palette. Remedy: a JSON list of colours, `["#aabbcc", …]`.
    #[error("a palette is a JSON list of colours such as [\"#aabbcc\"]")]
    NoPalette,
    /// A text that is not UTF-8. Remedy: convert it.
    #[error("the text is not UTF-8 from byte {valid_up_to} on")]
    NotUtf8 {
        /// Bytes that are valid.
        valid_up_to: usize,
    },
    /// An SVG that refers to something outside of itself, or embeds a raster image. Remedy: draw it with shapes only.
    #[error("the SVG refers to an image ({reference}); only shapes within the file are drawn")]
    SvgReference {
        /// The start of the reference.
        reference: String,
    },
    /// The content or a file was refused before any network saw it; its own error says why.
    #[error(transparent)]
    Preprocess(#[from] PreprocessError),
    /// The built-in encoder refused; its own error says why.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The numbers are no embedding; the nouns' own error says why.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl InferenceError {
    /// The stable code, for machines: `"InferenceError::NotUtf8"`, …; an inner error keeps its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RuntimeMissing { .. } => "InferenceError::RuntimeMissing",
            Self::RuntimeUnusable { .. } => "InferenceError::RuntimeUnusable",
            Self::RuntimeAlreadyLoaded { .. } => "InferenceError::RuntimeAlreadyLoaded",
            Self::File { .. } => "InferenceError::File",
            Self::GraphUnreadable { .. } => "InferenceError::GraphUnreadable",
            Self::ForeignGraph { .. } => "InferenceError::ForeignGraph",
            Self::MissingInput { .. } => "InferenceError::MissingInput",
            Self::UnknownInput { .. } => "InferenceError::UnknownInput",
            Self::WrongShape { .. } => "InferenceError::WrongShape",
            Self::WrongType { .. } => "InferenceError::WrongType",
            Self::RunFailed { .. } => "InferenceError::RunFailed",
            Self::NotFinite { .. } => "InferenceError::NotFinite",
            Self::UnknownEncoder { .. } => "InferenceError::UnknownEncoder",
            Self::WrongKind { .. } => "InferenceError::WrongKind",
            Self::FilmUndecoded { .. } => "InferenceError::FilmUndecoded",
            Self::FilmEmpty => "InferenceError::FilmEmpty",
            Self::NoPalette => "InferenceError::NoPalette",
            Self::NotUtf8 { .. } => "InferenceError::NotUtf8",
            Self::SvgReference { .. } => "InferenceError::SvgReference",
            Self::Preprocess(inner) => inner.code(),
            Self::Encoder(inner) => inner.code(),
            Self::Core(inner) => inner.code(),
        }
    }

    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_path_buf(), reason: error.to_string() }
    }
}
