//! What is aimed at: the objective, and the constraints.

use super::quantity::{Fields, Kept, Quantity, Wrong, horizon};
use crate::study::{Study, bare, measure};
use models::expression::{Comparison, Operator};
use models::lower::Path as FieldPath;
use models::spec::{Named, Optimise, Scalar};
use models::units::{Dimension, Measure};

/// The five indicators, in the order of all tables.
pub const INDICATORS: [&str; 5] = ["throughput", "latency", "data_throughput", "reliability", "energy"];
/// An indicator in words.
pub fn word(place: usize) -> String {
    INDICATORS[place].replace('_', " ")
}

/// Whether less of an indicator is better.
pub fn less_is_better(place: usize) -> bool {
    matches!(place, LATENCY | ENERGY)
}

/// A name that is none, and what would be right.
fn no_indicator(name: &str) -> Wrong {
    let near = crate::file::nearest(name, INDICATORS).map(|near| format!("did you mean `{near}`? "));
    let help = format!("{}there are: {}", near.unwrap_or_default(), INDICATORS.join(", "));
    (format!("unknown indicator `{name}`"), Some(help))
}

/// The places of indicators by their names.
///
/// # Errors
/// What is none, or stands there twice: its place in the list, and what is wrong.
pub fn places(names: &[String]) -> Result<Vec<usize>, Vec<(usize, Wrong)>> {
    let mut places = Vec::new();
    let mut wrong = Vec::new();
    for (i, name) in names.iter().enumerate() {
        match INDICATORS.iter().position(|known| known == name) {
            Some(place) if !places.contains(&place) => places.push(place),
            Some(_) => wrong.push((i, (format!("`{name}` stands here twice"), None))),
            None => wrong.push((i, no_indicator(name))),
        }
    }
    if wrong.is_empty() { Ok(places) } else { Err(wrong) }
}

/// Where latency stands.
pub const LATENCY: usize = 1;
const RELIABILITY: usize = 3;
/// Where energy stands.
pub const ENERGY: usize = 4;

/// The sum of weights times losses, plus the cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The weights.
    pub weights: [f64; 5],
    /// The figures that stand for the indicators.
    pub measures: [Quantity; 5],
    /// What they are divided by, where that is declared; else the baseline's.
    pub declared: [Option<f64>; 5],
    /// The cost.
    pub cost: Option<Quantity>,
}

/// What indicators are divided by. Reliability has none.
pub type References = [Option<f64>; 5];

/// Something that must hold: left - right, with the sign of the comparison, is at most 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// As written.
    pub text: String,
    left: Quantity,
    right: Quantity,
    sign: f64,
}

/// The values of fields that the quantities of a configuration use.
pub type Inputs = Vec<Vec<f64>>;

/// All that configurations are judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// What is to be as small as possible.
    pub objective: Objective,
    /// What must hold.
    pub constraints: Vec<Constraint>,
    /// What is kept of each replication.
    pub kept: Kept,
    /// Indifference zone of the objective.
    pub delta: f64,
    /// How far a bound may be missed, as a part of it.
    pub tolerance: f64,
}

/// Mistakes, each with its field.
pub type Mistakes = Vec<(FieldPath, Wrong)>;

