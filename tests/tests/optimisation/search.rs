//! Spaces that are too large to be gone through.

use crate::problems::{chosen, solve};
use experiments::optimise::judge::Judged;

#[test]
fn the_best_of_many_configurations_is_found_with_few_replications() {
    // Two stations whose speeds cost money: the objective is separable, so that its best is known.
    let text = "Experiment(
        parameters: { \"a\": 2, \"b\": 2 },
        system: System(
            components: { \"one\": Processor(), \"two\": Processor() },
            flows: { \"jobs\": Flow(arrivals: Poisson(\"1 /s\"),
                steps: [Compute(\"one\", Exponential(\"1 s / $a\")), Compute(\"two\", Exponential(\"1 s / $b\"))]) },
        ),
        run: Run(horizon: \"1000 s\", warm_up: \"50 s\"),
        optimise: Optimise(
            weights: { \"latency\": 1 }, references: { \"latency\": \"1 s\" }, cost: \"$a / 4 + $b\",
            vary: { \"parameters.a\": Reals(1.1, 6, 50), \"parameters.b\": Reals(1.1, 6, 50) },
            delta: 0.05, budget: 600, confidence: 0.9,
        ),
    )";
    // 1/(a-1) + a/4 is least at a = 3, 1/(b-1) + b at b = 2.
    let objective = |a: f64, b: f64| 1.0 / (a - 1.0) + a / 4.0 + 1.0 / (b - 1.0) + b;
    let (problem, outcome) = solve(text, 1);
    let values = chosen(&problem, &outcome).unwrap();
    let worse = objective(values[0], values[1]) - objective(3.0, 2.0);
    assert!(worse < 0.15, "{values:?} is worse by {worse}");
    let spent: u64 = outcome.spent.iter().map(|(_, count)| count).sum();
    assert!(spent <= 600, "{spent}");
    assert!(!outcome.all_were_candidates(), "and no more is claimed");
}

#[test]
fn variables_that_exist_only_together_with_others_are_searched_too() {
    // A cache costs its size and saves reads; without it there is no size.
    let text = "Experiment(
        parameters: { \"size\": 100, \"miss\": 1 },
        system: System(
            components: { \"disk\": Storage(access: Exponential(\"$miss * 10 ms\")) },
            flows: { \"reads\": Flow(arrivals: Poisson(\"20 /s\"), steps: [Read(\"disk\", size: \"1 B\")]) },
        ),
        run: Run(horizon: \"200 s\", warm_up: \"10 s\"),
        configurations: { \"with\": { \"parameters.miss\": \"1 - $size / 1000\" }, \"without\": {} },
        optimise: Optimise(
            weights: { \"latency\": 1 }, references: { \"latency\": \"10 ms\" }, cost: \"(1 - $miss) * 4\",
            configurations: [\"without\", \"with\"],
            vary: { \"parameters.size\": [100, 400, 800] },
            when: { \"parameters.size\": { \"configuration\": [\"with\"] } },
            delta: 0.02, budget: 500,
        ),
    )";
    let (problem, outcome) = solve(text, 1);
    assert_eq!(outcome.screened.len(), 4);
    // Without: 1.25. A size of s: latency (1-s)/(1-.2(1-s)) + 4 s: less is never better here.
    let best = &outcome.selection.candidates[outcome.selection.best.unwrap()].point;
    assert_eq!(problem.space.label(best), "without");
    assert!(best[1].is_none());
}

#[test]
fn a_screened_configuration_is_one_that_theory_finds_far_worse() {
    let text = crate::problems::servers(
        "horizon: \"300 s\", warm_up: \"60 s\"",
        "",
        "cost: \"cpu.cores / 10\", weights: { \"latency\": 1 }, references: { \"latency\": \"1 s\" }, \
         vary: { \"cpu.cores\": Integers(9, 60) }, budget: 5000",
    );
    let (_, outcome) = solve(&text, 1);
    let dropped = outcome.screened.iter().filter(|screened| screened.dropped.is_some()).count();
    assert!(dropped > 20 && outcome.selection.best.is_some(), "{dropped}");
    let mean = |judged: &Judged| judged.estimate(0.95).unwrap().value;
    // Theory and simulation agree on those that were simulated.
    for candidate in &outcome.selection.candidates {
        let screened = outcome.screened.iter().find(|screened| screened.point == candidate.point).unwrap();
        let (theory, simulated) = (screened.objective.unwrap(), mean(&candidate.judged));
        assert!((theory - simulated).abs() < 0.15 * theory, "{theory} {simulated}");
    }
}
