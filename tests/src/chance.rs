//! Choices by chance, for what is put together at random.

/// What throws dice.
pub trait Chance {
    /// The next random number.
    fn throw(&mut self) -> u64;

    /// A number below `n`.
    fn below(&mut self, n: usize) -> usize {
        (self.throw() % n as u64) as usize
    }

    /// Whether something of this probability [%] happens.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    fn pick<'t>(&mut self, options: &[&'t str]) -> &'t str {
        options[self.below(options.len())]
    }
}
