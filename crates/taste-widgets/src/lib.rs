//! taste-widgets
