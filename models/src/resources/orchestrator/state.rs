//! Nodes, replicas and the requests that look for them.

use super::super::health::{Health, Rules};
use super::super::waiting::Order;
use super::super::{Answer, Ask, Effect, FigureName, Grant, Held, Line, Measured, Resource, World};
use super::asks;
use super::score::{Amounts, Weights, fits, score};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::system::Balance;
use crate::units::Dimension;
use sim_core::observe::Level;
use sim_core::random::below;
use sim_core::time::Time;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
struct Node {
    /// Which of the components, and its instance.
    kind: usize,
    instance: u32,
    capacity: Amounts,
    used: Amounts,
    health: Health,
    /// Images that are there, by service.
    images: Vec<bool>,
}

/// How the number of replicas of a service follows its requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaling {
    /// Requests wanted in each.
    pub inside: f64,
    pub least: usize,
    pub most: usize,
    /// Interval between two looks [ticks].
    pub every: u64,
}

/// How a service is placed and found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placing {
    /// What each replica is given.
    pub needs: Amounts,
    /// Whether no two of them may be on one node.
    pub apart: bool,
    pub balance: Balance,
    /// Whether requests fail while none is up.
    pub fails: bool,
    /// Whether an image that is there is not pulled again.
    pub keeps: bool,
    pub scaling: Option<Scaling>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not wanted.
    Off,
    /// Nowhere: there is no room for it, or it is tried again later.
    Pending,
    /// Being started on a node.
    Deploying(usize),
    /// Up on a node, as far as is known.
    Up(usize),
}

#[derive(Clone, Copy, Debug)]
struct Replica {
    phase: Phase,
    /// Counts its lives: what was given out in an earlier one says nothing of it.
    life: u32,
    /// Requests that are in it.
    inside: u32,
    /// When it was last placed.
    placed: Time,
}

#[derive(Clone, Debug)]
struct Service {
    rules: Placing,
    replicas: Vec<Replica>,
    /// Replicas whose deployment starts now, with their lives.
    launches: VecDeque<(usize, u32)>,
    line: Line,
    turn: usize,
    /// Requests that are in replicas or wait for one, and their integral at the last look.
    present: Level,
    seen: f64,
}

impl Service {
    fn up(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.replicas.len()).filter(|i| matches!(self.replicas[*i].phase, Phase::Up(_)))
    }
}

/// What a block of a request, or a deployment, has been given.
#[derive(Clone, Copy, Debug)]
struct Given {
    service: usize,
    replica: usize,
    life: u32,
    node: usize,
    deploys: bool,
}

/// What an orchestrator knows and has given out.
#[derive(Clone, Debug)]
pub struct State {
    rules: Rules,
    weights: Weights,
    every: u64,
    cold: bool,
    nodes: Vec<Node>,
    /// The first node of each kind.
    first: Vec<usize>,
    services: Vec<Service>,
    given: Vec<Given>,
    free: Vec<u32>,
    /// Replicas that are up, and services of which none is.
    up: Level,
    absent: Level,
    /// Cores that are given to replicas: integral and since when.
    cores: f64,
    cores_since: Time,
    moved: u64,
    deployed: u64,
    deploying: f64,
    broken: u64,
}

impl State {
    pub(super) fn new(rules: Rules, weights: Weights, every: u64, cold: bool) -> State {
        State {
            rules,
            weights,
            every,
            cold,
            nodes: Vec::new(),
            first: Vec::new(),
            services: Vec::new(),
            given: Vec::new(),
            free: Vec::new(),
            up: Level::default(),
            absent: Level::default(),
            cores: 0.0,
            cores_since: Time::ZERO,
            moved: 0,
            deployed: 0,
            deploying: 0.0,
            broken: 0,
        }
    }

    pub(super) fn add_nodes(&mut self, kind: usize, instances: u32, capacity: Amounts) {
        self.first.resize(kind + 1, self.nodes.len());
        for instance in 0..instances {
            let node = Node { kind, instance, capacity, used: [0.0; 3], health: Health::default(), images: Vec::new() };
            self.nodes.push(node);
        }
    }

