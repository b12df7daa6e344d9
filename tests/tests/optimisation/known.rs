//! Closed forms by which the tests know the best configuration.

/// Erlang's C: the share of requests that wait, where `offered` servers' work comes to `servers`.
pub fn erlang_c(servers: u32, offered: f64) -> f64 {
    let mut b = 1.0;
    for n in 1..=servers {
        b = offered * b / (f64::from(n) + offered * b);
    }
    let free = 1.0 - offered / f64::from(servers);
    b / (free + b * (1.0 - free))
}

/// Mean number present in an M/M/c.
pub fn present(servers: u32, offered: f64) -> f64 {
    let busy = offered / f64::from(servers);
    offered + erlang_c(servers, offered) * busy / (1.0 - busy)
}

/// The share of requests of an M/M/c (services of mean 1) that take longer than `t`.
pub fn tail(servers: u32, rate: f64, t: f64) -> f64 {
    let (wait, spare) = (erlang_c(servers, rate), f64::from(servers) - rate);
    let together = ((-t).exp() - (-spare * t).exp()) * spare / (spare - 1.0);
    (1.0 - wait) * (-t).exp() + wait * (together + (-spare * t).exp())
}

/// Throughput of a closed network by mean value analysis: think time, demands of queues with one server.
pub fn closed(users: u32, think: f64, demands: &[f64]) -> f64 {
    let mut queues = vec![0.0; demands.len()];
    let mut throughput = 0.0;
    for n in 1..=users {
        let times: Vec<f64> = demands.iter().zip(&queues).map(|(demand, queue)| demand * (1.0 + queue)).collect();
        throughput = f64::from(n) / (think + times.iter().sum::<f64>());
        queues = times.iter().map(|time| throughput * time).collect();
    }
    throughput
}

/// Probabilities of 0..=K present in an M/M/c/K, where each server works at rate `speed`.
pub fn limited(servers: u32, room: u32, rate: f64, speed: f64) -> Vec<f64> {
    let mut all = vec![1.0];
    for n in 1..=room {
        let last = all[n as usize - 1];
        all.push(last * rate / (f64::from(n.min(servers)) * speed));
    }
    let sum: f64 = all.iter().sum();
    all.into_iter().map(|p| p / sum).collect()
}

#[test]
fn the_closed_forms_give_the_known_optima() {
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-6 * b, "{a} {b}");
    near(10.0 + present(10, 8.0), 19.636721);
    near(11.0 + present(11, 8.0), 19.653221);
    assert!(closed(12, 0.5, &[0.05, 0.08, 0.03]) < 0.937 * 12.5 && closed(13, 0.5, &[0.05, 0.08, 0.03]) > 0.95 * 12.5);
    near(tail(1, 0.5, 2.0), (-1.0f64).exp());
    near(limited(1, 1, 1.0, 1.0)[1], 0.5);
}
