//! What a study hands to its reader.

pub mod plot;
