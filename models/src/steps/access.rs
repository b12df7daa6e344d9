//! `Access`: to a mapped file.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::resources::mapped_file::{ACCESS, DONE, TO_READ, TO_WRITE, WRITE};
use crate::spec::{Component, DistributionSpec, Scalar};
use crate::system::{AskStep, Demand, Draw, Instruction, Kind, NOWHERE, Visit};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::combine;

/// Access a mapped file: pages that are not in memory are read from its storage.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// The MappedFile.
    pub file: String,
    /// Where in the file.
    pub offset: DistributionSpec,
    /// Amount of data.
    pub size: DistributionSpec,
    /// Whether it is changed: its pages are dirty from then on (default false).
    #[serde(default)]
    pub write: bool,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

impl Compile for Access {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let site = compiler.site(self.label.as_deref(), &format!("Access {}", self.file));
        let offset = compiler.draw(&at.field("offset"), &self.offset, Dimension::DATA, combine(site, 1));
        let size = compiler.draw(&at.field("size"), &self.size, Dimension::DATA, combine(site, 2));
        let mode = if self.write { WRITE } else { ACCESS };
        paging(compiler, &self.file, &at.field("file"), mode, Some((offset, size)), site);
    }
}

/// Appends a block in which a request does what a mapped file tells it: runs of pages to write, then runs to read, each
/// a visit at the storage.
///
/// ```text
///   Ask ──▶ further: to write ──▶ visit ──┐      to read ──▶ visit ──┐      done ──▶ Release
///             ▲───────────────────────────┴──────────────────────────┘
/// ```
pub(super) fn paging(
    compiler: &mut Compiler<'_, '_>,
    name: &str,
    at: &Path,
    mode: u8,
    place: Option<(Draw, Draw)>,
    site: u64,
) {
    let Some(station) = compiler.passive(name, at, &["MappedFile"]) else { return };
    let Some(Component::MappedFile(file)) = compiler.components().get(name) else { return };
    let file_at = Path::new("system.components").field(name);
    let payment = compiler.payer(file.on.as_deref(), &file_at.field("on"));
    let Some(storage) = &file.storage else { return };
    let Some(index) = compiler.component(storage, &file_at.field("storage"), &[Kind::Storage]) else { return };
    let (key, amount) = place.unzip();
    let counter = compiler.counter();
    let ask = compiler.ask(AskStep {
        size_of_key: None,
        more: Vec::new(),
        drift: None,
        station,
        amount,
        key,
        mode,
        waits: true,
        ways: Vec::new(),
        shares: vec![1.0],
        patience: None,
        site,
        counter,
    });
    compiler.way(ask);
    debug_assert_eq!([DONE, TO_READ, TO_WRITE], [0, 1, 2], "the order of the ways below");
    let again = compiler.further(vec![1.0, 0.0, 0.0]);
    let start = compiler.here() - 1;
    compiler.further_way(again);
    let done = compiler.emit(Instruction::Jump(0));
    compiler.looped(|compiler| {
        for writes in [false, true] {
            compiler.further_way(again);
            transfer(compiler, storage, index, writes, combine(site, 3 + u64::from(writes)));
            compiler.emit(Instruction::Jump(start));
        }
    });
    compiler.land(&[done]);
    compiler.emit(Instruction::Release);
    compiler.pay(payment, combine(site, 6));
}

/// A visit at a storage for the data that the request owes.
fn transfer(compiler: &mut Compiler<'_, '_>, storage: &str, index: u16, writes: bool, site: u64) {
    let Some(Component::Storage(spec)) = compiler.components().get(storage) else { return };
    let at = Path::new("system.components").field(storage);
    let (rate, field) = if writes { (&spec.write, "write") } else { (&spec.read, "read") };
    let ticks = compiler.lower().clock().ticks_per_second();
    let per_bit = |rate: &Scalar| ticks / compiler.lower().positive(&at.field(field), rate, Dimension::DATA_RATE);
    let ticks_per_bit = rate.as_ref().map_or(0.0, per_bit);
    if rate.is_none() && spec.access.is_none() {
        let help = format!("give it `{field}: \"90 MB/s\"`, `access: \"0.3 ms\"`, or a `profile`");
        let message = format!("a Storage needs a rate to {field}, or an access time");
        compiler.lower().problem_with_help(&at, message, help);
    }
    let access = |spec: &DistributionSpec| compiler.draw(&at.field("access"), spec, Dimension::TIME, combine(site, 1));
    let fixed = spec.access.as_ref().map(access);
    let lane = compiler.lane(&compiler.stations()[usize::from(index)], index);
    let (counter, cancellable) = (compiler.counter(), compiler.is_cancellable());
    compiler.visit(Visit {
        station: index,
        lane,
        demand: Demand::OwedData { ticks_per_bit },
        fixed,
        latency: None,
        site,
        counter,
        needs: 1,
        patience: None,
        location: index,
        ends: (NOWHERE, NOWHERE),
        ends_simply: false,
        moved: (0.0, 0.0),
        fills: false,
        blocking: false,
        cancellable,
    });
}
