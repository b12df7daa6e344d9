//! What a study hands to its reader: tables and pictures.

mod figure;
pub mod pictures;
pub mod plot;
pub mod table;
