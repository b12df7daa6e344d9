//! The waiting line of a lane.

use super::request::{NONE, Requests};
use super::workers::Workers;
use crate::disciplines::Order;
use std::collections::BTreeSet;

/// Waiting requests in one of the orders that disciplines have.
#[derive(Debug)]
pub(super) enum Queue {
    /// By arrival: a list through the requests themselves.
    Fifo { head: u32, tail: u32 },
    /// No order: each request knows its position.
    Random(Vec<u32>),
    /// By (key, order of arrival).
    Keyed(BTreeSet<(u64, u64, u32)>),
    /// By the workers of a pool.
    Workers(Box<Workers>),
}

impl Queue {
    pub fn new(order: Order, cores: u32) -> Queue {
        match order {
            Order::Fifo | Order::Shared { .. } => Queue::Fifo { head: NONE, tail: NONE },
            Order::Random => Queue::Random(Vec::new()),
            Order::Keyed(_) | Order::Adaptive(_) => Queue::Keyed(BTreeSet::new()),
            Order::Workers(rules) => Queue::Workers(Box::new(Workers::new(rules, cores))),
        }
    }

    /// Adds a request; in order of arrival it goes to the end.
    #[inline(always)]
    pub fn push(&mut self, request: u32, requests: &mut Requests) {
        match self {
            Queue::Fifo { head, tail } => {
                let record = &mut requests[request];
                record.next = NONE;
                record.previous = *tail;
                if *tail == NONE {
                    *head = request;
                } else {
                    requests[*tail].next = request;
                }
                *tail = request;
            }
            Queue::Random(list) => {
                requests[request].place = list.len() as u32;
                list.push(request);
            }
            Queue::Keyed(set) => {
                let record = &requests[request];
                set.insert((record.rank, record.sequence, request));
            }
            Queue::Workers(pool) => pool.push(request, requests),
        }
    }

    /// Takes the next request out of a queue that is not empty, in order of arrival; `None` in other orders.
    #[inline(always)]
    pub fn pop_fifo(&mut self, requests: &Requests) -> Option<u32> {
        let Queue::Fifo { head, tail } = self else { return None };
        let first = *head;
        *head = requests[first].next;
        // Nobody reads `previous` of the head.
        if *head == NONE {
            *tail = NONE;
        }
        Some(first)
    }

    /// Puts a request that was taken back to the front (in order of arrival; elsewhere to its place).
    pub fn push_front(&mut self, request: u32, requests: &mut Requests) {
        match self {
            Queue::Fifo { head, tail } => {
                let record = &mut requests[request];
                record.previous = NONE;
                record.next = *head;
                if *head == NONE {
                    *tail = request;
                } else {
                    requests[*head].previous = request;
                }
                *head = request;
            }
            Queue::Workers(pool) => pool.push_front(request, requests),
            _ => self.push(request, requests),
        }
    }

    /// The request that is next; `choose` gives a number below its argument for the random order.
    #[inline]
    pub fn peek(&self, choose: impl FnOnce(usize) -> usize) -> Option<u32> {
        match self {
            Queue::Fifo { head, .. } => (*head != NONE).then_some(*head),
            Queue::Random(list) => (!list.is_empty()).then(|| list[choose(list.len())]),
            Queue::Keyed(set) => set.first().map(|(_, _, request)| *request),
            Queue::Workers(pool) => pool.any(),
        }
    }

    /// All that wait, in no particular order.
    pub fn iter<'q>(&'q self, requests: &'q Requests) -> Box<dyn Iterator<Item = u32> + 'q> {
        match self {
            Queue::Fifo { head, .. } => Box::new(std::iter::successors((*head != NONE).then_some(*head), |at| {
                let next = requests[*at].next;
                (next != NONE).then_some(next)
            })),
            Queue::Random(list) => Box::new(list.iter().copied()),
            Queue::Keyed(set) => Box::new(set.iter().map(|(_, _, request)| *request)),
            Queue::Workers(pool) => Box::new(pool.all(requests).into_iter()),
        }
    }

    /// Takes a request out, wherever it is.
    #[inline]
    pub fn remove(&mut self, request: u32, requests: &mut Requests) {
        match self {
            Queue::Fifo { head, tail } => {
                let (previous, next) = (requests[request].previous, requests[request].next);
                if *head == request {
                    *head = next;
                } else {
                    requests[previous].next = next;
                }
                if next == NONE {
                    *tail = if *head == NONE { NONE } else { previous };
                } else {
                    requests[next].previous = previous;
                }
            }
            Queue::Random(list) => {
                let position = requests[request].place as usize;
                list.swap_remove(position);
                if let Some(moved) = list.get(position) {
                    requests[*moved].place = position as u32;
                }
            }
            Queue::Keyed(set) => {
                let record = &requests[request];
                set.remove(&(record.rank, record.sequence, request));
            }
            Queue::Workers(pool) => pool.remove(request, requests),
        }
    }
}