impl Goal {
    /// What the section of a study aims at.
    ///
    /// # Errors
    /// All mistakes.
    pub fn of(study: &Study, optimise: &Optimise) -> Result<Goal, Mistakes> {
        let root = FieldPath::new("optimise");
        let mut mistakes: Mistakes = Vec::new();
        let mut kept = Kept::default();
        let fields = Fields::of(study);
        let weights = weights(study, optimise, &root, &mut mistakes);
        let mut measures = Vec::new();
        for name in INDICATORS {
            let text = optimise.measures.get(name).map_or(name, String::as_str);
            match Quantity::parse(text, &fields, &mut kept) {
                Ok(quantity) => measures.push(quantity),
                Err(wrong) => mistakes.push((root.field("measures").field(name), wrong)),
            }
        }
        unknown(&optimise.measures, &root.field("measures"), &mut mistakes);
        let declared = references(study, optimise, &measures, &root, &mut mistakes);
        let cost = optimise.cost.as_ref().and_then(|text| match Quantity::parse(text, &fields, &mut kept) {
            Ok(quantity) if quantity.dimension() == Dimension::NONE => Some(quantity),
            Ok(quantity) => {
                let message = format!("a cost is a bare number, but this is {}", quantity.dimension().name());
                let help = "divide by what it is to be measured by: `energy / (900 J)`".to_string();
                mistakes.push((root.field("cost"), (message, Some(help))));
                None
            }
            Err(wrong) => {
                mistakes.push((root.field("cost"), wrong));
                None
            }
        });
        if weights.iter().all(|weight| *weight == 0.0) && optimise.cost.is_none() {
            let help = "give at least one indicator a weight above 0, or a cost".to_string();
            mistakes.push((
                root.field("weights"),
                ("all weights are 0: every configuration is as good".into(), Some(help)),
            ));
        }
        let mut constraints = Vec::new();
        for (i, text) in optimise.subject_to.iter().enumerate() {
            match Constraint::parse(text, &fields, &mut kept) {
                Ok(constraint) => constraints.push(constraint),
                Err(wrong) => mistakes.push((root.field("subject_to").index(i), wrong)),
            }
        }
        let sum: f64 = weights.iter().sum();
        let mut positive = |field: &str, given: &Option<Scalar>, usual: f64| match given {
            None => usual,
            Some(scalar) => match bare(scalar, &study.parameters) {
                Some(value) if value > 0.0 && value.is_finite() => value,
                _ => {
                    let help = format!("give a number above 0, such as {usual}");
                    mistakes.push((root.field(field), (format!("{scalar} is no {field}"), Some(help))));
                    usual
                }
            },
        };
        let delta = positive("delta", &optimise.delta, if sum > 0.0 { 0.01 * sum } else { 0.01 });
        let tolerance = positive("tolerance", &optimise.tolerance, 0.01);
        match <[Quantity; 5]>::try_from(measures) {
            Ok(measures) if mistakes.is_empty() => Ok(Goal {
                objective: Objective { weights, measures, declared, cost },
                constraints,
                kept,
                delta,
                tolerance,
            }),
            _ => Err(mistakes),
        }
    }

    /// The values of fields in a configuration: of the measures, the cost, and both sides of each constraint.
    ///
    /// # Errors
    /// A field has none there.
    pub fn inputs(&self, study: &Study) -> Result<Inputs, Wrong> {
        let fields = Fields::of(study);
        self.quantities().map(|quantity| quantity.inputs(&fields)).collect()
    }

    fn quantities(&self) -> impl Iterator<Item = &Quantity> {
        let sides = self.constraints.iter().flat_map(|constraint| [&constraint.left, &constraint.right]);
        self.objective.measures.iter().chain(&self.objective.cost).chain(sides)
    }

    /// The values of the five indicators.
    pub fn indicators(&self, inputs: &Inputs, measured: &dyn Fn(usize) -> Option<f64>) -> [Option<f64>; 5] {
        std::array::from_fn(|i| self.objective.measures[i].value(inputs.get(i)?, measured))
    }

    /// The cost; 0 where there is none.
    pub fn cost(&self, inputs: &Inputs, measured: &dyn Fn(usize) -> Option<f64>) -> Option<f64> {
        self.objective.cost.as_ref().map_or(Some(0.0), |cost| cost.value(inputs.get(5)?, measured))
    }

    /// By how much constraint `number` is missed; at most 0 where it is met.
    pub fn excess(&self, number: usize, inputs: &Inputs, measured: &dyn Fn(usize) -> Option<f64>) -> Option<f64> {
        let first = 5 + usize::from(self.objective.cost.is_some()) + 2 * number;
        let constraint = &self.constraints[number];
        let left = constraint.left.value(inputs.get(first)?, measured)?;
        let right = constraint.right.value(inputs.get(first + 1)?, measured)?;
        Some(constraint.sign * (left - right))
    }

    /// What the excess of a constraint is measured by: its bound, or of a share that is to be near 1 what is missing to 1
    /// (.001 of a reliability of .999); 1 base unit where that is 0, or the bound is measured too.
    pub fn scale(&self, number: usize, inputs: &Inputs) -> f64 {
        let first = 5 + usize::from(self.objective.cost.is_some()) + 2 * number;
        let constraint = &self.constraints[number];
        let bound = inputs.get(first + 1).and_then(|inputs| constraint.right.value(inputs, &|_| None));
        let share = constraint.sign < 0.0 && constraint.left.dimension() == Dimension::NONE;
        let room = bound.map(|bound| if share && bound > 0.5 && bound < 1.0 { 1.0 - bound } else { bound.abs() });
        room.filter(|room| *room > 0.0).unwrap_or(1.0)
    }

    /// Whether a constraint is on what is measured; else the space is cut by it, exactly.
    pub fn is_measured(&self, number: usize) -> bool {
        self.constraints[number].left.is_measured() || self.constraints[number].right.is_measured()
    }

    /// The dimension of a constraint's sides.
    pub fn dimension(&self, number: usize) -> Dimension {
        self.constraints[number].left.dimension()
    }
}

