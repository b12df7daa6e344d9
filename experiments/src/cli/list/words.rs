//! The words of experiment files, each with what it means and how it is written. A test reads every example.

/// A word of the language.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// How it is written.
    pub example: &'static str,
}

pub(super) const fn word(name: &'static str, about: &'static str, example: &'static str) -> Word {
    Word { name, about, example }
}

/// Kinds of components, with the fields of their own.
pub const COMPONENTS: &[Word] = &[
    word(
        "Device",
        "things in the field, by the hundred thousand if need be: where requests start, with a small processor each",
        "Device(count: 200, profile: \"esp32-wifi\", cores: 1, frequency: \"240 MHz\", overhead: \"1 ms\", battery: \"20 kJ\")",
    ),
    word(
        "Network",
        "a link: channels that transmit (size / bandwidth), then a latency that occupies nothing, unless `occupies: true`; \
         `between` its ends lets `Send(to: ..)` find it and tells directions apart",
        "Network(bandwidth: \"20 Mbit/s\", latency: \"2 ms\", header: \"36 B\", channels: 1, duplex: Half,\n        \
         reliability: 0.99, retransmit: UpTo(times: 3), between: (\"gateway\", \"cloud\"), energy_per_bit: \"20 nJ/bit\",\n        \
         protocol: Mqtt(qos: 1))",
    ),
    word(
        "Processor",
        "cores that compute; cores of different speed are given in groups",
        "Processor(cores: 4, frequency: \"1.5 GHz\", overhead: \"10 us\", scheduler: Priority())\n\
         Processor(cores: [(4, \"2 GHz\"), (4, \"1 GHz\")])",
    ),
    word(
        "Storage",
        "an access time and a transfer, both of which occupy a channel; a Write into a full storage fails",
        "Storage(access: \"0.3 ms\", read: \"90 MB/s\", write: \"40 MB/s\", capacity: \"8 GB\", channels: 1)",
    ),
    word(
        "Cache",
        "objects by key (`loadgraph list policies`); `capacity` in objects or bytes, `ttl`, `warm` (keys there at the \
         start), `access` (time of a look, spent on the processor `on`, or passing), or several `levels`, which are \
         Exclusive or Inclusive",
        "Cache(policy: S3Fifo, capacity: 10_000, ttl: \"60 s\", access: \"1 us\", on: \"gateway\")\n\
         Cache(levels: [(capacity: \"1 MiB\", access: \"10 ns\"), (policy: Arc, capacity: \"64 MiB\")], inclusion: Inclusive)",
    ),
    word(
        "Batcher",
        "gathers requests for a `Batch`, until there are so many items or so much data (`size`), or for so long from the \
         first one (`time`)",
        "Batcher(size: 100, time: \"50 ms\")\nBatcher(size: \"4 KiB\")",
    ),
    word(
        "Semaphore",
        "units that requests hold for the length of a `Hold`: permits, credits, or a joint limit on all that is used \
         within; waiting requests stand in line (`order`: Fifo, Priority, Edf), at most `queue` of them, or poll from a \
         processor (`spin`)",
        "Semaphore(capacity: 10, order: Fifo, queue: 100, per: \"sensors\")\n\
         Semaphore(capacity: 4, spin: \"cpu\", poll: \"1 us\")",
    ),
    word(
        "ConnectionPool",
        "connections that are set up once and used again, the last returned first: `limit` of them to each of the \
         `endpoints`; closed at `max_age` or after `idle`; found broken when reused (`unhealthy`, `breaks`), tested at the \
         time `check`; a miss pays `round_trips` and a `handshake`",
        "ConnectionPool(limit: 10, endpoints: 4, max_age: \"60 s\", idle: \"30 s\", warm: 2, round_trips: 3,\n               \
         round_trip: \"20 ms\", handshake: \"0.4 ms\", on: \"cpu\", breaks: Exponential(\"10 min\"))",
    ),
    word(
        "ObjectPool",
        "objects that are costly to make: what comes back is kept, up to `max_size` (keep: Returned), or the pool has so many \
         of its own (keep: Own); nobody waits, a miss pays the `factory`",
        "ObjectPool(max_size: 8, keep: Own, factory: \"50 us\", on: \"cpu\")",
    ),
    word(
        "Channel",
        "a bounded queue of messages; when it is full the sender waits, or a message is dropped: Block, DropNewest, \
         DropOldest, Fail",
        "Channel(capacity: 100, consumers: 2, full: Block, per: \"clients\")",
    ),
    word(
        "Buffer",
        "bytes that are flushed at a `threshold` and filled when there are too few; else full: Block, Drop, Fail and empty: \
         Block, Fail; a ring, or with `compact` a straight piece of memory",
        "Buffer(capacity: \"64 KiB\", threshold: \"48 KiB\", full: Block, empty: Fail)",
    ),
    word(
        "Dma",
        "channels that move data without the processor; full: Queue, Fail",
        "Dma(channels: 4, bandwidth: \"10 GB/s\", setup: \"1 us\", full: Queue)",
    ),
    word(
        "Lock",
        "a structure that requests take turns at with the step `Lock`: a Mutex, RwLock (`prefer`: Fifo, Readers, Writers), \
         Spin, whose waiters burn a processor, or LockFree, whose bodies run at once and are repeated when another one has \
         succeeded meanwhile; `acquire` and `hand_over` are what taking it costs",
        "Lock(kind: RwLock(prefer: Writers), acquire: \"50 ns\", hand_over: \"2 us\", on: \"cpu\")\n\
         Lock(kind: Spin(on: \"cpu\", yields: true, poll: \"1 us\"))\n\
         Lock(kind: LockFree, hand_over: \"100 ns\")",
    ),
    word(
        "Tokens",
        "signed web tokens (Hs256, Rs256, Es256): what it takes to make and to verify them, and which share of them is bad",
        "Tokens(algorithm: Rs256, bad_form: 0.01, bad_signature: 0.01, expired: 0.02)\n\
         Tokens(create: \"0.3 ms\", verify: \"0.1 ms\")",
    ),
    word(
        "Topic",
        "events and the flows that handle them: in turn, the most urgent first, in batches that an error continues or stops; \
         or all at once",
        "Topic(handlers: [(flow: \"store\"), (flow: \"alarm\", event: \"fire\", priority: 5)], batch: 100, on_error: Stop)\n\
         Topic(handlers: [(flow: \"screens\", subscribers: 20)], dispatch: AtOnce)",
    ),
    word(
        "Admission",
        "cores, memory, bandwidth and storage that an `Admit` is given together or not at all; when any is short the request \
         waits, the highest priority next (1 / seconds to the deadline + 0.1 per core + 0.01 per MB + 1, 10, 50 or 100 for \
         the level of its flow), or is refused",
        "Admission(cores: 8, memory: \"4 GB\", bandwidth: \"100 Mbit/s\", storage: \"64 GB\", short: Queue, queue: 1000)\n\
         Admission(cores: 8, memory: \"4 GB\", short: Refuse)",
    ),
    word(
        "MemoryPool",
        "memory that requests hold for the length of an `Allocate`, in blocks: size classes (`Sizes`, `Ratio`), or a pool for \
         each size that is asked for (`Growing`), which gives idle blocks back; what is missing comes from the system",
        "MemoryPool(classes: Sizes([\"64 B\", \"1 KiB\"]), blocks: 100, on: \"gateway\", limit: \"256 MB\", at_limit: Wait)\n\
         MemoryPool(classes: Ratio(2, from: \"64 B\", to: \"16 KiB\"), cold: (after: \"10 s\", ratio: 2.1))\n\
         MemoryPool(classes: Growing, blocks: 100, growth: 10, threshold: 0.3, interval: \"60 s\", defragment: \"300 ns\")",
    ),
    word(
        "Collector",
        "a garbage-collected heap, from which requests `Allocate`: a cycle starts when it reaches live x (1 + gogc/100), marks on \
         a `share` of the cores of the processor `on`, and stops all services there twice for a `pause`",
        "Collector(on: \"gateway\", live: \"50 MB\", gogc: 100, mark: \"1 ns/B\", share: 0.25, pause: Uniform(\"10 us\", \"50 us\"))",
    ),
    word(
        "MappedFile",
        "a file in memory before a storage: `pages` of it, the least recently used leave; dirty ones are written back",
        "MappedFile(storage: \"disk\", size: \"1 GB\", pages: 10000, page: \"4 KiB\")",
    ),
    word(
        "Registry",
        "the instances of components `of`, and which of them are known to be healthy, by a check of each `every` so often: for \
         nothing, or as a request that takes `work` there and goes `over` a network; `misses` in a row until it is taken for \
         unhealthy, `successes` until for healthy again; who is balanced `Registered` chooses among the healthy ones",
        "Registry(of: [\"api\"], every: \"10 s\", misses: 3, successes: 2)\n\
         Registry(of: [\"api\"], every: \"5 s\", work: \"0.2 ms\", over: \"lan\", size: \"64 B\", timeout: \"1 s\")",
    ),
    word(
        "Orchestrator",
        "services on nodes: each replica is placed where there is room and 0.4 (1 - cpu used) + 0.4 (1 - memory used) + 0.2 \
         (Gbit/s free) is greatest; when `misses` heartbeats of a node have been missed, what was there is pulled, created \
         and started elsewhere; the step `Place` runs where a service is",
        "Orchestrator(nodes: {\"edge\": (cpu: 4, memory: \"8 GB\", bandwidth: \"1 Gbit/s\"), \"cloud\": (memory: \"64 GB\")},\n             \
         services: {\"detector\": (cpu: 1, memory: \"1 GB\", replicas: 2, apart: true, image: \"300 MB\", pull: IfAbsent,\n             \
         create: \"1 s\", start: \"2 s\", ready: \"5 s\", balance: ShortestQueue, absent: Fail,\n             \
         scale: (inside: 10, most: 6, every: \"30 s\"))},\n             \
         over: \"wan\", every: \"10 s\", misses: 4, weights: (cpu: 0.4, memory: 0.4, bandwidth: 0.2), cold: false)",
    ),
    word(
        "Metrics",
        "samples of components, each instance `every` so often, and what they cost: `work` where they are taken, `size` over \
         a network, `ingest` at the collector, and the write to a storage",
        "Metrics(of: [\"edge\", \"cloud\"], every: \"10 s\", work: \"2 ms\", size: \"2 KiB\", over: \"wan\", collector: \"cloud\",\n        \
         ingest: \"0.1 ms\", storage: \"history\")",
    ),
];

