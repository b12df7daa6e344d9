//! What must hold in any system: nobody is lost from the books, Little's law, shares are shares.

use tests::books::{books, little};
use tests::case;

#[test]
fn nobody_is_lost() {
    for file in ["station", "two_classes", "apart_and_more", "fork_join", "tandem", "jackson", "balance", "closed_pool"]
    {
        let case = case(file).set("run.horizon", "3000 s").set("run.warm_up", "500 s").set("run.drain", "10 s");
        for replication in 0..3 {
            let run = case.replication(replication);
            books(file, &run);
            little(file, &run);
        }
    }
}

#[test]
fn littles_law() {
    // Over a long run the mean present is the throughput times the mean sojourn, for components and flows.
    for file in ["series", "jackson", "apart_and_more", "two_closed_classes", "tandem", "balance"] {
        let run = case(file).set("run.horizon", "20000 s").set("run.warm_up", "1000 s").replication(0);
        for component in run.components.iter().filter(|c| c.throughput > 0.0) {
            let sojourn = component.sojourn.mean().unwrap() / 1e9;
            let little = component.throughput * sojourn;
            assert!(
                (component.present - little).abs() < 0.01 * little + 0.002,
                "{file}: {} and {little}",
                component.present
            );
        }
        for flow in &run.flows {
            let little = flow.born as f64 / run.measured * flow.latency.mean().unwrap() / 1e9;
            assert!((flow.in_system - little).abs() < 0.01 * little + 0.002, "{file}: {} and {little}", flow.in_system);
        }
    }
}

#[test]
fn a_warm_up_resets_integrals_and_keeps_levels() {
    // Busy from 1 to 5; measured from 4 to 10.
    let run = case("exact")
        .set("a.arrivals", "At([\"1 s\"])")
        .set("a.serve.work", "4 s")
        .set("b.arrivals", "At([\"4 s\", \"4.5 s\"])")
        .set("b.serve.work", "1 s")
        .set("run.warm_up", "4 s")
        .set("run.horizon", "10 s")
        .set("run.sample", "1 s")
        .replication(0);
    // a was born before: it is not of the cohort, though it departs in the measured time.
    assert_eq!((run.flows[0].born, run.flows[0].latency.count()), (0, 0));
    assert!((run.flows[0].throughput - 1.0 / 6.0).abs() < 1e-12);
    assert_eq!((run.flows[1].born, run.flows[1].latency.count()), (2, 2));
    let cpu = &run.components[0];
    assert!((cpu.utilisation - 3.0 / 6.0).abs() < 1e-12);
    // Two from 4 to 4.5, three until 5, two until 6, one until 7.
    assert!((cpu.present - 5.5 / 6.0).abs() < 1e-12, "{}", cpu.present);
    assert_eq!(run.utilisation[0].values, [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn what_has_not_left_is_unfinished() {
    // Horizon 10, drain 1: a leaves at 10.5, b would at 14.5.
    let run = case("exact")
        .set("a.arrivals", "At([\"9.5 s\"])")
        .set("b.arrivals", "At([\"9.6 s\"])")
        .set("b.serve.work", "4 s")
        .set("run.horizon", "10 s")
        .run();
    run.is("a.in_time", 1.0).is("a.throughput", 0.0).is("b.unfinished", 1.0).is("b.reliability", 0.0);
    // Events at the horizon itself happen.
    let run = case("exact").set("a.arrivals", "At([\"9 s\"])").set("run.horizon", "10 s").run();
    run.is("a.throughput", 0.1);
}
