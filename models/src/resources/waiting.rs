//! A line of requests that wait for a resource.

use super::Ask;
use crate::disciplines::ascending;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Who is next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Order {
    /// By arrival.
    #[default]
    Fifo,
    /// By the priority of the flow, then by arrival.
    Priority,
    /// By the deadline of the request, then by arrival.
    Edf,
}

impl Order {
    /// What a request is ordered by; the least is next.
    pub(crate) fn key(self, ask: &Ask) -> u64 {
        match self {
            Order::Fifo => 0,
            Order::Priority => ascending(-ask.priority),
            Order::Edf => ask.deadline.ticks(),
        }
    }
}

/// Requests that wait, in order, with what they asked for. O(log n) each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    order: Order,
    sequence: u64,
    waiting: BTreeMap<(u64, u64), Ask>,
    places: HashMap<u32, (u64, u64)>,
}

impl Line {
    /// An empty one.
    pub fn new(order: Order) -> Line {
        Line { order, ..Line::default() }
    }

    /// Adds a request at its place.
    pub fn push(&mut self, ask: Ask) {
        self.push_at(self.order.key(&ask), ask);
    }

    /// Adds a request behind all of this key.
    pub fn push_at(&mut self, key: u64, ask: Ask) {
        self.sequence += 1;
        self.places.insert(ask.request, (key, self.sequence));
        self.waiting.insert((key, self.sequence), ask);
    }

    /// The next one.
    pub fn first(&self) -> Option<&Ask> {
        self.waiting.first_key_value().map(|(_, ask)| ask)
    }

    /// The key of the next one.
    pub fn first_key(&self) -> Option<u64> {
        self.waiting.first_key_value().map(|((key, _), _)| *key)
    }

    /// All of them, the next one first.
    pub fn iter(&self) -> impl Iterator<Item = &Ask> {
        self.waiting.values()
    }

    /// Takes the next one.
    pub fn pop(&mut self) -> Option<Ask> {
        let (_, ask) = self.waiting.pop_first()?;
        self.places.remove(&ask.request);
        Some(ask)
    }

    /// Takes one out, wherever it is.
    pub fn remove(&mut self, request: u32) -> Option<Ask> {
        let place = self.places.remove(&request)?;
        self.waiting.remove(&place)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
