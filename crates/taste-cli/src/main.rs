//! taste-cli
fn main() {}
