//! Tables of a fixed length.

use std::ops::{Index, IndexMut};

/// A table with room for `ROOM` entries, a power of two: as this is known beforehand, no bounds are checked.
#[derive(Debug)]
pub(super) struct Table<T, const ROOM: usize>(Box<[T; ROOM]>);

impl<T: Default, const ROOM: usize> Table<T, ROOM> {
    /// A table of these entries, filled up; there must be at most `ROOM`.
    pub fn new(entries: impl IntoIterator<Item = T>) -> Self {
        const { assert!(ROOM.is_power_of_two()) };
        let mut all: Vec<T> = entries.into_iter().take(ROOM).collect();
        all.resize_with(ROOM, T::default);
        match all.try_into() {
            Ok(entries) => Table(entries),
            Err(_) => unreachable!("it has just been made that long"),
        }
    }
}

impl<T, const ROOM: usize> Table<T, ROOM> {
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }
}

impl<T, const ROOM: usize> Index<u32> for Table<T, ROOM> {
    type Output = T;
    #[inline(always)]
    fn index(&self, index: u32) -> &T {
        &self.0[index as usize & (ROOM - 1)]
    }
}

impl<T, const ROOM: usize> IndexMut<u32> for Table<T, ROOM> {
    #[inline(always)]
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.0[index as usize & (ROOM - 1)]
    }
}
