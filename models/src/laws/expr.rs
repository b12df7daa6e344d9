//! A law given by an expression.

use super::{Factor, Figure, Load};
use crate::expression::Compiled;
use crate::lower::{Lower, Path};

/// An expression of `l`, the load in percent, and `n`, the requests present.
#[derive(Debug)]
pub struct Expr(Option<Compiled>);

impl Expr {
    pub(super) fn lower(text: &str, lower: &Lower<'_>, at: &Path) -> Expr {
        match Compiled::parse(text, &["l", "n"]) {
            Ok(compiled) => Expr(Some(compiled)),
            Err(error) => {
                let help = error.help.unwrap_or_else(|| "use `l` (load in percent) and `n` (requests present)".into());
                lower.problem_with_help(&at.field("text"), error.message, help);
                Expr(None)
            }
        }
    }
}

impl Factor for Expr {
    fn factor(&self, load: Load, _: Figure) -> f64 {
        self.0.as_ref().map_or(1.0, |compiled| compiled.eval(&[load.share * 100.0, load.present]))
    }
}
