//! Fitted curves as experiment files have them.

use super::{Points, Setting};
use models::spec::LoadKind;
use serde::Serialize;

/// What is to be written into an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Law {
    /// The field of `laws`, where it is a law.
    pub field: Option<&'static str>,
    /// The law, such as `Linear(0.5)`.
    pub law: Option<String>,
    /// How the component measures its load, such as `Occupancy(of: 216)`.
    pub load: Option<String>,
    /// What the law multiplies.
    pub nominal: Option<String>,
    /// Fields to paste.
    pub ron: String,
    /// How it is to be used.
    pub note: String,
}

/// A number as files have it, with eight digits that count.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_string();
    }
    let digits = 7 - value.abs().log10().floor() as i32;
    match digits {
        0..=300 => {
            let text = format!("{value:.*}", digits as usize);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
        }
        _ => format!("{value}"),
    }
}

impl Law {
    /// A law of a component whose full load is that of the setting.
    pub fn of(setting: &Setting, law: String, nominal: String) -> Law {
        Law::with_full(setting, law, nominal, setting.full)
    }

    /// A law of a component with a full load of its own.
    pub fn with_full(setting: &Setting, law: String, nominal: String, full: f64) -> Law {
        let field = if setting.is_latency() { "latency" } else { "throughput" };
        let load = match setting.load {
            LoadKind::Users => Some(format!("Occupancy(of: {})", number(full))),
            LoadKind::Percent | LoadKind::Rate => None,
        };
        let mut ron = format!("laws: (throughput: {law}),");
        if setting.is_latency() {
            ron = format!("laws: (latency: {law}),");
        }
        ron += &match &load {
            Some(load) => format!("\nload: {load},"),
            None => "\nload: Utilisation(\"10 s\"),".to_string(),
        };
        let unit = if setting.is_latency() { " s".to_string() } else { format!(" {}", setting.unit) };
        let unit = unit.trim_end();
        let note = match (setting.load, setting.is_latency()) {
            (LoadKind::Users, false) => format!(
                "the law slows each of n requests in service: one alone is served at a rate of {nominal}{unit}, and there are as many servers as requests"
            ),
            (LoadKind::Users, true) => format!(
                "the law stretches the time of each of n requests in service: alone it takes {nominal}{unit}, and there are as many servers as requests"
            ),
            (LoadKind::Percent, false) => format!("the law multiplies a nominal throughput of {nominal}{unit}"),
            (LoadKind::Percent, true) => format!("the law multiplies a nominal latency of {nominal}{unit}"),
            (LoadKind::Rate, _) => format!(
                "the law multiplies a nominal latency of {nominal}{unit}; l is 1 at {} arrivals per second. It holds the waiting already: use it for a component that stands for a whole system, without a queue of its own",
                number(full)
            ),
        };
        Law { field: Some(field), law: Some(law), load, nominal: Some(nominal), ron, note }
    }

    /// A queue, which waits by itself and needs no law.
    pub fn queue(component: String, step: String) -> Law {
        Law {
            field: None,
            law: None,
            load: None,
            nominal: None,
            ron: format!("// the component\n\"NAME\": {component},\n// the step\n{step},"),
            note: "the simulation of the queue gives the waiting: no law is needed".into(),
        }
    }

    /// The points themselves.
    ///
    /// # Errors
    /// The response without load is not known.
    pub fn table(setting: &Setting, points: &Points) -> Result<Law, String> {
        let users = setting.load == LoadKind::Users;
        let means: Vec<(f64, f64)> = points.means().into_iter().filter(|(load, _)| !users || *load > 0.0).collect();
        // Of a throughput over users each has its share.
        let own = |(load, y): (f64, f64)| if users && !setting.is_latency() { y / load } else { y };
        let nominal = means.first().map_or(0.0, |first| own(*first));
        if nominal <= 0.0 {
            return Err("the response at the lowest load is 0".into());
        }
        let entry = |point: &(f64, f64)| {
            format!("({}, {})", number(100.0 * setting.share(point.0)), number(own(*point) / nominal))
        };
        let entries: Vec<String> = means.iter().map(entry).collect();
        Ok(Law::of(setting, format!("Table([{}])", entries.join(", ")), number(nominal)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_eight_digits_and_no_exponent() {
        assert_eq!(number(1.043_712_345_67e-4), "0.00010437123");
        assert_eq!(number(90.0), "90");
        assert_eq!(number(-0.027_730_000_01), "-0.02773");
        assert_eq!(number(123_456_789.123), "123456789.123");
        assert_eq!(number(1_884_000.0), "1884000");
        assert_eq!(number(0.0), "0");
    }
}
