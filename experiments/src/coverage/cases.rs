//! The systems, and what is known of them exactly.

/// A value that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Path of the indicator.
    pub path: &'static str,
    /// Its value, in base units.
    pub exact: f64,
}

/// A system of which values are known, and how it is run.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The experiment.
    pub text: &'static str,
    /// Fields that are changed in it.
    pub overrides: Vec<(&'static str, &'static str)>,
    /// What is known.
    pub truths: Vec<Truth>,
}

const M_M_1: &str = include_str!("cases/m_m_1.ron");

/// All cases.
pub fn cases() -> Vec<Case> {
    let m_m_1 = |name, about, load: f64, overrides: &[(&'static str, &'static str)]| Case {
        name,
        about,
        text: M_M_1,
        overrides: overrides.to_vec(),
        truths: vec![
            truth("jobs.latency.mean", 1.0 / (1.0 - load)),
            truth("jobs.latency.p95", 20f64.ln() / (1.0 - load)),
            truth("server.waiting", load / (1.0 - load)),
            truth("jobs.throughput", load),
            truth("server.utilisation", load),
        ],
    };
    vec![
        m_m_1("mm1-50", "M/M/1, load 0.5", 0.5, &[("parameters.load", "0.5"), ("run.horizon", "\"5000 s\"")]),
        m_m_1("mm1-80", "M/M/1, load 0.8", 0.8, &[("parameters.load", "0.8")]),
        m_m_1("mm1-90", "M/M/1, load 0.9", 0.9, &[("parameters.load", "0.9"), ("run.horizon", "\"50000 s\"")]),
        m_m_1(
            "mm1-90-short",
            "M/M/1, load 0.9, a horizon that is too short and is made longer",
            0.9,
            &[("parameters.load", "0.9"), ("run.horizon", "\"2000 s\"")],
        ),
        Case {
            name: "mh21-80",
            about: "M/H2/1, load 0.8, squared coefficient of variation 4",
            text: include_str!("cases/m_h2_1.ron"),
            overrides: Vec::new(),
            // Pollaczek and Khinchine.
            truths: vec![
                truth("jobs.latency.mean", 1.0 + 0.8 * 5.0 / (2.0 * 0.2)),
                truth("server.waiting", 0.8 * 5.0 / (2.0 * 0.2)),
                truth("jobs.throughput", 0.8),
                truth("server.utilisation", 0.8),
            ],
        },
        m_m_4(),
        m_m_2_3(),
        tandem(),
        closed(),
        m_m_1(
            "mm1-80-batches",
            "M/M/1, load 0.8, batches of one long run",
            0.8,
            &[("run", "Run(method: Batches, horizon: \"200000 s\", drain: \"2000 s\")")],
        ),
        m_m_1(
            "mm1-80-precision",
            "M/M/1, load 0.8, replications until mean latency and throughput are within 5 %",
            0.8,
            &[("run.horizon", "\"5000 s\""), ("run.precision", "0.05")],
        ),
    ]
}

fn truth(path: &'static str, exact: f64) -> Truth {
    Truth { path, exact }
}

/// The time that is exceeded by a twentieth of a sum of two exponential times with these rates, the first of which is
/// zero with some probability.
fn ninety_fifth(zero: f64, first: f64, second: f64) -> f64 {
    let both = |t: f64| (first * (-second * t).exp() - second * (-first * t).exp()) / (first - second);
    let tail = |t: f64| zero * (-second * t).exp() + (1.0 - zero) * both(t);
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if tail(middle) > 0.05 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

fn m_m_4() -> Case {
    let (servers, offered) = (4.0, 3.2);
    let lost = (1..=4).fold(1.0, |b, i| offered * b / (f64::from(i) + offered * b));
    let waits = lost / (1.0 - offered / servers * (1.0 - lost));
    let wait = waits / (servers - offered);
    Case {
        name: "mm4-80",
        about: "M/M/4, load 0.8",
        text: include_str!("cases/m_m_c.ron"),
        overrides: Vec::new(),
        truths: vec![
            truth("jobs.latency.mean", 1.0 + wait),
            truth("jobs.latency.p95", ninety_fifth(1.0 - waits, servers - offered, 1.0)),
            truth("servers.waiting", wait),
            truth("jobs.throughput", offered),
            truth("servers.utilisation", offered / servers),
        ],
    }
}

fn m_m_2_3() -> Case {
    let states = [1.0, 0.75, 0.281_25, 0.105_468_75];
    let sum: f64 = states.iter().sum();
    let present = states.iter().enumerate().map(|(n, weight)| n as f64 * weight).sum::<f64>() / sum;
    let lost = states[3] / sum;
    Case {
        name: "mm23-loss",
        about: "M/M/2/3, of whose requests a twentieth is lost",
        text: include_str!("cases/m_m_2_3.ron"),
        overrides: Vec::new(),
        truths: vec![
            truth("jobs.reliability", 1.0 - lost),
            truth("jobs.latency.mean", present / (3.0 * (1.0 - lost))),
            truth("jobs.throughput", 3.0 * (1.0 - lost)),
            truth("servers.in_system", present),
        ],
    }
}

fn tandem() -> Case {
    Case {
        name: "tandem",
        about: "two M/M/1 in series, loads 0.8 and 0.4",
        text: include_str!("cases/tandem.ron"),
        overrides: Vec::new(),
        // By Burke's theorem the sojourns are independent, with rates 0.2 and 1.2.
        truths: vec![
            truth("jobs.latency.mean", 1.0 / 0.2 + 1.0 / 1.2),
            truth("jobs.latency.p95", ninety_fifth(0.0, 0.2, 1.2)),
            truth("jobs.throughput", 0.8),
            truth("first.in_system", 4.0),
        ],
    }
}

fn closed() -> Case {
    // Mean value analysis (Reiser and Lavenberg 1980).
    let demands = [2.1, 0.605, 1.35];
    let mut queues = [0.0; 3];
    let mut throughput = 0.0;
    for users in 1..=3 {
        let times: Vec<f64> = demands.iter().zip(&queues).map(|(demand, queue)| demand * (1.0 + queue)).collect();
        throughput = f64::from(users) / (15.0 + times.iter().sum::<f64>());
        queues.iter_mut().zip(&times).for_each(|(queue, time)| *queue = throughput * time);
    }
    Case {
        name: "closed",
        about: "a closed network of three stations and three users",
        text: include_str!("cases/closed.ron"),
        overrides: Vec::new(),
        truths: vec![
            truth("jobs.throughput", throughput),
            truth("jobs.latency.mean", 3.0 / throughput - 15.0),
            truth("a.in_system", queues[0]),
            truth("b.utilisation", 0.605 * throughput),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_values_are_those_of_the_tables() {
        let of = |name: &str, path: &str| {
            let case = cases().into_iter().find(|case| case.name == name);
            case.and_then(|case| case.truths.into_iter().find(|truth| truth.path == path)).map_or(0.0, |t| t.exact)
        };
        for (name, path, exact) in [
            ("mm4-80", "servers.waiting", 0.745_541),
            ("mm23-loss", "servers.in_system", 0.762_340),
            ("mm23-loss", "jobs.reliability", 1.0 - 0.049_360),
            ("closed", "jobs.throughput", 0.151_516),
            ("closed", "a.in_system", 0.394_657),
            ("mh21-80", "server.waiting", 10.0),
        ] {
            assert!((of(name, path) - exact).abs() < 1e-6, "{name} {path}: {}", of(name, path));
        }
        // With equal chances of nothing the sum of both is longer than either.
        assert!(of("tandem", "jobs.latency.p95") > 20f64.ln() / 0.2);
    }
}
