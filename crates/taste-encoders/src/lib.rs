//! taste-encoders
