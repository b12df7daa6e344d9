//! What one reading of a tree shares: the tree and the mistakes found so far.

use super::diagnose::Diagnostic;
use super::fault::Fault;
use super::tree::{Node, Tree};
use std::cell::RefCell;

/// Most mistakes kept for one document; nobody reads more.
const MAX_RECORDED: usize = 1_000;

/// What one `read` shares.
pub(super) struct Session<'a> {
    pub tree: &'a Tree,
    pub diagnostics: RefCell<Vec<Diagnostic>>,
}

impl Session<'_> {
    /// How many mistakes have been recorded so far.
    pub(super) fn count(&self) -> usize {
        self.diagnostics.borrow().len()
    }

    pub(super) fn add(&self, diagnostic: Diagnostic) {
        let mut diagnostics = self.diagnostics.borrow_mut();
        if diagnostics.len() < MAX_RECORDED {
            diagnostics.push(diagnostic);
        }
    }

    /// Records a settled fault.
    pub(super) fn record(&self, fault: Fault) {
        match fault {
            Fault::Located(diagnostic) => self.add(*diagnostic),
            Fault::Recorded => {}
            other => self.add(Diagnostic::error(other.to_string())),
        }
    }

    /// Gives a fault of a node its place. A fault without a place in a node in which something else is wrong is
    /// taken for a consequence: it may come from a stand-in value.
    pub(super) fn settle(&self, fault: Fault, node: &Node, count_before: usize) -> Fault {
        match fault {
            Fault::Located(_) | Fault::Recorded => fault,
            _ if self.count() > count_before => Fault::Recorded,
            fault => fault.settle(node),
        }
    }
}
