//! A list of the next arrivals of very many devices, made for a known rate of events: two levels of buckets.
//!
//! ```text
//!   time ->  current  | fine buckets | windows of 512 fine buckets each
//!            sorted   | [.][..][ ].. | [ . ...][.. . ..][  .. .] ...
//! ```
//!
//! An event in a far window is appended to its chain of chunks; a window whose turn has come is dealt out to the fine
//! buckets, of about 1.6 events each; a fine bucket is sorted. All but the chunks stays in the first two caches.

/// Ticks per second.
const TICKS: f64 = (1u64 << 25) as f64;
/// Bits of the number of a device; the time is above them.
const DEVICE: u32 = 20;
/// Binary logarithms of the width of a fine bucket [ticks] and of their number in a window. At 51.2 events per second
/// a bucket holds 1.6.
const WIDTH: u32 = 20;
const FINE: u32 = 9;
/// Windows in sight; what lies beyond waits in the last of them.
const WINDOWS: u64 = 1 << 13;
/// Events in a fine bucket at most: with 1.6 on average more are less likely than 1e-20.
const ROOM: usize = 24;
const CHUNK: usize = 32;
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Chain {
    chunk: u32,
    /// Events in the first chunk.
    len: u32,
}

pub struct List {
    /// Sorted, the latest first, so that the earliest is at the end.
    current: Vec<u64>,
    fine: Box<[[u64; ROOM]]>,
    lens: [u8; 1 << FINE],
    /// One bit for each fine bucket that is not empty.
    filled: [u64; 1 << FINE >> 6],
    /// Number of the current fine bucket, counted from time 0.
    bucket: u64,
    windows: Box<[Chain]>,
    chunks: Vec<[u64; CHUNK]>,
    next: Vec<u32>,
    free: u32,
}

impl List {
    pub fn new() -> List {
        List {
            current: Vec::new(),
            fine: vec![[0; ROOM]; 1 << FINE].into(),
            lens: [0; 1 << FINE],
            filled: [0; 1 << FINE >> 6],
            bucket: 0,
            windows: vec![Chain { chunk: NONE, len: CHUNK as u32 }; WINDOWS as usize].into(),
            chunks: Vec::new(),
            next: Vec::new(),
            free: NONE,
        }
    }

    /// Time of the earliest event [s].
    #[inline(always)]
    pub fn first(&self) -> f64 {
        self.current.last().map_or(f64::INFINITY, |key| (key >> DEVICE) as f64 * (1.0 / TICKS))
    }

    /// Takes the earliest; gives the device. There must be one.
    #[inline(always)]
    pub fn pop(&mut self) -> u32 {
        let key = self.current.pop().unwrap_or(0);
        key as u32 & ((1 << DEVICE) - 1)
    }

    /// Sees to it that the earliest event is at hand; to be called after the push that follows a pop.
    #[inline(always)]
    pub fn settle(&mut self) {
        if self.current.is_empty() {
            self.advance();
        }
    }

    #[inline(always)]
    pub fn push(&mut self, time: f64, device: u32) {
        self.insert(((time * TICKS) as i64 as u64) << DEVICE | u64::from(device));
    }

    #[inline(always)]
    fn insert(&mut self, key: u64) {
        let bucket = key >> DEVICE >> WIDTH;
        if bucket >> FINE != self.bucket >> FINE {
            self.append(key, bucket >> FINE);
        } else if bucket != self.bucket {
            self.deal(key, bucket);
        } else {
            let later = self.current.iter().take_while(|other| **other > key).count();
            self.current.insert(later, key);
        }
    }

    #[inline(always)]
    fn deal(&mut self, key: u64, bucket: u64) {
        let place = bucket as usize & ((1 << FINE) - 1);
        let len = &mut self.lens[place];
        self.fine[place][usize::from(*len)] = key;
        *len += 1;
        self.filled[place >> 6] |= 1 << (place & 63);
    }

    #[inline(always)]
    fn append(&mut self, key: u64, window: u64) {
        let window = window.min((self.bucket >> FINE) + WINDOWS - 1) & (WINDOWS - 1);
        let chain = &mut self.windows[window as usize];
        if chain.len as usize == CHUNK {
            if self.free == NONE {
                self.free = self.chunks.len() as u32;
                self.chunks.push([0; CHUNK]);
                self.next.push(NONE);
            }
            let chunk = self.free;
            self.free = std::mem::replace(&mut self.next[chunk as usize], chain.chunk);
            *chain = Chain { chunk, len: 0 };
        }
        self.chunks[chain.chunk as usize][chain.len as usize & (CHUNK - 1)] = key;
        chain.len += 1;
    }

    /// The next fine bucket that is not empty becomes the current one.
    #[inline(never)]
    fn advance(&mut self) {
        loop {
            let place = self.bucket as usize & ((1 << FINE) - 1);
            let mut word = place >> 6;
            // Those up to the current one are empty.
            while word < self.filled.len() && self.filled[word] == 0 {
                word += 1;
            }
            if word < self.filled.len() {
                let bit = self.filled[word].trailing_zeros() as usize;
                self.filled[word] &= self.filled[word] - 1;
                let place = word << 6 | bit;
                self.bucket = self.bucket >> FINE << FINE | place as u64;
                let len = usize::from(std::mem::take(&mut self.lens[place]));
                for i in 0..len {
                    let key = self.fine[place][i];
                    let mut at = self.current.len();
                    self.current.push(key);
                    while at > 0 && self.current[at - 1] < key {
                        self.current[at] = self.current[at - 1];
                        at -= 1;
                    }
                    self.current[at] = key;
                }
                return;
            }
            self.open_window();
        }
    }

    /// Deals out the next window.
    fn open_window(&mut self) {
        let window = (self.bucket >> FINE) + 1;
        let chain = &mut self.windows[(window & (WINDOWS - 1)) as usize];
        let Chain { mut chunk, mut len } = *chain;
        *chain = Chain { chunk: NONE, len: CHUNK as u32 };
        self.bucket = window << FINE;
        while chunk != NONE {
            for i in 0..len as usize {
                let key = self.chunks[chunk as usize][i];
                let bucket = key >> DEVICE >> WIDTH;
                match bucket >> FINE == window {
                    true => self.deal(key, bucket),
                    false => self.append(key, bucket >> FINE),
                }
            }
            let rest = self.next[chunk as usize];
            self.next[chunk as usize] = self.free;
            self.free = chunk;
            (chunk, len) = (rest, CHUNK as u32);
        }
    }
}
