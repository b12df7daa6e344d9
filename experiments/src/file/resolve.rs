//! Short paths: `gateway.cores` for `system.components.gateway.cores`.

use super::diagnose::Diagnostic;
use super::path::{FieldPath, Segment};
use super::tree::{Kind, Node, Tree};
use super::words;

/// Where short names live.
const COMPONENTS: [&str; 2] = ["system", "components"];
const FLOWS: [&str; 2] = ["system", "flows"];

/// The full path that a path means. Its first word is a component, a flow or a section of the file; behind a flow may
/// stand the label of one of its steps.
///
/// The sections include those that the file leaves out once [`read`](super::read) has told the tree about them.
///
/// # Errors
///
/// A first word that is none of these (with the nearest names), or more than one (with the full paths); a label that two
/// steps of a flow have.
pub fn resolve(tree: &Tree, path: &str) -> Result<String, Diagnostic> {
    let path = FieldPath::parse(path)?;
    let Some((Segment::Name(first), rest)) = path.0.split_first() else {
        return Err(Diagnostic::error(format!("the path `{path}` must start with a name")));
    };
    let mut candidates = Vec::new();
    if keys(tree, &COMPONENTS).contains(&first.as_str()) {
        candidates.push(joined(&COMPONENTS, &path.0));
    }
    if keys(tree, &FLOWS).contains(&first.as_str()) {
        candidates.push(within_flow(tree, first, rest)?);
    }
    if sections(tree).contains(&first.as_str()) {
        candidates.push(path.clone());
    }
    match candidates.as_slice() {
        [only] => Ok(only.to_string()),
        [] => Err(unknown(tree, first)),
        several => {
            let full: Vec<String> = several.iter().map(ToString::to_string).collect();
            let full: Vec<&str> = full.iter().map(String::as_str).collect();
            Err(Diagnostic::error(format!("`{first}` means more than one thing"))
                .help(format!("write the full path: {}", words::listed(&full))))
        }
    }
}

fn joined(prefix: &[&str], rest: &[Segment]) -> FieldPath {
    let mut segments: Vec<Segment> = prefix.iter().map(|name| Segment::Name((*name).to_owned())).collect();
    segments.extend_from_slice(rest);
    FieldPath(segments)
}

fn unknown(tree: &Tree, first: &str) -> Diagnostic {
    let (components, flows, sections) = (keys(tree, &COMPONENTS), keys(tree, &FLOWS), sections(tree));
    let all: Vec<&str> = components.iter().chain(&flows).chain(&sections).copied().collect();
    let near = words::nearest(first, all).map(|name| format!("did you mean `{name}`? "));
    let lists = [("components", &components), ("flows", &flows), ("sections", &sections)];
    let lists: Vec<String> = lists
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {}", words::listed(names)))
        .collect();
    Diagnostic::error(format!("there is no component, flow or section `{}`", words::cut(first, 60))).help(format!(
        "{}{}",
        near.unwrap_or_default(),
        lists.join("; ")
    ))
}

/// The keys of the map at a path.
fn keys<'t>(tree: &'t Tree, path: &[&str]) -> Vec<&'t str> {
    match tree.node_at(&joined(path, &[])).map(|node| &node.kind) {
        Some(Kind::Map(entries)) => entries
            .iter()
            .map(|(key, _)| match &key.kind {
                Kind::Text(text) | Kind::Word(text) => text.as_str(),
                _ => tree.text_of(key),
            })
            .collect(),
        Some(Kind::Group(group)) => group.fields.iter().map(|field| field.name.text.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// The sections of the file: those written, and those declared by the type that was read.
fn sections(tree: &Tree) -> Vec<&str> {
    let mut names: Vec<&str> = tree.declared_at(&tree.root).unwrap_or_default().to_vec();
    if let Kind::Group(group) = &tree.root.kind {
        names.extend(group.fields.iter().map(|field| field.name.text.as_str()));
    }
    let mut unique = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

/// The full path behind a flow's name, whose first part may be a label.
fn within_flow(tree: &Tree, flow: &str, rest: &[Segment]) -> Result<FieldPath, Diagnostic> {
    let flow_path = joined(&FLOWS, &[Segment::Name(flow.to_owned())]);
    let mut plain = flow_path.clone();
    plain.0.extend_from_slice(rest);
    let (Some(Segment::Name(label)), Some(node)) = (rest.first(), tree.node_at(&flow_path)) else { return Ok(plain) };
    let is_field = tree.child(node, &rest[0]).is_some()
        || tree.declared_at(node).is_some_and(|declared| declared.contains(&label.as_str()));
    if is_field {
        return Ok(plain);
    }
    let steps = Segment::Name("steps".to_owned());
    let mut found = Vec::new();
    if let Some(node) = tree.child(node, &steps) {
        labelled(tree, node, &flow_path.with(steps), label, &mut found);
    }
    match found.as_slice() {
        [] => Ok(plain),
        [(only, _)] => {
            let mut full = only.clone();
            full.0.extend_from_slice(&rest[1..]);
            Ok(full)
        }
        several => {
            let paths: Vec<String> = several.iter().map(|(path, _)| path.to_string()).collect();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let message = format!("flow `{flow}` has {} steps labelled `{label}`", several.len());
            Err(Diagnostic::error(message).help(format!("write the full path: {}", words::listed(&paths))))
        }
    }
}

/// Collects the steps with a label, in the order of the document.
fn labelled<'t>(tree: &'t Tree, node: &'t Node, path: &FieldPath, label: &str, found: &mut Vec<(FieldPath, &'t Node)>) {
    match &node.kind {
        Kind::Sequence(items) => {
            for (i, item) in items.iter().enumerate() {
                labelled(tree, item, &path.with(Segment::Index(i)), label, found);
            }
        }
        Kind::Map(entries) => {
            for (key, value) in entries {
                if let Kind::Text(name) | Kind::Word(name) = &key.kind {
                    labelled(tree, value, &path.with(Segment::Name(name.clone())), label, found);
                }
            }
        }
        Kind::Group(group) => {
            let here = tree.child(node, &Segment::Name("label".to_owned()));
            if here.is_some_and(|here| matches!(&here.kind, Kind::Text(text) if text == label)) {
                found.push((path.clone(), node));
            }
            for (i, item) in group.positional.iter().enumerate() {
                labelled(tree, item, &path.with(Segment::Index(i)), label, found);
            }
            for field in &group.fields {
                labelled(tree, &field.value, &path.with(Segment::Name(field.name.text.clone())), label, found);
            }
        }
        _ => {}
    }
}
