//! Shards: the parts into which the configurations of a campaign are divided among machines.

use std::fmt;
use std::str::FromStr;

/// Part `number` (from 1) of `of`: every `of`-th configuration, so that costly ones, which stand together, are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub number: u64,
    /// How many parts there are.
    pub of: u64,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Shard = Shard { number: 1, of: 1 };
    /// The most parts.
    pub const MOST: u64 = 1_000_000;

    /// The configurations of this part, of `count`.
    pub fn members(self, count: u64) -> impl Iterator<Item = u64> {
        (self.number - 1..count).step_by(self.of as usize)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
        match parts {
            None => Err("give a part and the number of parts, such as 2/16".into()),
            Some((_, of)) if of == 0 || of > Shard::MOST => Err(format!("there are 1 to {} parts", Shard::MOST)),
            Some((number, of)) if number == 0 || number > of => {
                Err(format!("there is no part {number} of {of}: they are counted from 1 to {of}"))
            }
            Some((number, of)) => Ok(Shard { number, of }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_disjoint_and_make_up_the_whole() {
        for of in 1..12 {
            let mut all: Vec<u64> = (1..=of).flat_map(|number| Shard { number, of }.members(10)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn shards_out_of_range_are_refused() {
        assert_eq!("2/16".parse(), Ok(Shard { number: 2, of: 16 }));
        for text in ["0/4", "5/4", "1/0", "2", "a/b", "-1/4", "1/1e3", "1/10000000"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