    pub(super) fn add_service(&mut self, rules: Placing, replicas: usize) {
        let replica = Replica { phase: Phase::Pending, life: 0, inside: 0, placed: Time::ZERO };
        self.services.push(Service {
            rules,
            replicas: vec![replica; replicas],
            launches: VecDeque::new(),
            line: Line::new(Order::Fifo),
            turn: 0,
            present: Level::default(),
            seen: 0.0,
        });
        self.nodes.iter_mut().for_each(|node| node.images.push(false));
    }

    /// The instance of the node that was given.
    pub fn instance_of(&self, token: u32) -> u32 {
        self.nodes[self.given[token as usize].node].instance
    }

    /// Whether there is room for all, and for each at all.
    pub(super) fn check(&self, lower: &Lower<'_>, names: &[&str], at: &Path) {
        if self.nodes.is_empty() {
            return;
        }
        let mut all = self.clone();
        all.place_at_start();
        for (service, name) in all.services.iter().zip(names) {
            let at = at.field(name);
            let missing = service.replicas.iter().filter(|replica| replica.phase == Phase::Pending).count();
            if !self.nodes.iter().any(|node| fits([0.0; 3], service.rules.needs, node.capacity)) {
                let help = "let it need less, or give a node more";
                lower.problem_with_help(&at, format!("no node could ever hold `{name}`, even an empty one"), help);
            } else if missing > 0 {
                let message = format!("there is no room for {missing} of the {} replicas", service.replicas.len());
                lower.warning(&at, message, "they wait until there is; give the nodes more, or add one");
            }
        }
    }

    /// Share of the replicas of a service on each kind of node at the start.
    pub(super) fn shares_at_start(&self, service: usize) -> Option<Vec<f64>> {
        let mut all = self.clone();
        all.place_at_start();
        let mut shares = vec![0.0; self.first.len()];
        for replica in &all.services.get(service)?.replicas {
            if let Phase::Up(node) = replica.phase {
                shares[self.nodes[node].kind] += 1.0;
            }
        }
        let sum: f64 = shares.iter().sum();
        (sum > 0.0).then(|| shares.into_iter().map(|share| share / sum).collect())
    }

    /// Places what there is room for, without a deployment.
    fn place_at_start(&mut self) {
        for service in 0..self.services.len() {
            for replica in 0..self.services[service].replicas.len() {
                if let Some(node) = self.best(service) {
                    self.take(service, node);
                    self.services[service].replicas[replica].phase = Phase::Up(node);
                    self.nodes[node].images[service] = true;
                }
            }
        }
    }

    /// The node with room for a service that has the best score, the first of equals.
    fn best(&self, service: usize) -> Option<usize> {
        let model = &self.services[service];
        let hosts = |node: usize| {
            let there = |replica: &Replica| matches!(replica.phase, Phase::Up(n) | Phase::Deploying(n) if n == node);
            model.replicas.iter().any(there)
        };
        let mut best: Option<(f64, usize)> = None;
        for (i, node) in self.nodes.iter().enumerate() {
            if !node.health.healthy
                || !fits(node.used, model.rules.needs, node.capacity)
                || model.rules.apart && hosts(i)
            {
                continue;
            }
            let score = score(node.used, node.capacity, self.weights);
            if best.is_none_or(|(least, _)| score > least) {
                best = Some((score, i));
            }
        }
        best.map(|(_, node)| node)
    }

    fn take(&mut self, service: usize, node: usize) {
        let needs = self.services[service].rules.needs;
        self.nodes[node].used.iter_mut().zip(needs).for_each(|(used, need)| *used += need);
    }

    fn give_back(&mut self, service: usize, node: usize) {
        let needs = self.services[service].rules.needs;
        self.nodes[node].used.iter_mut().zip(needs).for_each(|(used, need)| *used = (*used - need).max(0.0));
    }

    fn settle(&mut self, now: Time) {
        let used: f64 = self.nodes.iter().map(|node| node.used[0]).sum();
        self.cores += used * now.saturating_since(self.cores_since) as f64;
        self.cores_since = now;
    }

