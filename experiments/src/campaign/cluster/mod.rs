//! Campaigns on a cluster: the shards as tasks of an array job of Slurm.
//!
//! Every task is a `loadgraph` with a `--shard` that appends to the common store, so what is done is known from the store
//! alone, and a task that is killed, requeued or run twice changes nothing but the time. [`slurm`] starts Slurm's own
//! commands; [`follow`] submits, watches and submits again what has ended without being done.

pub mod follow;
pub mod slurm;
