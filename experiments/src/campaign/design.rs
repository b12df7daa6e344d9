//! The configurations of a sweep: which levels of which factors stand together.
//!
//! A design is a list of blocks. The factors of a block move together (one factor of a grid; zipped ones; those of a
//! Latin hypercube or of a fractional factorial); the blocks are crossed, the last one moving fastest. So a
//! configuration follows from its number alone, and none has to be kept.

use super::latin;
use super::levels::{Level, LevelError, MOST, Span, Value};
use crate::study::bare;
use models::lower::Path as FieldPath;
use models::spec::{Experiment, Levels, Named, Raw, Scalar};
use models::units::Dimension;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Something that is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// The path of its field, or the name of a treatment.
    pub name: String,
    /// Base unit of its levels, where they are numbers with a dimension.
    pub unit: String,
    /// Whether its range is logarithmic.
    pub logarithmic: bool,
    /// Its levels: one for each row of its block.
    pub levels: Vec<Level>,
}

impl Factor {
    /// Whether all levels are numbers of one kind.
    pub fn is_numeric(&self) -> bool {
        self.levels.iter().all(|level| level.number.is_some())
    }

    /// A factor that sets one field.
    pub fn of(name: &str, values: Vec<Value>, logarithmic: bool) -> Factor {
        let dimension = values.first().and_then(|value| value.number).map(|number| number.1);
        let numeric =
            values.iter().all(|value| value.number.map(|number| number.1) == dimension && dimension.is_some());
        let unit = dimension.filter(|dimension| numeric && *dimension != Dimension::NONE);
        let level = |value: Value| Level {
            shown: value.shown,
            number: value.number.filter(|_| numeric).map(|number| number.0),
            set: vec![(name.to_string(), value.ron)],
        };
        Factor {
            name: name.to_string(),
            unit: unit.map_or_else(String::new, crate::results::unit),
            logarithmic,
            levels: values.into_iter().map(level).collect(),
        }
    }
}

/// Factors that move together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// The factors, each with as many levels as the others.
    pub factors: Vec<Factor>,
    /// Whether they are spread over their ranges, each in an order of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scattered: bool,
}

impl Block {
    fn rows(&self) -> u64 {
        self.factors.first().map_or(1, |factor| factor.levels.len() as u64)
    }
}

/// All configurations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// The blocks, which are crossed.
    pub blocks: Vec<Block>,
}

/// One configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Its number, from 0.
    pub index: u64,
    /// The number of the level of each factor.
    pub levels: Vec<usize>,
    /// The fields that it changes.
    pub overrides: Vec<(String, String)>,
}

/// Why a design is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct DesignError {
    /// The field.
    pub at: FieldPath,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Design {
    /// How many configurations there are.
    pub fn count(&self) -> u64 {
        self.blocks.iter().map(Block::rows).product()
    }

    /// The factors in their order.
    pub fn factors(&self) -> impl Iterator<Item = &Factor> {
        self.blocks.iter().flat_map(|block| &block.factors)
    }

    /// A configuration by its number.
    pub fn configuration(&self, index: u64) -> Configuration {
        let mut rows = vec![0; self.blocks.len()];
        let mut rest = index;
        for (row, block) in rows.iter_mut().zip(&self.blocks).rev() {
            *row = (rest % block.rows()) as usize;
            rest /= block.rows();
        }
        let blocks = || self.blocks.iter().zip(&rows);
        Configuration {
            index,
            levels: blocks().flat_map(|(block, row)| block.factors.iter().map(move |_| *row)).collect(),
            overrides: blocks()
                .flat_map(|(block, row)| block.factors.iter().flat_map(move |factor| factor.levels[*row].set.clone()))
                .collect(),
        }
    }

    /// The levels of a configuration.
    pub fn levels(&self, index: u64) -> Vec<&Level> {
        let numbers = self.configuration(index).levels;
        self.factors().zip(numbers).map(|(factor, number)| &factor.levels[number]).collect()
    }

    /// Numbers of configurations in which a factor has a level: the first, one from the middle and the last.
    pub fn with_level(&self, factor: usize, level: usize) -> Vec<u64> {
        let owners = self.blocks.iter().enumerate().flat_map(|(b, block)| block.factors.iter().map(move |_| b));
        let Some(block) = owners.clone().nth(factor) else { return Vec::new() };
        let number = |row: &dyn Fn(u64) -> u64| {
            self.blocks.iter().enumerate().fold(0, |number, (b, other)| {
                number * other.rows() + if b == block { level as u64 } else { row(other.rows()) }
            })
        };
        let mut numbers = vec![number(&|_| 0), number(&|rows| rows / 2), number(&|rows| rows - 1)];
        numbers.dedup();
        numbers
    }

    /// The design of the sweep section of an experiment, `None` where there is none. `same` gives the full path that a
    /// path means.
    ///
    /// # Errors
    /// Everything that is wrong with it but for the values themselves.
    pub fn of_sweep(
        experiment: &Experiment,
        parameters: &Named<f64>,
        same: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Design>, Vec<DesignError>> {
        let Some(sweep) = &experiment.sweep else { return Ok(None) };
        let written = sweep.design();
        let root = FieldPath::new("sweep");
        let plain = matches!(sweep, models::spec::Sweep::Grid(_));
        let part = |name: &str| if plain { root.clone() } else { root.field(name) };
        let mut building = Building { parameters, same, errors: Vec::new(), seen: HashMap::new(), blocks: Vec::new() };
        building.configurations(&written.configurations, experiment, &part("configurations"));
        for (path, levels) in &written.grid {
            if let Some(span) = building.span(&part("grid").field(path), path, levels) {
                let factors = vec![Factor::of(path, span.levels(), span.is_logarithmic())];
                building.blocks.push(Block { factors, scattered: false });
            }
        }
        building.zip(&written.zip, &part("zip"));
        if let Some(latin) = &written.latin {
            let seed = experiment.run.seed.unwrap_or(1);
            building.latin(&latin.points, &latin.vary, seed, &part("latin"));
        }
        building.finish(&root).map(Some)
    }
}

struct Building<'a> {
    parameters: &'a Named<f64>,
    same: &'a dyn Fn(&str) -> Option<String>,
    errors: Vec<DesignError>,
    /// Full path to the path as written.
    seen: HashMap<String, String>,
    blocks: Vec<Block>,
}

