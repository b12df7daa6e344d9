//! Worker pools while they run: where tasks wait, and which worker takes which.
//!
//! ```text
//!  arrival ─▶ file_task ─▶ slot, local queue or global queue ─▶ somebody is woken
//!                                                                    │
//!  a worker that is free, or woken:  own? ─▶ global? ─▶ search ─▶ start, or sleep until woken
//! ```
//!
//! A worker is a server of the lane, the threads of the blocking pool are those behind the workers. A search that takes
//! time occupies its worker ([`Doing::Search`]) and steals at its end. More threads than cores share the cores.

use super::queue::Queue;
use super::request::{NONE, Request, Requests};
use super::state::Doing;
use super::{Simulation, Todo};
use crate::disciplines::{Batch, Local, Outside, Overflow, Pool, Search, Slot, Steal};
use crate::system::Visit;
use sim_core::engine::rank;
use sim_core::event_list;
use sim_core::observe::Level;
use sim_core::random::{Rng, Stream};
use sim_core::time::Time;
use std::collections::VecDeque;

/// `place` of a task in the global queue, and of one that waits for a thread of the blocking pool.
const GLOBAL: u32 = u32::MAX - 1;
const BLOCKING: u32 = u32::MAX - 2;
/// Added to the worker: the task is in its slot.
const IN_SLOT: u32 = 1 << 31;

/// A line through the requests themselves.
#[derive(Debug)]
struct Line {
    head: u32,
    tail: u32,
    len: u32,
}

impl Line {
    fn new() -> Line {
        Line { head: NONE, tail: NONE, len: 0 }
    }

    fn push_back(&mut self, request: u32, requests: &mut Requests) {
        let record = &mut requests[request];
        (record.previous, record.next) = (self.tail, NONE);
        match self.tail {
            NONE => self.head = request,
            tail => requests[tail].next = request,
        }
        self.tail = request;
        self.len += 1;
    }

    fn push_front(&mut self, request: u32, requests: &mut Requests) {
        let record = &mut requests[request];
        (record.previous, record.next) = (NONE, self.head);
        match self.head {
            NONE => self.tail = request,
            head => requests[head].previous = request,
        }
        self.head = request;
        self.len += 1;
    }

    fn remove(&mut self, request: u32, requests: &mut Requests) {
        let (previous, next) = (requests[request].previous, requests[request].next);
        match previous {
            NONE => self.head = next,
            previous => requests[previous].next = next,
        }
        match next {
            NONE => self.tail = previous,
            next => requests[next].previous = previous,
        }
        self.len -= 1;
    }

    fn pop_front(&mut self, requests: &mut Requests) -> Option<u32> {
        let first = self.front()?;
        self.remove(first, requests);
        Some(first)
    }

    fn front(&self) -> Option<u32> {
        (self.head != NONE).then_some(self.head)
    }

    fn back(&self) -> Option<u32> {
        (self.tail != NONE).then_some(self.tail)
    }

    fn collect(&self, requests: &Requests, all: &mut Vec<u32>) {
        let mut at = self.head;
        while at != NONE {
            all.push(at);
            at = requests[at].next;
        }
    }
}

/// A worker.
#[derive(Debug)]
struct Worker {
    queue: Line,
    slot: u32,
    /// It is to look for a task at this instant.
    awake: bool,
    /// Tasks that it has started.
    tasks: u64,
    /// Tasks in a row that came from the slot.
    streak: u32,
    /// Smoothed time of a task [ticks].
    mean: f64,
}

/// What was counted since the warm-up.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    steals: u64,
    failed: u64,
    stolen: u64,
    overflowed: u64,
}

/// The queues of a pool, of one instance.
#[derive(Debug)]
pub(super) struct Workers {
    rules: Pool,
    cores: u32,
    workers: Vec<Worker>,
    global: Line,
    blocking: Line,
    awake: VecDeque<u32>,
    /// A dispatch is among what is to be done at this instant.
    later: bool,
    searching: u32,
    /// Threads that compute or search.
    running: u32,
    /// Threads that hold a blocked request, and the cores that nobody can use because of them.
    held: u32,
    blocked: u32,
    /// What each thread gets of a core.
    share: f64,
    counts: Counts,
    in_global: Level,
    in_local: Level,
    searches: Level,
    on_blocking: Level,
    /// Threads of the blocking pool that have ever been in use.
    started: u32,
}

