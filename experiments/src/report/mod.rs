//! What a study hands to its reader: tables and pictures.

pub mod pictures;
pub mod plot;
pub mod table;
