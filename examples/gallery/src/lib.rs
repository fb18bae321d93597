//! taste-gallery
