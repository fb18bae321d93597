//! taste-train