/// What a worker has found.
enum Found {
    Task(u32),
    /// The same, by stealing it from another worker.
    Stolen(u32),
    /// Whether it may look at others, which takes time.
    Search,
    Nothing,
}

impl Workers {
    pub fn new(rules: Pool, cores: u32) -> Workers {
        let worker = || Worker { queue: Line::new(), slot: NONE, awake: false, tasks: 0, streak: 0, mean: 0.0 };
        Workers {
            rules,
            cores,
            workers: (0..rules.workers.on(cores)).map(|_| worker()).collect(),
            global: Line::new(),
            blocking: Line::new(),
            awake: VecDeque::new(),
            later: false,
            searching: 0,
            running: 0,
            held: 0,
            blocked: 0,
            share: 1.0,
            counts: Counts::default(),
            in_global: Level::default(),
            in_local: Level::default(),
            searches: Level::default(),
            on_blocking: Level::default(),
            started: 0,
        }
    }

    /// Workers.
    pub fn count(&self) -> u32 {
        self.workers.len() as u32
    }

    /// The warm-up is over.
    pub fn reset(&mut self, now: Time) {
        self.counts = Counts::default();
        for level in [&mut self.in_global, &mut self.in_local, &mut self.searches, &mut self.on_blocking] {
            level.reset(now);
        }
    }

    // ---- As a queue. ----

    /// Puts a task that was taken back to the front of the global queue.
    pub fn push_front(&mut self, request: u32, requests: &mut Requests) {
        requests[request].place = GLOBAL;
        self.global.push_front(request, requests);
    }

    /// Puts a task to the end of the global queue.
    pub fn push(&mut self, request: u32, requests: &mut Requests) {
        requests[request].place = GLOBAL;
        self.global.push_back(request, requests);
    }

    /// Takes a task out, wherever it waits.
    pub fn remove(&mut self, request: u32, requests: &mut Requests) {
        match requests[request].place {
            GLOBAL => self.global.remove(request, requests),
            BLOCKING => self.blocking.remove(request, requests),
            place if place & IN_SLOT != 0 => self.workers[(place & !IN_SLOT) as usize].slot = NONE,
            worker => self.workers[worker as usize].queue.remove(request, requests),
        }
    }

    /// All that wait.
    pub fn all(&self, requests: &Requests) -> Vec<u32> {
        let mut all = Vec::new();
        self.global.collect(requests, &mut all);
        self.blocking.collect(requests, &mut all);
        for worker in &self.workers {
            worker.queue.collect(requests, &mut all);
            all.extend((worker.slot != NONE).then_some(worker.slot));
        }
        all
    }

    /// Somebody who waits, whoever.
    pub fn any(&self) -> Option<u32> {
        let own = |worker: &Worker| worker.queue.front().or((worker.slot != NONE).then_some(worker.slot));
        self.global.front().or_else(|| self.blocking.front()).or_else(|| self.workers.iter().find_map(own))
    }

    // ---- Where tasks go. ----

    /// Queues a task; `None` when there is no room, else where it is, and whether another worker could take something.
    fn file(
        &mut self,
        request: u32,
        parent: Option<u32>,
        requests: &mut Requests,
        random: &mut Stream,
    ) -> Option<(u32, bool)> {
        if let Some(worker) = parent {
            let own = &self.workers[worker as usize];
            let slot_is_open = self.rules.slot != Slot::None && own.streak < self.rules.slot_polls;
            if slot_is_open && requests[request].heir {
                let before = own.slot;
                if before != NONE {
                    self.push_local(worker, before, requests)?;
                }
                self.workers[worker as usize].slot = request;
                requests[request].place = worker | IN_SLOT;
                return Some((worker | IN_SLOT, before != NONE || self.rules.slot == Slot::Stealable));
            }
            return self.push_local(worker, request, requests).map(|place| (place, true));
        }
        let has_room = self.global.len < self.rules.global_room;
        match (self.rules.outside, self.rules.overflow) {
            (Outside::Global, _) if has_room => {
                self.push(request, requests);
                Some((GLOBAL, true))
            }
            (Outside::Global, Overflow::Drop) => None,
            (Outside::Random, _) | (Outside::Global, Overflow::Local) => {
                let worker = (random.next_u64() % self.workers.len() as u64) as u32;
                self.push_local(worker, request, requests).map(|place| (place, true))
            }
        }
    }

