//! taste-ballot
