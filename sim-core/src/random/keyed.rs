//! Draws keyed by who draws and where: hashing words, and the eight-byte generator on top of it.

use std::convert::Infallible;

use rand::rand_core::{TryRng, utils};

/// 2^64 divided by the golden ratio, made odd: the increment of SplitMix64 (Steele, Lea, Flood 2014).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The odd multiplier of the one extra round in [`Keyed::new`]: the first one of Stafford's variant 4 (2011).
const SPREAD: u64 = 0x62a9_d9ed_7997_05f5;

/// The finalizer of SplitMix64: a bijection of 64-bit words in which every input bit changes every output bit with a
/// probability close to one half (Stafford 2011, variant 13, as used by Steele, Lea, Flood 2014, "Fast splittable
/// pseudorandom number generators"). Note that `mix(0)` is 0.
#[inline(always)]
#[must_use]
pub fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Two words mixed into one; the order matters. For a fixed `a` it is a bijection of `b` and the other way round, so
/// words that differ in one place only never collide. Fold longer keys from the left: `combine(combine(a, b), c)`.
#[inline(always)]
#[must_use]
pub fn combine(a: u64, b: u64) -> u64 {
    mix(mix(a.wrapping_add(GOLDEN)).wrapping_add(b).wrapping_add(GOLDEN))
}

/// The hash of a name: 64-bit FNV-1a over its UTF-8 bytes (Fowler, Noll, Vo 1991), then [`mix`], for FNV alone leaves
/// the high bits of short names alike. Results depend on it: it never changes.
#[must_use]
pub fn name_hash(name: &str) -> u64 {
    let fnv = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(fnv)
}

/// A generator of eight bytes keyed by who draws (`key`) and where (`site`): SplitMix64 (Steele, Lea, Flood 2014) that
/// starts from a mixture of the two.
///
/// It is `Copy`, unlike other generators: a copy draws the same numbers again, which is what "a function of the key" means.
/// Good for some thousands of draws per key and site; for long sequences take a [`Stream`](super::Stream).
///
/// Keys and sites should be hashes (of [`mix`], [`combine`], [`name_hash`]) rather than small integers: creation costs
/// one multiplication, each draw one finalizer, and no more mixing than that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Keyed {
    state: u64,
}

impl Keyed {
    /// The generator of `key` at `site`. For a fixed site different keys have different states, and the other way round.
    #[inline(always)]
    #[must_use]
    pub fn new(key: u64, site: u64) -> Self {
        // The rotation tells (a, b) from (b, a). The multiplication keeps the streams of two sites from being shifted
        // copies of each other: without it their states would differ by the same number for all keys.
        let z = key ^ site.rotate_left(29);
        Self { state: (z ^ (z >> 32)).wrapping_mul(SPREAD) }
    }
}

impl TryRng for Keyed {
    type Error = Infallible;

