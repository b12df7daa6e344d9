//! The passive components of random systems: ways to write each, and steps that use it.

/// A passive component.
pub struct Mechanism {
    /// Its name in the file.
    pub name: &'static str,
    /// Ways to write it; `d`, `p`, `n` and `s` are a device, a processor, a network and a storage.
    pub components: &'static [&'static str],
    /// Steps that use it: `{body}` stands for a body, `{apart}` for one that is run by another request, `{time}` for a
    /// random time.
    pub steps: &'static [&'static str],
}

/// All of them.
pub const MECHANISMS: &[Mechanism] = &[
    Mechanism {
        name: "permits",
        components: &[
            "Semaphore(capacity: 2)",
            "Semaphore(capacity: 3, order: Priority, queue: 2)",
            "Semaphore(capacity: 2, order: Edf, power: (idle: \"1 W\", active: \"2 W\"))",
            "Semaphore(capacity: 2, per: \"d\")",
            "Semaphore(capacity: 2, spin: \"p\", poll: \"100 ms\")",
        ],
        steps: &[
            "Hold(pool: \"permits\", steps: {body})",
            "Timeout({time}, [Hold(pool: \"permits\", n: 2, steps: {body})], otherwise: [])",
            "Fork([[Hold(pool: \"permits\", steps: {body})], {body}], join: Any)",
        ],
    },
    Mechanism {
        name: "recent",
        components: &[
            "Cache(capacity: 5)",
            "Cache(policy: S3Fifo, capacity: 20, ttl: \"5 s\", access: \"10 ms\", on: \"p\")",
            "Cache(policy: Arc, capacity: \"200 B\")",
            "Cache(levels: [(capacity: 2, access: \"1 ms\"), (policy: Random, capacity: 5)], inclusion: Inclusive)",
            "Cache(levels: [(capacity: 2), (policy: Sieve, capacity: 5), ()], per: \"d\")",
        ],
        steps: &[
            "Lookup(cache: \"recent\", key: Zipf(n: 20, s: 1), hit: {body}, miss: {body})",
            "Lookup(cache: \"recent\", key: Zipf(n: 5, s: 1), size: Exponential(\"50 B\"), coalesce: true, miss: {body})",
            "Timeout({time}, [Lookup(cache: \"recent\", key: Zipf(n: 3, s: 1), coalesce: true, miss: {body})])",
            "Invalidate(cache: \"recent\", key: Zipf(n: 20, s: 1))",
        ],
    },
];
