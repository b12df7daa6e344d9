//! `Orchestrator`: services on nodes. It places each where there is room and the score is best, before the run and during
//! it: when it notices that a node has failed, what was there is started elsewhere.
//!
//! ```text
//!   node fails ──▶ heartbeats missed ──▶ best node with room ──▶ pull ──▶ create ──▶ start ──▶ ready ──▶ up
//!                                                              network     node      node
//!   Place ──▶ one of the replicas that are up: the body runs on its node
//! ```
//!
//! The score is that of the source system, 0.4 (1 - cpu used / cpu) + 0.4 (1 - memory used / memory) + 0.2 (bandwidth /
//! 1 Gbit/s). What is used is what is there before the placement. Where the source takes the bandwidth that a node has,
//! however much, so that a fast link outweighs a full processor, here it is what is left of it, and counts for 1 at most.

mod score;
mod state;

use super::health::Rules;
use super::{Prototype, passive};
use crate::lower::{Compiler, Lower, OwnedFlow, Path};
use crate::spec::{Balancing, Component, DistributionSpec, Named, Scalar};
use crate::steps::{Compute, Send};
use crate::system::{AskStep, Draw, Instruction, NOWHERE};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::distributions::Constant;
use sim_core::random::combine;

pub use score::Weights;
pub use state::State;
use state::{Placing, Scaling};

passive! {
    /// Services on nodes: where each is, and where it moves when its node fails.
    Orchestrator {
        /// The nodes: processors or devices, each instance one, with what there is to give on it.
        nodes: Named<Node>,
        /// The services, in the order in which they are placed.
        services: Named<Service>,
        /// The network that images are pulled over.
        over: String,
        /// Interval between two heartbeats of a node (default 10 s).
        every: Scalar,
        /// Heartbeats missed in a row after which a node is taken for failed (default 4).
        misses: Scalar,
        /// What the parts of the score weigh (default 0.4, 0.4, 0.2).
        weights: Shares,
        /// Whether services have to be pulled and started at time 0 as well (default: they are up).
        cold: bool,
    }
    Orchestrator::prototype, flows: Orchestrator::flows
}

/// What a node has to give. What is left out of memory and bandwidth has no limit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// Cores (default: those of the component).
    pub cpu: Option<Scalar>,
    /// Memory.
    pub memory: Option<Scalar>,
    /// Bandwidth.
    pub bandwidth: Option<Scalar>,
}

/// What the parts of a score weigh.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shares {
    /// The share of the processor that is free (default 0.4).
    pub cpu: Option<Scalar>,
    /// The share of the memory that is free (default 0.4).
    pub memory: Option<Scalar>,
    /// Bandwidth that is free, in Gbit/s, at most 1 (default 0.2).
    pub bandwidth: Option<Scalar>,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Cores that each replica is given (default 0); what it may use of the node is not bounded by them.
    pub cpu: Option<Scalar>,
    /// Memory of each (default 0).
    pub memory: Option<Scalar>,
    /// Bandwidth of each (default 0).
    pub bandwidth: Option<Scalar>,
    /// How many of it there are to be (default 1).
    pub replicas: Option<Scalar>,
    /// Whether no two replicas may be on one node (default false).
    pub apart: Option<bool>,
    /// How the number of replicas follows the requests (default: it does not).
    pub scale: Option<Scale>,
    /// Size of its image, which is pulled over the network.
    pub image: Option<DistributionSpec>,
    /// Whether it is pulled `Always` (default), or where the node has it not yet: `IfAbsent`.
    pub pull: Option<Pull>,
    /// What it takes of the node to create it, as a time or in cycles (default 0).
    pub create: Option<DistributionSpec>,
    /// What it takes of the node to start it (default 0).
    pub start: Option<DistributionSpec>,
    /// Time from then on until it is found to be healthy (default 0).
    pub ready: Option<DistributionSpec>,
    /// How a request chooses among replicas, by those that are in them: `RoundRobin` (default), `Random`, `ShortestQueue`,
    /// `PowerOf`.
    pub balance: Option<Balancing>,
    /// What becomes of a request that comes while no replica is up: `Wait` (default) or `Fail`.
    pub absent: Option<Absent>,
}

