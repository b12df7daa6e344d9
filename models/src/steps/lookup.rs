//! `Lookup`: in a cache, with a body for a hit and one for a miss. `Invalidate`: throw an object out.

use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::resources::mode;
use crate::spec::{Component, DistributionSpec, Scalar};
use crate::system::{AskStep, Drift, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::{combine, name_hash};

/// Look a key up in a cache. A hit runs `hit`; a miss runs `miss`, which fetches the object, and then stores it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// The cache.
    pub cache: String,
    /// The key: a number, drawn for each request, such as `Zipf(n: 10_000, s: 0.9)`.
    pub key: DistributionSpec,
    /// What follows a hit.
    #[serde(default)]
    pub hit: Vec<Step>,
    /// What follows a miss; when it succeeds the object is stored.
    #[serde(default)]
    pub miss: Vec<Step>,
    /// Size of the object, drawn once for each key (default 1 B).
    #[serde(default)]
    pub size: Option<DistributionSpec>,
    /// Popularity that shifts: keys move up by `by` after every such time.
    #[serde(default)]
    pub drift: Option<DriftSpec>,
    /// Requests for a key that is being fetched wait for it (default: they fetch it themselves).
    #[serde(default)]
    pub coalesce: bool,
    /// A name of what is looked up: steps of a flow that give the same one (and the same key) mean the same object.
    #[serde(default)]
    pub object: Option<String>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

/// Popularity that shifts.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DriftSpec {
    /// After every such time ..
    pub every: Scalar,
    /// .. keys are this much larger: the objects that were popular are replaced by new ones.
    pub by: Scalar,
}

/// Throw an object out of a cache, as after a write.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Invalidate {
    /// The cache.
    pub cache: String,
    /// The key.
    pub key: DistributionSpec,
    /// A name of what is thrown out, as in `Lookup`.
    #[serde(default)]
    pub object: Option<String>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

/// The site at which the key is drawn: that of the object where it has a name, so that other steps draw the same.
fn key_site(compiler: &Compiler<'_, '_>, object: Option<&str>, site: u64) -> u64 {
    match object {
        Some(object) => combine(name_hash(compiler.flow_name()), name_hash(&format!("object {object}"))),
        None => combine(site, 1),
    }
}

impl Compile for Lookup {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.cache, &at.field("cache"), &["Cache"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Lookup {}", self.cache));
        let key_site = key_site(compiler, self.object.as_deref(), site);
        let key = compiler.draw(&at.field("key"), &self.key, Dimension::NONE, key_site);
        let size = self
            .size
            .as_ref()
            .map(|size| compiler.draw(&at.field("size"), size, Dimension::DATA, combine(key_site, 2)));
        let drift = self.drift.as_ref().map(|drift| {
            let at = at.field("drift");
            let every = compiler.lower().positive(&at.field("every"), &drift.every, Dimension::TIME);
            Drift {
                every: compiler.lower().clock().span(every).max(1),
                by: compiler.lower().whole(&at.field("by"), &drift.by, 1, 1 << 40),
            }
        });
        let counter = compiler.counter();
        let payment = match compiler.components().get(&self.cache) {
            Some(Component::Cache(cache)) => {
                let at = Path::new("system.components").field(&self.cache).field("on");
                compiler.payer(cache.on.as_deref(), &at)
            }
            _ => crate::lower::Payment::Delay,
        };
        let ask = compiler.ask(AskStep {
            key: Some(key),
            size_of_key: size,
            more: Vec::new(),
            drift,
            mode: if self.coalesce { mode::COALESCE } else { mode::LOOKUP },
            // Before it runs nothing is known of it.
            shares: vec![0.5, 0.5],
            counter,
            ..AskStep::of(station, site)
        });
        compiler.way(ask);
        compiler.pay(payment, combine(site, 3));
        compiler.body(&self.hit, &at.field("hit"));
        let end = compiler.emit(Instruction::Jump(0));
        compiler.way(ask);
        compiler.pay(payment, combine(site, 3));
        compiler.body(&self.miss, &at.field("miss"));
        compiler.emit(Instruction::Release);
        compiler.land(&[end]);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("hit".to_string(), self.hit.as_slice()), ("miss".to_string(), self.miss.as_slice())]
    }
}

impl Compile for Invalidate {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.cache, &at.field("cache"), &["Cache"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Invalidate {}", self.cache));
        let key_site = key_site(compiler, self.object.as_deref(), site);
        let key = compiler.draw(&at.field("key"), &self.key, Dimension::NONE, key_site);
        let counter = compiler.counter();
        let step = AskStep { key: Some(key), mode: mode::INVALIDATE, counter, ..AskStep::of(station, site) };
        let ask = compiler.ask(step);
        compiler.way(ask);
    }
}
