//! How long a queue remembers where it started.

/// A station, as far as that is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// Servers.
    pub servers: f64,
    /// Mean service time, in any unit of time.
    pub service: f64,
    /// Share of the servers that are busy.
    pub utilisation: f64,
    /// The most requests that can be present, from a limit or a closed population; infinite where there is none.
    pub room: f64,
    /// Mean number waiting.
    pub queue: f64,
}

/// Utilisations above this cannot be told from 1 by a run.
const BUSIEST: f64 = 0.999;
/// The greatest factor for a queue that is longer than that of an M/M/c.
const MOST_VARIABLE: f64 = 10.0;

/// The relaxation time of a station taken as an M/M/c of its utilisation, in the unit of its service time: the longer of
/// a service and of 1 / (c mu (1 - sqrt(rho))^2), the relaxation time of an M/M/1 with the speed of all servers (Morse
/// 1958, Queues, Inventories and Maintenance; Odoni and Roth 1983). Where at most K can be present it is that of the
/// M/M/1/K, 1 / (c mu (1 + rho - 2 sqrt(rho) cos(pi / (K + 1)))) (Takács 1962), which is finite at any load. A queue that
/// is longer than that of an M/M/c has more variable arrivals or services, and takes longer in proportion, as in heavy
/// traffic (Whitt 1989, Planning queueing simulations, Management Science 35).
pub fn relaxation_time(queue: Queue) -> f64 {
    let Queue { servers, service, utilisation, room, queue } = queue;
    if !(servers > 0.0 && service > 0.0 && utilisation > 0.0) {
        return 0.0;
    }
    let servers = servers.max(1.0);
    let rho = utilisation.min(BUSIEST);
    // Present beyond those in service, and one: the M/M/1 that the rest looks like.
    let places = (room - servers + 1.0).max(1.0);
    let cosine = if places.is_finite() { (std::f64::consts::PI / (places + 1.0)).cos() } else { 1.0 };
    let slowest = 1.0 + rho - 2.0 * rho.sqrt() * cosine;
    let usual = waiting(servers, rho);
    let variable = if usual > 1e-3 && room.is_infinite() { (queue / usual).clamp(1.0, MOST_VARIABLE) } else { 1.0 };
    service.max(variable * service / (servers * slowest))
}

/// The mean number waiting in an M/M/c with this load per server (Erlang C, by the recursion of Erlang B).
fn waiting(servers: f64, rho: f64) -> f64 {
    let offered = servers * rho;
    let whole = servers.round().min(100_000.0) as u32;
    let blocked = (1..=whole).fold(1.0, |b, i| offered * b / (f64::from(i) + offered * b));
    let waits = blocked / (1.0 - rho * (1.0 - blocked));
    waits * rho / (1.0 - rho)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn queue(servers: f64, utilisation: f64) -> Queue {
        Queue { servers, service: 1.0, utilisation, room: f64::INFINITY, queue: 0.0 }
    }

    #[test]
    fn that_of_m_m_1_is_the_known_one() {
        assert_relative_eq!(relaxation_time(queue(1.0, 0.9)), 379.737, max_relative = 1e-5);
        assert_relative_eq!(relaxation_time(queue(10.0, 0.9)), 37.9737, max_relative = 1e-5);
        // Many idle servers forget within a service.
        assert_relative_eq!(relaxation_time(queue(100.0, 0.5)), 1.0);
        assert_eq!(relaxation_time(queue(0.0, 0.5)), 0.0);
        assert_eq!(relaxation_time(queue(1.0, 0.0)), 0.0);
    }

    #[test]
    fn with_little_room_it_is_short_at_any_load() {
        // M/M/1/1 relaxes at the rate lambda + mu.
        let one = relaxation_time(Queue { room: 1.0, service: 3.0, ..queue(1.0, 0.5) });
        assert_relative_eq!(one, 3.0_f64.max(3.0 / 1.5), max_relative = 1e-12);
        let full = relaxation_time(Queue { room: 10.0, ..queue(1.0, 1.0) });
        assert!(full < 13.0 && full > 12.0, "{full}");
        // With room it becomes that of the endless queue.
        let large = relaxation_time(Queue { room: 1e4, ..queue(1.0, 0.9) });
        assert_relative_eq!(large, 379.737, max_relative = 1e-3);
    }

    #[test]
    fn variable_service_takes_longer() {
        // M/G/1 with squared coefficient of variation 4: 2.5 times the queue.
        let variable = relaxation_time(Queue { queue: 2.5 * 3.2, ..queue(1.0, 0.8) });
        assert_relative_eq!(variable, 2.5 * relaxation_time(queue(1.0, 0.8)), max_relative = 1e-9);
        let regular = relaxation_time(Queue { queue: 0.5 * 3.2, ..queue(1.0, 0.8) });
        assert_relative_eq!(regular, relaxation_time(queue(1.0, 0.8)), max_relative = 1e-9);
        assert_relative_eq!(waiting(10.0, 0.8), 0.409_180 * 4.0, max_relative = 1e-5);
    }
}