/// How the number of replicas follows the requests that are in them or wait for one: each time the mean number since the
/// last time is divided by that wanted in each, as the horizontal autoscaler of Kubernetes does.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Requests wanted in each replica.
    pub inside: Scalar,
    /// The most replicas; the fewest are `replicas`.
    pub most: Scalar,
    /// Interval between two looks (default 30 s).
    #[serde(default)]
    pub every: Option<Scalar>,
}

/// When an image is pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Pull {
    /// At every start.
    #[default]
    Always,
    /// Where the node has not had it before.
    IfAbsent,
}

/// What becomes of a request while no replica is up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Absent {
    /// It waits for one.
    #[default]
    Wait,
    /// It fails.
    Fail,
}

/// What is asked, by [`Ask::mode`](super::Ask::mode); about a service or a node, which is the key.
mod asks {
    /// Where a service is, for the length of a block.
    pub const PLACE: u8 = 0;
    /// Where to deploy it.
    pub const DEPLOY: u8 = 1;
    /// Whether a node lives.
    pub const BEAT: u8 = 2;
}

/// The most kinds of nodes: a deployment has two ways to each.
const MOST: usize = 127;

impl Orchestrator {
    /// The nodes, by the index of their component, which must be known.
    pub fn node_stations(&self, components: &Named<Component>) -> Vec<u16> {
        let nodes = self.nodes.iter().flatten().take(MOST);
        nodes.filter_map(|(name, _)| components.get_index_of(name)).map(|index| index as u16).collect()
    }

    /// The index of a service.
    pub fn service(&self, name: &str) -> Option<usize> {
        self.services.as_ref()?.get_index_of(name)
    }

