//! taste-model
