//! A trace in memory.

use crate::fault::Fault;
use models::caching::run::{NEVER, Requests};
use sim_core::random::combine;

/// A trace: requests for objects that are numbered in the order of their first appearance.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The object of each request.
    pub keys: Vec<u32>,
    /// Its size at each request \[B\]; empty where the file gives none.
    pub sizes: Vec<u32>,
    /// Number of objects.
    pub objects: u32,
    /// Bytes of all objects, each with its size at its first request.
    pub object_bytes: u64,
    /// Bytes of all requests.
    pub bytes: u64,
    /// A hash of all requests.
    pub hash: u64,
}

impl Trace {
    /// Adds a request; `new` says whether the object was not asked for before.
    ///
    /// # Errors
    /// There are too many.
    pub fn push(&mut self, key: u32, new: bool, size: Option<u32>) -> Result<(), Fault> {
        if self.keys.len() >= NEVER as usize {
            return Err(Fault::new("the trace has more than 4 294 967 294 requests").help("cut it into parts"));
        }
        self.keys.push(key);
        self.objects += u32::from(new);
        self.hash = combine(self.hash, u64::from(key) << 32 | u64::from(size.unwrap_or(0)));
        if let Some(size) = size {
            self.sizes.push(size);
            self.bytes += u64::from(size);
            self.object_bytes += if new { u64::from(size) } else { 0 };
        }
        Ok(())
    }

    /// Requests.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether sizes are known.
    pub fn has_sizes(&self) -> bool {
        !self.sizes.is_empty()
    }

    /// For the policies, with the next uses where they are needed.
    pub fn requests<'t>(&'t self, next: &'t [u32]) -> Requests<'t> {
        Requests { keys: &self.keys, sizes: &self.sizes, next, objects: self.objects as usize }
    }
}
