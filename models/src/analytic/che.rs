//! Hit ratios of caches under independent requests (the independent reference model).
//!
//! Each request is for object i with probability p(i), whatever was asked for before; objects have equal sizes. Formulas
//! take the popularities p, which need not add up to 1: they are scaled so that they do.

use super::{AnalyticError, Answer, bisect};

/// Objects times entries that the exact recursion of [`fifo`] takes at most: about a second.
const STEPS: usize = 1 << 30;
/// A probability that makes no difference beside others.
const NOTHING: f64 = 1e-30;

/// Popularities by Zipf's law: p(i) in proportion to 1 / i^`exponent` for the ranks i = 1..=`objects`.
///
/// # Errors
/// An exponent below 0 or not finite, or no objects.
pub fn zipf(objects: usize, exponent: f64) -> Answer<Vec<f64>> {
    super::not_negative("exponent", exponent)?;
    let weights: Vec<f64> = (1..=objects).map(|rank| libm::pow(rank as f64, -exponent)).collect();
    scaled(&weights)
}

/// Hit ratio of LRU with `entries` by Che's approximation: sum of p(i) (1 - exp(-p(i) T)), where T, the time that an
/// object stays without being asked for, solves sum of (1 - exp(-p(i) T)) = entries.
///
/// Che, Tung and Wang 2002 (for a cache in a hierarchy); Fricker, Robert and Roberts 2012 (why it is so good: the error
/// vanishes for many objects, and is a few thousandths for a handful). With room for all objects the ratio is 1.
///
/// # Errors
/// No objects, popularities that are negative or not finite or all 0, or no entries.
pub fn lru(popularities: &[f64], entries: usize) -> Answer<f64> {
    let hits = |p: &f64, time: f64| -libm::expm1(-p * time);
    by_characteristic_time(popularities, entries, hits).map(|hits| hits.0)
}

/// Objects that are asked for alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// Share of the requests that is for each of them.
    pub popularity: f64,
    /// How many there are.
    pub objects: f64,
}

/// What decides which object leaves, as far as characteristic times go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// The one that was not asked for the longest: [`lru`].
    Lru,
    /// The oldest, or any: [`fifo_approximately`].
    Fifo,
    /// The least popular: [`most_popular`].
    LeastPopular,
}

/// Hit ratio of groups of objects with `entries` places, where an object is good for `lifetime` requests after it was
/// stored, if at all limited.
///
/// Without a lifetime h(i) hits follow each miss on average, h = exp(p T) - 1 (LRU), p T (FIFO) or without end while it
/// stays; a lifetime ends the sequence: h (1 - exp(-p t / h)), which is p t for a cache with room for all (the renewal
/// argument for a TTL, Fofack, Nain, Neglia and Towsley 2014: hit ratio p t / (1 + p t)), and h for a long one. The ratio
/// is h / (1 + h).
///
/// # Errors
/// As [`lru`].
pub fn grouped(groups: &[Group], entries: f64, replacement: Replacement, lifetime: Option<f64>) -> Answer<f64> {
    super::positive("entries", entries)?;
    let mut weight = 0.0;
    for group in groups {
        weight += super::not_negative("popularity", group.popularity)? * super::not_negative("objects", group.objects)?;
    }
    super::positive("sum of popularities", weight)?;
    let asked: Vec<Group> = groups
        .iter()
        .filter(|group| group.popularity * group.objects > 0.0)
        .map(|group| Group { popularity: group.popularity / weight, ..*group })
        .collect();
    let objects: f64 = asked.iter().map(|group| group.objects).sum();
    // Hits that follow a miss while the object is not thrown out, and the share of time in which it is there.
    let follow = |p: f64, time: f64| match replacement {
        Replacement::Lru => libm::expm1((p * time).min(700.0)),
        Replacement::Fifo | Replacement::LeastPopular => p * time,
    };
    let mut time = f64::INFINITY;
    let mut left = entries;
    if objects > entries && replacement != Replacement::LeastPopular {
        let total = |time: f64| {
            let there = |group: &Group| {
                let hits = follow(group.popularity, time);
                group.objects * hits / (1.0 + hits)
            };
            asked.iter().map(there).sum::<f64>()
        };
        let (mut low, mut high) = (0.0, entries);
        while total(high) < entries && high < f64::MAX / 4.0 {
            (low, high) = (high, 2.0 * high);
        }
        // Twelve digits do: the approximation itself has three.
        for _ in 0..45 {
            let middle = 0.5 * (low + high);
            if total(middle) < entries {
                low = middle;
            } else {
                high = middle;
            }
        }
        time = 0.5 * (low + high);
    }
    let mut by_popularity = asked;
    by_popularity.sort_by(|a, b| b.popularity.total_cmp(&a.popularity));
    let mut ratio = 0.0;
    for group in &by_popularity {
        let p = group.popularity;
        let mut hits = if time.is_finite() { follow(p, time) } else { f64::INFINITY };
        let mut stays = group.objects;
        if replacement == Replacement::LeastPopular {
            stays = stays.min(left);
            left -= stays;
        }
        if let Some(lifetime) = lifetime {
            let good = p * lifetime;
            hits = if hits.is_finite() && hits > 0.0 { -hits * libm::expm1(-good / hits) } else { hits.min(good) };
        }
        ratio += stays * p * if hits.is_finite() { hits / (1.0 + hits) } else { 1.0 };
    }
    Ok(ratio.min(1.0))
}

