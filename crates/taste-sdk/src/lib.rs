//! taste-sdk
