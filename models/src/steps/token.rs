//! `Token`: a web token is made or verified.

use super::Compile;
use crate::lower::{Compiler, Path};
use crate::resources::Tokens;
use crate::system::{AskStep, Draw, Instruction};
use serde::{Deserialize, Serialize};
use sim_core::distributions::Uniform;
use sim_core::random::combine;

/// Make or verify a web token. One that is bad is refused: at once for its form, after the work for its signature or
/// because it has expired.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The tokens.
    pub tokens: String,
    /// The processor or device that does the work (default: time passes, and nothing is occupied).
    #[serde(default)]
    pub on: Option<String>,
    /// `Create` or `Verify` (default `Verify`).
    #[serde(default)]
    pub action: Action,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

/// What is done with a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Action {
    /// It is made.
    Create,
    /// It is verified.
    #[default]
    Verify,
}

impl Compile for Token {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let Some(station) = compiler.passive(&self.tokens, &at.field("tokens"), &["Tokens"]) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Token {}", self.tokens));
        let payment = compiler.payer(self.on.as_deref(), &at.field("on"));
        let mut counter = compiler.counter();
        let key = Uniform::new(0.0, Tokens::KEYS).ok().map(|keys| Draw { distribution: keys.into(), site });
        let mut ask = |compiler: &mut Compiler<'_, '_>, mode: u8| {
            let waits = mode != Tokens::VERDICT;
            let shares = if waits { vec![1.0] } else { vec![0.0, 1.0] };
            let (amount, patience, key) = (None, None, key.clone());
            let ways = Vec::new();
            let ask = compiler.ask(AskStep {
                station,
                amount,
                key,
                size_of_key: None,
                more: Vec::new(),
                drift: None,
                mode,
                waits,
                ways,
                shares,
                patience,
                site,
                counter,
            });
            compiler.way(ask);
            if !waits {
                compiler.way(ask);
            }
            // The verdict is on the same token.
            counter = compiler.kept(counter);
        };
        ask(compiler, if self.action == Action::Create { Tokens::CREATE } else { Tokens::VERIFY });
        compiler.pay(payment, combine(site, 1));
        if self.action == Action::Verify {
            ask(compiler, Tokens::VERDICT);
        }
        compiler.emit(Instruction::Release);
    }
}
