//! What indicators and factors are called in tables and pictures.

use super::design::Factor;

/// A response in words: `telemetry.latency.p95` is "95th percentile of latency of telemetry".
pub fn response(path: &str) -> String {
    let words: Vec<&str> = path.split('.').collect();
    let (owner, rest) = match words.as_slice() {
        ["system", rest @ ..] => (None, rest),
        [owner, rest @ ..] if !rest.is_empty() && !is_indicator(owner) => (Some(*owner), rest),
        rest => (None, rest),
    };
    let (indicator, statistic) =
        rest.split_first().map_or(("", String::new()), |(first, rest)| (*first, rest.join(".")));
    let name = indicator.replace('_', " ");
    let what = match statistic.as_str() {
        "" | "mean" if indicator == "latency" => "mean latency".to_string(),
        "" | "mean" => name,
        "min" => format!("least {name}"),
        "max" => format!("greatest {name}"),
        percentile => format!("{} percentile of {name}", ordinal(percentile.trim_start_matches('p'))),
    };
    let what = upper_first(&what);
    owner.map_or(what.clone(), |owner| format!("{what} of {owner}"))
}

/// A factor: a parameter is known by its name.
pub fn factor(path: &str) -> String {
    path.strip_prefix("parameters.").unwrap_or(path).to_string()
}

/// A factor with its levels, of many some.
pub fn levels(factor: &Factor) -> String {
    let name = self::factor(&factor.name);
    let levels: Vec<&str> = factor.levels.iter().map(|level| level.shown.as_str()).collect();
    match levels.as_slice() {
        [first, second, .., last] if levels.len() > 8 => {
            format!("{name}: {first}, {second} .. {last} ({} levels)", levels.len())
        }
        _ => format!("{name}: {}", levels.join(", ")),
    }
}

fn is_indicator(word: &str) -> bool {
    let all = crate::results::indicators(crate::results::Owner::System);
    all.iter().any(|(path, _)| path.split('.').next() == Some(word))
}

fn ordinal(number: &str) -> String {
    let ending = match number {
        number if number.contains('.') => "th",
        number if number.ends_with('1') => "st",
        number if number.ends_with('2') => "nd",
        number if number.ends_with('3') => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn upper_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_named_in_words() {
        assert_eq!(response("telemetry.latency.p95"), "95th percentile of latency of telemetry");
        assert_eq!(response("telemetry.latency.p99.9"), "99.9th percentile of latency of telemetry");
        assert_eq!(response("latency.mean"), "Mean latency");
        assert_eq!(response("jobs.latency"), "Mean latency of jobs");
        assert_eq!(response("system.power"), "Power");
        assert_eq!(response("gateway.energy_per_request"), "Energy per request of gateway");
        assert_eq!(factor("parameters.load"), "load");
    }
}