impl Building<'_> {
    fn error(&mut self, at: &FieldPath, message: impl Into<String>, help: impl Into<String>) {
        self.errors.push(DesignError { at: at.clone(), message: message.into(), help: Some(help.into()) });
    }

    /// The levels of a path; notes what is wrong with them, and that a field is varied twice.
    fn span(&mut self, at: &FieldPath, path: &str, levels: &Levels) -> Option<Span> {
        let full = (self.same)(path).unwrap_or_else(|| path.to_string());
        if let Some(other) = self.seen.insert(full, path.to_string()) {
            let message = if other == path {
                format!("`{path}` is varied twice")
            } else {
                format!("`{path}` and `{other}` are the same field")
            };
            self.error(at, message, "leave one of them out");
            return None;
        }
        match Span::of(levels, self.parameters) {
            Ok(span) => Some(span),
            Err(LevelError { message, help }) => {
                self.error(at, message, help);
                None
            }
        }
    }

    fn configurations(&mut self, names: &[String], experiment: &Experiment, at: &FieldPath) {
        if names.is_empty() {
            return;
        }
        let mut levels = Vec::new();
        for name in names {
            // Names that do not exist are reported with those of the other sections.
            let Some(set) = experiment.configurations.get(name) else { continue };
            levels.push(treatment(name, set));
        }
        if let Some(twice) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            self.error(&at.index(twice.0), format!("`{}` stands here twice", twice.1), "leave one of them out");
        }
        let factor = Factor { name: "configuration".into(), unit: String::new(), logarithmic: false, levels };
        self.blocks.push(Block { factors: vec![factor], scattered: false });
    }

    fn zip(&mut self, zip: &Named<Levels>, at: &FieldPath) {
        let mut factors: Vec<Factor> = Vec::new();
        for (path, levels) in zip {
            let Some(span) = self.span(&at.field(path), path, levels) else { continue };
            let factor = Factor::of(path, span.levels(), span.is_logarithmic());
            if let Some(first) = factors.first().filter(|first| first.levels.len() != factor.levels.len()) {
                let message = format!(
                    "`{path}` has {} levels, but `{}` has {}",
                    factor.levels.len(),
                    first.name,
                    first.levels.len()
                );
                self.error(&at.field(path), message, "levels that are taken together are as many for each field");
                continue;
            }
            factors.push(factor);
        }
        if !factors.is_empty() {
            self.blocks.push(Block { factors, scattered: false });
        }
    }

    fn latin(&mut self, points: &Scalar, vary: &Named<Levels>, seed: u64, at: &FieldPath) {
        let points = match bare(points, self.parameters) {
            Some(n) if n.fract() == 0.0 && n >= 1.0 && n <= MOST as f64 => n as usize,
            _ => {
                let help = format!("give a whole number from 1 to {MOST}, such as 50");
                return self.error(&at.field("points"), format!("{points} is no number of points"), help);
            }
        };
        if vary.is_empty() {
            return self.error(&at.field("vary"), "nothing is varied", "give fields with their ranges");
        }
        let mut factors = Vec::new();
        for (path, levels) in vary {
            let Some(span) = self.span(&at.field("vary").field(path), path, levels) else { continue };
            let values = latin::shares(seed, path, points).into_iter().map(|share| span.at(share)).collect();
            factors.push(Factor::of(path, values, span.is_logarithmic()));
        }
        self.blocks.push(Block { factors, scattered: true });
    }

    fn finish(mut self, at: &FieldPath) -> Result<Design, Vec<DesignError>> {
        if self.errors.is_empty() && self.blocks.is_empty() {
            self.error(at, "nothing is varied", "give fields with their levels: { \"gateway.cores\": [1, 2, 4] }");
        }
        let rows: f64 = self.blocks.iter().map(|block| block.rows() as f64).product();
        if rows > MOST as f64 {
            let count = if rows < 1e15 { (rows as u64).to_string() } else { format!("{rows:.1e}") };
            let help = format!("at most {MOST} are possible: give fewer levels, or points of a Latin hypercube");
            self.error(at, format!("the sweep has {count} configurations"), help);
        }
        if self.errors.is_empty() { Ok(Design { blocks: self.blocks }) } else { Err(self.errors) }
    }
}

