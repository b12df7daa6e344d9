//! What is known of an instance's health by checks at an interval: later than it is so.

/// How many checks it takes to know better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Checks missed one after the other until it is taken for unhealthy.
    pub misses: u32,
    /// Checks answered one after the other until it is taken for healthy again.
    pub successes: u32,
}

/// What is known of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Health {
    /// Whether it is taken for healthy.
    pub healthy: bool,
    /// Checks in a row that say otherwise.
    against: u32,
}

impl Default for Health {
    fn default() -> Health {
        Health { healthy: true, against: 0 }
    }
}

impl Health {
    /// A check is over; whether it changes what is known.
    pub fn check(&mut self, answered: bool, rules: Rules) -> bool {
        if answered == self.healthy {
            self.against = 0;
            return false;
        }
        self.against += 1;
        let needed = if self.healthy { rules.misses } else { rules.successes };
        if self.against < needed {
            return false;
        }
        *self = Health { healthy: answered, against: 0 };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_changes_after_so_many_checks_in_a_row() {
        let rules = Rules { misses: 3, successes: 2 };
        let mut health = Health::default();
        let mut check = |answered: bool| {
            let changed = health.check(answered, rules);
            (changed, health.healthy)
        };
        for answered in [false, false, true, false, false] {
            assert_eq!(check(answered), (false, true));
        }
        assert_eq!(check(false), (true, false));
        assert_eq!(check(true), (false, false));
        assert_eq!(check(false), (false, false));
        assert_eq!(check(true), (false, false));
        assert_eq!(check(true), (true, true));
    }
}