    /// Names of the services.
    pub fn service_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.services.iter().flatten().map(|(name, _)| name.as_str())
    }

    /// A question about a service or a node.
    fn question(own: u16, mode: u8, about: usize, site: u64) -> AskStep {
        let key = Constant::new(about as f64).ok().map(|about| Draw { distribution: about.into(), site });
        AskStep { mode, key, ..AskStep::of(own, site) }
    }

    /// The question where a service is.
    pub fn whereabouts(own: u16, service: usize, site: u64) -> AskStep {
        Orchestrator::question(own, asks::PLACE, service, site)
    }

    /// Share of the replicas of a service that are on each kind of node at the start, as far as there are any.
    pub fn shares(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path, service: usize) -> Vec<f64> {
        let shares = self.state(lower, components, at).shares_at_start(service);
        let n = self.node_stations(components).len();
        shares.unwrap_or_else(|| vec![1.0 / n.max(1) as f64; n])
    }

    fn prototype(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path) -> Prototype {
        let nodes = self.nodes.as_ref().map_or(0, Named::len);
        if nodes == 0 || nodes > MOST {
            let message = format!("it has {nodes} kinds of nodes");
            let help = format!("give 1 to {MOST}: nodes: {{\"edge\": (cpu: 4, memory: \"8 GB\")}}");
            lower.problem_with_help(&at.field("nodes"), message, help);
        }
        if self.services.as_ref().is_none_or(Named::is_empty) {
            let help = "give it some: services: {\"detector\": (cpu: 1, image: \"200 MB\")}";
            lower.problem_with_help(&at.field("services"), "it has no services to place", help);
        }
        if self.per.is_some() {
            let help = "leave it out: it has all its nodes in view";
            lower.problem_with_help(&at.field("per"), "there is one orchestrator, which all ask", help);
        }
        for (name, _) in self.nodes.iter().flatten() {
            let at = at.field("nodes").field(name);
            lower.component_of(name, components, &["Processor", "Device"], &at);
        }
        let over = |name: &String| lower.component_of(name, components, &["Network"], &at.field("over"));
        self.over.as_ref().map(over);
        let mut pulls = false;
        for (name, service) in self.services.iter().flatten() {
            let at = at.field("services").field(name);
            if components.contains_key(name) {
                let help = "give the service another name: within its Place it stands for the node";
                lower.problem_with_help(&at, format!("`{name}` is a component"), help);
            }
            pulls |= service.image.is_some();
            if service.image.is_some() && self.over.is_none() {
                let help = "give the orchestrator a network: `over: \"..\"`, or leave `image` out";
                lower.problem_with_help(&at.field("image"), "there is nothing to pull the image over", help);
            }
            if service.pull.is_some() && service.image.is_none() {
                let help = "give it an `image: \"200 MB\"`, or leave `pull` out";
                lower.problem_with_help(&at.field("pull"), "there is no image to pull", help);
            }
        }
        if self.over.is_some() && !pulls {
            let help = "give a service an `image: \"200 MB\"`, or leave `over` out";
            lower.problem_with_help(&at.field("over"), "no service has an image to pull", help);
        }
        let state = self.state(lower, components, at);
        state.check(lower, &self.service_names().collect::<Vec<_>>(), &at.field("services"));
        Prototype { state: super::State::Orchestrator(Box::new(state)), units: 0.0 }
    }

    /// What it knows before anything is placed.
    fn state(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path) -> State {
        let misses = self.misses.as_ref();
        let rules = Rules {
            misses: misses.map_or(4, |n| lower.whole(&at.field("misses"), n, 1, 1_000_000) as u32),
            successes: 1,
        };
        let weights = self.weights.clone().unwrap_or_default();
        let weight = |field: &str, weight: &Option<Scalar>, default: f64| {
            let at = at.field("weights").field(field);
            weight.as_ref().map_or(default, |weight| lower.not_negative(&at, weight, Dimension::NONE))
        };
        let weights = Weights {
            cpu: weight("cpu", &weights.cpu, 0.4),
            memory: weight("memory", &weights.memory, 0.4),
            bandwidth: weight("bandwidth", &weights.bandwidth, 0.2),
        };
        let every = lower.interval(&at.field("every"), self.every.as_ref(), 10.0);
        let mut state = State::new(rules, weights, every, self.cold.unwrap_or(false));
        for (kind, (name, node)) in self.nodes.iter().flatten().take(MOST).enumerate() {
            let Some(component) = components.get(name) else { continue };
            let at = at.field("nodes").field(name);
            let limit = |field: &str, amount: &Option<Scalar>, dimension: Dimension| {
                amount.as_ref().map_or(f64::INFINITY, |a| lower.positive(&at.field(field), a, dimension))
            };
            let cpu = match &node.cpu {
                Some(cpu) => lower.positive(&at.field("cpu"), cpu, Dimension::NONE),
                None => lower.cores_of(name, component),
            };
            let memory = limit("memory", &node.memory, Dimension::DATA);
            let capacity = [cpu, memory, limit("bandwidth", &node.bandwidth, Dimension::DATA_RATE)];
            state.add_nodes(kind, lower.instances(name, components), capacity);
        }
        for (name, service) in self.services.iter().flatten() {
            let at = at.field("services").field(name);
            let need = |field: &str, amount: &Option<Scalar>, dimension: Dimension| {
                amount.as_ref().map_or(0.0, |a| lower.not_negative(&at.field(field), a, dimension))
            };
            let needs = [
                need("cpu", &service.cpu, Dimension::NONE),
                need("memory", &service.memory, Dimension::DATA),
                need("bandwidth", &service.bandwidth, Dimension::DATA_RATE),
            ];
            let replicas = service.replicas.as_ref();
            let replicas = replicas.map_or(1, |n| lower.whole(&at.field("replicas"), n, 1, 100_000) as usize);
            let balance = match &service.balance {
                Some(Balancing::LeastWork | Balancing::Registered { .. }) => {
                    let help = "choose by RoundRobin, Random, ShortestQueue or PowerOf(2)";
                    let message = "an orchestrator knows of a replica how many requests are in it, and no more";
                    lower.problem_with_help(&at.field("balance"), message, help);
                    crate::system::Balance::RoundRobin
                }
                Some(by) => lower.balancing(by, &at.field("balance")),
                None => crate::system::Balance::RoundRobin,
            };
            let scaling = service.scale.as_ref().map(|scale| {
                let at = at.field("scale");
                Scaling {
                    inside: lower.positive(&at.field("inside"), &scale.inside, Dimension::NONE),
                    least: replicas,
                    most: lower.whole(&at.field("most"), &scale.most, replicas as u64, 100_000) as usize,
                    every: lower.interval(&at.field("every"), scale.every.as_ref(), 30.0),
                }
            });
            let rules = Placing {
                needs,
                apart: service.apart.unwrap_or(false),
                balance,
                fails: service.absent == Some(Absent::Fail),
                keeps: service.image.is_none() || service.pull == Some(Pull::IfAbsent),
                scaling,
            };
            state.add_service(rules, replicas);
        }
        state
    }

    fn flows<'a>(&'a self, lower: &Lower<'_>, components: &'a Named<Component>, at: &Path) -> Vec<OwnedFlow<'a>> {
        let nodes = self.node_stations(components);
        let every = lower.interval(&at.field("every"), self.every.as_ref(), 10.0);
        let services = self.services.iter().flatten().enumerate();
        let mut flows: Vec<OwnedFlow<'a>> = Vec::new();
        // Deployments first: their place is the index of their service.
        for (i, (name, service)) in services {
            let nodes = nodes.clone();
            flows.push(OwnedFlow {
                subject: name.clone(),
                from: NOWHERE,
                probes: false,
                every: None,
                steps: Box::new(move |compiler, at, own| self.deploy(compiler, at, own, (i, name, service), &nodes)),
            });
        }
        for (kind, station) in nodes.into_iter().enumerate() {
            flows.push(OwnedFlow {
                subject: components.get_index(usize::from(station)).map_or(String::new(), |(name, _)| name.clone()),
                from: station,
                probes: true,
                every: Some((every, None)),
                steps: Box::new(move |compiler, _, own| {
                    let site = compiler.site(None, "Heartbeat");
                    let ask = compiler.ask(Orchestrator::question(own, asks::BEAT, kind, site));
                    compiler.way(ask);
                }),
            });
        }
        flows
    }

    /// The program of a deployment: to each kind of node a way with the pull, and one without.
    fn deploy(
        &self,
        compiler: &mut Compiler<'_, '_>,
        at: &Path,
        own: u16,
        (index, name, service): (usize, &str, &Service),
        nodes: &[u16],
    ) {
        let at = at.field("services").field(name);
        let site = compiler.site(None, "Deploy");
        let mut step = Orchestrator::question(own, asks::DEPLOY, index, site);
        step.shares = nodes.iter().flat_map(|_| [1.0 / nodes.len() as f64, 0.0]).collect();
        let ask = compiler.ask(step);
        let mut ends = Vec::new();
        compiler.at_each_node(name, own, nodes, |compiler, _| {
            compiler.way(ask);
            if let (Some(over), Some(image)) = (&self.over, &service.image) {
                let send = Send {
                    over: Some(over.clone()),
                    size: Some(image.clone()),
                    to: Some(name.to_string()),
                    patience: None,
                    protocol: None,
                    compress: None,
                    label: None,
                };
                compiler.send_at(&send, &at, &at.field("image"));
            }
            compiler.way(ask);
            for (field, work) in [("create", &service.create), ("start", &service.start)] {
                let Some(work) = work else { continue };
                let compute = Compute {
                    on: name.to_string(),
                    work: Some(work.clone()),
                    servers: None,
                    blocking: None,
                    patience: None,
                    memory: None,
                    label: None,
                };
                compiler.compute_at(&compute, &at, &at.field(field));
            }
            if let Some(ready) = &service.ready {
                let draw = compiler.draw(&at.field("ready"), ready, Dimension::TIME, combine(site, 1));
                compiler.pass(draw);
            }
            ends.push(compiler.emit(Instruction::Jump(0)));
        });
        compiler.land(&ends);
        compiler.emit(Instruction::Release);
    }
}
