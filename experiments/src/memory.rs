//! Whether a system fits into the memory of this machine.

use models::simulation::{Part, Simulation};
use models::system::System;

/// What is taken to be free where the system does not say [bytes].
const UNKNOWN: f64 = 8e9;

/// Share of the free memory that replications may take at their start: requests come on top.
const SHARE: f64 = 0.8;

/// The replications that fit into memory at once, at least one.
pub fn replications_at_once(system: &System) -> usize {
    let needed: f64 = Simulation::memory(system).iter().map(|(_, bytes)| bytes).sum();
    // Small systems, which are nearly all, need no question.
    if needed < 1e8 { usize::MAX } else { ((SHARE * free() / needed) as usize).max(1) }
}

/// A system of which not even one replication fits into memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TooLarge {
    /// What takes most of it.
    pub part: Part,
    /// Bytes that one replication takes.
    pub needed: f64,
    /// Bytes that are free.
    pub free: f64,
}

/// Checks that one replication fits.
///
/// # Errors
/// It does not.
pub fn check(system: &System) -> Result<(), TooLarge> {
    let parts = Simulation::memory(system);
    let needed: f64 = parts.iter().map(|(_, bytes)| bytes).sum();
    let most = parts.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    match most {
        Some((part, _)) if needed >= 1e8 => {
            let free = free();
            if needed > SHARE * free { Err(TooLarge { part: *part, needed, free }) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// Memory that programs may still take [bytes]: of the machine, or of the control group that it runs in.
fn free() -> f64 {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let read = |name: &str| std::fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?.trim().parse::<f64>().ok();
    let group = read("memory.max").map(|most| (most - read("memory.current").unwrap_or(0.0)).max(0.0));
    match (machine, group) {
        (Some(machine), Some(group)) => machine.min(group),
        (Some(free), None) | (None, Some(free)) => free,
        (None, None) => UNKNOWN,
    }
}

/// `MemAvailable` of /proc/meminfo [bytes].
fn available(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_available_is_read_from_the_words_of_linux() {
        assert_eq!(available("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), Some(2_097_152.0));
        assert_eq!(available("MemTotal: 9 kB\n"), None);
        assert!(free() > 0.0);
    }
}
