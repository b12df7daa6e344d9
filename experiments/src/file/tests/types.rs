//! A small language that has every shape of the real one.

use crate::file::{Diagnostic, Raw, Source, Tree, parse, read};
use indexmap::IndexMap;
use serde::de::{EnumAccess, MapAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    #[serde(default)]
    pub title: String,
    pub system: System,
    #[serde(default)]
    pub run: Option<Run>,
    #[serde(default)]
    pub sweep: IndexMap<String, Vec<Raw>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    pub components: IndexMap<String, Component>,
    #[serde(default)]
    pub flows: IndexMap<String, Flow>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Component {
    Network {
        bandwidth: Quantity,
        #[serde(default)]
        latency: Option<Quantity>,
    },
    Processor(Processor),
    Cache {
        policy: Policy,
        capacity: u32,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    pub cores: u8,
    #[serde(default)]
    pub speed: Option<f64>,
    #[serde(default)]
    pub scheduler: Option<Policy>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Policy {
    Lru,
    Arc {
        #[serde(default)]
        ghost: Option<u32>,
    },
    Ttl(Quantity),
    Pair(u32, u32),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    pub steps: Vec<Step>,
    #[serde(default)]
    pub deadline: Option<Quantity>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Step {
    Delay {
        time: Quantity,
        #[serde(default)]
        label: Option<String>,
    },
    Compute {
        on: String,
        work: Quantity,
        #[serde(default)]
        label: Option<String>,
    },
    Fork {
        branches: Vec<Vec<Step>>,
        #[serde(default)]
        join: Join,
    },
    Choose(Vec<(f64, Vec<Step>)>),
    Fail,
}

#[derive(Debug, PartialEq, Default, Deserialize)]
pub enum Join {
    #[default]
    All,
    Any,
    Quorum(u32),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    #[serde(default)]
    pub horizon: Option<Quantity>,
    #[serde(default)]
    pub seed: u64,
    #[serde(default)]
    pub verbose: bool,
}

/// A string with a unit, a number, a distribution, or a range.
#[derive(Debug, PartialEq)]
pub enum Quantity {
    Text(String),
    Number(f64),
    Exponential(Box<Quantity>),
    Uniform { low: f64, high: f64 },
    Between(f64, f64, bool),
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct QuantityVisitor;
        impl<'de> Visitor<'de> for QuantityVisitor {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity such as \"2 ms\", a number or a distribution")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Quantity, E> {
                if text.starts_with(|c: char| c.is_ascii_digit() || c == '$') {
                    Ok(Quantity::Text(text.to_owned()))
                } else {
                    Err(E::custom(format!("`{text}` is not a quantity\nhelp: write a number and a unit")))
                }
            }

            fn visit_f64<E>(self, value: f64) -> Result<Quantity, E> {
                Ok(Quantity::Number(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Quantity, E> {
                Ok(Quantity::Number(value as f64))
            }

            fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Quantity, A::Error> {
                #[derive(Deserialize)]
                enum Kind {
                    Exponential,
                    Uniform,
                    Range,
                }
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Bounds {
                    low: f64,
                    high: f64,
                }
                struct RangeVisitor;
                impl<'de> Visitor<'de> for RangeVisitor {
                    type Value = Quantity;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a range")
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Quantity, A::Error> {
                        let (mut start, mut end, mut inclusive) = (0.0, 0.0, false);
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                "start" => start = map.next_value()?,
                                "end" => end = map.next_value()?,
                                _ => inclusive = map.next_value()?,
                            }
                        }
                        Ok(Quantity::Between(start, end, inclusive))
                    }
                }
                match access.variant()? {
                    (Kind::Exponential, content) => Ok(Quantity::Exponential(content.newtype_variant()?)),
                    (Kind::Uniform, content) => {
                        let Bounds { low, high } = content.newtype_variant()?;
                        Ok(Quantity::Uniform { low, high })
                    }
                    (Kind::Range, content) => content.struct_variant(&["start", "end", "inclusive"], RangeVisitor),
                }
            }
        }
        deserializer.deserialize_any(QuantityVisitor)
    }
}

pub const GOOD: &str = r#"#![enable(implicit_some)]
// A factory floor.
Experiment(
    title: "Line \u{41}\n",
    system: System(
        components: {
            "radio": Network(bandwidth: "20 Mbit/s", latency: "2 ms"),
            "gate way": Processor(cores: 4, speed: 1.5e9),
            "old": Processor((cores: 0x2)),
            "recent": Cache(policy: Lru, capacity: 10_000),
            "other": Cache(policy: Arc(ghost: Some(3)), capacity: 5,),
            "third": Cache(policy: Ttl("3 s"), capacity: 5),
        },
        flows: {
            "telemetry": Flow(
                steps: [
                    Delay("2 ms", label: "think"),
                    Compute(on: "gate way", work: Exponential("2 Mcycle")),
                    Compute("old", Uniform(low: 1, high: 2.5)),
                    /* both /* nested */ at once */
                    Fork([[Delay(3)], [Fail, Delay(1..=8, label: "inner")]], join: Quorum(1)),
                    Choose([(0.5, [Fail]), (0.5, [])]),
                ],
                deadline: None,
            ),
            r"plain": (steps: []),
        },
    ),
    run: (horizon: "10 min", seed: 7, verbose: true),
    sweep: { "gate way.cores": [1, 2, Lru, Arc(ghost: 2), "20 Mbit/s"] },
)
"#;

pub fn tree(text: &str) -> Tree {
    parse(&Source::new("test.ron", text)).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

pub fn good<T: serde::de::DeserializeOwned>(text: &str) -> T {
    read(&tree(text)).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The diagnostics of a document that parses, each with the text at its place.
pub fn bad<T: serde::de::DeserializeOwned + fmt::Debug>(text: &str) -> Vec<(String, String, Diagnostic)> {
    read::<T>(&tree(text)).unwrap_err().into_iter().map(|d| shown(text, d)).collect()
}

pub fn shown(text: &str, diagnostic: Diagnostic) -> (String, String, Diagnostic) {
    let span = diagnostic.span.clone().unwrap();
    (diagnostic.message.clone(), text[span].to_owned(), diagnostic)
}

#[test]
fn the_good_document_reads_as_written() {
    let experiment: Experiment = good(GOOD);
    assert_eq!(experiment.title, "Line A\n");
    let names: Vec<&str> = experiment.system.components.keys().map(String::as_str).collect();
    assert_eq!(names, ["radio", "gate way", "old", "recent", "other", "third"], "document order");
    assert_eq!(
        experiment.system.components["old"],
        Component::Processor(Processor { cores: 2, speed: None, scheduler: None })
    );
    assert_eq!(
        experiment.system.components["other"],
        Component::Cache { policy: Policy::Arc { ghost: Some(3) }, capacity: 5 }
    );
    let steps = &experiment.system.flows["telemetry"].steps;
    assert_eq!(steps[0], Step::Delay { time: Quantity::Text("2 ms".into()), label: Some("think".into()) });
    assert_eq!(
        steps[2],
        Step::Compute { on: "old".into(), work: Quantity::Uniform { low: 1.0, high: 2.5 }, label: None }
    );
    let inner = Step::Delay { time: Quantity::Between(1.0, 8.0, true), label: Some("inner".into()) };
    assert_eq!(
        steps[3],
        Step::Fork {
            branches: vec![vec![Step::Delay { time: Quantity::Number(3.0), label: None }], vec![Step::Fail, inner]],
            join: Join::Quorum(1)
        }
    );
    assert_eq!(steps[4], Step::Choose(vec![(0.5, vec![Step::Fail]), (0.5, vec![])]));
    assert_eq!(experiment.run, Some(Run { horizon: Some(Quantity::Text("10 min".into())), seed: 7, verbose: true }));
    let levels = &experiment.sweep["gate way.cores"];
    let texts: Vec<&str> = levels.iter().map(|raw| raw.text.as_str()).collect();
    assert_eq!(texts, ["1", "2", "Lru", "Arc(ghost: 2)", "\"20 Mbit/s\""]);
    assert!(levels.iter().all(|raw| GOOD[raw.span.clone()] == raw.text));
}

#[test]
fn a_raw_value_is_read_later_with_places_of_the_file() {
    let text = "{ \"a\": [ 1, Arc(gost: 2) ] }";
    let levels: IndexMap<String, Vec<Raw>> = good(text);
    let level = levels["a"][1].tree().unwrap();
    let found = read::<Policy>(&level).unwrap_err();
    assert_eq!(&text[found[0].span.clone().unwrap()], "gost");
    assert_eq!(level.text_of(level.root()), "Arc(gost: 2)");
}

#[test]
fn a_newtype_called_raw_gets_the_text_and_its_place() {
    #[derive(Debug, Deserialize)]
    #[serde(rename = "$Raw")]
    struct Verbatim((u64, u64, String));
    let values: Vec<Verbatim> = good("[ Lru(a: 1), 2 ]");
    assert_eq!(values[0].0, (2, 11, "Lru(a: 1)".to_owned()));
    assert_eq!(values[1].0, (13, 14, "2".to_owned()));
}
