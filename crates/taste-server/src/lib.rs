//! taste-server