/// Fields that every component has, and what they mean.
pub const COMMON: &[(&str, &str)] = &[
    ("profile: \"wifi-4\"", "takes what is left out from the catalogue (list profiles)"),
    (
        "count: 3, balance: ShortestQueue",
        "instances, and how a request chooses: RoundRobin, Random, ShortestQueue, LeastWork, PowerOf(2); among \
         those that a registry takes for healthy: Registered(registry: \"registry\", by: PowerOf(2))",
    ),
    (
        "memory_costs: (array_of_structs: (sequential: 2, random: 13.4), unaligned: 1.5)",
        "of Device and Processor: factors on work by layout and pattern of memory access; also a section of the system",
    ),
    ("scheduler: Priority(preemption: Resume)", "the order of service (list disciplines)"),
    ("limit: 100, full: Drop", "the most requests present; beyond it Drop, or Block: they wait where they are"),
    ("reliability: 0.99", "probability that an attempt succeeds"),
    ("laws: (throughput: Linear(1.0)), load: Utilisation(window: \"1 s\")", "performance by load (list laws)"),
    (
        "failures: (time_to_failure: Exponential(\"10 h\"), repair: \"10 min\", interrupted: Restart, of: Server, arriving: Fail)",
        "failures and repairs; what was in service is resumed, restarted or lost (Resume, Restart, Lose); who comes while all \
         is down waits or fails (Wait, Fail)",
    ),
    ("schedule: [(\"8 h\", 2), (\"16 h\", 1)]", "servers on duty over time, repeated; 0 is allowed"),
    (
        "interrupts: {\"nic\": Interrupt(handler: \"5 us\", latency: \"2 us\", init: \"20 ms\")}",
        "(Processor, Device) lines on which it can be interrupted, and what their handlers take",
    ),
    ("setup: \"100 ms\"", "servers switch off when idle; this is the time to switch one on"),
    ("vacation: \"1 s\"", "an idle server is away for so long, again and again"),
    ("wake: AtLeast(5)", "idle servers sleep until so many wait"),
    (
        "power: (idle: \"2 W\", active: \"5 W\", sleep: \"0.1 W\", setup: \"5 W\", down: \"0 W\", tx: \"0.5 W\", rx: \"0.3 W\")",
        "power by state; what is left out is 0 W",
    ),
];