    /// Starts what waits for a node, as far as there is room.
    fn deploy_pending(&mut self, world: &mut World<'_>) {
        self.settle(world.now);
        for service in 0..self.services.len() {
            for replica in 0..self.services[service].replicas.len() {
                if self.services[service].replicas[replica].phase != Phase::Pending {
                    continue;
                }
                let Some(node) = self.best(service) else { break };
                self.take(service, node);
                let model = &mut self.services[service];
                let state = &mut model.replicas[replica];
                (state.phase, state.placed) = (Phase::Deploying(node), world.now);
                model.launches.push_back((replica, state.life));
                world.effects.push(Effect::Start(service as u16));
            }
        }
    }

    /// A replica is on its node no more.
    fn withdraw_replica(&mut self, service: usize, replica: usize, now: Time) {
        self.settle(now);
        let state = &mut self.services[service].replicas[replica];
        let before = std::mem::replace(&mut state.phase, Phase::Pending);
        state.life = state.life.wrapping_add(1);
        state.inside = 0;
        match before {
            Phase::Pending | Phase::Off => {}
            Phase::Deploying(node) => self.give_back(service, node),
            Phase::Up(node) => {
                self.give_back(service, node);
                self.up.down(now);
                if self.services[service].up().next().is_none() {
                    self.absent.up(now);
                }
            }
        }
    }

    /// A replica is up.
    fn is_up(&mut self, service: usize, replica: usize, node: usize, world: &mut World<'_>) {
        if self.services[service].up().next().is_none() {
            self.absent.down(world.now);
        }
        self.services[service].replicas[replica].phase = Phase::Up(node);
        self.nodes[node].images[service] = true;
        self.up.up(world.now);
        while let Some(ask) = self.services[service].line.pop() {
            match self.enter(service, world) {
                Some(grant) => world.effects.push(Effect::Go(ask.request, grant)),
                None => {
                    self.services[service].line.push(ask);
                    return;
                }
            }
        }
    }

    /// The number of replicas is made to fit the requests since the last look.
    fn rescale(&mut self, service: usize, world: &mut World<'_>) {
        let model = &mut self.services[service];
        let Some(scaling) = model.rules.scaling else { return };
        let seen = model.present.since_start(world.now);
        let mean = (seen - std::mem::replace(&mut model.seen, seen)) / scaling.every as f64;
        // What is a whole number but for its rounding is one.
        let wanted = ((mean / scaling.inside - 1e-9).ceil().max(0.0) as usize).clamp(scaling.least, scaling.most);
        let mut there = model.replicas.iter().filter(|replica| replica.phase != Phase::Off).count();
        while there < wanted {
            match model.replicas.iter_mut().find(|replica| replica.phase == Phase::Off) {
                Some(replica) => replica.phase = Phase::Pending,
                None => model.replicas.push(Replica { phase: Phase::Pending, life: 0, inside: 0, placed: world.now }),
            }
            there += 1;
        }
        while there > wanted {
            // First those that are not up, then the emptiest, the latest of equals.
            let last = |i: &usize| {
                let replica = &self.services[service].replicas[*i];
                let up = matches!(replica.phase, Phase::Up(_));
                (up, replica.inside, std::cmp::Reverse(*i))
            };
            let model = &self.services[service];
            let candidates = (0..model.replicas.len()).filter(|i| model.replicas[*i].phase != Phase::Off);
            let Some(replica) = candidates.min_by_key(last) else { break };
            // Requests that are in it come to their end there.
            self.withdraw_replica(service, replica, world.now);
            self.services[service].replicas[replica].phase = Phase::Off;
            there -= 1;
        }
        self.deploy_pending(world);
        world.effects.push(Effect::Wake(scaling.every, 1 + service as u64));
    }

