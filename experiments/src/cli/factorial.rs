//! `loadgraph factorial`: which treatments matter, alone and together.

use super::campaign::{self, CampaignArgs};
use super::ending::{Ending, Failure};
use super::{StudyArgs, prepare, terminal, texts};
use crate::campaign::store::manifest::{Kind, Manifest};
use crate::study::Study;
use models::spec::Method;

/// What can be said to `factorial`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    study: StudyArgs,
    /// Names of configurations that are the treatments, instead of what the file says; may be given several times
    #[arg(long, value_name = "NAME")]
    treatment: Vec<String>,
    /// Run a fraction: of k treatments 2^(k-P) configurations
    #[arg(long, value_name = "P")]
    fraction: Option<u64>,
    /// Take this indicator apart, such as telemetry.latency.mean; may be given several times
    #[arg(long, value_name = "PATH")]
    response: Vec<String>,
    #[command(flatten)]
    campaign: CampaignArgs,
}

/// Runs a factorial.
///
/// # Errors
/// Bad input, an interrupt, or results that cannot be kept.
pub fn command(options: &Options) -> Ending {
    // Spliced into the text, what the command line says gets every check.
    let mut overrides = options.study.overrides();
    if !options.treatment.is_empty() {
        overrides.push(("factorial".into(), format!("Factorial(treatments: {})", texts(&options.treatment))));
    }
    if let Some(fraction) = options.fraction {
        overrides.push(("factorial.fraction".into(), fraction.to_string()));
    }
    if !options.response.is_empty() {
        overrides.push(("factorial.responses".into(), texts(&options.response)));
    }
    let study = Study::load(&options.study.file, &overrides, terminal::colour_err())?;
    if study.plan.method == Method::Batches {
        return Err(Failure::BadInput(format!(
            "error: {} is run in batches of one long run, but a factorial takes apart what independent replications give\n  \
             help: leave `run.method` out: `--set run.method=Replications`",
            study.path.display()
        )));
    }
    let inputs = prepare(&study)?;
    let Some((design, effects)) = study.factorial.clone() else {
        return Err(Failure::BadInput(format!(
            "error: {} has no `factorial` section\n  help: name configurations: `--treatment \"two cores\" --treatment \
             \"fast radio\"`",
            study.path.display()
        )));
    };
    let asked = study.experiment.factorial.as_ref().map_or_else(Vec::new, |factorial| factorial.responses.clone());
    let responses = campaign::responses_of(&study, &asked)?;
    let manifest =
        Manifest { effects: Some(effects), ..Manifest::of(Kind::Factorial, &study, design, responses, &inputs) };
    campaign::run(&study, manifest, &options.campaign)
}
