//! Numbers for keys.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Hashes one number by a multiplication; the table uses the high bits as well as the low ones, which are folded.
#[derive(Clone, Copy, Debug, Default)]
pub struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(self.0 ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = sim_core::random::mix(number);
    }
}

/// Numbers for keys that are numbers.
pub type Numbers = Interned<u64, BuildHasherDefault<NumberHasher>>;
/// Numbers for keys that are any bytes: equal bytes, equal number. The standard hasher cannot be made slow by a file.
pub type Words = Interned<Box<[u8]>, std::collections::hash_map::RandomState>;

/// Keys by the order of their first appearance.
#[derive(Clone, Debug, Default)]
pub struct Interned<K, S> {
    numbers: HashMap<K, u32, S>,
}

impl Numbers {
    /// The number of a key, and whether it is new.
    pub fn number(&mut self, key: u64) -> (u32, bool) {
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(key).or_insert(next);
        (number, number == next)
    }
}

impl Words {
    /// The number of a key, and whether it is new.
    pub fn number(&mut self, key: &[u8]) -> (u32, bool) {
        if let Some(number) = self.numbers.get(key) {
            return (*number, false);
        }
        let next = self.numbers.len() as u32;
        self.numbers.insert(key.into(), next);
        (next, true)
    }
}