/// Steps of flows.
pub const STEPS: &[Word] = &[
    word(
        "Compute",
        "work on a processor or device, as time or cycles; on the flow's own source: on the instance that sent",
        "Compute(on: \"gateway\", work: Exponential(\"2 Mcycle\"), servers: 1, patience: \"1 s\")\n\
         Compute(on: \"runtime\", work: \"50 ms\", blocking: true)\n\
         Compute(on: \"gateway\", work: \"2 ms\", memory: (layout: StructOfArrays, access: Sequential, aligned: true, share: 0.5))",
    ),
    word(
        "Send",
        "over a network by its name, or to a component over the network between",
        "Send(over: \"radio\", size: \"256 B\")\nSend(to: \"cloud\", size: Uniform(\"64 B\", \"1 KiB\"))\n\
         Send(over: \"radio\", size: \"20 B\", protocol: Coap(confirmable: true))\n\
         Send(over: \"wan\", size: \"1 MB\", compress: (codec: \"lz4\", on: \"gateway\", at: \"cloud\"))",
    ),
    word("Read", "from a storage", "Read(storage: \"disk\", size: \"4 KiB\")"),
    word("Write", "to a storage, which it fills", "Write(storage: \"disk\", size: \"4 KiB\")"),
    word("Delay", "let time pass; nothing is occupied", "Delay(time: Exponential(\"10 ms\"))"),
    word(
        "Choose",
        "one of several bodies, by probability; an empty body does nothing",
        "Choose([(0.9, []), (0.1, [Delay(time: \"1 ms\")])])",
    ),
    word("Repeat", "a body several times", "Repeat(times: 3, steps: [Delay(time: \"1 ms\")])"),
    word(
        "Route",
        "probabilistic routing with loops over labelled steps",
        "Route(start: \"a\", moves: {\"a\": [(0.6, \"b\"), (0.4, Done)], \"b\": [(1, \"a\")]},\n      \
         steps: [Compute(on: \"cpu\", label: \"a\"), Delay(time: \"1 ms\", label: \"b\")])",
    ),
    word(
        "Become",
        "go on as a request of another flow, with its priority (class switching)",
        "Become(flow: \"alarms\")",
    ),
    word(
        "Balance",
        "one of several bodies, by the number of requests at the first station of each: ShortestQueue, PowerOf(2), RoundRobin, \
         Random; or by the work left there: LeastWork; among those that a registry takes for healthy: Registered",
        "Balance(branches: [[Compute(on: \"a\")], [Compute(on: \"b\")]], by: ShortestQueue)",
    ),
    word(
        "Fork",
        "several bodies at once; go on when All, Any or Quorum(k) have ended, the others are cancelled",
        "Fork(branches: [[Compute(on: \"a\")], [Compute(on: \"b\")]], join: Any)",
    ),
    word(
        "Spawn",
        "start a separate request that nobody waits for",
        "Spawn(steps: [Write(storage: \"log\", size: \"100 B\")])",
    ),
    word(
        "Lookup",
        "look a key up in a cache; the miss body fetches the object, which is then stored; steps with the same `object` \
         draw the same key; `coalesce`: who asks for what is being fetched waits for it",
        "Lookup(cache: \"recent\", key: Zipf(n: 100_000, s: 0.9), size: Lognormal(mean: \"8 KiB\", scv: 2), hit: [], miss: [Read(storage: \"disk\", size: \"8 KiB\")])\n\
         Lookup(cache: \"recent\", key: Zipf(n: 1000, s: 1), drift: (every: \"10 min\", by: 50), coalesce: true, object: \"page\")",
    ),
    word(
        "Invalidate",
        "throw an object out of a cache, as after a write",
        "Invalidate(cache: \"recent\", key: Zipf(n: 100_000, s: 0.9), object: \"page\")",
    ),
    word(
        "Hold",
        "hold units of a semaphore for the length of a body",
        "Hold(pool: \"permits\", n: 2, patience: \"50 ms\", steps: [Compute(on: \"edge\", work: \"2 ms\")])\n\
         Hold(pool: \"credits\", steps: [Send(over: \"link\", size: \"1 KiB\")], acknowledge: [Delay(\"20 ms\")])",
    ),
    word(
        "Connect",
        "use a connection of a pool for the length of a body; where none is there one is set up, which may take further \
         steps (`open`)",
        "Connect(pool: \"database\", endpoint: Zipf(4, 1), steps: [Compute(on: \"server\", work: \"1 ms\")],\n        \
         open: [Send(over: \"lan\", size: \"64 B\"), Send(over: \"lan\", size: \"64 B\")], patience: \"50 ms\")",
    ),
    word(
        "Probe",
        "test the connections of a pool that have not been used or tested for a time; broken ones are closed",
        "Probe(pool: \"database\", idle: \"10 s\", steps: [Send(over: \"lan\", size: \"64 B\")])",
    ),
    word(
        "Borrow",
        "use an object of a pool for the length of a body; where none is there, one is made",
        "Borrow(pool: \"parsers\", steps: [Compute(on: \"cpu\", work: \"1 ms\")])",
    ),
    word(
        "Put",
        "put a message into a channel and go on; the message runs the body when a consumer takes it",
        "Put(channel: \"queue\", patience: \"1 s\", steps: [Compute(on: \"cpu\", work: \"1 ms\")])",
    ),
    word(
        "Fill",
        "put bytes into a buffer; who reaches the threshold, or finds no room, runs `flush` for its Content",
        "Fill(buffer: \"log\", size: \"200 B\", flush: [Write(storage: \"disk\", size: Content)])",
    ),
    word(
        "Drain",
        "take bytes out of a buffer, or look at them (`peek`); who finds too few runs `fill`",
        "Drain(buffer: \"input\", size: \"200 B\", fill: [Read(storage: \"disk\", size: Content)])",
    ),
    word(
        "Transfer",
        "move data within memory: Copy, PooledCopy into a buffer of an ObjectPool, or ZeroCopy by a Dma",
        "Transfer(size: \"1 MB\", mode: Copy, on: \"cpu\", memcpy: \"13.7 GB/s\")\n\
         Transfer(size: \"1 MB\", mode: PooledCopy, on: \"cpu\", pool: \"buffers\")\n\
         Transfer(size: \"1 MB\", mode: ZeroCopy, on: \"cpu\", dma: \"dma\", map: \"1 us\", unmap: \"1 us\")",
    ),
    word(
        "Lock",
        "hold a lock while the body runs, alone or (Shared) with other readers; at a LockFree structure: run the body again \
         until no other one has succeeded meanwhile",
        "Lock(lock: \"table\", mode: Exclusive, steps: [Compute(on: \"edge\", work: \"20 us\")], patience: \"50 ms\")",
    ),
    word(
        "Batch",
        "wait for others; the body runs once for the batch, and its amounts may use `$batch.n` and `$batch.size`",
        "Batch(batcher: \"outbox\", size: \"100 B\", steps: [Send(over: \"radio\", size: \"$batch.size + 20 B\")])",
    ),
    word(
        "Publish",
        "an event for the handlers of a topic; the request goes on at once",
        "Publish(topic: \"bus\", event: \"fire\")",
    ),
    word(
        "Handshake",
        "open a TLS connection: round trips over a network, work on both ends; without a suite in common the request is refused",
        "Handshake(client: \"gateway\", server: \"cloud\", over: \"wan\", version: Tls13, resumed: 0.5)",
    ),
    word(
        "Token",
        "make or verify a web token; a bad one is refused",
        "Token(tokens: \"jwt\", on: \"cloud\", action: Verify)",
    ),
    word(
        "Admit",
        "hold cores, memory, bandwidth and storage of an admission for the length of a body, all or nothing",
        "Admit(pool: \"node\", cores: 2, memory: \"512 MB\", steps: [Compute(on: \"edge\", work: \"2 ms\")])",
    ),
    word(
        "Place",
        "do something where an orchestrator has placed a service: within, the name of the service stands for its node",
        "Place(orchestrator: \"cluster\", service: \"detector\", steps: [Compute(on: \"detector\", work: \"5 ms\")], patience: \"1 s\")",
    ),
    word(
        "Interrupt",
        "a core of a processor suspends what it does and runs the handler of a line; then the request goes on",
        "Interrupt(on: \"gateway\", line: \"nic\")",
    ),
    word(
        "Await",
        "wait on a processor for a result that is there after a time: Polling again and again, or Waking (the default)",
        "Await(on: \"gateway\", time: Exponential(\"2 ms\"), mode: Polling, poll: \"10 us\")",
    ),
    word(
        "Allocate",
        "hold memory of a MemoryPool or a Collector for the length of a body; in a Collector it may live on",
        "Allocate(pool: \"memory\", size: Uniform(\"64 B\", \"4 KiB\"), steps: [Compute(on: \"edge\", work: \"2 ms\")])\n\
         Allocate(pool: \"heap\", size: \"1 MB\", lives: Exponential(\"2 s\"), patience: \"50 ms\")",
    ),
    word(
        "Access",
        "access a mapped file: pages that are not in memory are read from its storage",
        "Access(file: \"map\", offset: Zipf(n: 1000, s: 0.8, unit: \"4 KiB\"), size: \"1 KiB\", write: true)",
    ),
    word("Sync", "write the dirty pages of a mapped file to its storage", "Sync(file: \"map\")"),
    word(
        "Timeout",
        "abort a body after a time; then `otherwise`, or the request leaves as timed out",
        "Timeout(time: \"1 s\", steps: [Compute(on: \"cloud\")], otherwise: [Compute(on: \"edge\")])",
    ),
    word(
        "Retry",
        "try a body again when it fails, is lost, dropped or timed out",
        "Retry(times: 3, backoff: Exponential(\"100 ms\"), steps: [Send(over: \"radio\", size: \"64 B\")])",
    ),
    word("Fail", "leave as failed", "Fail()"),
];

