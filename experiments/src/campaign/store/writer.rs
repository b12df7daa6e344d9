//! A writer: a segment of its own, to which lines are appended and which is brought to the disk behind them.

use super::index::ENDING;
use super::segment::{self, Kind};
use super::{Store, StoreError, io_at, lock};
use crate::store::place::safe;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What the disk has refused.
type Refusal = Arc<Mutex<Option<io::Error>>>;

/// A segment that is being written.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    name: String,
    /// The file, and its length up to the last whole line.
    file: Mutex<(File, u64)>,
    refusal: Refusal,
    /// Wakes the thread that brings lines to the disk: none waits for it, and it takes many at a time.
    wake: Option<Sender<()>>,
    syncing: Option<JoinHandle<()>>,
}

impl Writer {
    /// A new segment in a store.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(store: &Store) -> Result<Writer, StoreError> {
        let folder = store.records();
        let (path, name, mut file) = create(&folder)?;
        let failed = io_at(&path);
        lock::hold(&file);
        let head = segment::head(&store.manifest.id);
        file.write_all(head.as_bytes()).map_err(&failed)?;
        // The name of a new file is on the disk when its folder is.
        if let Ok(folder) = File::open(&folder) {
            let _ = folder.sync_all();
        }
        let own = file.try_clone().map_err(&failed)?;
        let refusal = Refusal::default();
        let (wake, woken) = channel();
        let seen = refusal.clone();
        let syncing = std::thread::spawn(move || keep_synced(&own, &woken, &seen));
        let file = Mutex::new((file, head.len() as u64));
        Ok(Writer { path, name, file, refusal, wake: Some(wake), syncing: Some(syncing) })
    }

    /// The name of the segment.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says that a configuration is being worked on.
    ///
    /// # Errors
    /// The line cannot be written.
    pub fn claim(&self, index: u64) -> Result<(), StoreError> {
        self.append(&segment::line(Kind::Claim, index, "{}"))
    }

    /// Keeps a record; it is on the disk a moment later.
    ///
    /// # Errors
    /// The line cannot be written, or an earlier one could not be brought to the disk.
    pub fn record(&self, index: u64, json: &str) -> Result<(), StoreError> {
        self.append(&segment::line(Kind::Record, index, json))?;
        if let Some(wake) = &self.wake {
            // The thread lives as long as the sender.
            let _ = wake.send(());
        }
        self.refused()
    }

    fn append(&self, line: &str) -> Result<(), StoreError> {
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, length) = &mut *guard;
        match file.write_all(line.as_bytes()) {
            Ok(()) => {
                *length += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line at the end would be passed over; but another may follow it, once there is room again.
                let _ = file.set_len(*length);
                Err(io_at(&self.path)(error))
            }
        }
    }

    fn refused(&self) -> Result<(), StoreError> {
        let refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
        refusal.map_or(Ok(()), |error| Err(io_at(&self.path)(error)))
    }

    /// Brings everything to the disk and gives the segment up.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.finish();
        self.refused()
    }

    fn finish(&mut self) {
        self.wake = None;
        if let Some(thread) = self.syncing.take() {
            // It has nothing that can panic.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Waits for lines and brings them to the disk, all that have come meanwhile at once.
fn keep_synced(file: &File, woken: &Receiver<()>, refusal: &Refusal) {
    while woken.recv().is_ok() {
        while woken.try_recv().is_ok() {}
        if let Err(error) = file.sync_data() {
            *refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    }
}

/// A file of a name that none has had.
fn create(folder: &Path) -> Result<(PathBuf, String, File), StoreError> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = safe(host.trim());
    let mut n = 0;
    loop {
        let name = format!("{host}-{}-{n}.{ENDING}", std::process::id());
        let path = folder.join(&name);
        match File::options().append(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, name, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => n += 1,
            Err(error) => return Err(io_at(&path)(error)),
        }
    }
}
