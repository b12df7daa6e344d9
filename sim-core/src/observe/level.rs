//! A level over time, such as a queue length.

use crate::time::Time;

/// A whole number that changes over time, its integral, and its greatest value.
///
/// The integral from 0 to now is `now * level - sum of (time of change * change)`: a change costs one multiplication and
/// one addition, in integers, exactly. (Arithmetic modulo 2^128; the integral itself is far smaller.)
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    level: i64,
    max: i64,
    moments: i128,
    /// The integral at the last reset [ticks].
    before: i128,
}

impl Level {
    /// The level.
    #[inline(always)]
    pub fn get(&self) -> i64 {
        self.level
    }

    /// Raises it by one.
    #[inline(always)]
    pub fn up(&mut self, now: Time) {
        self.moments = self.moments.wrapping_add(i128::from(now.ticks()));
        self.level += 1;
        // Rare: a branch costs less than to write the same again.
        if self.level > self.max {
            self.max = self.level;
        }
    }

    /// Lowers it by one.
    #[inline(always)]
    pub fn down(&mut self, now: Time) {
        self.moments = self.moments.wrapping_sub(i128::from(now.ticks()));
        self.level -= 1;
    }

    /// Changes it.
    #[inline(always)]
    pub fn change(&mut self, now: Time, by: i64) {
        self.moments = self.moments.wrapping_add(i128::from(now.ticks()).wrapping_mul(i128::from(by)));
        self.level += by;
        self.max = self.max.max(self.level);
    }

    /// Sets it to what changes have made of it that were observed elsewhere: the level, its greatest value since the last
    /// reset, and the sum of time of change * change over all of them since time 0.
    pub fn set(&mut self, level: i64, max: i64, moments: i128) {
        (self.level, self.max, self.moments) = (level, max, moments);
    }

    /// The greatest level since the last reset.
    pub fn max(&self) -> i64 {
        self.max
    }

    fn total(&self, now: Time) -> i128 {
        i128::from(now.ticks()).wrapping_mul(i128::from(self.level)).wrapping_sub(self.moments)
    }

    /// The integral since the last reset [ticks].
    pub fn integral(&self, now: Time) -> f64 {
        (self.total(now) - self.before) as f64
    }

    /// The integral since time 0, resets or not [ticks].
    pub fn since_start(&self, now: Time) -> f64 {
        self.total(now) as f64
    }

    /// Forgets the past, keeps the level.
    pub fn reset(&mut self, now: Time) {
        self.before = self.total(now);
        self.max = self.level;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_is_exact_and_a_reset_keeps_the_level() {
        let at = Time::from_ticks;
        let mut level = Level::default();
        level.up(at(10));
        level.change(at(20), 3);
        level.down(at(25));
        // 1 from 10 to 20, 4 from 20 to 25, 3 from 25 to 30.
        assert_eq!(level.integral(at(30)), 10.0 + 20.0 + 15.0);
        assert_eq!(level.max(), 4);
        level.reset(at(30));
        assert_eq!((level.get(), level.max(), level.integral(at(30))), (3, 3, 0.0));
        level.change(at(40), -3);
        assert_eq!(level.integral(at(100)), 30.0);
        let mut again = Level::default();
        again.set(3, 4, 10 + 3 * 20 - 25);
        again.reset(at(30));
        again.set(0, 3, 10 + 3 * 20 - 25 - 3 * 40);
        assert_eq!(again, level);
    }

    #[test]
    fn large_times_and_levels_do_not_overflow() {
        let late = Time::from_ticks(u64::MAX / 2);
        let mut level = Level::default();
        level.change(late, 1_000_000);
        assert_eq!(level.integral(Time::from_ticks(u64::MAX / 2 + 5)), 5e6);
    }
}
