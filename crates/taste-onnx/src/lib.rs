//! taste-onnx
