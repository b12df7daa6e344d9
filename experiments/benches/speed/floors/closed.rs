//! A closed network: users think, then a processor, then one of two disks.

use super::slot::Slot;
use super::tree::Tree;
use super::{NEVER, Outcome, Random, min, select, tag, tagged};
use rand::Rng;
use std::hint::select_unpredictable;

const USERS: usize = 100;
/// Mean think time [s], and mean services of processor and disks.
const THINK: f64 = 10.0;
const SERVICE: [f64; 3] = [0.05, 0.08, 0.11];
/// Probability of the first disk.
const FIRST: f64 = 0.6;

const BITS: u32 = 7;
/// Tags of the stations, above those of the users.
const STATION: usize = 100;
/// Two slots that are no stations: users leave their thoughts from one, and come back to the other.
const THINKING: usize = 3;
const BACK: usize = 4;
/// A leaf that is always idle.
const NOBODY: usize = 127;
/// Who comes after a slot: by the slot and the choice of a disk.
const NEXT: [[usize; 2]; 4] = [[1, 2], [BACK, BACK], [BACK, BACK], [0, 0]];

/// Until `horizon` [s].
pub fn closed(horizon: f64, seed: u64) -> Outcome {
    let mut random = Random::new(seed);
    let mut thinking = Tree::<BITS, 256>::new();
    // What each user will think next time, drawn when the last thought ends.
    let mut thought = [0.0; 128];
    let mut free = [0usize; 128];
    let mut free_leaves = 0;
    let mut slots: [Slot; 5] = std::array::from_fn(|slot| match SERVICE.get(slot) {
        Some(service) => Slot::new(*service, &mut random),
        None => Slot::source(THINK),
    });
    slots[BACK].present = 0;
    (slots[1].sign, slots[2].sign, slots[THINKING].sign) = (1.0, 1.0, -1.0);
    for user in 0..USERS {
        thinking.set(user, random.exponential() * THINK);
    }
    let mut area = 0.0;
    let mut events = 0u64;
    loop {
        let first = min(min(thinking.first(), slots[0].next), min(slots[1].next, slots[2].next));
        let now = f64::from_bits(first);
        if now >= horizon {
            break;
        }
        events += 1;
        let who = tag::<BITS>(first);
        let thinks = who < STATION;
        let from = select_unpredictable(thinks, THINKING, who.wrapping_sub(STATION)) & 3;
        let second = random.0.next_u64() > (FIRST * u64::MAX as f64) as u64;
        let to = NEXT[from][usize::from(second)];
        area += slots[from].sign * now;
        let service = slots[from].complete::<BITS>(now, random.exponential(), STATION + from);
        slots[to].arrive::<BITS>(now, STATION + to);
        // A thought ends: its leaf is free. Or a user comes back: takes the last free leaf. Else nothing happens.
        let back = to == BACK;
        free[free_leaves & 127] = who;
        free_leaves += usize::from(thinks);
        free_leaves -= usize::from(back);
        let taken = free[free_leaves & 127];
        let leaf = select_unpredictable(thinks, who, select_unpredictable(back, taken, NOBODY));
        let wakes = tagged::<BITS>(now + thought[leaf & 127], leaf);
        thinking.put(leaf, select(back, wakes, NEVER));
        thought[leaf & 127] = f64::from_bits(select(thinks, service.to_bits(), thought[leaf & 127].to_bits()));
    }
    let inside: i64 = slots[..3].iter().map(|slot| slot.present).sum();
    area += inside as f64 * horizon;
    Outcome { events, mean: area / slots[BACK].present as f64 }
}
