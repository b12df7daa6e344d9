//! The name of a run: a hash of everything that its figures follow from.

use super::inputs::Input;

/// FNV-1a with 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv), which is short, stable, and enough to tell runs apart.
#[derive(Clone, Copy, Debug)]
struct Fnv(u64);

impl Fnv {
    const START: Fnv = Fnv(0xcbf2_9ce4_8422_2325);

    fn add(mut self, bytes: &[u8]) -> Fnv {
        // The length keeps neighbours apart: "ab", "c" is not "a", "bc".
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self
    }
}

/// A hash of several texts, with 64 bits.
pub fn hash(parts: &[&[u8]]) -> u64 {
    parts.iter().fold(Fnv::START, |hash, part| hash.add(part)).0
}

/// Twelve hexadecimal digits that follow from the version of loadgraph, the resolved text (which has the seed) and the
/// files that it reads.
pub fn run_id(version: &str, text: &str, seed: u64, inputs: &[Input]) -> String {
    let start = Fnv::START.add(version.as_bytes()).add(text.as_bytes()).add(&seed.to_le_bytes());
    let hash = inputs.iter().fold(start, |hash, input| hash.add(input.name.as_bytes()).add(&input.content));
    format!("{:016x}", hash.0)[..12].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_follows_from_all_that_matters() {
        let input = |content: &[u8]| vec![Input { name: "a".into(), stored: "a".into(), content: content.to_vec() }];
        let ids = [
            run_id("0.1.0", "x", 1, &[]),
            run_id("0.1.1", "x", 1, &[]),
            run_id("0.1.0", "y", 1, &[]),
            run_id("0.1.0", "x", 2, &[]),
            run_id("0.1.0", "x", 1, &input(b"1")),
            run_id("0.1.0", "x", 1, &input(b"2")),
        ];
        assert!(ids.iter().all(|id| id.len() == 12));
        assert_eq!(ids[0], run_id("0.1.0", "x", 1, &[]));
        for (i, id) in ids.iter().enumerate() {
            assert!(!ids[..i].contains(id));
        }
    }
}