/// Exact hit ratio of FIFO and of random replacement, which are equal: 1 - (C + 1) e(C + 1) / e(C), with C entries and
/// e(k) the k-th elementary symmetric polynomial of the popularities.
///
/// King 1971 (FIFO); Gelenbe 1973 (random is equal). The polynomials span thousands of decades, so they are computed as
/// probabilities: with w(i) = p(i) T / (1 + p(i) T), e(k) T^k is in proportion to the probability that k of independent
/// events with probabilities w(i) occur; T is such that C occur on average. Takes objects times entries steps at most.
///
/// # Errors
/// As [`lru`], and more than 2^30 steps.
pub fn fifo(popularities: &[f64], entries: usize) -> Answer<f64> {
    let odds = |p: &f64, time: f64| p * time / (1.0 + p * time);
    let p: Vec<f64> = scaled(popularities)?.into_iter().filter(|p| *p > 0.0).collect();
    let (hits, time) = by_characteristic_time(&p, entries, odds)?;
    if p.len() <= entries {
        return Ok(hits);
    }
    let steps = p.len().saturating_mul(entries.min(p.len() - entries));
    if steps > STEPS {
        return Err(AnalyticError::TooLarge { name: "objects times entries", size: steps, limit: STEPS });
    }
    let (now, more) = occur(p.iter().map(|p| odds(p, time)), entries);
    Ok(1.0 - (entries + 1) as f64 * more / (now * time))
}

/// Hit ratio of FIFO and of random replacement by their characteristic time: sum of p(i) w(i), w(i) = p(i) T / (1 + p(i) T),
/// where the w(i) add up to the entries. For many objects, where [`fifo`] takes too long.
///
/// Fricker, Robert and Roberts 2012; Martina, Garetto and Leonardi 2014.
///
/// # Errors
/// As [`lru`].
pub fn fifo_approximately(popularities: &[f64], entries: usize) -> Answer<f64> {
    by_characteristic_time(popularities, entries, |p, time| p * time / (1.0 + p * time)).map(|hits| hits.0)
}

/// Hit ratio of a cache that holds the most popular objects: perfect LFU in the long run, and the most that any policy
/// can reach that does not know the future.
///
/// # Errors
/// As [`lru`].
pub fn most_popular(popularities: &[f64], entries: usize) -> Answer<f64> {
    let mut p = scaled(popularities)?;
    some(entries)?;
    p.sort_by(|a, b| b.total_cmp(a));
    Ok(p.iter().take(entries).sum::<f64>().min(1.0))
}

