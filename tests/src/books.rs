//! What must hold in any system: nobody is lost from the books, shares are shares.

use models::simulation::Replication;

/// Checks the books of one replication; `exact` where all of the measured time is in the steady state.
#[track_caller]
pub fn books(name: &str, run: &Replication) {
    for flow in &run.flows {
        let ended: u64 = flow.outcomes.iter().sum();
        assert_eq!(flow.born, ended + flow.unfinished, "{name}: births");
        assert!(flow.in_system >= 0.0, "{name}: {} of a flow in the system", flow.in_system);
        assert_eq!(flow.latency.count(), flow.correct(), "{name}: latencies");
    }
    for component in &run.components {
        // A component that has neither servers nor units has no utilisation.
        let utilisation = if component.utilisation.is_nan() { 0.0 } else { component.utilisation };
        let shares = [utilisation, component.availability, component.asleep, component.blocked];
        assert!(shares.iter().all(|share| (-1e-9..=1.0 + 1e-9).contains(share)), "{name}: shares {shares:?}");
        let parts = utilisation + component.asleep + component.blocked;
        assert!(parts <= component.availability + 1e-9, "{name}: {shares:?}");
        assert!(component.queued >= -1e-9 && component.queued <= component.present + 1e-9, "{name}: queue");
        assert!(component.energy >= -1e-9, "{name}: energy");
        assert!(component.reliability.is_none_or(|share| (0.0..=1.0).contains(&share)), "{name}: reliability");
        assert!(component.present <= component.present_max as f64 + 1e-9, "{name}: presence");
    }
    let shared: f64 = run.flows.iter().map(|flow| flow.energy).sum();
    assert!(shared <= run.system.energy * (1.0 + 1e-9) + 1e-9, "{name}: energy of flows");
}

/// Little's law for the sample path, with the visits that were not completed (Stidham 1974).
#[track_caller]
pub fn little(name: &str, run: &Replication) {
    for (place, component) in run.components.iter().enumerate() {
        let (level, visits) = (component.present * run.measured, component.visit_time.total() as f64 / 1e9);
        let agree = (level - visits).abs() <= 1e-9 * level.max(1.0);
        assert!(agree, "{name}: component {place}: {level} s and {visits} s of visits: {:?}", component.visit_time);
    }
}
