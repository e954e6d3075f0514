//! runbell
fn main() {}
