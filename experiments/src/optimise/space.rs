//! The space of configurations: decision variables with their levels, some of which exist only together with some levels
//! of others.

use crate::campaign::design::{DesignError, Factor, treatment};
use crate::campaign::latin;
use crate::campaign::levels::{LevelError, Span};
use models::lower::Path as FieldPath;
use models::spec::{Experiment, Levels, Named, Optimise};
use std::collections::{HashMap, HashSet};

/// The level of each variable; `None` where the variable does not exist.
pub type Point = Vec<Option<u32>>;

/// The most combinations of levels that are gone through one by one.
const COMBINATIONS: f64 = 200_000.0;
/// Other levels of a variable without an order that are neighbours.
const OTHERS: usize = 8;

/// Something that may be decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name and levels.
    pub factor: Factor,
    /// It exists only where each of these variables has one of these levels.
    pub when: Vec<(usize, Vec<u32>)>,
}

/// All configurations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    /// The variables, in the order of the file.
    pub variables: Vec<Variable>,
    /// The variables in an order in which those that others depend on come first.
    order: Vec<usize>,
}

impl Space {
    /// The space of the section of an experiment. `same` gives the full path that a path means.
    ///
    /// # Errors
    /// Everything that is wrong with it but for the values themselves.
    pub fn of(
        experiment: &Experiment,
        optimise: &Optimise,
        parameters: &Named<f64>,
        same: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Space, Vec<DesignError>> {
        let root = FieldPath::new("optimise");
        let mut errors = Vec::new();
        let mut fail = |at: FieldPath, message: String, help: String| {
            errors.push(DesignError { at, message, help: Some(help) });
        };
        let mut variables: Vec<Variable> = Vec::new();
        if !optimise.configurations.is_empty() {
            let known = |name: &&String| experiment.configurations.contains_key(*name);
            let levels = optimise.configurations.iter().filter(known);
            let levels = levels.map(|name| treatment(name, &experiment.configurations[name])).collect();
            let factor = Factor { name: "configuration".into(), unit: String::new(), logarithmic: false, levels };
            variables.push(Variable { factor, when: Vec::new() });
        }
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (path, levels) in &optimise.vary {
            let at = root.field("vary").field(path);
            if let Some(other) = seen.insert(same(path).unwrap_or_else(|| path.clone()), path) {
                fail(at, format!("`{path}` and `{other}` are the same field"), "leave one of them out".into());
                continue;
            }
            match Span::of(levels, parameters) {
                Ok(span) => {
                    let factor = Factor::of(path, span.levels(), span.is_logarithmic());
                    variables.push(Variable { factor, when: Vec::new() });
                }
                Err(LevelError { message, help }) => fail(at, message, help),
            }
        }
        if variables.is_empty() {
            let help = "give fields with their ranges: { \"gateway.cores\": Integers(1, 8) }".to_string();
            fail(root.field("vary"), "nothing is to be decided".into(), help);
        }
        for (path, conditions) in &optimise.when {
            let at = root.field("when").field(path);
            let place = |path: &str, variables: &[Variable]| variables.iter().position(|v| v.factor.name == path);
            let names: Vec<String> = variables.iter().map(|variable| variable.factor.name.clone()).collect();
            let Some(dependent) = place(path, &variables) else {
                fail(at, format!("`{path}` is not varied"), format!("there are: {}", names.join(", ")));
                continue;
            };
            for (other, values) in conditions {
                let at = at.field(other);
                let Some(number) = place(other, &variables).filter(|number| *number != dependent) else {
                    fail(at, format!("`{other}` is not varied"), format!("there are: {}", names.join(", ")));
                    continue;
                };
                match levels_of(&variables[number].factor, values, parameters) {
                    Ok(levels) => variables[dependent].when.push((number, levels)),
                    Err((message, help)) => fail(at, message, help),
                }
            }
        }
        let order = ordered(&variables);
        if order.len() < variables.len() {
            let help = "let one of them vary always".to_string();
            fail(root.field("when"), "variables depend on each other in a circle".into(), help);
        }
        if errors.is_empty() { Ok(Space { variables, order }) } else { Err(errors) }
    }

    /// How many combinations of levels there are; those that differ only in what does not exist count apart.
    pub fn combinations(&self) -> f64 {
        self.variables.iter().map(|variable| variable.factor.levels.len() as f64).product()
    }

    /// All configurations, each once; `None` where there are too many to go through.
    pub fn all(&self) -> Option<Vec<Point>> {
        if self.combinations() > COMBINATIONS {
            return None;
        }
        let mut seen = HashSet::new();
        let mut points = Vec::new();
        let mut levels = vec![0u32; self.variables.len()];
        loop {
            let point = self.point(&levels);
            if seen.insert(point.clone()) {
                points.push(point);
            }
            // The last variable moves fastest.
            let mut moved = self.variables.len();
            loop {
                if moved == 0 {
                    return Some(points);
                }
                moved -= 1;
                levels[moved] += 1;
                if (levels[moved] as usize) < self.variables[moved].factor.levels.len() {
                    break;
                }
                levels[moved] = 0;
            }
        }
    }

    /// The configuration with these levels, of which those that do not exist together with the others are left out.
    pub fn point(&self, levels: &[u32]) -> Point {
        let mut point: Point = vec![None; levels.len()];
        for number in &self.order {
            let holds =
                |(other, allowed): &(usize, Vec<u32>)| point[*other].is_some_and(|level| allowed.contains(&level));
            if self.variables[*number].when.iter().all(holds) {
                point[*number] = Some(levels[*number]);
            }
        }
        point
    }

    /// Some configurations in which a variable has a level, with the others at their first, middle and last ones.
    pub fn with_level(&self, number: usize, level: u32) -> Vec<Point> {
        let with = |share: f64| {
            let other = |(i, variable): (usize, &Variable)| match i == number {
                true => level,
                false => (share * (variable.factor.levels.len() - 1) as f64) as u32,
            };
            self.point(&self.variables.iter().enumerate().map(other).collect::<Vec<u32>>())
        };
        [0.0, 0.5, 1.0].map(with).into_iter().filter(|point| point[number].is_some()).collect()
    }

    /// A Latin hypercube of configurations, each once.
    pub fn sample(&self, seed: u64, points: usize) -> Vec<Point> {
        let shares: Vec<Vec<f64>> =
            self.variables.iter().map(|variable| latin::shares(seed, &variable.factor.name, points)).collect();
        let mut seen = HashSet::new();
        let point = |i: usize| {
            let level = |(variable, shares): (&Variable, &Vec<f64>)| {
                let count = variable.factor.levels.len();
                ((shares[i] * count as f64) as usize).min(count - 1) as u32
            };
            self.point(&self.variables.iter().zip(&shares).map(level).collect::<Vec<u32>>())
        };
        (0..points).map(point).filter(|point| seen.insert(point.clone())).collect()
    }

    /// The configurations one step away: the next levels of a variable that has an order, some others of one that has none.
    /// What comes into being with a step has its middle level.
    pub fn neighbours(&self, point: &Point) -> Vec<Point> {
        let filled: Vec<u32> = point
            .iter()
            .zip(&self.variables)
            .map(|(level, variable)| level.unwrap_or((variable.factor.levels.len() / 2) as u32))
            .collect();
        let mut found: Vec<Point> = Vec::new();
        for (number, variable) in self.variables.iter().enumerate() {
            let Some(level) = point[number] else { continue };
            let count = variable.factor.levels.len() as u32;
            let steps: Vec<u32> = if variable.factor.is_numeric() {
                [level.checked_sub(1), level.checked_add(1).filter(|next| *next < count)]
                    .into_iter()
                    .flatten()
                    .collect()
            } else {
                (0..count).filter(|other| *other != level).take(OTHERS).collect()
            };
            for step in steps {
                let mut levels = filled.clone();
                levels[number] = step;
                let next = self.point(&levels);
                if next != *point && !found.contains(&next) {
                    found.push(next);
                }
            }
        }
        found
    }

    /// The fields that a configuration changes.
    pub fn overrides(&self, point: &Point) -> Vec<(String, String)> {
        self.levels(point).flat_map(|(_, level)| level.set.clone()).collect()
    }

    /// A configuration for people: "cores 4, policy Lru".
    pub fn label(&self, point: &Point) -> String {
        let parts: Vec<String> = self
            .levels(point)
            .map(|(variable, level)| match variable.factor.name.as_str() {
                "configuration" => level.shown.clone(),
                name => format!("{} {}", self.short(name), level.shown),
            })
            .collect();
        parts.join(", ")
    }

    /// The level of each variable, for people; a dash where it does not exist.
    pub fn shown(&self, point: &Point) -> Vec<String> {
        let shown = |(variable, level): (&Variable, &Option<u32>)| {
            level.map_or("–".to_string(), |level| variable.factor.levels[level as usize].shown.clone())
        };
        self.variables.iter().zip(point).map(shown).collect()
    }

    /// A variable by the last word of its path, where no other one ends so; else by all of it.
    pub fn short(&self, name: &str) -> String {
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_string();
        let alike = self.variables.iter().filter(|variable| last(&variable.factor.name) == last(name)).count();
        if alike == 1 { last(name) } else { crate::campaign::labels::factor(name) }
    }

    /// The variables with an order of which a configuration has the first or the last level.
    pub fn edges(&self, point: &Point) -> Vec<String> {
        let at_end = |(variable, level): &(&Variable, &Option<u32>)| {
            let last = variable.factor.levels.len() as u32 - 1;
            variable.factor.is_numeric() && last > 0 && level.is_some_and(|level| level == 0 || level == last)
        };
        let ends = self.variables.iter().zip(point).filter(at_end);
        ends.map(|(variable, _)| format!("`{}`", crate::campaign::labels::factor(&variable.factor.name))).collect()
    }

    /// What one configuration changes against another: "cores 4 → 3".
    pub fn change(&self, from: &Point, to: &Point) -> String {
        let (before, after) = (self.shown(from), self.shown(to));
        let parts: Vec<String> = (0..self.variables.len())
            .filter(|number| from[*number] != to[*number])
            .map(|number| {
                let name = self.short(&self.variables[number].factor.name);
                format!("{name} {} → {}", before[number], after[number])
            })
            .collect();
        parts.join(", ")
    }

    fn levels<'a>(
        &'a self,
        point: &'a Point,
    ) -> impl Iterator<Item = (&'a Variable, &'a crate::campaign::levels::Level)> {
        self.variables
            .iter()
            .zip(point)
            .filter_map(|(variable, level)| Some((variable, variable.factor.levels.get((*level)? as usize)?)))
    }

