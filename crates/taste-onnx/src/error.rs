//! The one error of this crate.

use alloc::string::String;
use thiserror::Error;

/// Why an ONNX file or a tensor in it could not be read.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// More bytes than any model of ours has. Remedy: this is not a taste model; check which file was given.
    #[error("an ONNX file of {found} bytes; at most {limit} are read")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not the protobuf of an ONNX model: cut off, damaged, or another format. Remedy: fetch the file again and
    /// compare its SHA-256.
    #[error("not an ONNX file: {0}")]
    Malformed(prost::DecodeError),
    /// A protobuf without a graph. Remedy: as for `Malformed`.
    #[error("the file holds no ONNX graph")]
    NoGraph,
    /// A tensor's dimensions are negative or too many to count. Remedy: the file is damaged or hostile.
    #[error("tensor {name:?} has impossible dimensions")]
    Dimensions {
        /// The tensor's name, shortened.
        name: String,
    },
    /// A tensor holds another type of number. Remedy: export it with the expected type.
    #[error("tensor {name:?} has element type {found}; expected {expected}")]
    ElementType {
        /// The tensor's name, shortened.
        name: String,
        /// ONNX's number of the type found.
        found: i32,
        /// ONNX's number of the type expected.
        expected: i32,
    },
    /// A tensor has fewer or more numbers than its dimensions say. Remedy: the file is damaged or hostile.
    #[error("tensor {name:?} has {found} elements; its dimensions say {expected}")]
    Length {
        /// The tensor's name, shortened.
        name: String,
        /// Elements found.
        found: usize,
        /// Elements that the dimensions ask for.
        expected: usize,
    },
    /// A tensor's numbers are in another file. Remedy: save the model as one file.
    #[error("tensor {name:?} keeps its data outside of the file, which is not read")]
    ExternalData {
        /// The tensor's name, shortened.
        name: String,
    },
}

impl OnnxError {
    /// The stable code, for machines: `"OnnxError::Malformed"`, …
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "OnnxError::TooLarge",
            Self::Malformed(_) => "OnnxError::Malformed",
            Self::NoGraph => "OnnxError::NoGraph",
            Self::Dimensions { .. } => "OnnxError::Dimensions",
            Self::ElementType { .. } => "OnnxError::ElementType",
            Self::Length { .. } => "OnnxError::Length",
            Self::ExternalData { .. } => "OnnxError::ExternalData",
        }
    }
}