/// A named set of overrides as a level.
pub fn treatment(name: &str, set: &Named<Raw>) -> Level {
    let set = set.iter().map(|(path, value)| (path.clone(), value.text().to_string())).collect();
    Level { shown: name.to_string(), number: None, set }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::file::{Source, parse, read};

    fn design(section: &str) -> Result<Design, Vec<DesignError>> {
        let text = format!(
            "(system: (components: {{}}, flows: {{}}), configurations: {{ \"a\": {{ \"x\": 1, \"y\": 2 }}, \"b\": {{}} }}, \
             sweep: {section})"
        );
        let tree = parse(&Source::new("t", text)).unwrap();
        let experiment: Experiment = read(&tree).unwrap();
        Design::of_sweep(&experiment, &Named::new(), &|path| Some(path.replace("long.", ""))).map(Option::unwrap)
    }

    fn rows(section: &str) -> Vec<String> {
        let design = design(section).unwrap();
        let row = |i| design.levels(i).iter().map(|level| level.shown.as_str()).collect::<Vec<_>>().join(" ");
        (0..design.count()).map(row).collect()
    }

    #[test]
    fn every_combination_of_a_grid_stands_once_the_last_factor_moving_fastest() {
        assert_eq!(rows("{ \"x\": [1, 2], \"y\": 3..=5 }"), ["1 3", "1 4", "1 5", "2 3", "2 4", "2 5"]);
    }

    #[test]
    fn zipped_factors_move_together_and_are_crossed_with_the_others() {
        let section = "Sweep(grid: { \"x\": [1, 2] }, zip: { \"y\": [3, 4], \"z\": [5, 6] })";
        assert_eq!(rows(section), ["1 3 5", "1 4 6", "2 3 5", "2 4 6"]);
    }

    #[test]
    fn a_latin_hypercube_has_its_points_within_the_ranges() {
        let design = design("Sweep(latin: Latin(points: 20, vary: { \"x\": Reals(0, 1), \"y\": [7, 8] }))").unwrap();
        assert_eq!(design.count(), 20);
        let mut x: Vec<f64> = (0..20).map(|i| design.levels(i)[0].number.unwrap()).collect();
        x.sort_by(f64::total_cmp);
        assert!(x.iter().enumerate().all(|(i, x)| (*x * 20.0) as usize == i), "{x:?}");
        assert_eq!((0..20).filter(|i| design.levels(*i)[1].shown == "7").count(), 10);
    }

    #[test]
    fn configurations_by_name_set_all_their_fields() {
        let design = design("Sweep(configurations: [\"a\", \"b\"], grid: { \"z\": [0] })").unwrap();
        let set =
            |i| design.configuration(i).overrides.into_iter().map(|(p, v)| format!("{p}={v}")).collect::<Vec<_>>();
        assert_eq!(set(0), ["x=1", "y=2", "z=0"]);
        assert_eq!(set(1), ["z=0"]);
    }

    #[test]
    fn a_level_is_found_in_several_configurations() {
        let design = design("{ \"x\": 1..=3, \"y\": 1..=3, \"z\": [1, 2] }").unwrap();
        let found = design.with_level(1, 2);
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|i| design.levels(*i)[1].shown == "3"), "{found:?}");
    }

    #[test]
    fn what_is_no_design_is_refused_with_its_place() {
        for (section, at, word) in [
            ("{}", "sweep", "nothing"),
            ("{ \"x\": [] }", "sweep.x", "no levels"),
            ("{ \"x\": 1..=1000000, \"y\": 1..=1000000 }", "sweep", "1000000000000 configurations"),
            ("{ \"x\": [1], \"long.x\": [2] }", "sweep.\"long.x\"", "same field"),
            ("Sweep(grid: { \"x\": [1] }, zip: { \"x\": [2] })", "sweep.zip.x", "twice"),
            ("Sweep(zip: { \"x\": [1], \"y\": [2, 3] })", "sweep.zip.y", "2 levels"),
            ("Sweep(latin: Latin(points: 0, vary: { \"x\": 1..=2 }))", "sweep.latin.points", "points"),
            ("Sweep(latin: Latin(points: 3, vary: {}))", "sweep.latin.vary", "nothing"),
            ("Sweep(configurations: [\"a\", \"a\"])", "sweep.configurations[1]", "twice"),
        ] {
            let errors = design(section).unwrap_err();
            assert_eq!((errors.len(), errors[0].at.as_str()), (1, at), "{section}: {errors:?}");
            assert!(errors[0].message.contains(word) && errors[0].help.is_some(), "{section}: {errors:?}");
        }
    }
}
