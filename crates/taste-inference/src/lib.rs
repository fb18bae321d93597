//! taste-inference
