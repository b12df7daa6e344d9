//! `Connect`: a block within which a connection is used, and `Probe`, which tests those that nobody uses.

use super::{Compile, Step};
use crate::lower::{Compiler, Path, Payment};
use crate::resources::connection_pool::{CONNECT, PROBE};
use crate::spec::{Component, DistributionSpec, Scalar};
use crate::system::{AskStep, Draw, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::distributions::Constant;
use sim_core::random::combine;

/// Use a connection of a pool for the length of a body. A connection that is there is used again; else one is set up,
/// at the cost that the pool says and by the steps of `open`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// The pool.
    pub pool: String,
    /// What is done over the connection.
    pub steps: Vec<Step>,
    /// Which endpoint, of 1 to the pool's `endpoints`.
    #[serde(default)]
    pub endpoint: Option<DistributionSpec>,
    /// What else setting one up takes, such as round trips over a network.
    #[serde(default)]
    pub open: Option<Vec<Step>>,
    /// How long the request waits for a connection at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Connect {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.pool, &at.field("pool"), &["ConnectionPool"]) else { return };
        let Some(Component::ConnectionPool(pool)) = compiler.components().get(&self.pool) else { return };
        let pool_at = Path::new("system.components").field(&self.pool);
        let site = compiler.site(self.label.as_deref(), &format!("Connect {}", self.pool));
        let endpoints = pool.endpoints(compiler.lower(), &pool_at);
        let key = self.endpoint(compiler, endpoints, &self.endpoint, at, combine(site, 4));
        let time = |compiler: &Compiler<'_, '_>, spec: &DistributionSpec, field: &str, site: u64| {
            compiler.draw(&at.field(field), spec, Dimension::TIME, site)
        };
        let patience = self.patience.as_ref().map(|spec| time(compiler, spec, "patience", combine(site, 3)));
        let counter = compiler.counter();
        let ask = compiler.ask(AskStep {
            size_of_key: None,
            more: Vec::new(),
            drift: None,
            station,
            amount: None,
            key,
            mode: CONNECT,
            waits: true,
            ways: Vec::new(),
            // Set-ups are few; how few is not known before it runs.
            shares: vec![1.0, 0.0],
            patience,
            site,
            counter,
        });
        compiler.way(ask);
        let tested = pool.check.is_some();
        if tested {
            compiler.pay(Payment::Delay, combine(site, 5));
        }
        let body = compiler.here();
        compiler.body(&self.steps, &at.field("steps"));
        compiler.emit(Instruction::Release);
        let end = compiler.emit(Instruction::Jump(0));
        compiler.way(ask);
        if tested {
            compiler.pay(Payment::Delay, combine(site, 6));
        }
        if let Some(trip) = &pool.round_trip {
            for i in 0..pool.round_trips(compiler.lower(), &pool_at) {
                let spec_at = pool_at.field("round_trip");
                compiler.spend(trip, &spec_at, None, &spec_at, combine(site, 16 + i));
            }
        }
        if let Some(work) = &pool.handshake {
            let (spec_at, on_at) = (pool_at.field("handshake"), pool_at.field("on"));
            compiler.spend(work, &spec_at, pool.on.as_deref(), &on_at, combine(site, 7));
        }
        if let Some(open) = &self.open {
            compiler.body(open, &at.field("open"));
        }
        compiler.emit(Instruction::Jump(body));
        compiler.land(&[end]);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        let mut bodies = vec![("steps".to_string(), self.steps.as_slice())];
        bodies.extend(self.open.as_ref().map(|body| ("open".to_string(), body.as_slice())));
        bodies
    }
}

impl Connect {
    /// The draw of the endpoint, which must be one of those that there are.
    fn endpoint(
        &self,
        compiler: &Compiler<'_, '_>,
        endpoints: u64,
        spec: &Option<DistributionSpec>,
        at: &Path,
        site: u64,
    ) -> Option<Draw> {
        let at = at.field("endpoint");
        let Some(spec) = spec else {
            if endpoints > 1 {
                let help = format!("give one of 1 to {endpoints}, such as `endpoint: Uniform(0.5, {endpoints}.5)`");
                let message = format!("`{}` has {endpoints} endpoints, and this step does not say which", self.pool);
                compiler.lower().problem_with_help(&at, message, help);
            }
            return None;
        };
        let draw = compiler.draw(&at, spec, Dimension::NONE, site);
        let distribution = &draw.distribution;
        let most = endpoints as f64 + 0.5;
        let beyond = distribution.cdf(most).is_some_and(|p| p < 1.0 - 1e-9);
        let beyond = beyond || (distribution.is_constant() && distribution.mean() > most);
        if distribution.min() < 0.5 || beyond {
            let help = format!(
                "`{}` has endpoints 1 to {endpoints}: give it `endpoints`, or draw from these, as Zipf({endpoints}, 1) does",
                self.pool
            );
            compiler.lower().problem_with_help(&at, "there is no such endpoint", help);
        }
        Some(draw)
    }
}

/// Test the connections of a pool that have been neither used nor tested for a time: for each of them the body is run, and
/// one that is found to be broken is closed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The pool.
    pub pool: String,
    /// What a test takes.
    pub steps: Vec<Step>,
    /// How long nobody has used or tested them (default 10 s).
    #[serde(default)]
    pub idle: Option<Scalar>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Probe {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.pool, &at.field("pool"), &["ConnectionPool"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Probe {}", self.pool));
        let lower = compiler.lower();
        let idle = self.idle.as_ref().map_or(10.0, |idle| lower.positive(&at.field("idle"), idle, Dimension::TIME));
        let ticks = (idle * lower.clock().ticks_per_second()).max(1.0);
        let amount = Constant::new(ticks).ok().map(|ticks| Draw { distribution: ticks.into(), site });
        compiler.looped(|compiler| {
            let counter = compiler.counter();
            let again = compiler.here();
            let ask = compiler.ask(AskStep {
                size_of_key: None,
                more: Vec::new(),
                drift: None,
                station,
                amount,
                key: None,
                mode: PROBE,
                waits: false,
                ways: Vec::new(),
                shares: vec![0.0, 1.0],
                patience: None,
                site,
                counter,
            });
            compiler.way(ask);
            compiler.body(&self.steps, &at.field("steps"));
            compiler.emit(Instruction::Release);
            compiler.emit(Instruction::Jump(again));
            compiler.way(ask);
        });
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".to_string(), self.steps.as_slice())]
    }
}