    /// To the end of a local queue. Half of a full one goes to the global queue first, as far as there is room.
    fn push_local(&mut self, worker: u32, request: u32, requests: &mut Requests) -> Option<u32> {
        let room = self.rules.local_room;
        if room == 0 {
            return (self.global.len < self.rules.global_room).then(|| {
                self.push(request, requests);
                GLOBAL
            });
        }
        if self.workers[worker as usize].queue.len >= room {
            let most = (room / 2).max(1).min(self.rules.global_room - self.global.len.min(self.rules.global_room));
            if most == 0 {
                return None;
            }
            for _ in 0..most {
                let Some(oldest) = self.workers[worker as usize].queue.pop_front(requests) else { break };
                self.push(oldest, requests);
                self.counts.overflowed += 1;
            }
        }
        requests[request].place = worker;
        self.workers[worker as usize].queue.push_back(request, requests);
        Some(worker)
    }

    // ---- Who looks. ----

    /// A worker is to look for a task.
    pub fn wake(&mut self, worker: u32) {
        if let Some(state) = self.workers.get_mut(worker as usize)
            && !std::mem::replace(&mut state.awake, true)
        {
            self.awake.push_back(worker);
        }
    }

    fn next_awake(&mut self) -> Option<u32> {
        while let Some(worker) = self.awake.pop_front() {
            if std::mem::take(&mut self.workers[worker as usize].awake) {
                return Some(worker);
            }
        }
        None
    }

    /// What a free worker does next.
    fn look(&mut self, worker: u32, requests: &mut Requests, random: &mut Stream) -> Found {
        let interval = self.interval(worker);
        if interval > 0
            && (self.workers[worker as usize].tasks + 1).is_multiple_of(interval)
            && let Some(request) = self.global.front()
        {
            return Found::Task(request);
        }
        if let Some(request) = self.own(worker) {
            return Found::Task(request);
        }
        if self.rules.search == Search::GlobalFirst
            && let Some(request) = self.take_from_global(worker, requests)
        {
            return Found::Task(request);
        }
        if self.rules.steal != Steal::Never && self.workers.len() > 1 {
            if self.rules.steal_cost > 0 {
                // At most so many at once: the others sleep.
                if f64::from(self.searching) < self.rules.searchers * f64::from(self.count()) {
                    return Found::Search;
                }
            } else if let Some(request) = self.steal(worker, requests, random) {
                return Found::Stolen(request);
            }
        }
        self.take_from_global(worker, requests).map_or(Found::Nothing, Found::Task)
    }

    /// Tokio's: so many tasks as fit into 200 us, from 2 to 127.
    fn interval(&self, worker: u32) -> u64 {
        let mean = self.workers[worker as usize].mean;
        if !self.rules.adaptive_interval || mean <= 0.0 {
            return self.rules.global_interval;
        }
        ((1.0 / mean) as u64).clamp(2, 127)
    }

    /// The next task of one's own: from the slot, or from the local queue.
    fn own(&self, worker: u32) -> Option<u32> {
        let own = &self.workers[worker as usize];
        if own.slot != NONE {
            return Some(own.slot);
        }
        match self.rules.local {
            Local::Fifo => own.queue.front(),
            Local::Lifo => own.queue.back(),
        }
    }

