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