/// Protocols: of messages on a Send or a Network, of links on a Network.
pub const PROTOCOLS: &[Word] = &[
    word(
        "Mqtt",
        "a message to or from a broker; quality of service 0, 1 or 2; `connect`: Kept, Tcp, Tls12, Tls13",
        "Mqtt(qos: 1, topic: \"16 B\", version: 5, connect: Tls13, wait: true)",
    ),
    word(
        "Coap",
        "a message that is sent again after 2 to 3 s, 4 to 6 s, .. until it is acknowledged, or one that is not confirmable",
        "Coap(confirmable: true, token: \"4 B\", options: \"10 B\", timeout: \"2 s\", spread: 1.5, times: 4)",
    ),
    word("Http1", "a request or response of HTTP/1.1", "Http1(headers: \"200 B\", connect: Tcp)"),
    word("Http2", "a request or response of HTTP/2", "Http2(headers: \"30 B\", connect: Tls13)"),
    word("Grpc", "a message of gRPC", "Grpc(headers: \"40 B\", connect: Tls13)"),
    word(
        "Quic",
        "data of a QUIC stream; `connect`: Kept, OneRtt, ZeroRtt",
        "Quic(datagram: \"1200 B\", connect: OneRtt)",
    ),
    word(
        "LoRaWan",
        "LoRa frames of devices that do not listen: frames that overlap on a channel are lost; silence by duty cycle",
        "LoRaWan(spreading: 9, channels: 3, duty: 0.01, capture: 0)",
    ),
    word(
        "Ieee802154",
        "frames of at most 127 B at 250 kbit/s, with back-off and acknowledgement",
        "Ieee802154(overhead: \"11 B\", acknowledged: true, backoff: 3)",
    ),
    word("Ble", "data packets of Bluetooth LE at 1 Mbit/s", "Ble(packet: \"251 B\", overhead: \"7 B\")"),
    word("Wifi", "frames of 802.11a/g, with back-off and acknowledgement", "Wifi(rate: \"24 Mbit/s\")"),
];