    /// From the global queue: one task, or one's share, of which all but the first go to the local queue.
    fn take_from_global(&mut self, worker: u32, requests: &mut Requests) -> Option<u32> {
        let first = self.global.front()?;
        if self.rules.batch == Batch::Share {
            let share = self.global.len / self.count() + 1;
            let more = share.min((self.rules.local_room / 2).max(1)) - 1;
            self.global.remove(first, requests);
            for _ in 0..more {
                let Some(next) = self.global.pop_front(requests) else { break };
                requests[next].place = worker;
                self.workers[worker as usize].queue.push_back(next, requests);
            }
            self.push_front(first, requests);
        }
        Some(first)
    }

    /// One search: victims from a random one on, until one has something.
    fn steal(&mut self, worker: u32, requests: &mut Requests, random: &mut Stream) -> Option<u32> {
        let others = self.count() - 1;
        let start = (random.next_u64() % u64::from(others)) as u32;
        for k in 0..self.rules.attempts.min(others) {
            let victim = (worker + 1 + (start + k) % others) % self.count();
            if let Some(request) = self.rob(victim, worker, requests) {
                self.counts.steals += 1;
                return Some(request);
            }
        }
        self.counts.failed += 1;
        None
    }

    /// Moves tasks from a victim, the oldest first; gives the first of them.
    fn rob(&mut self, victim: u32, thief: u32, requests: &mut Requests) -> Option<u32> {
        let from = &mut self.workers[victim as usize];
        if from.queue.len < self.rules.threshold {
            if self.rules.slot != Slot::Stealable || from.slot == NONE || from.queue.len > 0 {
                return None;
            }
            let request = std::mem::replace(&mut from.slot, NONE);
            return Some(self.receive(thief, request, requests));
        }
        let amount = match self.rules.steal {
            Steal::Half => from.queue.len.div_ceil(2),
            _ => 1,
        };
        let mut first = None;
        for _ in 0..amount {
            let Some(request) = self.workers[victim as usize].queue.pop_front(requests) else { break };
            first.get_or_insert(self.receive(thief, request, requests));
        }
        first
    }

    fn receive(&mut self, thief: u32, request: u32, requests: &mut Requests) -> u32 {
        self.counts.stolen += 1;
        requests[request].place = thief;
        self.workers[thief as usize].queue.push_back(request, requests);
        request
    }

    fn observe(&mut self, now: Time) {
        let local: u32 = if self.rules.local_room == 0 {
            0
        } else {
            self.workers.iter().map(|worker| worker.queue.len + u32::from(worker.slot != NONE)).sum()
        };
        for (level, value) in
            [(&mut self.in_global, self.global.len), (&mut self.in_local, local), (&mut self.searches, self.searching)]
        {
            if level.get() != i64::from(value) {
                level.change(now, i64::from(value) - level.get());
            }
        }
    }

    /// Its figures, summed: the first ten of [`crate::disciplines::FIGURES`]; rates as counts, means as integrals.
    pub fn sums(&self, end: Time, present_max: i64) -> [f64; 10] {
        let Counts { steals, failed, stolen, overflowed } = self.counts;
        [
            steals as f64,
            failed as f64,
            stolen as f64,
            overflowed as f64,
            self.in_global.integral(end),
            self.in_local.integral(end),
            self.searches.integral(end) / f64::from(self.count()),
            self.on_blocking.integral(end),
            f64::from(self.started),
            f64::from(self.count() + self.started) * self.rules.stack + present_max as f64 * self.rules.task_stack,
        ]
    }

    /// What a thread gets of a core.
    pub fn share(&self) -> f64 {
        self.share
    }
}

impl<'s> Simulation<'s> {
    fn pool(&mut self, lane: u32) -> Option<&mut Workers> {
        match &mut self.lanes[lane as usize].queue {
            Queue::Workers(pool) => Some(pool),
            _ => None,
        }
    }

