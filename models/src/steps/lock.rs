//! `Lock`: a block within which a lock is held.

use super::{Compile, Step};
use crate::lower::{Compiler, Path, Payment};
use crate::resources::{Lock as LockSpec, LockKind, Mode};
use crate::spec::{Component, DistributionSpec};
use crate::system::{AskStep, Demand, Draw, Instruction};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::distributions::Constant;
use sim_core::random::combine;

/// Hold a lock for the length of a body. At a lock-free structure nothing is held: the body runs, and is repeated as long
/// as another one has changed the structure meanwhile; each repetition draws anew.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The lock.
    pub lock: String,
    /// Whether together with other readers (default `Exclusive`).
    #[serde(default)]
    pub mode: Mode,
    /// What is done while it is held.
    pub steps: Vec<Step>,
    /// How long the request waits at most; then it reneges.
    #[serde(default)]
    pub patience: Option<DistributionSpec>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Lock {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.lock, &at.field("lock"), &["Lock"]) else { return };
        let Some(Component::Lock(spec)) = compiler.components().get(&self.lock) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Lock {}", self.lock));
        let patience = self
            .patience
            .as_ref()
            .map(|spec| compiler.draw(&at.field("patience"), spec, Dimension::TIME, combine(site, 3)));
        let kind = spec.kind();
        if patience.is_some() && matches!(kind, LockKind::Spin { .. } | LockKind::LockFree) {
            let help = "put the Lock into a `Timeout`";
            compiler.lower().problem_with_help(&at.field("patience"), "nobody stands in line at this lock", help);
        }
        let component_at = Path::new("system.components").field(&self.lock);
        let spin = spin(compiler, &kind, &component_at.field("kind"));
        let payment = compiler.payer(spec.on.as_deref(), &component_at.field("on"));
        let counter = compiler.counter();
        let step = AskStep {
            size_of_key: None,
            more: Vec::new(),
            drift: None,
            station,
            amount: None,
            key: None,
            mode: self.mode as u8,
            waits: spin.is_none(),
            ways: Vec::new(),
            shares: if spin.is_some() { vec![1.0, 0.0] } else { vec![1.0] },
            patience,
            site,
            counter,
        };
        let again = compiler.here();
        let ask = compiler.ask(step);
        compiler.way(ask);
        let held = compiler.emit(Instruction::Jump(0));
        if let Some((processor, demand)) = spin {
            compiler.way(ask);
            compiler.visit_for(processor, demand, combine(site, 2));
            compiler.emit(Instruction::Jump(again));
        }
        compiler.land(&[held]);
        self.guarded(compiler, spec, payment, site, at);
        compiler.emit(Instruction::Release);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".to_string(), self.steps.as_slice())]
    }
}

impl Lock {
    /// What taking it costs, and the body: within a lock-free structure again and again.
    fn guarded(&self, compiler: &mut Compiler<'_, '_>, spec: &LockSpec, payment: Payment, site: u64, at: &Path) {
        let start = compiler.here();
        if spec.costs() {
            compiler.pay(payment, combine(site, 4));
        }
        let body = |compiler: &mut Compiler<'_, '_>| compiler.body(&self.steps, &at.field("steps"));
        if spec.kind() == LockKind::LockFree {
            compiler.looped(body);
            compiler.emit(Instruction::Commit(start));
        } else {
            body(compiler);
        }
    }
}

/// The processor that who spins burns, and how long each time.
fn spin(compiler: &mut Compiler<'_, '_>, kind: &LockKind, at: &Path) -> Option<(u16, Demand)> {
    let LockKind::Spin { on, yields, poll } = kind else { return None };
    let Payment::On(processor) = compiler.payer(Some(on), &at.field("on")) else { return None };
    if yields != &Some(true) {
        return Some((processor, Demand::Endless));
    }
    let poll = match poll {
        Some(poll) => compiler.lower().positive(&at.field("poll"), poll, Dimension::TIME),
        None => 1e-6,
    };
    let ticks = (poll * compiler.lower().clock().ticks_per_second()).max(1.0);
    let draw = Draw { distribution: Constant::new(ticks).ok()?.into(), site: 0 };
    Some((processor, Demand::Time(draw)))
}
