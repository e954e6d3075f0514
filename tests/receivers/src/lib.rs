//! runbell