    /// An arrival finds its queue; `false` when there is no room.
    pub(super) fn file_task(&mut self, request: u32, visit: &'s Visit, lane: u32) -> bool {
        let now = self.engine.now();
        let state = &mut self.lanes[lane as usize];
        let Queue::Workers(pool) = &mut state.queue else { return true };
        if visit.blocking {
            self.requests[request].place = BLOCKING;
            pool.blocking.push_back(request, &mut self.requests);
            return true;
        }
        let Request { worker, worked, .. } = self.requests[request];
        // From a task: it follows at the same instant on what a worker of this pool has done.
        let own = worker.wrapping_sub(state.first);
        let parent = (worked == now && own < pool.count()).then_some(own);
        let random = &mut self.stations[state.station as usize].random;
        let Some((place, shared)) = pool.file(request, parent, &mut self.requests, random) else { return false };
        if place != GLOBAL && state.idle.contains(place & !IN_SLOT) {
            pool.wake(place & !IN_SLOT);
        } else if place == GLOBAL || (shared && pool.rules.wakes && pool.rules.steal != Steal::Never) {
            self.wake_one(lane);
        }
        true
    }

    /// Whether workers look for tasks later in this instant anyway.
    pub(super) fn dispatches_later(&self, lane: u32) -> bool {
        matches!(&self.lanes[lane as usize].queue, Queue::Workers(pool) if pool.later)
    }

    /// Wakes a worker that sleeps, unless somebody searches who will find what there is.
    fn wake_one(&mut self, lane: u32) {
        let state = &mut self.lanes[lane as usize];
        let Queue::Workers(pool) = &mut state.queue else { return };
        if pool.searching > 0 {
            return;
        }
        let mut from = 0;
        while let Some(worker) = state.idle.next(from)
            && worker < pool.count()
        {
            if !pool.workers[worker as usize].awake {
                return pool.wake(worker);
            }
            from = worker + 1;
        }
    }

    /// Lets all that are awake look for work.
    pub(super) fn dispatch_workers(&mut self, lane: u32) {
        if let Some(pool) = self.pool(lane) {
            pool.later = false;
        }
        self.dispatch_blocking(lane);
        while let Some(worker) = self.pool(lane).and_then(Workers::next_awake) {
            if !self.lanes[lane as usize].idle.contains(worker) {
                continue;
            }
            let state = &mut self.lanes[lane as usize];
            let Queue::Workers(pool) = &mut state.queue else { return };
            let random = &mut self.stations[state.station as usize].random;
            match pool.look(worker, &mut self.requests, random) {
                Found::Task(request) => {
                    self.start_task(request, lane, worker);
                    self.wake_next(lane, false);
                }
                Found::Stolen(request) => {
                    self.start_task(request, lane, worker);
                    self.wake_next(lane, true);
                }
                Found::Search => self.begin_search(lane, worker),
                Found::Nothing => {}
            }
        }
        self.share_cores(lane);
        let now = self.engine.now();
        if let Some(pool) = self.pool(lane) {
            pool.observe(now);
        }
    }

    /// Who has found something wakes the next one: for what is left in the global queue, or, where it was stolen, at others.
    fn wake_next(&mut self, lane: u32, stolen: bool) {
        if self.pool(lane).is_some_and(|pool| pool.global.len > 0 || (stolen && pool.rules.wakes)) {
            self.wake_one(lane);
        }
    }

    /// Threads of the blocking pool take blocking tasks in order.
    fn dispatch_blocking(&mut self, lane: u32) {
        let now = self.engine.now();
        loop {
            let state = &mut self.lanes[lane as usize];
            let Queue::Workers(pool) = &mut state.queue else { return };
            // The first free thread is one that has been in use before, if there is any.
            let (Some(request), Some(thread)) = (pool.blocking.front(), state.idle.next(pool.count())) else {
                return;
            };
            pool.started = pool.started.max(thread + 1 - pool.count());
            pool.on_blocking.change(now, 1);
            let visit = self.visit_of(request);
            self.take_from_queue(request, lane);
            self.start_general(request, visit, lane, thread);
            self.watch_saturation(lane);
        }
    }

