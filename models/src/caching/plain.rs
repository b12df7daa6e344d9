//! What policies have in common that remember nothing of objects that are not resident.

use super::index::{Index, NONE};
use super::room::Room;
use super::slots::Slots;
use super::{Capacity, Policy, Settings};

/// The resident objects and the room that they take.
#[derive(Clone, Debug)]
pub struct Residents<I> {
    pub slots: Slots<I>,
    pub room: Room,
}

impl<I: Index> Residents<I> {
    /// None.
    pub fn new(settings: &Settings, index: I) -> Residents<I> {
        Residents { slots: Slots::new(index, settings.capacity), room: Room::new(settings.capacity) }
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

    /// An object has come in, with mark 0.
    fn enter(&mut self, slot: u32);

    /// Who leaves next; there is somebody.
    fn victim(&mut self) -> u32;

    /// An object is about to leave; `chosen` says whether it is what [`Plain::victim`] has just said.
    fn leaves(&mut self, slot: u32, chosen: bool);

    /// Does all of [`Policy::access`] where all objects weigh alike and the cache is full, if there is a faster way:
    /// whether the key was there.
    #[inline]
    fn exchange(&mut self, key: u64) -> Option<bool> {
        let _ = key;
        None
    }

    /// Something of what a hit at a slot needs: reading it brings it near.
    #[inline]
    fn look(&self, slot: u32) -> u32 {
        let _ = slot;
        0
    }

    /// Slots that are likely to be victims soon.
    #[inline]
    fn upcoming(&self, count: usize) -> impl Iterator<Item = u32> {
        let _ = count;
        std::iter::empty()
    }

    /// The next use of the key that comes next.
    #[inline]
    fn next_use(&mut self, next: u64) {
        let _ = next;
    }
}

#[inline]
fn delete<P: Plain>(policy: &mut P, slot: u32, chosen: bool) -> u64 {
    policy.leaves(slot, chosen);
    let Residents { slots, room } = policy.residents_mut();
    room.give(slots.weight(slot));
    slots.delete(slot)
}

/// Makes room for an object that is not resident, and adds it.
#[inline(always)]
fn admit<P: Plain>(policy: &mut P, key: u64, weight: u32, mut evicted: impl FnMut(u64)) {
    while policy.residents().room.lacks(weight) {
        let slot = policy.victim();
        evicted(delete(policy, slot, true));
    }
    let Residents { slots, room } = policy.residents_mut();
    room.take(weight);
    let slot = slots.add(key, weight, 0);
    policy.enter(slot);
}

impl<P: Plain> Policy for P {
    #[inline]
    fn touch(&mut self, key: u64) -> bool {
        let slot = self.residents().slots.find(key);
        if slot != NONE {
            self.hit(slot);
        }
        slot != NONE
    }

    #[inline(always)]
    fn access(&mut self, key: u64, size: u32) -> bool {
        let Residents { slots, room } = self.residents();
        if room.lacks(1)
            && slots.exchanges(key)
            && let Some(there) = self.exchange(key)
        {
            return there;
        }
        let Residents { slots, room } = self.residents();
        let slot = slots.find(key);
        if slot != NONE {
            self.hit(slot);
            return true;
        }
        let weight = room.weight(size);
        if room.admits(weight) {
            admit(self, key, weight, |_| {});
        }
        false
    }

    #[inline]
    fn prepare(&self, keys: impl Iterator<Item = u64>) {
        let slots = &self.residents().slots;
        let (mut all, mut count) = (0, 0);
        for key in keys {
            let slot = slots.slot(key);
            all |= slots.look(slot) | self.look(slot);
            count += 1;
        }
        all |= self.upcoming(count).fold(0, |all, slot| all | slots.look(slot) | self.look(slot));
        std::hint::black_box(all);
    }

    #[inline]
    fn insert(&mut self, key: u64, size: u32, evicted: impl FnMut(u64)) -> bool {
        let Residents { slots, room } = self.residents();
        let weight = room.weight(size);
        let admitted = room.admits(weight);
        let slot = slots.find(key);
        if slot != NONE {
            if slots.weight(slot) == weight {
                return true;
            }
            delete(self, slot, false);
        }
        if admitted {
            admit(self, key, weight, evicted);
        }
        admitted
    }

    fn remove(&mut self, key: u64) -> bool {
        let slot = self.residents().slots.find(key);
        if slot != NONE {
            delete(self, slot, false);
        }
        slot != NONE
    }

    fn contains(&self, key: u64) -> bool {
        self.residents().slots.find(key) != NONE
    }

    fn len(&self) -> usize {
        self.residents().slots.len()
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
