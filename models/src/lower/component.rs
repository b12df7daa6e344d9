//! Components.

use super::flow::{balancing, nominal_frequency, registry};
use super::{Lower, Path};
use crate::disciplines::{Order, Policy};
use crate::laws::{self, LawSet};
use crate::protocols::Rules;
use crate::spec::{self, Component, CoresSpec, Duplex, Full, Named, OnFailure, Retransmit, Scope, Wake};
use crate::system::{Balance, Failures, Kind, LoadMeasure, NOWHERE, Power, Station};
use crate::units::Dimension;

impl Lower<'_> {
    /// A station from a component whose profile has been filled in.
    pub(super) fn station(&self, name: &str, component: &Component, all: &Named<Component>) -> Station {
        let at = Path::new("system.components").field(name);
        let common = component.common();
        let ticks = self.clock().ticks_per_second();
        let kind = match component {
            Component::Device(_) => Kind::Device,
            Component::Network(_) => Kind::Network,
            Component::Processor(_) => Kind::Processor,
            Component::Storage(_) => Kind::Storage,
            passive => Kind::Passive(passive.kind()),
        };
        let mut station = Station {
            name: name.to_string(),
            kind,
            count: common.count.map_or(1, |n| self.whole(&at.field("count"), n, 1, 100_000_000) as u32),
            directions: 1,
            serves: false,
            speeds: vec![1.0],
            policy: match common.scheduler {
                Some(scheduler) => scheduler.0.policy(self, &at.field("scheduler")),
                None => Policy::in_order(Order::Fifo),
            },
            limit: common.limit.map_or(u32::MAX, |n| self.whole(&at.field("limit"), n, 1, u64::from(u32::MAX)) as u32),
            blocks: common.full == Some(Full::Block),
            balance: common.balance.map_or(Balance::RoundRobin, |b| balancing(self, b, &at.field("balance"))),
            registry: common.balance.map_or(NOWHERE, |b| registry(self, b, all, &[name], &at.field("balance"))),
            reliability: common.reliability.map_or(1.0, |r| self.probability(&at.field("reliability"), r)),
            attempts: 0,
            laws: None,
            load: LoadMeasure::Utilisation(ticks),
            failures: None,
            schedule: Vec::new(),
            setup: common.setup.map(|d| self.distribution(&at.field("setup"), d, Dimension::TIME).scaled(ticks)),
            vacation: common
                .vacation
                .map(|d| self.distribution(&at.field("vacation"), d, Dimension::TIME).scaled(ticks)),
            wake: common
                .wake
                .map(|Wake::AtLeast { n }| self.whole(&at.field("wake").field("n"), n, 1, u64::from(u32::MAX)) as u32),
            power: Power::default(),
            governed: false,
            has_power: common.power.is_some(),
            energy_per_bit: 0.0,
            battery: None,
            capacity: None,
            between: None,
            units: 0.0,
            contention: None,
            interrupts: Vec::new(),
            figures: &[],
        };
        if common.full.is_some() && common.limit.is_none() {
            self.warning(&at.field("full"), "`full` has no effect without a `limit`", "add a `limit`");
        }
        self.specific(&mut station, component, all, &at);
        self.laws_of(&mut station, &common, &at);
        self.availability(&mut station, &common, &at);
        self.scheduling(&mut station, component, &at);
        if let Some(power) = common.power {
            station.power = self.power(power, &at.field("power"));
        }
        station
    }

    /// What only one kind of component has.
    fn specific(&self, station: &mut Station, component: &Component, all: &Named<Component>, at: &Path) {
        match component {
            Component::Processor(c) => station.speeds = self.speeds(component, c.cores.as_ref(), at),
            Component::Device(c) => {
                station.speeds = self.speeds(component, c.cores.as_ref(), at);
                station.battery = c.battery.as_ref().map(|b| self.positive(&at.field("battery"), b, Dimension::ENERGY));
                if station.battery.is_some() && c.power.is_none() {
                    let help = "give `power: (idle: .., active: .., tx: .., rx: ..)`";
                    self.problem_with_help(&at.field("battery"), "a battery without power figures never empties", help);
                }
            }
            Component::Storage(c) => {
                let channels = c.channels.as_ref().map_or(1, |n| self.whole(&at.field("channels"), n, 1, 1 << 20));
                station.speeds = vec![1.0; channels as usize];
                station.capacity =
                    c.capacity.as_ref().map(|size| self.positive(&at.field("capacity"), size, Dimension::DATA));
            }
            Component::Network(c) => {
                let channels = c.channels.as_ref().map_or(1, |n| self.whole(&at.field("channels"), n, 1, 1 << 20));
                station.speeds = vec![1.0; channels as usize];
                station.directions = if c.duplex == Some(Duplex::Full) { 2 } else { 1 };
                station.attempts = match &c.retransmit {
                    None | Some(Retransmit::Never) => 0,
                    Some(Retransmit::UpTo { times }) => {
                        self.whole(&at.field("retransmit").field("times"), times, 0, 1_000_000) as u32
                    }
                    Some(Retransmit::Forever) => u32::MAX,
                };
                if station.attempts == u32::MAX && station.reliability == 0.0 {
                    let help = "give a reliability above 0, or `UpTo(n)` retransmissions";
                    self.problem_with_help(
                        &at.field("retransmit"),
                        "a frame that is always lost is sent forever",
                        help,
                    );
                }
                station.energy_per_bit = c
                    .energy_per_bit
                    .as_ref()
                    .map_or(0.0, |e| self.not_negative(&at.field("energy_per_bit"), e, Dimension::ENERGY_PER_DATA));
                station.between = c.between.as_ref().and_then(|(a, b)| {
                    let at = at.field("between");
                    let end = |i: usize, name: &String| {
                        let found = all.get_index_of(name);
                        if found.is_none() {
                            self.unknown(&at.index(i), "component", name, all.keys().map(String::as_str));
                        }
                        found.map(|index| index as u16)
                    };
                    Some((end(0, a)?, end(1, b)?))
                });
                if station.directions == 2 && c.between.is_none() {
                    let help = "add `between: (\"a\", \"b\")`";
                    self.problem_with_help(
                        &at.field("duplex"),
                        "a full-duplex network must say what it is between",
                        help,
                    );
                    station.directions = 1;
                }
                if station.directions == 2 && station.count > 1 {
                    let help = "use one full-duplex network with several `channels`";
                    self.problem_with_help(&at.field("count"), "a full-duplex network has one instance", help);
                    station.count = 1;
                }
                self.link(station, c, at);
            }
            _ => {}
        }
    }

    /// What a link protocol makes of a network.
    fn link(&self, station: &mut Station, network: &spec::Network, at: &Path) {
        let Some(protocol) = &network.protocol else { return };
        let Rules::Link(link) = protocol.describe(self, &at.field("protocol")) else { return };
        let name = protocol.name();
        let exclude = |field: &str, given: bool, why: &str, help: &str| {
            if given {
                self.problem_with_help(&at.field(field), format!("{name} {why}"), help);
            }
        };
        exclude(
            "bandwidth",
            network.bandwidth.is_some(),
            "has a rate of its own",
            "leave it out, and a profile that has one",
        );
        let Some(contention) = link.contention else { return };
        station.contention = Some(contention);
        let own = "gives each device a radio of its own";
        exclude("count", network.count.is_some(), own, "leave it out");
        exclude("channels", network.channels.is_some(), "has channels of its own", "give them to the protocol");
        exclude("duplex", network.duplex.is_some(), own, "leave it out");
        exclude("scheduler", network.scheduler.is_some(), "sends the frames of a device in turn", "leave it out");
        let again = "put the Send into a Retry with a random backoff";
        exclude("retransmit", network.retransmit.is_some(), "frames that were lost are not sent again at once", again);
        exclude("occupies", network.occupies.is_some(), "waits for no answer", "leave it out");
        let rests = network.setup.is_some() || network.vacation.is_some() || network.wake.is_some();
        exclude("setup", rests, "radios rest by their duty cycle", "leave `setup`, `vacation` and `wake` out");
        exclude("schedule", network.schedule.is_some(), "radios rest by their duty cycle", "leave it out");
        exclude("power", network.power.is_some(), "draws nothing itself", "give power to the devices and the gateway");
        exclude("laws", network.laws.is_some(), "has no load but its collisions", "leave them out");
        exclude("failures", network.failures.is_some(), "has no failures of its own", "let the gateway fail");
    }

    pub(crate) fn speeds(&self, component: &Component, cores: Option<&CoresSpec>, at: &Path) -> Vec<f64> {
        let at_cores = at.field("cores");
        match cores {
            None => vec![1.0],
            Some(CoresSpec::Number(n)) => vec![1.0; self.whole(&at_cores, n, 1, 1 << 20) as usize],
            Some(CoresSpec::Groups(groups)) => {
                let nominal = nominal_frequency(self, component, at);
                let mut speeds = Vec::new();
                for (i, (n, speed)) in groups.iter().enumerate() {
                    let at = at_cores.index(i);
                    let n = self.whole(&at.index(0), n, 1, 1 << 20);
                    let (value, is_frequency) = self.either(&at.index(1), speed, Dimension::NONE, Dimension::FREQUENCY);
                    if value.is_nan() || value <= 0.0 {
                        self.problem_with_help(
                            &at.index(1),
                            "a speed must be above 0",
                            "give a frequency, or a factor",
                        );
                        continue;
                    }
                    let speed = if is_frequency { value / nominal.unwrap_or(value) } else { value };
                    speeds.extend(std::iter::repeat_n(speed, n as usize));
                }
                if speeds.is_empty() {
                    self.problem_with_help(&at_cores, "there are no cores", "give groups such as (4, \"2 GHz\")");
                    speeds.push(1.0);
                }
                speeds.sort_by(|a, b| b.total_cmp(a));
                speeds
            }
        }
    }

    fn laws_of(&self, station: &mut Station, common: &spec::Common<'_>, at: &Path) {
        if let Some(load) = common.load {
            let at = at.field("load");
            station.load = match load {
                spec::LoadMeasure::Utilisation { window } => LoadMeasure::Utilisation(
                    self.positive(&at.field("window"), window, Dimension::TIME) * self.clock().ticks_per_second(),
                ),
                spec::LoadMeasure::Occupancy { of } => {
                    LoadMeasure::Occupancy(self.positive(&at.field("of"), of, Dimension::NONE))
                }
            };
        }
        let Some(laws) = common.laws else {
            if common.load.is_some() {
                self.warning(
                    &at.field("load"),
                    "`load` has no effect without `laws`",
                    "add `laws: (throughput: Linear(1))`",
                );
            }
            return;
        };
        let at_laws = at.field("laws");
        let law = |field: &str, law: &Option<spec::LawSpec>| {
            law.as_ref().map(|law| laws::lower(&law.0, self, &at_laws.field(field)))
        };
        let floor = laws.floor.as_ref().map_or(0.05, |floor| self.probability(&at_laws.field("floor"), floor));
        if floor <= 0.0 {
            let help = "give a value above 0: a law may not stop a component for ever";
            self.problem_with_help(&at_laws.field("floor"), "the floor must be above 0", help);
        }
        let usl = [&laws.throughput, &laws.latency]
            .into_iter()
            .any(|law| matches!(law.as_ref().map(|law| &law.0), Some(spec::LawKind::Usl { .. })));
        if usl && !matches!(station.load, LoadMeasure::Occupancy(_)) {
            let help = "add `load: Occupancy(1)`";
            self.problem_with_help(&at_laws, "the universal scalability law depends on the requests present", help);
        }
        station.laws = Some(LawSet {
            throughput: law("throughput", &laws.throughput),
            latency: law("latency", &laws.latency),
            reliability: law("reliability", &laws.reliability),
            energy: law("energy", &laws.energy),
            floor,
        });
        if common.load.is_none() && matches!(station.load, LoadMeasure::Utilisation(_)) {
            self.warning(
                &at_laws,
                "no `load` is given: laws take the utilisation over a window of 1 s",
                "add `load: Utilisation(\"10 s\")` or `load: Occupancy(10)`",
            );
        }
    }

    fn availability(&self, station: &mut Station, common: &spec::Common<'_>, at: &Path) {
        let ticks = self.clock().ticks_per_second();
        if let Some(failures) = common.failures {
            let at = at.field("failures");
            station.failures = Some(Failures {
                time_to_failure: self
                    .distribution(&at.field("time_to_failure"), &failures.time_to_failure, Dimension::TIME)
                    .scaled(ticks),
                repair: self.distribution(&at.field("repair"), &failures.repair, Dimension::TIME).scaled(ticks),
                interrupted: failures.interrupted.unwrap_or(OnFailure::Resume),
                each_server: failures.of == Some(Scope::Server),
                refuses: failures.arriving == Some(spec::Arriving::Fail),
            });
            if let Some(Failures { time_to_failure, repair, .. }) = &station.failures
                && time_to_failure.mean() + repair.mean() <= 0.0
            {
                self.problem_with_help(
                    &at,
                    "failures and repairs must take time",
                    "give a time above 0 to one of them",
                );
            }
            if failures.of == Some(Scope::Server) && station.policy.is_shared() {
                let help = "leave `of` out: all servers of the instance fail at once";
                self.problem_with_help(&at.field("of"), "servers that are shared fail together", help);
            }
        }
        if let Some(schedule) = common.schedule {
            let at = at.field("schedule");
            let most = station.speeds.len() as u64;
            for (i, (time, servers)) in schedule.iter().enumerate() {
                let time = self.positive(&at.index(i).index(0), time, Dimension::TIME);
                let servers = self.whole(&at.index(i).index(1), servers, 0, most);
                station.schedule.push((self.clock().span(time).max(1), servers as u32));
            }
            if station.schedule.iter().all(|(_, servers)| *servers == 0) {
                self.problem_with_help(&at, "no server is ever on duty", "give a piece with at least one server");
            }
        }
        let rests = [station.setup.is_some() || station.wake.is_some(), station.vacation.is_some()];
        if rests == [true, true] {
            let help = "give either `vacation`, or `setup` and `wake`";
            self.problem_with_help(&at.field("vacation"), "a server on vacation is not switched off as well", help);
        }
        if station.policy.is_shared() && rests.contains(&true) {
            let field = if rests[1] { "vacation" } else { "setup" };
            let help = "use it with a discipline that queues, such as Fcfs";
            self.problem_with_help(&at.field(field), "servers that are shared cannot rest one by one", help);
        }
        if let Some(vacation) = &station.vacation
            && vacation.mean() <= 0.0
        {
            self.problem_with_help(&at.field("vacation"), "a vacation must take time", "give a value above 0");
        }
    }

    fn power(&self, spec: &spec::Power, at: &Path) -> Power {
        let watts = |field: &str, value: &Option<spec::Scalar>| {
            value.as_ref().map(|value| self.not_negative(&at.field(field), value, Dimension::POWER))
        };
        let idle = watts("idle", &spec.idle).unwrap_or(0.0);
        let active = watts("active", &spec.active).unwrap_or(idle);
        Power {
            idle,
            active,
            sleep: watts("sleep", &spec.sleep).unwrap_or(idle),
            setup: watts("setup", &spec.setup).unwrap_or(active),
            down: watts("down", &spec.down).unwrap_or(0.0),
            tx: watts("tx", &spec.tx).unwrap_or(idle),
            rx: watts("rx", &spec.rx).unwrap_or(idle),
        }
    }
}
