//! The same seed gives the same results, to the bit.

use tests::{Case, case};

#[track_caller]
fn same(case: &Case) {
    let (one, two) = (case.clone().run(), case.clone().threads(2).run());
    assert_eq!(one.run.fingerprint, two.run.fingerprint);
    assert_eq!(one.run.events, two.run.events);
    assert_eq!(one.run.results, two.run.results);
    let again = case.clone().run();
    assert_eq!(one.run.results, again.run.results);
}

#[test]
fn threads_change_nothing() {
    same(&case("apart"));
    same(&case("apart_and_more"));
    same(&case("apart_and_more").set("run.warm_up", "Auto"));
    same(&case("apart").set("run.precision", 0.05).set("run.max_replications", 40));
    same(&case("fork_join").set("run.horizon", "1000 s").set("run.warm_up", "10 s"));
}

#[test]
fn seeds_change_all() {
    let fingerprint = |seed: u32| case("apart").set("run.seed", seed).run().run.fingerprint;
    assert_ne!(fingerprint(1), fingerprint(2));
}
