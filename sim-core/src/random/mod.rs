//! Random numbers that belong to something: to a request ([`Keyed`]) or to a named component ([`Stream`]).
//!
//! Nothing here draws from a shared generator: every draw is a function of who draws and where, so adding, removing or
//! changing one thing leaves every other draw as it was. What the numbers are turned into is in
//! [`distributions`](crate::distributions).

mod keyed;
mod stream;
mod uniform;

pub use keyed::{Keyed, combine, mix, name_hash};
pub use rand::Rng;
pub use stream::Stream;
pub use uniform::{below, unit};