fn some(entries: usize) -> Answer<f64> {
    match entries {
        0 => Err(AnalyticError::Parameter { name: "entries", value: 0.0, must: "1 or more" }),
        entries => Ok(entries as f64),
    }
}

/// Popularities that add up to 1.
fn scaled(popularities: &[f64]) -> Answer<Vec<f64>> {
    for p in popularities {
        super::not_negative("popularity", *p)?;
    }
    let sum: f64 = popularities.iter().sum();
    super::positive("sum of popularities", sum)?;
    Ok(popularities.iter().map(|p| p / sum).collect())
}

/// The hit ratio, and the time T at which as many objects are present as there are entries, where `present` is the
/// probability that one of popularity p is.
fn by_characteristic_time(
    popularities: &[f64],
    entries: usize,
    present: impl Fn(&f64, f64) -> f64,
) -> Answer<(f64, f64)> {
    let p = scaled(popularities)?;
    let entries = some(entries)?;
    let objects = p.iter().filter(|p| **p > 0.0).count();
    if objects as f64 <= entries {
        return Ok((1.0, f64::INFINITY));
    }
    let total = |time: f64| p.iter().map(|p| present(p, time)).sum::<f64>();
    let (mut low, mut high) = (0.0, entries);
    while total(high) < entries && high < f64::MAX / 4.0 {
        (low, high) = (high, 2.0 * high);
    }
    bisect(&mut low, &mut high, |time| total(time) < entries);
    let time = 0.5 * (low + high);
    Ok((p.iter().map(|p| p * present(p, time)).sum(), time))
}

