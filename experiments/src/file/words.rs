//! Words for messages: what was found, what was expected, and which valid name is near.

use super::tree::{Kind, Node};

/// Longest list of valid names in a help text.
const LISTED: usize = 24;

/// Cuts a text from the user's file to at most `limit` characters, on one line.
pub(super) fn cut(text: &str, limit: usize) -> String {
    let mut short: String = text.chars().take(limit).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(limit).is_some() {
        short.push('…');
    }
    short
}

/// The valid name that is most like a wrong one, if any is like it at all.
///
/// Two measures, because each misses what the other sees: Jaro-Winkler (Winkler, 1990) for abbreviated and
/// lengthened names, Damerau-Levenshtein (1964) for swapped, missing and doubled letters.
#[must_use]
pub fn nearest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Names longer than any real one would make the quadratic measures slow.
    let plain: String = wrong.chars().take(64).flat_map(char::to_lowercase).collect();
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let candidate: String = name.chars().take(64).flat_map(char::to_lowercase).collect();
        let likeness = strsim::jaro_winkler(&plain, &candidate);
        let edits = strsim::damerau_levenshtein(&plain, &candidate);
        let tolerated = (plain.chars().count().max(candidate.chars().count()) / 3).min(3);
        let close_enough = likeness >= 0.87 || edits <= tolerated;
        let score = likeness + strsim::normalized_damerau_levenshtein(&plain, &candidate);
        if close_enough && best.is_none_or(|(best_score, _)| score > best_score) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name)
}

/// "did you mean `a`?", then the list of valid names.
pub(super) fn suggestion(wrong: &str, names: &[&str], what: &str) -> Option<String> {
    let near = nearest(wrong, names.iter().copied()).map(|name| format!("did you mean `{name}`?"));
    let list = (!names.is_empty()).then(|| format!("{what}: {}", listed(names)));
    match (near, list) {
        (Some(near), Some(list)) => Some(format!("{near} ({list})")),
        (near, list) => near.or(list),
    }
}

/// Names in backquotes, separated by commas, cut when there are many.
pub(super) fn listed(names: &[&str]) -> String {
    let mut list: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{}`", cut(name, 60))).collect();
    if names.len() > LISTED {
        list.push(format!("and {} more", names.len() - LISTED));
    }
    list.join(", ")
}

/// What stands at a node, in words.
pub(super) fn found(node: &Node) -> String {
    match &node.kind {
        Kind::Bool(value) => format!("`{value}`"),
        Kind::Integer { negative, magnitude } => {
            format!("the whole number {}{magnitude}", if *negative { "-" } else { "" })
        }
        Kind::Float(value) => format!("the number {value}"),
        Kind::Text(text) => format!("the string \"{}\"", cut(text, 40)),
        Kind::Char(c) => format!("the character {c:?}"),
        Kind::Bytes(_) => "a byte string".to_owned(),
        Kind::Word(word) => format!("the word `{}`", cut(word, 40)),
        Kind::Sequence(_) => "a list `[..]`".to_owned(),
        Kind::Map(_) => "a map `{..}`".to_owned(),
        Kind::Range { .. } => "a range".to_owned(),
        Kind::Group(group) => match &group.name {
            Some(name) => format!("`{}(..)`", cut(&name.text, 40)),
            None if group.is_empty() => "`()`".to_owned(),
            None => "a group `(..)`".to_owned(),
        },
    }
}

/// Turns serde's words for what a visitor expects into ours.
pub(super) fn expected(serde_words: &str) -> String {
    match serde_words {
        "f32" | "f64" => "a number".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number".to_owned(),
        "a boolean" | "bool" => "`true` or `false`".to_owned(),
        "a sequence" => "a list `[..]`".to_owned(),
        "a map" => "a map `{..}`".to_owned(),
        "str" | "string" | "a string" | "a borrowed string" => "a string in quotes".to_owned(),
        "a character" | "char" => "a character in single quotes".to_owned(),
        "unit" => "`()`".to_owned(),
        other => match other.strip_prefix("struct variant ").or_else(|| other.strip_prefix("tuple variant ")) {
            Some(path) => format!("`{}(..)`", path.rsplit("::").next().unwrap_or(path)),
            None => match other.strip_prefix("struct ").or_else(|| other.strip_prefix("tuple struct ")) {
                Some(name) if !name.contains(' ') => format!("`{name}(..)`"),
                _ => other.to_owned(),
            },
        },
    }
}