impl Objective {
    /// The five losses; `None` where an indicator or its reference is missing.
    pub fn losses(&self, indicators: &[Option<f64>; 5], references: &References) -> [Option<f64>; 5] {
        std::array::from_fn(|i| {
            let value = indicators[i]?;
            match i {
                RELIABILITY => Some(1.0 - value),
                _ => {
                    let reference = references[i].filter(|reference| *reference > 0.0)?;
                    Some(if less_is_better(i) { value / reference } else { 1.0 - value / reference })
                }
            }
        })
    }

    /// The weighted sum; indicators without a weight may be missing.
    pub fn value(&self, losses: &[Option<f64>; 5], cost: f64) -> Option<f64> {
        let mut sum = cost;
        for (weight, loss) in self.weights.iter().zip(losses) {
            if *weight > 0.0 {
                sum += weight * (*loss)?;
            }
        }
        Some(sum)
    }
}

impl Constraint {
    fn parse(text: &str, fields: &Fields<'_>, kept: &mut Kept) -> Result<Constraint, Wrong> {
        let Comparison { start, operator, end } =
            Comparison::find(text).map_err(|error| (error.message, error.help))?;
        let left = Quantity::parse(&text[..start], fields, kept)?;
        let right = Quantity::parse(&text[end..], fields, kept)?;
        if left.is_constant() && right.is_constant() {
            let help = "name an indicator such as `latency.p95`, or a field".to_string();
            return Err(("nothing that is measured or varied is compared".into(), Some(help)));
        }
        // Percentages and plain numbers are bare; a bare 0 is of any kind.
        let zero = |side: &Quantity| side.is_constant() && side.value(&[], &|_| None) == Some(0.0);
        if left.dimension() != right.dimension() && !zero(&left) && !zero(&right) {
            let (one, other) = (left.dimension(), right.dimension());
            let message = format!("{} is compared with {}", one.name(), other.name());
            return Err((message, Some(format!("give {} on the right", one.describe()))));
        }
        let sign = if matches!(operator, Operator::LessEq | Operator::Less) { 1.0 } else { -1.0 };
        Ok(Constraint { text: text.trim().to_string(), left, right, sign })
    }
}

fn unknown<T>(given: &Named<T>, at: &FieldPath, mistakes: &mut Mistakes) {
    for name in given.keys().filter(|name| !INDICATORS.contains(&name.as_str())) {
        mistakes.push((at.field(name), no_indicator(name)));
    }
}

fn weights(study: &Study, optimise: &Optimise, root: &FieldPath, mistakes: &mut Mistakes) -> [f64; 5] {
    let at = root.field("weights");
    unknown(&optimise.weights, &at, mistakes);
    INDICATORS.map(|name| {
        let Some(scalar) = optimise.weights.get(name) else { return 0.0 };
        match measure(scalar, &study.parameters) {
            Ok(Measure { value, dimension: Dimension::NONE }) if value >= 0.0 && value.is_finite() => value,
            Ok(Measure { value, .. }) if value < 0.0 => {
                let help = "give 0 or more: a larger weight makes an indicator matter more, whatever its direction"
                    .to_string();
                mistakes.push((at.field(name), ("a weight is not negative".into(), Some(help))));
                0.0
            }
            _ => {
                let help = Some("give a bare number, such as 0.2".to_string());
                mistakes.push((at.field(name), (format!("`{scalar}` is no weight"), help)));
                0.0
            }
        }
    })
}

fn references(
    study: &Study,
    optimise: &Optimise,
    measures: &[Quantity],
    root: &FieldPath,
    mistakes: &mut Mistakes,
) -> [Option<f64>; 5] {
    let at = root.field("references");
    unknown(&optimise.references, &at, mistakes);
    let mut declared = [None; 5];
    for (i, name) in INDICATORS.iter().enumerate() {
        let Some(scalar) = optimise.references.get(*name) else { continue };
        let at = at.field(name);
        if i == RELIABILITY {
            let help = "its loss is 1 less the reliability: leave it out".to_string();
            mistakes.push((at, ("reliability has no reference".into(), Some(help))));
            continue;
        }
        let wanted = measures.get(i).map_or(Dimension::NONE, Quantity::dimension);
        match measure(scalar, &study.parameters) {
            Ok(Measure { value, dimension }) if value > 0.0 && value.is_finite() => {
                if dimension == wanted {
                    declared[i] = Some(value);
                } else if i == ENERGY && dimension == Dimension::POWER {
                    declared[i] = Some(value * horizon(study));
                } else {
                    let message = format!("the reference of {name} is {}", dimension.name());
                    mistakes.push((at, (message, Some(format!("give {}", wanted.describe())))));
                }
            }
            _ => {
                let help = format!("give {}, above 0", wanted.describe());
                mistakes.push((at, (format!("`{scalar}` is no reference"), Some(help))));
            }
        }
    }
    declared
}