/// Orders of service.
pub const DISCIPLINES: &[Word] = &[
    word("Fcfs", "first come, first served (the default)", "Fcfs()"),
    word("Lifo", "last come, first served, without preemption", "Lifo()"),
    word("LifoPreemptive", "last come, first served, preemptive", "LifoPreemptive(preemption: Resume)"),
    word("Random", "random order of service", "Random()"),
    word(
        "Priority",
        "by the priority of the flow, first come first served within one; preemption: Never (the default), Resume, Restart, \
         Resample; `skip_late` skips requests whose deadline has passed at their turn",
        "Priority(preemption: Resume)\nPriority(skip_late: true)",
    ),
    word("Edf", "earliest deadline first", "Edf(preemption: Resume)\nEdf(skip_late: true)"),
    word("Sjf", "shortest job first, without preemption", "Sjf()"),
    word("Srpt", "shortest remaining processing time", "Srpt()"),
    word(
        "RoundRobin",
        "slices in turn, with a cost of changing over",
        "RoundRobin(quantum: \"10 ms\", switch: \"10 us\")",
    ),
    word("Sharing", "processor sharing", "Sharing()"),
    word("WeightedSharing", "processor sharing in proportion to the `weight` of the flows", "WeightedSharing()"),
    word(
        "WorkStealing",
        "a worker per core with a queue of its own, and a global queue; idle workers steal One task or Half of a queue; the \
         guide has all fields",
        "WorkStealing(steal: One, search: OthersFirst, arrivals: Random, local: Lifo, steal_cost: \"1 us\")",
    ),
    word(
        "Tokio",
        "the scheduler of Tokio: as it comes (Stock), or Balanced, HighThroughput, LowLatency",
        "Tokio(LowLatency)",
    ),
    word("Go", "the scheduler of Go, with slices of 10 ms", "Go(processors: 4)"),
    word("ThreadPool", "threads that take tasks from one queue", "ThreadPool(threads: 8, queue: 100)"),
    word(
        "Adaptive",
        "first come first served in calm times, shortest job first when the queue is long and jobs are unequal, by priority \
         when urgent ones come",
        "Adaptive(every: \"1 s\", long: 2, variability: 1.5, urgent: 0.02)",
    ),
    word("Auto", "Priority, WorkStealing or Adaptive by what the flows ask for; `check` says which", "Auto()"),
];

