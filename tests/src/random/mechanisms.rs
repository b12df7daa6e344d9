//! The passive components of random systems: ways to write each, and steps that use it.

/// A passive component.
pub struct Mechanism {
    /// Its name in the file.
    pub name: &'static str,
    /// Ways to write it; `d`, `p`, `n` and `s` are a device, a processor, a network and a storage, `q` a processor of one instance.
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
    Mechanism {
        name: "links",
        components: &[
            "ConnectionPool(limit: 2, endpoints: 2, round_trip: \"50 ms\")",
            "ConnectionPool(limit: 3, endpoints: 2, max_age: \"20 s\", idle: \"3 s\", warm: 1, round_trip: Exponential(\"0.2 s\"), handshake: \"20 ms\", on: \"q\")",
            "ConnectionPool(limit: 2, endpoints: 2, breaks: Exponential(\"10 s\"), check: \"10 ms\", unhealthy: 0.2, queue: 2, round_trip: \"0.1 s\")",
        ],
        steps: &[
            "Connect(pool: \"links\", endpoint: 1, steps: {body})",
            "Connect(pool: \"links\", endpoint: Zipf(2, 1), steps: {body}, patience: {time})",
            "Connect(pool: \"links\", endpoint: 2, open: [Send(\"n\", \"20 B\")], steps: {body})",
            "Probe(pool: \"links\", idle: \"1 s\", steps: [Compute(\"p\", \"10 ms\")])",
        ],
    },
    Mechanism {
        name: "objects",
        components: &[
            "ObjectPool(max_size: 2, factory: \"0.2 s\")",
            "ObjectPool(max_size: 3, keep: Own, factory: Exponential(\"0.1 s\"), on: \"q\")",
        ],
        steps: &[
            "Borrow(pool: \"objects\", steps: {body})",
            "Timeout({time}, [Borrow(pool: \"objects\", steps: {body})], otherwise: {body})",
        ],
    },
    Mechanism {
        name: "queue",
        components: &[
            "Channel(capacity: 2)",
            "Channel(capacity: 3, consumers: 2, full: DropNewest)",
            "Channel(capacity: 2, full: DropOldest)",
            "Channel(capacity: 1, full: Fail)",
            "Channel(capacity: 2, per: \"d\")",
        ],
        steps: &[
            "Put(channel: \"queue\", steps: {apart})",
            "Put(channel: \"queue\", steps: {apart}, patience: {time})",
        ],
    },
    Mechanism {
        name: "ring",
        components: &[
            "Buffer(capacity: \"500 B\", threshold: \"200 B\")",
            "Buffer(capacity: \"300 B\", full: Drop, empty: Fail)",
            "Buffer(capacity: \"300 B\", threshold: \"100 B\", empty: Fail)",
            "Buffer(capacity: \"400 B\", full: Fail, compact: \"100 MB/s\", on: \"q\")",
        ],
        steps: &[
            "Fill(buffer: \"ring\", size: Exponential(\"60 B\"), flush: {body})",
            "Fill(buffer: \"ring\", size: \"50 B\", patience: {time})",
            "Drain(buffer: \"ring\", size: Exponential(\"60 B\"), patience: {time})",
            "Drain(buffer: \"ring\", size: \"30 B\", fill: {body})",
        ],
    },
    Mechanism {
        name: "dma",
        components: &[
            "Dma(channels: 1, bandwidth: \"1 kB/s\", setup: \"10 ms\")",
            "Dma(channels: 2, bandwidth: \"500 B/s\", full: Fail)",
            "Dma(channels: 2, bandwidth: \"500 B/s\", order: Priority)",
        ],
        steps: &[
            "Transfer(size: Exponential(\"100 B\"), mode: ZeroCopy, on: \"q\", dma: \"dma\", map: \"1 ms\", unmap: \"1 ms\")",
            "Transfer(size: \"100 B\", mode: Copy, on: \"q\", memcpy: \"1 kB/s\")",
            "Transfer(size: \"100 B\", mode: PooledCopy, on: \"q\", pool: \"objects\", memcpy: \"2 kB/s\", steps: {body})",
            "Timeout({time}, [Transfer(size: \"300 B\", mode: ZeroCopy, on: \"q\", dma: \"dma\", map: \"1 ms\", unmap: \"1 ms\", patience: {time})], otherwise: [])",
        ],
    },
    Mechanism {
        name: "guard",
        components: &[
            "Lock()",
            "Lock(acquire: \"1 ms\", hand_over: \"5 ms\", on: \"q\")",
            "Lock(kind: RwLock(prefer: Writers))",
            "Lock(order: Priority)",
            "Lock(kind: Spin(on: \"q\"))",
        ],
        steps: &[
            "Lock(\"guard\", Exclusive, {body})",
            "Timeout({time}, [Lock(\"guard\", Exclusive, {body})], otherwise: [])",
            "Fork([[Lock(\"guard\", Exclusive, [Compute(\"p\", {time})])], {body}], join: Any)",
        ],
    },
    Mechanism {
        name: "atomic",
        components: &["Lock(kind: LockFree)", "Lock(kind: LockFree, acquire: \"5 ms\", hand_over: \"5 ms\")"],
        steps: &[
            "Lock(\"atomic\", Exclusive, [Compute(\"p\", \"0.1 s\")])",
            "Lock(\"atomic\", Exclusive, [Delay({time})])",
        ],
    },
    Mechanism {
        name: "batcher",
        components: &[
            "Batcher(size: 3, time: \"2 s\")",
            "Batcher(size: \"200 B\", time: \"1 s\")",
            "Batcher(size: 2)",
            "Batcher(time: \"0.5 s\")",
        ],
        steps: &[
            "Batch(batcher: \"batcher\", size: \"60 B\", steps: [Compute(\"p\", \"20 ms + $batch.n * 10 ms\")])",
            "Batch(batcher: \"batcher\", size: Exponential(\"60 B\"), patience: {time}, steps: [Compute(\"p\", \"20 ms + $batch.n * 10 ms\")])",
            "Timeout({time}, [Batch(batcher: \"batcher\", size: \"10 B\", steps: [Compute(\"p\", \"20 ms + $batch.n * 10 ms\")])], otherwise: [])",
        ],
    },
    Mechanism {
        name: "tokens",
        components: &["Tokens()", "Tokens(bad_form: 0.1, expired: 0.1, verify: \"20 ms\", create: \"40 ms\")"],
        steps: &[
            "Token(tokens: \"tokens\", on: \"p\")",
            "Token(tokens: \"tokens\", on: \"p\", action: Create)",
            "Retry(1, backoff: \"0.1 s\", steps: [Token(tokens: \"tokens\", on: \"p\")])",
        ],
    },
    Mechanism {
        name: "bus",
        components: &[
            "Topic(handlers: [(flow: \"other\")])",
            "Topic(handlers: [(flow: \"other\", subscribers: 2, priority: 1)], dispatch: AtOnce)",
            "Topic(handlers: [(flow: \"other\", event: \"fire\")], batch: 2, on_error: Stop, queue: 3)",
        ],
        steps: &["Publish(topic: \"bus\", event: \"fire\")", "Publish(topic: \"bus\")"],
    },
    Mechanism {
        name: "node",
        components: &[
            "Admission(cores: 4, memory: \"4 kB\", short: Refuse)",
            "Admission(cores: 4, memory: \"4 kB\", queue: 3)",
            "Admission(cores: 3, memory: \"4 kB\", bandwidth: \"1 kbit/s\", storage: \"1 MB\", backfill: true)",
        ],
        steps: &[
            "Admit(pool: \"node\", cores: 1, memory: \"1 kB\", steps: {body})",
            "Admit(pool: \"node\", cores: Uniform(0, 4), patience: {time}, steps: {body})",
            "Timeout({time}, [Admit(pool: \"node\", cores: 2, memory: \"3 kB\", steps: {body})], otherwise: [])",
        ],
    },
    Mechanism {
        name: "memory",
        components: &[
            "MemoryPool(classes: Sizes([\"64 B\", \"256 B\"]), blocks: 2, take: \"1 ms\", system: \"10 ms\")",
            "MemoryPool(classes: Growing, limit: \"1 kB\", defragment: \"10 ms\", on: \"q\")",
            "MemoryPool(classes: Ratio(ratio: 4), blocks: 1, limit: \"30 kB\", at_limit: Fail)",
        ],
        steps: &[
            "Allocate(\"memory\", Exponential(\"100 B\"), {body})",
            "Allocate(pool: \"memory\", size: \"200 B\", steps: {body}, patience: {time})",
            "Allocate(pool: \"memory\", size: \"50 B\", steps: {body})",
        ],
    },
    Mechanism {
        name: "heap",
        components: &[
            "Collector(on: \"q\", live: \"50 kB\", minimum: \"100 kB\", mark: \"2 us/B\", pause: \"10 ms\")",
            "Collector(on: \"q\", live: \"20 kB\", minimum: \"50 kB\", gogc: 50, limit: \"200 kB\", mark: \"2 us/B\", sweep: \"1 us/B\", pause: Uniform(\"1 ms\", \"20 ms\"), allocation: \"0.1 ms\")",
        ],
        steps: &[
            "Allocate(\"heap\", Exponential(\"3 kB\"), {body})",
            "Allocate(pool: \"heap\", size: \"2 kB\", lives: {time}, steps: [Compute(\"p\", {time})])",
        ],
    },
    Mechanism {
        name: "file",
        components: &[
            "MappedFile(storage: \"s\", size: \"10 kB\", pages: 3, page: \"100 B\", fault: \"1 ms\")",
            "MappedFile(storage: \"s\", size: \"2 kB\", pages: 5, page: \"200 B\", on: \"q\")",
        ],
        steps: &[
            "Access(\"file\", Uniform(\"0 B\", \"1 kB\"), \"100 B\")",
            "Access(file: \"file\", offset: Uniform(\"0 B\", \"1 kB\"), size: Exponential(\"100 B\"), write: true)",
            "Sync(\"file\")",
            "Timeout({time}, [Access(file: \"file\", offset: \"0 B\", size: \"500 B\", write: true), Sync(\"file\")], otherwise: [])",
        ],
    },
    Mechanism {
        name: "registry",
        components: &[
            "Registry(of: [\"p\"], every: \"3 s\")",
            "Registry(of: [\"p\", \"q\"], every: \"4 s\", misses: 2, work: \"20 ms\", timeout: \"1 s\")",
            "Registry(of: [\"p\"], every: \"5 s\", successes: 2, over: \"n\", size: \"10 B\")",
        ],
        steps: &["Compute(\"p\", {time})", "Retry(1, backoff: \"0.5 s\", steps: [Compute(\"p\", {time})])"],
    },
    Mechanism {
        name: "cluster",
        components: &[
            "Orchestrator(nodes: {\"p\": (memory: \"8 kB\")}, services: {\"job\": (cpu: 0.5, memory: \"1 kB\", replicas: 2, image: \"100 B\", create: \"0.1 s\", start: \"0.1 s\", ready: \"0.2 s\")}, over: \"n\", every: \"3 s\", misses: 2)",
            "Orchestrator(nodes: {\"p\": (), \"q\": ()}, services: {\"job\": (cpu: 1, apart: true, absent: Fail, scale: (inside: 1, most: 3, every: \"5 s\"))}, cold: true, every: \"2 s\")",
            "Orchestrator(nodes: {\"p\": (), \"q\": (memory: \"2 kB\")}, services: {\"job\": (memory: \"1 kB\", balance: ShortestQueue, start: \"0.5 s\")})",
        ],
        steps: &[
            "Place(\"cluster\", \"job\", [Compute(\"job\", {time})])",
            "Place(orchestrator: \"cluster\", service: \"job\", steps: [Compute(\"job\", {time})], patience: {time})",
            "Timeout({time}, [Place(\"cluster\", \"job\", [Compute(\"job\", {time})])], otherwise: [])",
        ],
    },
    Mechanism {
        name: "metrics",
        components: &[
            "Metrics(of: [\"p\", \"q\"], every: \"3 s\", jitter: \"0.5 s\", work: \"10 ms\")",
            "Metrics(of: [\"p\", \"n\", \"s\"], every: \"4 s\", work: \"5 ms\", on: \"q\", size: \"10 B\", over: \"n\", collector: \"q\", ingest: \"1 ms\", storage: \"s\")",
        ],
        steps: &["Compute(\"q\", {time})"],
    },
];
