//! M/M/1.

use super::{NEVER, Outcome, Random, min, select};

/// `rate` arrivals per second, services of mean `service` [s], until `horizon` [s].
pub fn single(rate: f64, service: f64, horizon: f64, seed: u64) -> Outcome {
    let mut random = Random::new(seed);
    let gap = 1.0 / rate;
    let mut arrival = (random.exponential() * gap).to_bits();
    let mut departure = NEVER;
    let mut spare = random.exponential() * service;
    let mut present = 0i64;
    let mut area = 0.0;
    let mut events = 0;
    loop {
        let arrives = arrival < departure;
        let first = min(arrival, departure);
        let now = f64::from_bits(first);
        if now >= horizon {
            break;
        }
        events += 1;
        let variate = random.exponential();
        // The integral of the number present up to the end of time, were there no further events.
        area += f64::from_bits(first ^ u64::from(arrives) << 63);
        present += if arrives { 1 } else { -1 };
        arrival = select(arrives, (now + variate * gap).to_bits(), arrival);
        spare = f64::from_bits(select(arrives, spare.to_bits(), (variate * service).to_bits()));
        let ends = select(present > 0, (now + spare).to_bits(), NEVER);
        departure = select(!arrives | (present == 1), ends, departure);
    }
    area += present as f64 * horizon;
    Outcome { events, mean: 2.0 * area / (events as f64 - present as f64) }
}