    #[inline(always)]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| (word >> 32) as u32)
    }

    #[inline(always)]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.state = self.state.wrapping_add(GOLDEN);
        Ok(mix(self.state))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(dst, || self.try_next_u64())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand::Rng;

    use super::*;

    // The statistical tests compare with the 1 - 1e-6 quantile of their statistic under independence, once, with fixed
    // keys: a false alarm is one in a million per test.

    #[test]
    fn hashes_and_draws_are_what_they_always_were() {
        // From an independent implementation of the formulas.
        assert_eq!(mix(0), 0);
        assert_eq!(mix(1), 0x5692_161d_100b_05e5);
        // The first output of SplitMix64 from the seed 0, as published with its reference code.
        assert_eq!(mix(GOLDEN), 0xe220_a839_7b1d_cdaf);
        assert_eq!(combine(1, 2), 0xbcd9_dbb4_9673_066b);
        assert_eq!(combine(2, 1), 0xe06d_d043_328b_d285);
        assert_eq!(name_hash(""), 0xf52a_15e9_a9b5_e89b);
        assert_eq!(name_hash("gateway"), 0x4b8d_b096_353a_e695);
        let mut keyed = Keyed::new(mix(42), name_hash("service"));
        assert_eq!(keyed.next_u64(), 0x3676_debb_7e3b_805f);
        assert_eq!(keyed.next_u64(), 0x9017_e0ed_ffa3_47f6);
    }

    #[test]
    fn a_generator_has_eight_bytes() {
        assert_eq!(size_of::<Keyed>(), 8);
    }

    #[test]
    fn a_copy_draws_the_same_again_and_key_and_site_are_not_interchangeable() {
        let mut keyed = Keyed::new(3, 4);
        let mut copy = keyed;
        assert_eq!(keyed.next_u64(), copy.next_u64());
        assert_ne!(Keyed::new(3, 4), Keyed::new(4, 3));
    }

    #[test]
    fn bytes_are_those_of_the_words() {
        let mut bytes = [0; 12];
        Keyed::new(1, 2).fill_bytes(&mut bytes);
        let mut words = Keyed::new(1, 2);
        assert_eq!(bytes[..8], words.next_u64().to_le_bytes());
        assert_eq!(bytes[8..], words.next_u64().to_le_bytes()[..4]);
    }

    fn word(key: u64, site: u64, draws: usize) -> u64 {
        let mut keyed = Keyed::new(key, site);
        for _ in 1..draws {
            keyed.next_u64();
        }
        keyed.next_u64()
    }

    const PAIRS: u64 = 1 << 20;

    /// Chi-square of pairs of the 4 bits at `shift`, and the serial correlation, both as standard normal deviates.
    fn deviates(pairs: impl Iterator<Item = (u64, u64)>, shift: u32) -> (f64, f64) {
        let mut cells = [0_u32; 256];
        let (mut count, mut product) = (0.0, 0.0);
        let centred = |word: u64| (word >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        for (a, b) in pairs {
            cells[((a >> shift) % 16 * 16 + (b >> shift) % 16) as usize] += 1;
            product += centred(a) * centred(b);
            count += 1.0;
        }
        let expected = count / 256.0;
        let chi_square: f64 = cells.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
        // Wilson, Hilferty 1931: the cube root of chi-square / freedom is close to normal.
        let spread = 2.0 / (9.0 * 255.0_f64);
        let chi = ((chi_square / 255.0).cbrt() - (1.0 - spread)) / spread.sqrt();
        (chi, product * 12.0 / f64::sqrt(count))
    }

    fn assert_independent(what: &str, pairs: impl Iterator<Item = (u64, u64)> + Clone) {
        for shift in [0, 13, 31, 52, 60] {
            let (chi, correlation) = deviates(pairs.clone(), shift);
            assert!(chi.abs() < 4.9, "{what}: pairs of bits {shift}.. have the deviate {chi}");
            assert!(correlation.abs() < 4.9, "{what}: the correlation has the deviate {correlation}");
        }
    }

    #[test]
    fn two_draws_of_one_generator_are_independent() {
        let site = name_hash("first");
        assert_independent("draws 1, 2", (0..PAIRS).map(|i| (word(mix(i), site, 1), word(mix(i), site, 2))));
    }

    #[test]
    fn draws_of_one_key_at_two_sites_are_independent() {
        let names = ["a", "b", "service", "service2", "route", "think"];
        for pair in names.windows(2) {
            let sites = [name_hash(pair[0]), name_hash(pair[1])];
            assert_independent("sites", (0..PAIRS).map(|i| (word(mix(i), sites[0], 1), word(mix(i), sites[1], 1))));
        }
    }

    #[test]
    fn draws_of_consecutive_ordinals_at_one_site_are_independent() {
        for base in [0, 1 << 40, u64::MAX - PAIRS / 2, name_hash("flow")] {
            for lag in [1, 2, 64] {
                let site = name_hash("service");
                let at = move |i: u64| word(mix(base.wrapping_add(i)), site, 1);
                assert_independent("ordinals", (0..PAIRS).map(move |i| (at(i), at(i + lag))));
            }
        }
    }

    #[test]
    fn draws_at_sites_that_differ_in_one_bit_or_by_the_increment_are_independent() {
        let site = name_hash("service");
        let others = (0..64).step_by(9).map(|bit| site ^ (1 << bit)).chain([site.wrapping_add(GOLDEN), site ^ GOLDEN]);
        for other in others {
            assert_independent("near sites", (0..PAIRS / 4).map(|i| (word(mix(i), site, 1), word(mix(i), other, 1))));
        }
    }

    #[test]
    fn draws_of_one_key_over_many_hashed_sites_are_independent() {
        let key = mix(7);
        let at = |i: u64| word(key, combine(name_hash("step"), i), 1);
        assert_independent("many sites", (0..PAIRS).map(move |i| (at(i), at(i + 1))));
    }

    #[test]
    fn second_draw_of_a_key_is_independent_of_the_first_of_the_next() {
        let site = name_hash("service");
        assert_independent("crosswise", (0..PAIRS).map(|i| (word(mix(i), site, 2), word(mix(i + 1), site, 1))));
    }
}
