//! Locks that end with the process that holds them, whatever becomes of it.

use std::fs::File;

/// Takes the lock of a file, waiting for whoever has it. Without effect where the file system has no locks.
#[cfg(unix)]
pub fn hold(file: &File) {
    while rustix::fs::flock(file, rustix::fs::FlockOperation::LockExclusive) == Err(rustix::io::Errno::INTR) {}
}

/// Whether somebody holds the lock of a file.
#[cfg(unix)]
pub fn is_held(file: &File) -> bool {
    let tried = rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockShared);
    tried == Err(rustix::io::Errno::WOULDBLOCK)
}

/// Takes the lock of a file: not on this system.
#[cfg(not(unix))]
pub fn hold(_: &File) {}

/// Whether somebody holds the lock of a file: nobody does on this system.
#[cfg(not(unix))]
pub fn is_held(_: &File) -> bool {
    false
}
