//! Books of what has been given out, by the token that comes back with it.

/// What is out, each with a token; tokens are used again.
#[derive(Clone, Debug)]
pub(crate) struct Ledger<T> {
    slots: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Ledger<T> {
    fn default() -> Ledger<T> {
        Ledger { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T: Copy> Ledger<T> {
    /// Keeps something; gives its token.
    pub fn put(&mut self, thing: T) -> u32 {
        match self.free.pop() {
            Some(token) => {
                self.slots[token as usize] = thing;
                token
            }
            None => {
                self.slots.push(thing);
                self.slots.len() as u32 - 1
            }
        }
    }

    /// What a token stands for.
    pub fn get(&self, token: u32) -> &T {
        &self.slots[token as usize]
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, token: u32) -> &mut T {
        &mut self.slots[token as usize]
    }

    /// It comes back: its slot is free.
    pub fn take(&mut self, token: u32) -> T {
        self.free.push(token);
        self.slots[token as usize]
    }
}