/// Laws of load; l is the load as a share, n the requests present.
pub const LAWS: &[Word] = &[
    word("Constant", "the same factor at every load; a bare number means this too", "Constant(0.9)"),
    word("Linear", "1 - slope l for throughput and reliability, 1 + slope l for latency and energy", "Linear(1.0)"),
    word("Saturating", "1 - l for throughput and reliability, 1/(1 - l) for latency and energy", "Saturating"),
    word("Usl", "the universal scalability law; needs `load: Occupancy(of: ..)`", "Usl(alpha: 0.05, beta: 0.001)"),
    word(
        "Table",
        "through points (load in percent, factor), straight in between",
        "Table([(10, 1), (50, 1.4), (100, 1.8)])",
    ),
    word("Expr", "an expression of `l` (load in percent) and `n` (requests present)", "Expr(\"1 / (1 + 0.01 * l)\")"),
];

/// Distributions of quantities. Durations, sizes, works, repetitions and gaps can all be random.
pub const DISTRIBUTIONS: &[Word] = &[
    word("Constant", "always the same; the bare quantity means this too", "Constant(\"2 ms\")"),
    word("Uniform", "between two values", "Uniform(\"1 ms\", \"3 ms\")"),
    word("Exponential", "by its mean", "Exponential(\"2 ms\")"),
    word("Erlang", "a sum of k exponentials, by the mean of the whole", "Erlang(k: 4, mean: \"2 ms\")"),
    word(
        "HyperExponential",
        "by branches (probability, mean), or by mean and squared coefficient of variation",
        "HyperExponential(mean: \"2 ms\", scv: 4)\nHyperExponential(branches: [(0.9, \"1 ms\"), (0.1, \"11 ms\")])",
    ),
    word("Gamma", "by mean and squared coefficient of variation (or shape)", "Gamma(mean: \"2 ms\", scv: 0.5)"),
    word(
        "Lognormal",
        "by the mean and squared coefficient of variation of the variable itself",
        "Lognormal(mean: \"2 ms\", scv: 2)",
    ),
    word("Weibull", "by shape and mean (or scale)", "Weibull(shape: 1.5, mean: \"2 ms\")"),
    word(
        "Pareto",
        "by shape and minimum (or mean); bounded by `maximum`",
        "Pareto(shape: 2.5, minimum: \"1 ms\", maximum: \"1 s\")",
    ),
    word(
        "Normal",
        "truncated to [low, high], by default to what is not negative",
        "Normal(mean: \"2 ms\", sd: \"0.5 ms\")",
    ),
    word("Triangular", "by low, mode and high", "Triangular(low: \"1 ms\", mode: \"2 ms\", high: \"5 ms\")"),
    word("Coxian", "phases (mean, probability of going on)", "Coxian([(\"1 ms\", 0.3), (\"5 ms\", 0)])"),
    word(
        "PhaseType",
        "initial probabilities and the matrix of rates among the phases",
        "PhaseType(initial: [1, 0], rates: [[-2, 1], [0, -3]])",
    ),
    word(
        "Empirical",
        "one of the given values, with equal or given weights",
        "Empirical(values: [\"1 ms\", \"5 ms\"], weights: [3, 1])",
    ),
    word("Zipf", "1..=n with exponent s, times `unit`", "Zipf(n: 1000, s: 0.9, unit: \"1 KiB\")"),
    word("Mixture", "(probability, distribution)", "Mixture([(0.9, \"1 ms\"), (0.1, Exponential(\"20 ms\"))])"),
    word("Sequence", "the given values in turn, and again", "Sequence([\"6 ms\", \"3 ms\"])"),
    word(
        "Trace",
        "the values of a column of a CSV file in turn",
        "Trace(file: \"sizes.csv\", column: 1, unit: \"1 B\")",
    ),
    word(
        "Content",
        "within `flush` and `fill`: what is moved, as a size, or times `per_byte`",
        "Content\nContent(per_byte: \"2 ns\")",
    ),
];