    /// A configuration as numbers in 0..=1: a coordinate for each variable with an order, one for each level of the others.
    pub fn coordinates(&self, point: &Point) -> Vec<f64> {
        let mut all = Vec::new();
        for (variable, level) in self.variables.iter().zip(point) {
            let levels = &variable.factor.levels;
            if !variable.factor.is_numeric() {
                // Two different levels are as far apart as the ends of a range.
                all.extend((0..levels.len()).map(|i| if *level == Some(i as u32) { 0.5f64.sqrt() } else { 0.0 }));
                continue;
            }
            let value = |i: usize| {
                let number = levels[i].number.unwrap_or(0.0);
                if variable.factor.logarithmic { number.max(f64::MIN_POSITIVE).ln() } else { number }
            };
            let (low, high) = (value(0), value(levels.len() - 1));
            let own = level.map_or(0.5 * (low + high), |level| value(level as usize));
            all.push(if high > low { (own - low) / (high - low) } else { 0.5 });
            if !variable.when.is_empty() {
                all.push(f64::from(u8::from(level.is_some())));
            }
        }
        all
    }
}

/// The numbers of the levels with these values.
fn levels_of(factor: &Factor, values: &Levels, parameters: &Named<f64>) -> Result<Vec<u32>, (String, String)> {
    let named = |text: &str| factor.levels.iter().position(|level| level.shown == text);
    let span = Span::of(values, parameters).map_err(|error| (error.message, error.help))?;
    span.levels()
        .iter()
        .map(|value| {
            let found = named(&value.shown).or_else(|| named(value.shown.trim_matches('"'))).or_else(|| {
                let number = value.number?.0;
                factor.levels.iter().position(|level| level.number == Some(number))
            });
            found.map(|level| level as u32).ok_or_else(|| {
                let shown: Vec<&str> = factor.levels.iter().map(|level| level.shown.as_str()).take(12).collect();
                (format!("`{}` is never {}", factor.name, value.shown), format!("its levels are: {}", shown.join(", ")))
            })
        })
        .collect()
}

