//! Durations: sum, extremes and quantiles in bounded memory.

use std::ops::Range;

/// Bits of a value that are kept beside its leading one: buckets are at most 2^-7 of their value wide.
const BITS: u32 = 7;
const STEPS: usize = 1 << BITS;
/// Buckets that a search for a quantile takes at once.
const BLOCK: usize = 64;

/// A histogram of integer durations [ticks] with buckets that are exact below 256 ticks and at most 1/128 of their
/// value wide above, as in HdrHistogram (Tene 2012). Quantiles are interpolated within a bucket: their error is below
/// 0.8 % of the value, and far less where values are dense. Sum, minimum and maximum are exact.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Half the size that counts of 64 bits would have: the cache holds those of several histograms.
    counts: Vec<u32>,
    /// The bucket of each 2^32 values that its count has passed over, in order.
    carried: Vec<usize>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { counts: Vec::new(), carried: Vec::new(), count: 0, sum: 0, min: u64::MAX, max: 0 }
    }
}

#[inline(always)]
fn bucket(value: u64) -> usize {
    // Values below 2 * STEPS have a bucket each; above, the leading BITS + 1 bits decide.
    let shift = (63 - BITS).saturating_sub((value | 1).leading_zeros());
    (shift as usize) * STEPS + (value >> shift) as usize
}

fn lower_edge(bucket: usize) -> u64 {
    if bucket < 2 * STEPS {
        return bucket as u64;
    }
    let shift = bucket / STEPS - 1;
    ((bucket - shift * STEPS) as u64) << shift
}

impl Histogram {
    /// Adds a value.
    #[inline(always)]
    pub fn add(&mut self, value: u64) {
        let index = bucket(value);
        self.count_in(index);
        // Rare: branches cost less than to write the same again.
        if value < self.min {
            self.min = value;
        }
        if value > self.max {
            self.max = value;
        }
        self.count += 1;
        self.sum += u128::from(value);
    }

    #[inline(always)]
    fn count_in(&mut self, index: usize) {
        match self.counts.get_mut(index) {
            Some(count) => {
                *count = count.wrapping_add(1);
                if *count == 0 {
                    self.carry(index);
                }
            }
            None => self.grow(index),
        }
    }

    #[cold]
    #[inline(never)]
    fn carry(&mut self, index: usize) {
        let place = self.carried.partition_point(|bucket| *bucket <= index);
        self.carried.insert(place, index);
    }

    /// Values in some buckets.
    fn counted(&self, buckets: Range<usize>) -> u64 {
        let low: u64 = self.counts[buckets.clone()].iter().map(|count| u64::from(*count)).sum();
        let high = self.carried.iter().filter(|bucket| buckets.contains(bucket)).count() as u64;
        low + (high << 32)
    }

    /// Adds values, as [`add`](Self::add) would one by one.
    #[inline(always)]
    pub fn extend(&mut self, values: impl Iterator<Item = u64>) {
        let (mut count, mut sum, mut min, mut max) = (0, 0u128, u64::MAX, 0);
        for value in values {
            let index = bucket(value);
            self.count_in(index);
            (min, max) = (min.min(value), max.max(value));
            count += 1;
            sum += u128::from(value);
        }
        (self.min, self.max) = (self.min.min(min), self.max.max(max));
        self.count += count;
        self.sum += sum;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) {
        // As long as the largest value asks for, whatever the order in which values come.
        self.counts.resize((index / STEPS + 1) * STEPS, 0);
        self.counts[index] += 1;
    }