    /// A node has answered, or has not.
    fn beat(&mut self, node: usize, answered: bool, world: &mut World<'_>) {
        if !self.nodes[node].health.check(answered, self.rules) {
            return;
        }
        if !answered {
            for service in 0..self.services.len() {
                for replica in 0..self.services[service].replicas.len() {
                    match self.services[service].replicas[replica].phase {
                        Phase::Up(n) | Phase::Deploying(n) if n == node => {
                            self.withdraw_replica(service, replica, world.now);
                            self.moved += 1;
                        }
                        _ => {}
                    }
                }
            }
        }
        self.deploy_pending(world);
    }

    /// A request goes to a replica that is up.
    fn enter(&mut self, service: usize, world: &mut World<'_>) -> Option<Grant> {
        let model = &mut self.services[service];
        let up: Vec<usize> = model.up().collect();
        let inside = |replica: usize| model.replicas[replica].inside;
        let n = up.len() as u64;
        let replica = match model.rules.balance {
            _ if up.is_empty() => return None,
            Balance::RoundRobin | Balance::LeastWork => up[up.partition_point(|i| *i < model.turn) % up.len()],
            Balance::Random => up[below(world.random, n) as usize],
            Balance::ShortestQueue => {
                let least = up.iter().map(|i| inside(*i)).min().unwrap_or(0);
                let equal: Vec<usize> = up.iter().copied().filter(|i| inside(*i) == least).collect();
                equal[below(world.random, equal.len() as u64) as usize]
            }
            Balance::PowerOf(d) => {
                // d different ones, by a partial shuffle.
                let mut order = up;
                let d = (d as usize).min(order.len());
                for k in 0..d {
                    let pick = k + below(world.random, (order.len() - k) as u64) as usize;
                    order.swap(k, pick);
                }
                order[..d].iter().copied().min_by_key(|i| inside(*i)).unwrap_or(order[0])
            }
        };
        model.turn = replica + 1;
        let state = &mut model.replicas[replica];
        let Phase::Up(node) = state.phase else { return None };
        state.inside += 1;
        let given = Given { service, replica, life: state.life, node, deploys: false };
        Some(self.grant(given, self.nodes[node].kind as u8))
    }

    fn grant(&mut self, given: Given, way: u8) -> Grant {
        let token = match self.free.pop() {
            Some(token) => {
                self.given[token as usize] = given;
                token
            }
            None => {
                self.given.push(given);
                self.given.len() as u32 - 1
            }
        };
        Grant { way, token, ..Grant::holding(0.0) }
    }

    /// The deployment of the next replica of a service that is to be started.
    fn launch(&mut self, service: usize) -> Answer {
        let Some((replica, life)) = self.services[service].launches.pop_front() else {
            return Answer::Refuse(Outcome::Failed);
        };
        let state = self.services[service].replicas[replica];
        match state.phase {
            Phase::Deploying(node) if state.life == life => {
                let there = self.services[service].rules.keeps && self.nodes[node].images[service];
                let way = 2 * self.nodes[node].kind as u8 + u8::from(there);
                Answer::Go(self.grant(Given { service, replica, life, node, deploys: true }, way))
            }
            // Its node has been given up meanwhile.
            _ => Answer::Refuse(Outcome::Failed),
        }
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("replicas_up", Dimension::NONE, "mean number of replicas that are up, as far as is known"),
        FigureName::of("services_absent", Dimension::NONE, "mean number of services of which no replica is up"),
        FigureName::share("cpu_placed", "mean share of the cores of the nodes that is given to replicas"),
        FigureName::of("moves", Dimension::RATE, "replicas that were given up with their node"),
        FigureName::of("deployments", Dimension::RATE, "replicas that were started"),
        FigureName::of("deployment_time", Dimension::TIME, "mean time from the placement of a replica until it is up"),
        FigureName::of("deployments_failed", Dimension::RATE, "deployments that came to nothing"),
    ];

