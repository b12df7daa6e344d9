//! Many Poisson devices into 64 servers.

use super::list::List;
use super::tree::Tree;
use super::{Bits, NEVER, Outcome, Random};
use rand::Rng;
use std::hint::black_box;

const SERVERS: u32 = 64;
type Servers = Tree<6, 128>;

/// The servers, with a queue before them. Who waits does not matter for the mean response, only how many.
struct Station {
    servers: Servers,
    idle: u64,
    waiting: u64,
    area: f64,
    completions: u64,
    events: u64,
}

impl Station {
    fn new() -> Station {
        const { assert!(SERVERS == u64::BITS) };
        Station { servers: Servers::new(), idle: u64::MAX, waiting: 0, area: 0.0, completions: 0, events: 0 }
    }

    #[inline(always)]
    fn arrive(&mut self, now: f64, random: &mut Random) {
        self.area -= now;
        self.events += 1;
        if self.idle != 0 {
            let server = self.idle.trailing_zeros() as usize;
            self.idle &= self.idle - 1;
            self.servers.set(server, now + random.exponential());
        } else {
            self.waiting += 1;
        }
    }

    #[inline(always)]
    fn depart(&mut self, first: Bits, random: &mut Random) {
        let server = Servers::leaf(first);
        let now = f64::from_bits(first);
        self.area += now;
        self.events += 1;
        self.completions += 1;
        if self.waiting > 0 {
            self.waiting -= 1;
            self.servers.set(server, now + random.exponential());
        } else {
            self.idle |= 1 << server;
            self.servers.put(server, NEVER);
        }
    }

    fn outcome(self, horizon: f64) -> Outcome {
        let present = self.waiting + u64::from(SERVERS - self.idle.count_ones());
        Outcome { events: self.events, mean: (self.area + present as f64 * horizon) / self.completions as f64 }
    }
}

/// `devices` of them, each with its own next arrival, `rate` arrivals per second in all, services of mean 1 s, until
/// `horizon` [s].
pub fn devices(devices: u32, rate: f64, horizon: f64, seed: u64) -> Outcome {
    let mut random = Random::new(seed);
    let gap = f64::from(devices) / rate;
    let mut list = List::new();
    for device in 0..devices {
        list.push(random.exponential() * gap, device);
    }
    list.settle();
    let mut station = Station::new();
    loop {
        let (arrival, departure) = (list.first(), station.servers.first());
        if arrival.min(f64::from_bits(departure)) >= horizon {
            return station.outcome(horizon);
        }
        if arrival < f64::from_bits(departure) {
            let device = list.pop();
            list.push(arrival + random.exponential() * gap, device);
            list.settle();
            station.arrive(arrival, &mut random);
        } else {
            station.depart(departure, &mut random);
        }
    }
}

/// The same with one process for all devices, and a device drawn for each arrival.
pub fn merged(devices: u32, rate: f64, horizon: f64, seed: u64) -> Outcome {
    let mut random = Random::new(seed);
    let gap = 1.0 / rate;
    let mut arrival = random.exponential() * gap;
    let mut station = Station::new();
    loop {
        let departure = station.servers.first();
        if arrival.min(f64::from_bits(departure)) >= horizon {
            return station.outcome(horizon);
        }
        if arrival < f64::from_bits(departure) {
            black_box((u128::from(random.0.next_u64()) * u128::from(devices)) >> 64);
            station.arrive(arrival, &mut random);
            arrival += random.exponential() * gap;
        } else {
            station.depart(departure, &mut random);
        }
    }
}
