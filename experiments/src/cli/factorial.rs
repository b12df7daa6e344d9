//! `loadgraph factorial`: which treatments matter, alone and together.

use super::campaign::{self, CampaignArgs};
use super::ending::{Ending, Failure};
use super::{StudyArgs, terminal};
use crate::campaign::responses::responses;
use crate::campaign::store::manifest::{Kind, Manifest};
use crate::study::Study;

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
    let list = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
        format!("[{}]", texts.join(", "))
    };
    // Spliced into the text, what the command line says gets every check.
    let mut overrides = options.study.overrides();
    if !options.treatment.is_empty() {
        overrides.push(("factorial".into(), format!("Factorial(treatments: {})", list(&options.treatment))));
    }
    if let Some(fraction) = options.fraction {
        overrides.push(("factorial.fraction".into(), fraction.to_string()));
    }
    if !options.response.is_empty() {
        overrides.push(("factorial.responses".into(), list(&options.response)));
    }
    let study = Study::load(&options.study.file, &overrides, terminal::colour_err())?;
    let inputs = campaign::prepare(&study)?;
    let Some((design, effects)) = study.factorial.clone() else {
        return Err(Failure::BadInput(format!(
            "error: {} has no `factorial` section\n  help: name configurations: `--treatment \"two cores\" --treatment \
             \"fast radio\"`",
            study.path.display()
        )));
    };
    let asked = study.experiment.factorial.as_ref().map_or_else(Vec::new, |factorial| factorial.responses.clone());
    let responses = responses(&study, &asked).map_err(|(message, help)| {
        Failure::BadInput(format!("error: {message}{}", help.map_or(String::new(), |help| format!("\n  help: {help}"))))
    })?;
    let manifest =
        Manifest { effects: Some(effects), ..Manifest::of(Kind::Factorial, &study, design, responses, &inputs) };
    campaign::run(&study, manifest, &options.campaign)
}
