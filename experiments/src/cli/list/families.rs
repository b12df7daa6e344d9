//! Families of curves and of models, for `calibrate` and `predict`.

use super::words::{Word, word};

/// All of them; those of `predict` from the simplest.
pub const FAMILIES: &[Word] = &[
    word("constant", "calibrate, predict: the same everywhere", "loadgraph calibrate measured.csv --family constant"),
    word("linear", "calibrate: a line over the load", "loadgraph calibrate measured.csv --family linear,saturating"),
    word(
        "saturating",
        "calibrate: comes to an end at full load: gamma n/(1 + alpha (n - 1)) over users, base (1 - l) or base/(1 - l)",
        "loadgraph calibrate measured.csv --load-is percent --kind latency",
    ),
    word(
        "usl",
        "calibrate: the universal scalability law over users (Gunther 2007), gamma free",
        "loadgraph calibrate measured.csv --load users --response throughput",
    ),
    word(
        "usl-first",
        "calibrate: the same, gamma from the first point",
        "loadgraph calibrate measured.csv --gamma first",
    ),
    word(
        "mmc",
        "calibrate: latency of c servers over the arrival rate or utilisation (Erlang 1917)",
        "loadgraph calibrate measured.csv --load rate --response latency_ms",
    ),
    word(
        "mg1",
        "calibrate: latency of one server with any service (Pollaczek 1930)",
        "loadgraph calibrate measured.csv --family mmc,mg1 --weights relative",
    ),
    word("table", "calibrate: the points themselves", "loadgraph calibrate measured.csv --family table"),
    word("analytic", "predict: what theory says, as `check` prints it", ""),
    word("ridge linear", "predict: a plane over the factors", ""),
    word("quadratic on logs", "predict: the logarithm as a quadratic function of the factors", ""),
    word(
        "gaussian process",
        "predict: a Gaussian process on what theory leaves",
        "loadgraph predict --train FOLDER\nloadgraph predict MODEL --at gateway.cores=8",
    ),
];