/// Probabilities that exactly `count`, and exactly `count + 1`, of independent events occur, up to a common factor.
fn occur(events: impl Iterator<Item = f64>, count: usize) -> (f64, f64) {
    // Probability of `from`, `from + 1`, .. so far. Ends that make no difference are cut off: what is left is a few
    // standard deviations wide.
    let (mut from, mut distribution) = (0, vec![1.0]);
    for w in events {
        distribution.push(0.0);
        for k in (1..distribution.len()).rev() {
            distribution[k] = distribution[k] * (1.0 - w) + distribution[k - 1] * w;
        }
        distribution[0] *= 1.0 - w;
        while from + distribution.len() > count + 2 || distribution.last().is_some_and(|last| *last < NOTHING) {
            distribution.pop();
        }
        let low = distribution.iter().take_while(|p| **p < NOTHING).count();
        from += low;
        distribution.drain(..low);
    }
    let of = |k: usize| k.checked_sub(from).and_then(|k| distribution.get(k)).copied().unwrap_or(0.0);
    (of(count), of(count + 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    /// Zipf exponent, entries of 10 000 objects, LRU by Che, FIFO exactly, the most popular: from independent programs.
    const KNOWN: [(f64, usize, f64, f64, f64); 4] = [
        (0.8, 100, 0.156625, 0.133843, 0.300046),
        (0.8, 1000, 0.436660, 0.394221, 0.570618),
        (1.0, 100, 0.390525, 0.342790, 0.529995),
        (1.0, 1000, 0.675602, 0.630951, 0.764791),
    ];

    #[test]
    fn ten_thousand_objects_by_zipf_hit_as_known() {
        for (exponent, entries, lru_hits, fifo_hits, best) in KNOWN {
            let p = zipf(10_000, exponent).unwrap();
            assert_abs_diff_eq!(lru(&p, entries).unwrap(), lru_hits, epsilon = 6e-7);
            assert_abs_diff_eq!(fifo(&p, entries).unwrap(), fifo_hits, epsilon = 6e-7);
            assert_abs_diff_eq!(fifo_approximately(&p, entries).unwrap(), fifo_hits, epsilon = 3e-3);
            assert_abs_diff_eq!(most_popular(&p, entries).unwrap(), best, epsilon = 6e-7);
        }
    }

    #[test]
    fn four_objects_and_two_entries_hit_as_known() {
        assert_abs_diff_eq!(fifo(&zipf(4, 1.0).unwrap(), 2).unwrap(), 0.588571, epsilon = 6e-7);
    }

    #[test]
    fn fifo_is_the_sum_over_all_contents() {
        // Contents are as probable as the product of their popularities (King 1971): all subsets of 9 objects.
        let p = [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.04, 0.04, 0.02];
        for entries in 1..9 {
            let (mut hit, mut all) = (0.0, 0.0);
            for content in (0_u32..1 << 9).filter(|content| content.count_ones() == entries) {
                let within = || p.iter().enumerate().filter(|(i, _)| content >> i & 1 == 1).map(|(_, p)| p);
                let weight: f64 = within().product();
                all += weight;
                hit += weight * within().sum::<f64>();
            }
            assert_abs_diff_eq!(fifo(&p, entries as usize).unwrap(), hit / all, epsilon = 1e-12);
        }
    }

    #[test]
    fn equally_popular_objects_hit_in_proportion_to_the_entries() {
        let p = vec![2.0; 1000];
        for entries in [1, 10, 500, 999] {
            let share = entries as f64 / 1000.0;
            assert_abs_diff_eq!(lru(&p, entries).unwrap(), share, epsilon = 1e-9);
            assert_abs_diff_eq!(fifo(&p, entries).unwrap(), share, epsilon = 1e-9);
            assert_abs_diff_eq!(most_popular(&p, entries).unwrap(), share, epsilon = 1e-9);
        }
    }

    #[test]
    fn room_for_all_hits_always_and_no_room_is_an_error() {
        let p = [0.5, 0.5, 0.0];
        assert_eq!((lru(&p, 2), fifo(&p, 2), most_popular(&p, 5)), (Ok(1.0), Ok(1.0), Ok(1.0)));
        assert!(lru(&p, 0).is_err() && fifo(&p, 0).is_err() && most_popular(&p, 0).is_err());
        assert!(lru(&[], 1).is_err() && lru(&[0.0], 1).is_err() && lru(&[-1.0, 2.0], 1).is_err());
        assert!(fifo(&[f64::NAN, 1.0], 1).is_err());
    }

    #[test]
    fn groups_give_what_single_objects_give() {
        let p = zipf(10_000, 0.8).unwrap();
        let single: Vec<Group> = p.iter().map(|p| Group { popularity: *p, objects: 1.0 }).collect();
        for (replacement, expected) in
            [(Replacement::Lru, 0.436660), (Replacement::Fifo, 0.394221), (Replacement::LeastPopular, 0.570618)]
        {
            assert_abs_diff_eq!(grouped(&single, 1000.0, replacement, None).unwrap(), expected, epsilon = 1e-4);
            let long = grouped(&single, 1000.0, replacement, Some(1e15)).unwrap();
            assert_abs_diff_eq!(long, expected, epsilon = 1e-4);
        }
        let uniform = [Group { popularity: 1.0, objects: 100.0 }];
        assert_abs_diff_eq!(grouped(&uniform, 25.0, Replacement::Lru, None).unwrap(), 0.25, epsilon = 1e-9);
        // Room for all, good for 300 requests: each is asked for 3 times while it is.
        let ttl = grouped(&uniform, 100.0, Replacement::Lru, Some(300.0)).unwrap();
        assert_abs_diff_eq!(ttl, 0.75, epsilon = 1e-12);
        assert!(grouped(&uniform, 0.0, Replacement::Lru, None).is_err());
        assert!(grouped(&[], 5.0, Replacement::Lru, None).is_err());
    }
}
