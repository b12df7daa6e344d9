//! Flows that components have of their own: health checks, samples, deployments.

use super::{Compiler, Lower, Path};
use crate::resources::Specify;
use crate::spec::{Named, System};
use crate::system::{Arrivals, Flow, NOWHERE, Owned, Payload};
use sim_core::distributions::Distribution;

/// Compiles the steps of a flow, of the component with this path and index.
pub type Steps<'a> = Box<dyn Fn(&mut Compiler<'_, '_>, &Path, u16) + 'a>;

/// A flow that a component has of its own. Its name is that of the component and of its subject: `registry/api`.
pub struct OwnedFlow<'a> {
    /// What it is about.
    pub subject: String,
    /// The component whose instances its requests start from, or ask after; `NOWHERE` for none.
    pub from: u16,
    /// Whether they ask after these instances, dead or alive, and start from nowhere.
    pub probes: bool,
    /// Period of each instance, and jitter [ticks]; `None` where the component starts each request itself.
    pub every: Option<(u64, Option<Distribution>)>,
    /// What its requests do.
    pub steps: Steps<'a>,
}

impl Lower<'_> {
    /// Compiles what the component of that name does by itself.
    pub(super) fn owned(
        &self,
        (index, name): (usize, &str),
        passive: &dyn Specify,
        spec: &System,
        components: &Named<crate::spec::Component>,
        compiler: &mut Compiler<'_, '_>,
    ) -> Vec<Flow> {
        let at = Path::new("system.components").field(name);
        let mut flows = Vec::new();
        for owned in passive.flows(self, components, &at) {
            let full = format!("{name}/{}", owned.subject);
            if spec.flows.contains_key(&full) {
                let at = Path::new("system.flows").field(&full);
                let message = format!("`{full}` is the name of what `{name}` does by itself");
                self.problem_with_help(&at, message, "give the flow another name");
            }
            let start_at = if owned.probes { NOWHERE } else { owned.from };
            let (start, counters, first_send) = compiler.flow_of(&full, owned.from, start_at, |compiler| {
                compiler.as_step(&at, |c| (owned.steps)(c, &at, index as u16))
            });
            flows.push(Flow {
                name: full,
                start,
                from: start_at,
                count: 1,
                arrivals: owned.every.map(|(every, jitter)| Arrivals::Periodic { every, first: None, jitter }),
                priority: 1.0,
                weight: 1.0,
                deadline: u64::MAX,
                hard: false,
                payload: match first_send {
                    Some(draw) if draw.distribution.is_constant() => Payload::Constant(draw.distribution.mean()),
                    Some(draw) => Payload::Drawn(draw),
                    None => Payload::Constant(0.0),
                },
                counters,
                owned: Some(Owned { by: index as u16, probes: if owned.probes { owned.from } else { NOWHERE } }),
            });
        }
        flows
    }
}