    fn start_task(&mut self, request: u32, lane: u32, worker: u32) {
        let from_slot = self.requests[request].place & IN_SLOT != 0 && self.requests[request].place < BLOCKING;
        let visit = self.visit_of(request);
        self.take_from_queue(request, lane);
        self.start_general(request, visit, lane, worker);
        let server = self.lanes[lane as usize].first + worker;
        let Some(pool) = self.pool(lane) else { return };
        let (interval, cost) = (pool.rules.event_interval, pool.rules.event_cost);
        let own = &mut pool.workers[worker as usize];
        own.tasks += 1;
        own.streak = if from_slot { own.streak + 1 } else { 0 };
        if cost > 0 && own.tasks.is_multiple_of(interval) {
            self.servers[server as usize].switching = cost;
            self.schedule_service(server);
        }
        self.watch_saturation(lane);
    }

    fn watch_saturation(&mut self, lane: u32) {
        let station = self.lanes[lane as usize].station;
        if self.stations[station as usize].saturator != NONE {
            self.check_saturation(station);
        }
    }

    /// A service of a pool has ended, but for what becomes of the request.
    pub(super) fn task_done(&mut self, request: u32, server: u32, lane: u32) {
        let now = self.engine.now();
        let spent = now.saturating_since(self.servers[server as usize].started) as f64;
        let first = self.lanes[lane as usize].first;
        let ticks = self.system.clock.ticks_per_second();
        let Some(pool) = self.pool(lane) else { return };
        if let Some(own) = pool.workers.get_mut((server - first) as usize) {
            // In units of 200 us; smoothed as Tokio does.
            let polls = spent / (200e-6 * ticks);
            own.mean = if own.mean > 0.0 { 0.1 * polls + 0.9 * own.mean } else { polls };
        }
        let record = &mut self.requests[request];
        (record.worker, record.worked, record.heir) = (server, now, false);
    }

    /// A server has had something in hand: a thread of the blocking pool is counted.
    pub(super) fn leave_thread(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        let busy = self.servers[server as usize].request != NONE;
        let index = server - self.lanes[lane as usize].first;
        if let Some(pool) = self.pool(lane)
            && busy
            && index >= pool.count()
        {
            pool.on_blocking.down(now);
        }
    }

    /// A server of the lane is free.
    pub(super) fn freed_thread(&mut self, index: u32, lane: u32) {
        if let Some(pool) = self.pool(lane) {
            pool.wake(index);
        }
    }

    /// Workers look for tasks when all that follows at once from the one that has ended has been done: what it has
    /// started is queued then.
    pub(super) fn dispatch_later(&mut self, lane: u32) {
        if let Some(pool) = self.pool(lane) {
            pool.later = true;
        }
        self.todo.push(Todo::Dispatch(lane));
    }

    // ---- Searches that take time. ----

    fn begin_search(&mut self, lane: u32, worker: u32) {
        let state = &mut self.lanes[lane as usize];
        state.idle.remove(worker);
        let server = state.first + worker;
        let Some(pool) = self.pool(lane) else { return };
        pool.searching += 1;
        let cost = pool.rules.steal_cost;
        self.servers[server as usize].doing = Doing::Search;
        self.change_busy(lane, 1);
        self.drain_battery(lane, 1);
        self.engine.after(event_list::Slot(server), cost, rank::SERVERS);
    }

    /// The end of a search: the worker steals what there is, or sleeps.
    pub(super) fn end_search(&mut self, server: u32, lane: u32) {
        self.stop_searching(server, lane);
        self.free_server(server, lane);
        let state = &mut self.lanes[lane as usize];
        let worker = server - state.first;
        let (is_free, random) = (state.idle.contains(worker), &mut self.stations[state.station as usize].random);
        let Queue::Workers(pool) = &mut state.queue else { return };
        pool.workers[worker as usize].awake = false;
        if is_free {
            let requests = &mut self.requests;
            let own = pool.own(worker);
            let stolen = own.or_else(|| pool.steal(worker, requests, random));
            if let Some(request) = stolen.or_else(|| pool.take_from_global(worker, requests)) {
                self.start_task(request, lane, worker);
                self.wake_next(lane, true);
            }
        } else {
            self.wake_one(lane);
        }
        self.dispatch(lane);
    }