/// Workloads. Rates and periods are of each instance of the source.
pub const ARRIVALS: &[Word] = &[
    word("Poisson", "at random", "Poisson(rate: \"80 /s\")"),
    word(
        "Periodic",
        "every so often; jitter does not accumulate",
        "Periodic(every: \"100 ms\", jitter: Uniform(\"0 ms\", \"5 ms\"))",
    ),
    word("Renewal", "independent gaps", "Renewal(gap: Gamma(mean: \"10 ms\", scv: 2))"),
    word(
        "MarkovModulated",
        "Poisson with a rate that changes: states (rate, mean stay)",
        "MarkovModulated(states: [(\"10 /s\", \"1 s\"), (\"200 /s\", \"50 ms\")])",
    ),
    word("Batch", "several at once", "Batch(size: Uniform(1, 5), arrivals: Poisson(rate: \"10 /s\"))"),
    word(
        "TimeVarying",
        "Poisson with a rate by the clock: (duration, rate), repeated",
        "TimeVarying(rates: [(\"16 h\", \"10 /s\"), (\"8 h\", \"2 /s\")])",
    ),
    word("At", "at given times", "At(times: [\"0 s\", \"1.5 s\"])"),
    word("Trace", "at the times in a column of a CSV file", "Trace(file: \"arrivals.csv\", column: 0, unit: \"1 ms\")"),
    word(
        "Closed",
        "users who think, send one request, and think again when it has left",
        "Closed(users: 20, think: Exponential(\"5 s\"))",
    ),
    word("Saturated", "the queue of the first station is never empty", "Saturated"),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::file::{parse, read};
    use models::disciplines::Scheduler;
    use models::protocols::Protocol;
    use models::spec::{ArrivalSpec, Component, DistributionSpec, LawSpec};
    use models::steps::Step;
    use serde::de::DeserializeOwned;

    /// The examples of a word: one a line, but for lines that go on with the one before.
    fn examples(word: &Word) -> Vec<String> {
        let mut examples: Vec<String> = Vec::new();
        for line in word.example.lines() {
            match examples.last_mut() {
                Some(last) if line.starts_with(' ') || line.starts_with(')') => *last += line,
                _ => examples.push(line.to_string()),
            }
        }
        examples
    }

    fn reads<T: DeserializeOwned>(words: &[Word]) {
        for word in words {
            for example in examples(word) {
                assert!(example.starts_with(word.name), "{example} is no example of {}", word.name);
                let tree = parse(&crate::file::Source::new("example", &*example)).unwrap();
                assert!(read::<T>(&tree).is_ok(), "{example}: {:?}", read::<T>(&tree).err());
            }
        }
    }

    #[test]
    fn every_example_can_be_read() {
        reads::<Component>(COMPONENTS);
        reads::<Step>(STEPS);
        reads::<Protocol>(PROTOCOLS);
        reads::<Scheduler>(DISCIPLINES);
        reads::<LawSpec>(LAWS);
        reads::<DistributionSpec>(DISTRIBUTIONS);
        reads::<ArrivalSpec>(ARRIVALS);
        for (fields, _) in COMMON {
            let tree = parse(&crate::file::Source::new("example", format!("Processor({fields})"))).unwrap();
            assert!(read::<Component>(&tree).is_ok(), "{fields}: {:?}", read::<Component>(&tree).err());
        }
    }

    #[test]
    fn no_word_is_missing() {
        let names = |words: &[Word]| words.iter().map(|word| word.name).collect::<Vec<_>>();
        let passive = models::resources::LIST.iter().map(|(name, _)| *name);
        assert!(passive.clone().all(|name| names(COMPONENTS).contains(&name)), "{:?}", passive.collect::<Vec<_>>());
        assert_eq!(names(STEPS), Step::LIST.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert_eq!(names(PROTOCOLS), Protocol::LIST.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert_eq!(names(DISCIPLINES), Scheduler::LIST.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
