//! Ten exponential servers in a row.

use super::slot::Slot;
use super::{Outcome, Random, min, tag, tagged};

const STATIONS: usize = 10;
const BITS: u32 = 4;

/// `rate` arrivals per second, services of mean `service` [s] at each station, until `horizon` [s].
pub fn series(rate: f64, service: f64, horizon: f64, seed: u64) -> Outcome {
    let mut random = Random::new(seed);
    // Slot 0 is the source, slot 11 where they have left.
    let mut slots: [Slot; 16] = std::array::from_fn(|_| Slot::new(service, &mut random));
    slots[0] = Slot::source(1.0 / rate);
    slots[0].next = tagged::<BITS>(random.exponential() / rate, 0);
    (slots[0].sign, slots[STATIONS].sign) = (-1.0, 1.0);
    let mut area = 0.0;
    let mut events = 0;
    loop {
        let next = |slot: usize| slots[slot].next;
        let low = min(min(next(0), next(1)), min(next(2), next(3)));
        let middle = min(min(next(4), next(5)), min(next(6), next(7)));
        let high = min(min(next(8), next(9)), next(10));
        let first = min(min(low, middle), high);
        let now = f64::from_bits(first);
        if now >= horizon {
            break;
        }
        events += 1;
        let from = tag::<BITS>(first);
        let to = (from + 1) & 15;
        area += slots[from].sign * now;
        slots[from].complete::<BITS>(now, random.exponential(), from);
        slots[to].arrive::<BITS>(now, to);
    }
    let inside: i64 = slots[1..=STATIONS].iter().map(|slot| slot.present).sum();
    area += inside as f64 * horizon;
    Outcome { events, mean: area / slots[STATIONS + 1].present as f64 }
}
