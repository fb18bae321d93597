//! The one error of this crate.

use thiserror::Error;

/// Why content cannot be brought into the shape that a network wants, or a network's files are refused.
///
/// Every variant has a stable [`code`](PreprocessError::code); messages say what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PreprocessError {
    /// The manifest is not valid. Remedy: see the message and [`Manifest`](crate::Manifest); `taste encoder add` writes one.
    #[error("the encoder's manifest is not valid: {reason}")]
    Manifest {
        /// What is wrong.
        reason: String,
    },
    /// A file is not the one that the manifest names. Remedy: fetch it again; if it was changed on purpose, `taste encoder add`.
    #[error("{file} has the SHA-256 {found}; the manifest says {expected}")]
    Digest {
        /// Which file.
        file: String,
        /// The manifest's digest.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// The tokenizer file is not one, or cannot tokenize this text. Remedy: the `tokenizer.json` that Hugging Face exports beside
    /// the network.
    #[error("the tokenizer cannot be used: {reason}")]
    Tokenizer {
        /// What is wrong.
        reason: String,
    },
    /// The tokenizer needs a part that is not built. Remedy: another export of the encoder; WordPiece, BPE, Unigram and word
    /// lists are read, with the usual normalizers.
    #[error("the tokenizer uses {what}, which is not supported")]
    TokenizerUnsupported {
        /// Which part.
        what: String,
    },
    /// A text longer than is tokenized. Remedy: embed a summary or an excerpt.
    #[error("the text has {found} bytes; at most {limit} are tokenized")]
    TextTooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A buffer that is not width × height × 4 bytes, or a picture without pixels. Remedy: pass straight RGBA, 8 bits each.
    #[error("{found} bytes of pixels for {width} x {height}; width x height x 4 is wanted, and no side of 0")]
    Pixels {
        /// Width said.
        width: u32,
        /// Height said.
        height: u32,
        /// Bytes found.
        found: usize,
    },
    /// A format that is not decoded. Remedy: PNG, JPEG, WebP, GIF or SVG.
    #[error("{found} cannot be decoded; PNG, JPEG, WebP and GIF can, and SVG where it can be drawn")]
    ImageFormat {
        /// What it seems to be.
        found: String,
    },
    /// A picture that declares more than is decoded. Remedy: scale it first.
    #[error("the picture is too large: {found}; the limit is {limit}")]
    ImageTooLarge {
        /// What was declared.
        found: String,
        /// What is allowed.
        limit: String,
    },
    /// A truncated or damaged picture. Remedy: export it again.
    #[error("the picture cannot be decoded: {reason}")]
    ImageUnreadable {
        /// The decoder's words.
        reason: String,
    },
    /// Not an ONNX file, or a truncated one. Remedy: fetch the file again and compare its SHA-256.
    #[error("not an ONNX file: {reason}")]
    OnnxMalformed {
        /// What is wrong, and where.
        reason: String,
    },
    /// A tensor's numbers are in another file. Remedy: save the network as one file (`onnx.save(model, path)` does).
    #[error(
        "tensor \"{tensor}\" keeps its numbers outside of the file, in \"{location}\", which is not read"
    )]
    OnnxExternal {
        /// The tensor.
        tensor: String,
        /// The path that it names.
        location: String,
    },
    /// A tensor that declares more numbers than the file holds, or an impossible shape. Remedy: the file is damaged or hostile.
    #[error("tensor \"{tensor}\" declares {declared}; the file holds {held}")]
    OnnxTensor {
        /// The tensor.
        tensor: String,
        /// What its shape asks for.
        declared: String,
        /// What is there.
        held: String,
    },
    /// A node that reads what only comes after it, or itself. Remedy: the file is damaged or hostile; export it again.
    #[error("node \"{node}\" reads \"{value}\", which no input, constant or earlier node gives")]
    OnnxOrder {
        /// The node.
        node: String,
        /// The value that it waits for.
        value: String,
    },
    /// Operators that ONNX Runtime's usual builds do not have. Remedy: export for the standard operators, opset 7 to 26.
    #[error("ONNX Runtime does not run this network everywhere: {reason}")]
    OnnxOperators {
        /// Which ones.
        reason: String,
    },
    /// The network's result is not what the manifest promises. Remedy: see `expected`, and the manifest's pooling and dimension.
    #[error("the network gave {found}; expected {expected}")]
    Output {
        /// What was needed.
        expected: String,
        /// What came.
        found: String,
    },
    /// Sound that cannot be read. Remedy: WAV with 8, 16, 24 or 32 bits, or decode it first.
    #[error("the sound cannot be read: {reason}")]
    AudioUnreadable {
        /// What is wrong.
        reason: String,
    },
    /// Sound that is longer than is heard. Remedy: cut an excerpt.
    #[error("the sound lasts {found} s; at most {limit} s are heard")]
    AudioTooLong {
        /// Seconds found.
        found: u64,
        /// Seconds allowed.
        limit: u64,
    },
}

impl PreprocessError {
    /// The stable code, for machines: `"PreprocessError::Digest"`, ….
    pub fn code(&self) -> &'static str {
        match self {
            Self::Manifest { .. } => "PreprocessError::Manifest",
            Self::Digest { .. } => "PreprocessError::Digest",
            Self::Tokenizer { .. } => "PreprocessError::Tokenizer",
            Self::TokenizerUnsupported { .. } => "PreprocessError::TokenizerUnsupported",
            Self::TextTooLong { .. } => "PreprocessError::TextTooLong",
            Self::Pixels { .. } => "PreprocessError::Pixels",
            Self::ImageFormat { .. } => "PreprocessError::ImageFormat",
            Self::ImageTooLarge { .. } => "PreprocessError::ImageTooLarge",
            Self::ImageUnreadable { .. } => "PreprocessError::ImageUnreadable",
            Self::OnnxMalformed { .. } => "PreprocessError::OnnxMalformed",
            Self::OnnxExternal { .. } => "PreprocessError::OnnxExternal",
            Self::OnnxTensor { .. } => "PreprocessError::OnnxTensor",
            Self::OnnxOrder { .. } => "PreprocessError::OnnxOrder",
            Self::OnnxOperators { .. } => "PreprocessError::OnnxOperators",
            Self::Output { .. } => "PreprocessError::Output",
            Self::AudioUnreadable { .. } => "PreprocessError::AudioUnreadable",
            Self::AudioTooLong { .. } => "PreprocessError::AudioTooLong",
        }
    }
}
