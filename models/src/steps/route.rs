//! `Route`: probabilistic routing.

use super::choose::cumulate;
use super::{Compile, Step};
use crate::lower::{Compiler, Path};
use crate::spec::{Named, Scalar};
use crate::system::{Choice, Instruction};
use serde::de::Visitor;
use serde::{Deserialize, Serialize, Serializer};

/// General probabilistic routing with loops: labelled steps, and for each the probabilities of what follows it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Label of the first step.
    pub start: String,
    /// Label to what follows: (probability, label or `Done`).
    pub moves: Named<Vec<(Scalar, Next)>>,
    /// The labelled steps.
    pub steps: Vec<Step>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

/// What follows a step of a route: a label, or `Done`.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// The step with this label.
    Label(String),
    /// The end of the route.
    Done,
}

/// Named forms of what follows.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[allow(missing_docs)]
pub enum NextKind {
    Done,
}

impl Serialize for Next {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Next::Label(label) => serializer.serialize_str(label),
            Next::Done => NextKind::Done.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Next {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Next;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the label of a step such as \"a\", or Done")
            }
            fn visit_str<E: serde::de::Error>(self, label: &str) -> Result<Next, E> {
                Ok(Next::Label(label.to_string()))
            }
            fn visit_enum<A: serde::de::EnumAccess<'de>>(self, access: A) -> Result<Next, A::Error> {
                NextKind::deserialize(serde::de::value::EnumAccessDeserializer::new(access)).map(|_| Next::Done)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Compile for Route {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let labels: Vec<&str> = self.steps.iter().filter_map(Step::label).collect();
        let position = |label: &str| self.steps.iter().position(|step| step.label() == Some(label));
        if position(&self.start).is_none() {
            compiler.lower().unknown(&at.field("start"), "step label", &self.start, labels.iter().copied());
        }
        for (i, step) in self.steps.iter().enumerate() {
            let at = at.field("steps").index(i);
            match step.label() {
                None => compiler.lower().problem_with_help(
                    &at,
                    "a step of a Route needs a label",
                    "add `label: \"a\"`, and name it in `moves`",
                ),
                Some(label) if !self.moves.contains_key(label) => compiler.lower().problem_with_help(
                    &at,
                    format!("`moves` does not say what follows `{label}`"),
                    format!("add `\"{label}\": [(1, Done)]` to `moves`"),
                ),
                Some(_) => {}
            }
        }
        let mut rows: Vec<Vec<(f64, Option<usize>)>> = vec![Vec::new(); self.steps.len()];
        for (label, next) in &self.moves {
            let at = at.field("moves").field(label);
            let Some(from) = position(label) else {
                compiler.lower().unknown(&at, "step label", label, labels.iter().copied());
                continue;
            };
            let mut row = Vec::new();
            for (i, (p, to)) in next.iter().enumerate() {
                let p = compiler.lower().probability(&at.index(i).index(0), p);
                let to = match to {
                    Next::Done => None,
                    Next::Label(name) => match position(name) {
                        Some(to) => Some(to),
                        None => {
                            compiler.lower().unknown(&at.index(i).index(1), "step label", name, labels.iter().copied());
                            continue;
                        }
                    },
                };
                row.push((p, to));
            }
            compiler.lower().adds_up(&at, &row.iter().map(|(p, _)| *p).collect::<Vec<_>>());
            rows[from] = row;
        }
        if let Some(start) = position(&self.start) {
            self.check_end(&rows, start, compiler, at);
        }

        let entry = compiler.emit(Instruction::Jump(0));
        let mut starts = Vec::new();
        let mut choices = Vec::new();
        compiler.looped(|compiler| {
            for (i, step) in self.steps.iter().enumerate() {
                starts.push(compiler.here());
                compiler.from_anywhere();
                compiler.step(step, &at.field("steps").index(i));
                let site = compiler.site(None, &format!("after {}", step.label().unwrap_or("a step")));
                let counter = compiler.counter();
                let cumulative = cumulate(&rows[i].iter().map(|(p, _)| *p).collect::<Vec<_>>());
                let choice = compiler.add_choice(Choice { cumulative, targets: Vec::new(), site, counter });
                choices.push(choice);
                compiler.emit(Instruction::Choose(choice));
            }
        });
        let done = compiler.here();
        for (row, choice) in rows.iter().zip(choices) {
            let targets = row.iter().map(|(_, to)| to.map_or(done, |to| starts[to])).collect();
            compiler.program().choices[choice as usize].targets = targets;
        }
        let start = position(&self.start).map_or(done, |i| starts[i]);
        compiler.retarget(entry, start);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        vec![("steps".into(), &self.steps)]
    }
}

impl Route {
    /// From every step that can be reached there must be a way to `Done`.
    fn check_end(&self, rows: &[Vec<(f64, Option<usize>)>], start: usize, compiler: &Compiler<'_, '_>, at: &Path) {
        let ends = |from: usize| {
            let mut seen = vec![false; rows.len()];
            let mut stack = vec![from];
            while let Some(i) = stack.pop() {
                if std::mem::replace(&mut seen[i], true) {
                    continue;
                }
                for (p, to) in &rows[i] {
                    match to {
                        None if *p > 0.0 => return true,
                        Some(to) if *p > 0.0 => stack.push(*to),
                        _ => {}
                    }
                }
            }
            false
        };
        let mut seen = vec![false; rows.len()];
        let mut stack = vec![start];
        while let Some(i) = stack.pop() {
            if std::mem::replace(&mut seen[i], true) {
                continue;
            }
            if !ends(i) {
                let label = self.steps[i].label().unwrap_or("a step");
                compiler.lower().problem_with_help(
                    &at.field("moves"),
                    format!("from `{label}` there is no way to Done: the flow can never end"),
                    format!("give `{label}`, or a step that follows it, a move to Done"),
                );
                return;
            }
            stack.extend(rows[i].iter().filter(|(p, _)| *p > 0.0).filter_map(|(_, to)| *to));
        }
    }
}