    /// A worker searches no longer; its server is what it was before.
    pub(super) fn stop_searching(&mut self, server: u32, lane: u32) {
        self.servers[server as usize].doing = Doing::Idle;
        self.change_busy(lane, -1);
        self.drain_battery(lane, -1);
        if let Some(pool) = self.pool(lane) {
            pool.searching -= 1;
        }
    }

    /// A core of an instance that lives on a battery works, or does so no longer.
    pub(super) fn drain_battery(&mut self, lane: u32, by: i32) {
        let station = self.lanes[lane as usize].station;
        let instance = lane - self.stations[station as usize].first_lane;
        self.battery_busy(station, instance, by);
    }

    // ---- More threads than cores. ----

    /// Changes the number of running threads; gives the change in the number of cores that they take.
    pub(super) fn cores_taken(&mut self, lane: u32, by: i64) -> i64 {
        let Some(pool) = self.pool(lane) else { return by };
        let before = pool.running.min(pool.cores);
        pool.running = (i64::from(pool.running) + by) as u32;
        let change = i64::from(pool.running.min(pool.cores)) - i64::from(before);
        self.settle_blocked(lane);
        change
    }

    /// Changes the number of servers that hold a blocked request.
    pub(super) fn change_blocked(&mut self, lane: u32, by: i64) {
        let now = self.engine.now();
        match self.pool(lane) {
            Some(pool) => {
                pool.held = (i64::from(pool.held) + by) as u32;
                self.settle_blocked(lane);
                // The others have more of the cores.
                self.todo.push(Todo::Dispatch(lane));
            }
            None => self.stations[self.lanes[lane as usize].station as usize].blocked.change(now, by),
        }
    }

    /// A blocked thread of a pool leaves its core to others: cores are blocked as far as no thread computes on them.
    fn settle_blocked(&mut self, lane: u32) {
        let now = self.engine.now();
        let station = self.lanes[lane as usize].station as usize;
        let Some(pool) = self.pool(lane) else { return };
        let blocked = pool.held.min(pool.cores - pool.running.min(pool.cores));
        let before = std::mem::replace(&mut pool.blocked, blocked);
        if blocked != before {
            self.stations[station].blocked.change(now, i64::from(blocked) - i64::from(before));
        }
    }

    /// Cores that are down with a server: one, or, as the threads of a pool fail all at once, all with the first of them.
    pub(super) fn cores_behind(&self, server: u32, lane: u32) -> i64 {
        match &self.lanes[lane as usize].queue {
            Queue::Workers(pool) if server == self.lanes[lane as usize].first => i64::from(pool.cores),
            Queue::Workers(_) => 0,
            _ => 1,
        }
    }

    /// What each thread of a lane gets of a core.
    pub(super) fn core_share(&self, lane: u32) -> f64 {
        match &self.lanes[lane as usize].queue {
            Queue::Workers(pool) => pool.share(),
            _ => 1.0,
        }
    }

    /// Threads share the cores equally when there are more of them.
    fn share_cores(&mut self, lane: u32) {
        let Some(pool) = self.pool(lane) else { return };
        let share = if pool.running > pool.cores { f64::from(pool.cores) / f64::from(pool.running) } else { 1.0 };
        if share == pool.share {
            return;
        }
        let before = std::mem::replace(&mut pool.share, share);
        let (first, servers) = (self.lanes[lane as usize].first, self.lanes[lane as usize].servers);
        let has_laws = self.system.stations[self.lanes[lane as usize].station as usize].laws.is_some();
        for server in first..first + servers {
            let request = self.servers[server as usize].request;
            if self.servers[server as usize].doing != Doing::Busy || request == NONE {
                continue;
            }
            self.progress(server);
            let state = &mut self.servers[server as usize];
            if has_laws {
                state.fixed_rate *= share / before;
                state.work_rate *= share / before;
            } else {
                (state.fixed_rate, state.work_rate) = (share, state.speed * share);
            }
            self.schedule_service(server);
        }
    }
}