    fn start(&mut self, world: &mut World<'_>) {
        for (service, model) in self.services.iter().enumerate() {
            if let Some(scaling) = model.rules.scaling {
                world.effects.push(Effect::Wake(scaling.every, 1 + service as u64));
            }
        }
        let services = self.services.len() as i64;
        if self.cold {
            self.absent.change(world.now, services);
            return self.deploy_pending(world);
        }
        self.place_at_start();
        let up: usize = self.services.iter().map(|service| service.up().count()).sum();
        let absent = self.services.iter().filter(|service| service.up().next().is_none()).count();
        self.up.change(world.now, up as i64);
        self.absent.change(world.now, absent as i64);
    }

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        let about = ask.key as usize;
        match ask.mode {
            asks::BEAT => {
                let node = self.first[about] + ask.instance as usize;
                self.beat(node, ask.down.is_none(), world);
                match ask.down {
                    None => Answer::Go(Grant::passing(0)),
                    Some(_) => Answer::Refuse(Outcome::Failed),
                }
            }
            asks::DEPLOY => self.launch(about),
            _ => {
                let grant = self.enter(about, world);
                let model = &mut self.services[about];
                if grant.is_none() && model.rules.fails {
                    return Answer::Refuse(Outcome::Failed);
                }
                model.present.up(world.now);
                match grant {
                    Some(grant) => Answer::Go(grant),
                    None => {
                        model.line.push(*ask);
                        Answer::Wait
                    }
                }
            }
        }
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let given = self.given[held.token as usize];
        self.free.push(held.token);
        let Given { service, replica, life, node, deploys } = given;
        if !deploys {
            self.services[service].present.down(world.now);
        }
        let state = &mut self.services[service].replicas[replica];
        if state.life != life {
            // It has been given up meanwhile.
            self.broken += u64::from(deploys);
            return 0.0;
        }
        if !deploys {
            state.inside = state.inside.saturating_sub(1);
        } else if held.completed {
            self.deployed += 1;
            self.deploying += world.now.saturating_since(state.placed) as f64;
            self.is_up(service, replica, node, world);
        } else {
            self.broken += 1;
            self.withdraw_replica(service, replica, world.now);
            // Not at once: what has gone wrong may go wrong again without letting time pass.
            world.effects.push(Effect::Wake(self.every, 0));
        }
        0.0
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        self.services.iter_mut().for_each(|service| {
            if service.line.remove(request).is_some() {
                service.present.down(world.now);
            }
        });
    }

    fn timer(&mut self, token: u64, world: &mut World<'_>) {
        match token.checked_sub(1) {
            Some(service) => self.rescale(service as usize, world),
            None => self.deploy_pending(world),
        }
    }

    fn reset(&mut self, now: Time) {
        self.up.reset(now);
        self.absent.reset(now);
        (self.cores, self.cores_since) = (0.0, now);
        (self.moved, self.deployed, self.broken, self.deploying) = (0, 0, 0, 0.0);
    }

    fn would_go(&self, _held: &[Held], _lives: &dyn Fn(u32) -> bool) -> Option<Vec<u32>> {
        // They wait for a deployment, and for nobody who holds anything.
        Some(self.services.iter().flat_map(|service| service.line.iter().map(|ask| ask.request)).collect())
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let seconds = measured.span / measured.ticks;
        let sum = |of: &dyn Fn(&State) -> f64| all.iter().map(|state| of(state)).sum::<f64>();
        let cores = sum(&|s| s.nodes.iter().map(|node| node.capacity[0]).sum());
        let used = sum(&|s| {
            let now: f64 = s.nodes.iter().map(|node| node.used[0]).sum();
            s.cores + now * measured.end.saturating_since(s.cores_since) as f64
        });
        let deployed = sum(&|s| s.deployed as f64);
        vec![
            Some(sum(&|s| s.up.integral(measured.end)) / measured.span),
            Some(sum(&|s| s.absent.integral(measured.end)) / measured.span),
            (cores > 0.0).then(|| used / measured.span / cores),
            Some(sum(&|s| s.moved as f64) / seconds),
            Some(deployed / seconds),
            (deployed > 0.0).then(|| sum(&|s| s.deploying) / deployed / measured.ticks),
            Some(sum(&|s| s.broken as f64) / seconds),
        ]
    }
}
