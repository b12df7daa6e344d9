//! Approximate counts of how often keys were asked for lately.

use sim_core::random::mix;

/// Rows, each with a hash of its own.
const ROWS: usize = 4;
/// The largest count: four bits.
const MOST: u64 = 15;
/// Counters of a row for each entry.
const WIDTH: usize = 4;
/// Requests per entry after which all counts are halved.
const SAMPLE: u64 = 10;
/// The highest bit of each counter but its own: what halving must not shift into the neighbour.
const LOW_BITS: u64 = 0x7777_7777_7777_7777;

/// A count-min sketch (Cormode and Muthukrishnan 2005) of four-bit counters with minimal increment, whose counts are
/// halved every so many requests (TinyLFU: Einziger, Friedman and Manes 2017).
#[derive(Clone, Debug)]
pub struct Sketch {
    /// Sixteen counters a word, row after row.
    rows: [Vec<u64>; ROWS],
    entries: usize,
    additions: u64,
}

impl Sketch {
    /// For about so many entries.
    pub fn new(entries: usize) -> Sketch {
        let entries = entries.max(16).next_power_of_two();
        Sketch { rows: std::array::from_fn(|_| vec![0; entries * WIDTH / 16]), entries, additions: 0 }
    }

    /// Makes room for so many entries. A row twice as long that holds all counters twice gives the same counts.
    #[inline]
    pub fn fit(&mut self, entries: usize) {
        while entries > self.entries {
            self.rows.iter_mut().for_each(|row| row.extend_from_within(..));
            self.entries *= 2;
        }
    }

    /// Word and shift of a key's counter in each row.
    #[inline]
    fn places(&self, key: u64) -> [(usize, u32); ROWS] {
        let first = mix(key.wrapping_add(0x9e37_79b9_7f4a_7c15));
        let step = mix(first) | 1;
        let last = (self.entries * WIDTH - 1) as u64;
        std::array::from_fn(|row| {
            let at = first.wrapping_add(step.wrapping_mul(row as u64)) & last;
            ((at / 16) as usize, (at % 16 * 4) as u32)
        })
    }

    /// How often a key was asked for lately, at least; too high where all its counters are shared.
    #[inline]
    pub fn count(&self, key: u64) -> u64 {
        let places = self.places(key);
        let counter = |(row, (word, shift)): (&Vec<u64>, &(usize, u32))| row[*word] >> shift & MOST;
        self.rows.iter().zip(&places).map(counter).min().unwrap_or(0)
    }

    /// Counts a request. `limit` is the number of entries that the sample is measured by.
    #[inline]
    pub fn add(&mut self, key: u64, limit: u64) {
        let places = self.places(key);
        let counter = |(row, (word, shift)): (&Vec<u64>, &(usize, u32))| row[*word] >> shift & MOST;
        let least = self.rows.iter().zip(&places).map(counter).min().unwrap_or(MOST);
        if least < MOST {
            for (row, (word, shift)) in self.rows.iter_mut().zip(places) {
                let own = row[word] >> shift & MOST;
                row[word] += u64::from(own == least) << shift;
            }
        }
        self.additions += 1;
        if self.additions >= SAMPLE.saturating_mul(limit) {
            self.rows.iter_mut().flatten().for_each(|word| *word = *word >> 1 & LOW_BITS);
            self.additions /= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::random::{Rng, Stream};
    use std::collections::HashMap;

    #[test]
    fn counts_are_never_too_low_and_seldom_too_high() {
        let mut stream = Stream::named(1, 0, "sketch", "test");
        let (mut sketch, mut truth) = (Sketch::new(16), HashMap::new());
        for n in 1..=2000 {
            let key = stream.next_u64() % 1000;
            sketch.fit(n.min(1000));
            sketch.add(key, 1_000_000);
            *truth.entry(key).or_insert(0_u64) += 1;
        }
        let exact = truth.iter().filter(|(key, count)| {
            let found = sketch.count(**key);
            assert!(found >= **count.min(&&MOST));
            found == **count
        });
        assert!(exact.count() * 10 > truth.len() * 9);
    }

    #[test]
    fn counts_stop_at_fifteen_and_are_halved() {
        let mut sketch = Sketch::new(16);
        (0..30).for_each(|_| sketch.add(7, 4));
        assert_eq!(sketch.count(7), 15);
        (0..10).for_each(|_| sketch.add(8, 4));
        assert_eq!((sketch.count(7), sketch.count(8)), (7, 5));
    }
}
