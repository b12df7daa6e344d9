//! SIEVE.

use super::index::{Index, NONE};
use super::plain::{Plain, Residents, residents};
use super::{Build, Settings};
use std::collections::HashMap;

/// SIEVE (Zhang, Yang, Yue, Vigfusson and Rashmi 2024): a FIFO whose objects stay where they are. A hand moves from the
/// oldest to the latest, clears the bits of what was used, and throws out the first that was not; it stays at the hole,
/// and starts again from the oldest when it has passed the latest. Newcomers come in as the latest, with the bit clear.
///
/// In bytes several may have to leave for one; the hand then goes on from where it is. When the object under the hand
/// is removed, the hand moves to the next later one.
#[derive(Clone, Debug)]
pub struct Sieve<I> {
    /// A mark is the bit.
    residents: Residents<I>,
    /// All residents, the latest last, with holes ([`NONE`]) that are closed when they are as many as the residents.
    order: Vec<u32>,
    /// Where the hand is, or 0 for the oldest.
    hand: usize,
    /// Slots that were removed from somewhere: their entries in the order do not count but at this place.
    moved: HashMap<u32, usize>,
}

/// The fewest holes that are closed.
const FEW: usize = 64;

impl<I: Index> Sieve<I> {
    /// Whether an entry of the order is a hole.
    #[inline]
    fn is_hole(&self, place: usize) -> bool {
        let slot = self.order[place];
        slot == NONE || (!self.moved.is_empty() && self.moved.get(&slot).is_some_and(|at| *at != place))
    }

    /// Moves the hand by one, from the latest to the oldest.
    #[inline]
    fn advance(&mut self) {
        self.hand += 1;
        if self.hand == self.order.len() {
            self.hand = 0;
        }
    }

    /// Closes the holes, and keeps the hand where it is.
    #[cold]
    #[inline(never)]
    fn close_holes(&mut self) {
        let mut to = 0;
        let mut hand = None;
        for from in 0..self.order.len() {
            if from >= self.hand && hand.is_none() {
                hand = Some(to);
            }
            if !self.is_hole(from) {
                self.order[to] = self.order[from];
                to += 1;
            }
        }
        self.hand = hand.filter(|hand| *hand < to).unwrap_or(0);
        self.order.truncate(to);
        self.moved.clear();
    }
}

impl<I: Index> Build<I> for Sieve<I> {
    fn build(settings: &Settings, index: I) -> Sieve<I> {
        Sieve { residents: Residents::new(settings, index), order: Vec::new(), hand: 0, moved: HashMap::new() }
    }
}

impl<I: Index> Plain for Sieve<I> {
    residents!();

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.residents.slots.set_mark(slot, 1);
    }

    #[inline]
    fn upcoming(&self, count: usize) -> impl Iterator<Item = u32> {
        self.order[self.hand.min(self.order.len())..].iter().take(count).copied()
    }

    #[inline]
    fn enter(&mut self, slot: u32) {
        if self.order.len() > 2 * self.residents.slots.len() + FEW {
            self.close_holes();
        }
        if !self.moved.is_empty()
            && let Some(place) = self.moved.get_mut(&slot)
        {
            *place = self.order.len();
        }
        self.order.push(slot);
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        loop {
            let slot = self.order[self.hand];
            if !self.is_hole(self.hand) {
                if self.residents.slots.mark(slot) == 0 {
                    return slot;
                }
                self.residents.slots.set_mark(slot, 0);
            }
            self.advance();
        }
    }

    #[inline]
    fn leaves(&mut self, slot: u32, chosen: bool) {
        let under_hand = self.order.get(self.hand) == Some(&slot) && !self.is_hole(self.hand);
        if chosen {
            self.order[self.hand] = NONE;
        } else {
            self.moved.insert(slot, usize::MAX);
        }
        if under_hand {
            // What comes in next is behind a hand that has passed the latest, so that holes are passed over at once.
            self.advance();
            while self.hand > 0 && self.is_hole(self.hand) {
                self.advance();
            }
        }
    }
}