    /// Adds all values of another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        if other.count == 0 {
            return;
        }
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for index in bucket(other.min)..=bucket(other.max) {
            let (sum, carries) = self.counts[index].overflowing_add(other.counts[index]);
            self.counts[index] = sum;
            if carries {
                self.carry(index);
            }
        }
        other.carried.iter().for_each(|bucket| self.carry(*bucket));
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.sum += other.sum;
    }

    /// Takes all values out.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.carried.clear();
        (self.count, self.sum, self.min, self.max) = (0, 0, u64::MAX, 0);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum [ticks].
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Their mean [ticks]; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The smallest [ticks].
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest [ticks].
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The value that a share `p` of all values does not exceed [ticks], interpolated within its bucket.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        let wanted = p.clamp(0.0, 1.0) * self.count as f64;
        let mut below = 0u64;
        // Whole blocks first: their sums are quickly made.
        let mut start = bucket(self.min);
        while start < self.counts.len() {
            let block = start..(start + BLOCK).min(self.counts.len());
            let sum = self.counted(block.clone());
            if (below + sum) as f64 >= wanted && sum > 0 {
                break;
            }
            below += sum;
            start = block.end;
        }
        for index in start..self.counts.len() {
            let count = self.counted(index..index + 1);
            if count > 0 && (below + count) as f64 >= wanted {
                let (low, high) = (lower_edge(index) as f64, lower_edge(index + 1) as f64);
                let within = ((wanted - below as f64) / count as f64).clamp(0.0, 1.0);
                // A bucket of one tick holds one value exactly.
                let value = if high - low <= 1.0 { low } else { low + (high - low) * within };
                return Some(value.clamp(self.min as f64, self.max as f64));
            }
            below += count;
        }
        Some(self.max as f64)
    }

    /// How far off [`Histogram::quantile`] may be because values within a bucket are not told apart [ticks]: 0 where
    /// values are spread over neighbouring buckets, so that interpolation is right; up to the width of the bucket where
    /// many are alike.
    pub fn quantile_error(&self, p: f64) -> f64 {
        let Some(value) = self.quantile(p) else { return 0.0 };
        let index = bucket(value as u64);
        let count = |i: usize| if i < self.counts.len() { self.counted(i..i + 1) } else { 0 };
        let around = count(index.wrapping_sub(1)) + count(index + 1);
        if 2 * count(index) <= 3 * around + 20 {
            return 0.0;
        }
        let low = (lower_edge(index) as f64).max(self.min as f64);
        let high = (lower_edge(index + 1) as f64 - 1.0).min(self.max as f64);
        (value - low).max(high - value).max(0.0)
    }

    /// The filled buckets: (lower edge, upper edge, count) [ticks].
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let filled = (0..self.counts.len()).map(|index| (index, self.counted(index..index + 1)));
        let filled = filled.filter(|(_, count)| *count > 0);
        filled.map(|(index, count)| (lower_edge(index), lower_edge(index + 1), count))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn every_value_lies_in_its_bucket_and_buckets_are_narrow() {
        for shift in 0..63 {
            for offset in [0u64, 1, 2, 77] {
                let value = (1u64 << shift) + offset.min((1 << shift) - 1);
                let index = bucket(value);
                assert!(lower_edge(index) <= value && value < lower_edge(index + 1), "{value}");
                let width = lower_edge(index + 1) - lower_edge(index);
                assert!(width == 1 || width as f64 <= value as f64 / 127.0, "{value} {width}");
            }
        }
        assert_eq!(bucket(0), 0);
    }

    #[test]
    fn quantiles_are_within_the_stated_error() {
        let mut histogram = Histogram::default();
        let n = 100_000u64;
        (1..=n).for_each(|i| histogram.add(i * i));
        for p in [0.01, 0.5, 0.9, 0.99, 0.999] {
            assert_relative_eq!(histogram.quantile(p).unwrap(), (p * n as f64).powi(2), max_relative = 0.004);
        }
        assert_eq!(histogram.quantile(1.0), Some((n * n) as f64));
        assert_eq!((histogram.min(), histogram.max()), (Some(1), Some(n * n)));
    }

    #[test]
    fn where_many_values_are_alike_the_error_of_a_quantile_covers_them() {
        let mut lumps = Histogram::default();
        (0..1000u64).for_each(|i| lumps.add(if i % 200 == 0 { 20_000_000 } else { 10_123_000 }));
        let (value, error) = (lumps.quantile(0.95).unwrap(), lumps.quantile_error(0.95));
        assert!((value - 10_123_000.0).abs() <= error && error < 0.01 * value, "{value} {error}");
        let mut spread = Histogram::default();
        (1..=100_000u64).for_each(|i| spread.add(i * 100));
        assert_eq!(spread.quantile_error(0.5), 0.0);
        let mut constant = Histogram::default();
        (0..100).for_each(|_| constant.add(777_777));
        assert_eq!((constant.quantile(0.5), constant.quantile_error(0.5)), (Some(777_777.0), 0.0));
    }

    #[test]
    fn merging_is_the_same_as_adding() {
        let (mut a, mut b, mut both) = (Histogram::default(), Histogram::default(), Histogram::default());
        let value = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 30;
        for i in 0..5000u64 {
            let value = value(i);
            if i % 3 == 0 {
                a.add(value)
            } else {
                b.add(value)
            }
            both.add(value);
        }
        a.merge(&b);
        assert_eq!(a.quantile(0.37), both.quantile(0.37));
        assert_eq!((a.count(), a.sum(), a.min(), a.max()), (both.count(), both.sum(), both.min(), both.max()));
        let mut at_once = Histogram::default();
        at_once.extend((0..2000).map(value));
        at_once.extend((2000..5000).map(value));
        at_once.extend(std::iter::empty());
        assert_eq!(at_once, both);
    }

    #[test]
    fn more_than_a_count_holds_is_carried() {
        let nearly = |value: u64, left: u32| {
            let mut histogram = Histogram::default();
            histogram.add(value);
            histogram.counts[bucket(value)] = u32::MAX - left;
            histogram.count = u64::from(u32::MAX - left);
            histogram
        };
        let mut full = nearly(50, 1);
        (0..3).for_each(|_| full.add(50));
        assert_eq!(full.buckets().collect::<Vec<_>>(), [(50, 51, (1 << 32) + 1)]);
        let mut both = nearly(100, 0);
        both.merge(&full);
        both.merge(&nearly(100, 0));
        let expected = [(50, 51, (1 << 32) + 1), (100, 101, 2 * u64::from(u32::MAX))];
        assert_eq!(both.buckets().collect::<Vec<_>>(), expected);
        assert_eq!((both.quantile(0.3), both.quantile(0.4)), (Some(50.0), Some(100.0)));
        both.clear();
        assert_eq!(both.buckets().count(), 0);
    }

    #[test]
    fn an_empty_histogram_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.5), None);
        let mut one = Histogram::default();
        one.add(42);
        assert_eq!(one.quantile(0.5), Some(42.0));
    }
}