/// An order in which variables come after those that they depend on; shorter where there is none.
fn ordered(variables: &[Variable]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    loop {
        let ready = |number: &usize| {
            !order.contains(number) && variables[*number].when.iter().all(|(other, _)| order.contains(other))
        };
        match (0..variables.len()).find(ready) {
            Some(next) => order.push(next),
            None => return order,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::file::{Source, parse, read};

    fn space(section: &str) -> Result<Space, Vec<DesignError>> {
        let text = format!(
            "(system: (components: {{}}, flows: {{}}), configurations: {{ \"a\": {{ \"x\": 1 }}, \"b\": {{}} }}, \
             optimise: Optimise({section}))"
        );
        let tree = parse(&Source::new("t", text)).unwrap();
        let experiment: Experiment = read(&tree).unwrap();
        let optimise = experiment.optimise.clone().unwrap();
        Space::of(&experiment, &optimise, &Named::new(), &|path| Some(path.replace("long.", "")))
    }

    const CACHE: &str = "vary: { \"policy\": OneOf([None, Lru, Arc]), \"capacity\": Integers(1, 3), \"cores\": [1, 2] }, \
                         when: { \"capacity\": { \"policy\": [Lru, Arc] } }";

    #[test]
    fn a_variable_that_does_not_exist_is_not_varied() {
        let space = space(CACHE).unwrap();
        let all = space.all().unwrap();
        assert_eq!(all.len(), 2 * (1 + 2 * 3));
        let without = all.iter().filter(|point| point[0] == Some(0));
        assert!(without.clone().all(|point| point[1].is_none()) && without.count() == 2);
        assert_eq!(
            space.overrides(&all[0]),
            [("policy".to_string(), "None".to_string()), ("cores".into(), "1".into())]
        );
    }

    #[test]
    fn neighbours_are_one_step_away_and_bring_what_they_need() {
        let space = space(CACHE).unwrap();
        let labels = |point: &Point| -> Vec<String> {
            space.neighbours(point).iter().map(|next| space.change(point, next)).collect()
        };
        let with = vec![Some(1), Some(1), Some(0)];
        assert_eq!(
            labels(&with),
            [
                "policy Lru → None, capacity 2 → –",
                "policy Lru → Arc",
                "capacity 2 → 1",
                "capacity 2 → 3",
                "cores 1 → 2"
            ]
        );
        let without = vec![Some(0), None, Some(1)];
        assert_eq!(
            labels(&without),
            ["policy None → Lru, capacity – → 2", "policy None → Arc, capacity – → 2", "cores 2 → 1"]
        );
    }

    #[test]
    fn a_sample_lies_in_the_space_and_names_no_configuration_twice() {
        let space = space(CACHE).unwrap();
        let all = space.all().unwrap();
        let sample = space.sample(1, 40);
        assert!(sample.iter().all(|point| all.contains(point)));
        assert!(sample.len() > 8 && sample.len() <= all.len());
    }

    #[test]
    fn whole_alternatives_are_levels_too() {
        let space = space("configurations: [\"a\", \"b\"], vary: { \"y\": [1, 2] }").unwrap();
        assert_eq!(space.all().unwrap().len(), 4);
        assert_eq!(space.label(&vec![Some(1), Some(0)]), "b, y 1");
    }

    #[test]
    fn what_makes_no_space_is_refused() {
        for (section, word) in [
            ("vary: {}", "nothing is to be decided"),
            ("vary: { \"x\": Integers(3, 1) }", "empty"),
            ("vary: { \"x\": [1], \"long.x\": [2] }", "same field"),
            ("vary: { \"x\": [1] }, when: { \"y\": { \"x\": [1] } }", "not varied"),
            ("vary: { \"x\": [1], \"y\": [1] }, when: { \"y\": { \"x\": [7] } }", "never 7"),
            ("vary: { \"x\": [1], \"y\": [1] }, when: { \"y\": { \"x\": [1] }, \"x\": { \"y\": [1] } }", "circle"),
        ] {
            let errors = space(section).unwrap_err();
            assert!(errors.iter().any(|error| error.message.contains(word)), "{section}: {errors:?}");
        }
    }
}
