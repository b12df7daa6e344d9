//! Virtual time as an integer count of ticks, and the clock that gives ticks a length in seconds.
//!
//! Integers make simultaneous events exactly simultaneous and sums of times free of rounding; seconds appear only
//! where people read or write them.

/// A point in virtual time \[ticks since the start of the simulation\].
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Time(u64);

impl Time {
    /// The start of the simulation.
    pub const ZERO: Time = Time(0);
    /// Never: no event happens at this time.
    pub const MAX: Time = Time(u64::MAX);

    /// The time `ticks` ticks after the start.
    pub const fn from_ticks(ticks: u64) -> Self {
        Time(ticks)
    }

    /// Ticks since the start.
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// The time `span` ticks later, or `None` where that would not be before [`Time::MAX`].
    pub const fn checked_add(self, span: u64) -> Option<Time> {
        match self.0.checked_add(span) {
            Some(u64::MAX) | None => None,
            Some(ticks) => Some(Time(ticks)),
        }
    }

    /// The time `span` ticks later, at most [`Time::MAX`], that is never.
    pub const fn saturating_add(self, span: u64) -> Time {
        Time(self.0.saturating_add(span))
    }

    /// Ticks from `earlier` to this time, zero when `earlier` is later.
    pub const fn saturating_since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The length of a tick: converts between [`Time`] and seconds.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Clock {
    ticks_per_second: f64,
}

impl Default for Clock {
    /// A tick of one nanosecond: the clock runs for 584 years.
    fn default() -> Self {
        Clock { ticks_per_second: 1e9 }
    }
}

impl Clock {
    /// A clock of `ticks_per_second` ticks a second, or `None` unless that is positive and finite.
    pub fn new(ticks_per_second: f64) -> Option<Self> {
        (ticks_per_second > 0.0 && ticks_per_second.is_finite()).then_some(Clock { ticks_per_second })
    }

    /// Ticks in a second.
    pub fn ticks_per_second(&self) -> f64 {
        self.ticks_per_second
    }

    /// Seconds from the start to `time` \[s\].
    pub fn seconds(&self, time: Time) -> f64 {
        time.0 as f64 / self.ticks_per_second
    }

    /// The time nearest to `seconds` \[s\] after the start, [`Time::MAX`] beyond the range of ticks. Times before the
    /// start and NaN are a mistake of the caller: a panic with debug assertions, the start without.
    pub fn time(&self, seconds: f64) -> Time {
        Time(self.span(seconds))
    }

    /// The whole number of ticks nearest to `seconds` \[s\], at most `u64::MAX`. A negative length and NaN are a
    /// mistake of the caller: a panic with debug assertions, zero without.
    #[inline]
    pub fn span(&self, seconds: f64) -> u64 {
        debug_assert!(seconds >= 0.0, "a span of {seconds} s");
        let ticks = seconds * self.ticks_per_second;
        // From 2^52 on every f64 is whole, and adding a half could round up by one. The conversion takes negative
        // numbers and NaN to zero and saturates above.
        let half = if ticks < TWO_TO_52 { 0.5 } else { 0.0 };
        (ticks + half) as u64
    }
}

const TWO_TO_52: f64 = 4_503_599_627_370_496.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_stop_at_never() {
        let late = Time::from_ticks(u64::MAX - 2);
        assert_eq!(late.checked_add(1), Some(Time::from_ticks(u64::MAX - 1)));
        assert_eq!(late.checked_add(2), None);
        assert_eq!(late.checked_add(9), None);
        assert_eq!(late.saturating_add(9), Time::MAX);
        assert_eq!(late.saturating_since(Time::ZERO), u64::MAX - 2);
        assert_eq!(Time::ZERO.saturating_since(late), 0);
    }

    #[test]
    fn seconds_become_the_nearest_tick() {
        let clock = Clock::default();
        assert_eq!(clock.span(0.0), 0);
        assert_eq!(clock.span(1.4e-9), 1);
        assert_eq!(clock.span(1.6e-9), 2);
        assert_eq!(clock.time(1.5), Time::from_ticks(1_500_000_000));
        assert_eq!(clock.span(4_503_599.627_370_497), 4_503_599_627_370_497);
        assert_eq!(clock.time(f64::INFINITY), Time::MAX);
        assert_eq!(clock.seconds(Time::from_ticks(250_000_000)), 0.25);
    }

    #[test]
    fn clocks_that_stand_still_or_run_backwards_are_refused() {
        assert!(Clock::new(0.0).is_none());
        assert!(Clock::new(-1.0).is_none());
        assert!(Clock::new(f64::NAN).is_none());
        assert!(Clock::new(f64::INFINITY).is_none());
        assert!(Clock::new(1e6).is_some());
    }

    #[test]
    #[should_panic(expected = "a span of NaN s")]
    #[cfg(debug_assertions)]
    fn a_span_that_is_no_number_panics_in_debug() {
        Clock::default().span(f64::NAN);
    }
}
