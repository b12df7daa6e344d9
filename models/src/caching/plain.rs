//! What policies have in common that remember nothing of objects that are not resident.

use super::index::{Index, NONE};
use super::room::Room;
use super::slab::Slab;
use super::{Capacity, Policy, Settings};

/// The resident objects and the room that they take.
#[derive(Clone, Debug)]
pub struct Residents<I> {
    pub slab: Slab<I>,
    pub room: Room,
}

impl<I: Index> Residents<I> {
    /// None, in so many lists.
    pub fn new(settings: &Settings, index: I, lists: u32) -> Residents<I> {
        Residents { slab: Slab::new(index, lists), room: Room::new(settings.capacity) }
    }
}

/// A policy that remembers nothing of objects that are not resident: which use matters, and who leaves.
pub trait Plain {
    /// From keys to slots.
    type Index: Index;

    /// What is resident.
    fn residents(&self) -> &Residents<Self::Index>;

    /// What is resident, to be changed.
    fn residents_mut(&mut self) -> &mut Residents<Self::Index>;

    /// A resident object was used.
    fn hit(&mut self, slot: u32);

    /// Adds an object, for which there is room.
    fn enter(&mut self, key: u64, weight: u32);

    /// Who leaves next; there is somebody.
    fn victim(&mut self) -> u32;

    /// An object is about to leave, for whatever reason.
    #[inline]
    fn leaves(&mut self, slot: u32) {
        let _ = slot;
    }

    /// The next use of the key that comes next.
    #[inline]
    fn next_use(&mut self, next: u64) {
        let _ = next;
    }
}

#[inline]
fn delete<P: Plain>(policy: &mut P, slot: u32) -> u64 {
    policy.leaves(slot);
    let Residents { slab, room } = policy.residents_mut();
    let (key, weight) = slab.delete(slot);
    room.give(weight);
    key
}

impl<P: Plain> Policy for P {
    #[inline]
    fn touch(&mut self, key: u64) -> bool {
        let slot = self.residents().slab.find(key);
        if slot != NONE {
            self.hit(slot);
        }
        slot != NONE
    }

    #[inline]
    fn insert(&mut self, key: u64, size: u32, mut evicted: impl FnMut(u64)) -> bool {
        let Residents { slab, room } = self.residents();
        let weight = room.weight(size);
        let admitted = room.admits(weight);
        let slot = slab.find(key);
        if slot != NONE {
            if slab.weight(slot) == weight {
                return true;
            }
            delete(self, slot);
        }
        if !admitted {
            return false;
        }
        while self.residents().room.lacks(weight) {
            let slot = self.victim();
            evicted(delete(self, slot));
        }
        self.residents_mut().room.take(weight);
        self.enter(key, weight);
        true
    }

    fn remove(&mut self, key: u64) -> bool {
        let slot = self.residents().slab.find(key);
        if slot != NONE {
            delete(self, slot);
        }
        slot != NONE
    }

    fn contains(&self, key: u64) -> bool {
        self.residents().slab.find(key) != NONE
    }

    fn len(&self) -> usize {
        self.residents().slab.len()
    }

    fn used(&self) -> u64 {
        self.residents().room.used()
    }

    fn capacity(&self) -> Capacity {
        self.residents().room.capacity()
    }

    #[inline]
    fn foresee(&mut self, next: u64) {
        self.next_use(next);
    }
}

/// The two accessors, for a policy whose field is `residents`.
macro_rules! residents {
    () => {
        type Index = I;
        #[inline]
        fn residents(&self) -> &Residents<I> {
            &self.residents
        }
        #[inline]
        fn residents_mut(&mut self) -> &mut Residents<I> {
            &mut self.residents
        }
    };
}
pub(super) use residents;
