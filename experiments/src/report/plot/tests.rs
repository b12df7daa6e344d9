//! What holds for every kind of picture.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use super::canvas::{DOTS_PER_METRE, HASH_KEY};
use super::gains::{GainsPlot, GainsRow};
use super::graph::{GraphEdge, GraphNode, GraphPlot};
use super::heat_map::HeatMapPlot;
use super::indicators::{IndicatorGroup, IndicatorItem, IndicatorPlot};
use super::latency::{LatencyPlot, LatencySeries};
use super::multiples::{MultiplesPlot, Panel};
use super::response::{ResponsePlot, ResponseSeries};
use super::scatter::{ScatterPlot, ScatterPoint};
use super::timeline::{TimelinePanel, TimelinePlot, TimelineSeries};
use super::{PlotError, Stamp};

/// Values that have broken plots before: nothing, one, equal, zero, not finite, tiny, huge, negative.
const ODD: [&[f64]; 10] = [
    &[],
    &[0.25],
    &[5.0, 5.0, 5.0],
    &[0.0, 0.0],
    &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY],
    &[1.0, f64::NAN, 3.0, f64::INFINITY],
    &[1e-9, 2e-9, 3e-9],
    &[1e12, 2e12, 3e12],
    &[1e-12, 1.0, 1e12],
    &[-3.0, 0.0, 1e300, f64::MIN_POSITIVE],
];

const NAMES: [&str; 4] =
    ["", "λ and µ in ρ", "温度センサー", "a name of sixty characters and a little more than that, really"];

fn stamp() -> Stamp {
    Stamp { title: "Study".into(), hash: "0123456789abcdef".into(), footnote: "10 replications of 600 s".into() }
}

fn name(i: usize) -> String {
    NAMES[i % NAMES.len()].to_owned()
}

/// Draws twice, compares the bytes, decodes, and gives the size.
fn check(draw: impl Fn(&Path, &Stamp) -> Result<(), PlotError>) -> (u32, u32) {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one.png"), dir.path().join("two.png"));
    draw(&one, &stamp()).unwrap();
    draw(&two, &stamp()).unwrap();
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap(), "two draws differ");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "something is left beside the pictures");

    let mut reader = png::Decoder::new(BufReader::new(File::open(&one).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert!(pixels.iter().any(|p| *p < 0x80), "the picture is empty");
    let info = reader.info();
    let dots = info.pixel_dims.unwrap();
    assert_eq!((dots.xppu, dots.yppu, dots.unit), (DOTS_PER_METRE, DOTS_PER_METRE, png::Unit::Meter));
    let text = &info.uncompressed_latin1_text[0];
    assert_eq!((text.keyword.as_str(), text.text.as_str()), (HASH_KEY, "0123456789abcdef"));
    info.size()
}

/// Draws once, for the many cases where it is enough that there is a picture.
fn survives(draw: impl Fn(&Path, &Stamp) -> Result<(), PlotError>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("odd.png");
    draw(&path, &stamp()).unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 1000);
}

fn latency(values: &[f64], i: usize) -> LatencySeries {
    LatencySeries {
        name: name(i),
        cdf: values.iter().enumerate().map(|(k, v)| (*v, (k + 1) as f64 / values.len() as f64)).collect(),
        histogram: values.windows(2).map(|pair| (pair[0], pair[1], pair[1])).collect(),
        percentiles: values.iter().map(|v| ("p95".to_owned(), *v)).collect(),
        deadline: values.last().copied(),
    }
}

#[test]
fn latencies_of_any_shape_are_drawn() {
    let smooth: Vec<f64> = (1..200).map(|i| f64::from(i) * 1e-3).collect();
    assert_eq!(check(|path, stamp| LatencyPlot { series: vec![latency(&smooth, 0)] }.draw(path, stamp)).0, 1800);
    check(|path, stamp| LatencyPlot::default().draw(path, stamp));
    for (i, values) in ODD.iter().enumerate() {
        survives(|path, stamp| LatencyPlot { series: vec![latency(values, i)] }.draw(path, stamp));
    }
    let all = || ODD.iter().enumerate().map(|(i, values)| latency(values, i)).collect();
    check(|path, stamp| LatencyPlot { series: all() }.draw(path, stamp));
}

fn panel(values: &[f64], i: usize) -> TimelinePanel {
    let points: Vec<(f64, f64)> = values.iter().enumerate().map(|(k, v)| (k as f64, *v)).collect();
    let backwards = values.iter().map(|v| (*v, *v)).collect();
    let band = Some(values.iter().map(|v| (v - 1.0, v + 1.0)).collect());
    TimelinePanel {
        y_label: name(i),
        unit: "bit/s".into(),
        series: vec![
            TimelineSeries { name: name(i), points, band },
            TimelineSeries { name: name(i + 1), points: backwards, band: Some(vec![(f64::NAN, 1.0)]) },
        ],
        y_limit: values.first().map(|v| (0.0, *v)),
        marks: vec![(1.0, "warm-up ends".into()), (1.0, name(i)), (f64::NAN, "never".into())],
    }
}

#[test]
fn timelines_of_any_shape_are_drawn() {
    let wave: Vec<f64> = (0..3000).map(|i| 50.0 + 40.0 * (f64::from(i) * 0.01).sin()).collect();
    let one = check(|path, stamp| TimelinePlot { panels: vec![panel(&wave, 0)] }.draw(path, stamp));
    let two = check(|path, stamp| TimelinePlot { panels: vec![panel(&wave, 0), panel(&wave, 1)] }.draw(path, stamp));
    assert!(one.0 == 1800 && two.0 == 1800 && two.1 > one.1);
    check(|path, stamp| TimelinePlot::default().draw(path, stamp));
    for (i, values) in ODD.iter().enumerate() {
        survives(|path, stamp| TimelinePlot { panels: vec![panel(values, i)] }.draw(path, stamp));
    }
    let mut crowd = panel(&wave, 0);
    crowd.series = (0..40).map(|i| TimelineSeries { name: format!("{i}"), ..crowd.series[0].clone() }).collect();
    check(|path, stamp| TimelinePlot { panels: vec![crowd.clone()] }.draw(path, stamp));
}

fn group(values: &[f64], i: usize) -> IndicatorGroup {
    let item = |(k, value): (usize, &f64)| IndicatorItem {
        name: name(i + k),
        value: *value,
        half_width: [None, Some(value / 10.0), Some(f64::NAN), Some(1e3)][k % 4],
        note: (k % 2 == 0).then(|| name(k)),
    };
    let unit = ["s", "", "bit/s", "%"][i % 4].to_owned();
    IndicatorGroup { title: name(i), unit, items: values.iter().enumerate().map(item).collect() }
}

#[test]
fn indicators_of_any_number_are_drawn() {
    let many: Vec<f64> = (0..40).map(f64::from).collect();
    let few = check(|path, stamp| {
        IndicatorPlot { groups: vec![group(&many[..3], 0)], ..IndicatorPlot::default() }.draw(path, stamp)
    });
    let more = check(|path, stamp| {
        IndicatorPlot { groups: vec![group(&many, 0)], ..IndicatorPlot::default() }.draw(path, stamp)
    });
    assert!(more.1 > few.1 + 37 * 40);
    check(|path, stamp| IndicatorPlot::default().draw(path, stamp));
    let groups: Vec<IndicatorGroup> = ODD.iter().enumerate().map(|(i, values)| group(values, i)).collect();
    check(|path, stamp| IndicatorPlot { groups: groups.clone(), ..IndicatorPlot::default() }.draw(path, stamp));
}

fn graph(nodes: usize, ends: &[(usize, usize)]) -> GraphPlot {
    let node = |i: usize| GraphNode {
        name: name(i + 1),
        kind: ["Device", "Network", "Processor", "Storage", "Cache", ""][i % 6].into(),
        subtitle: name(i),
        utilisation: [None, Some(0.0), Some(0.5), Some(1.3), Some(f64::NAN)][i % 5],
    };
    let edge = |(i, ends): (usize, &(usize, usize))| GraphEdge {
        from: ends.0,
        to: ends.1,
        label: name(i),
        weight: [0.0, 1.0, 1e12, f64::NAN, -1.0][i % 5],
        flow: i % 9,
    };
    let flows = (0..8).map(name).collect();
    GraphPlot { nodes: (0..nodes).map(node).collect(), edges: ends.iter().enumerate().map(edge).collect(), flows }
}

#[test]
fn graphs_of_any_form_are_drawn() {
    let chain: Vec<(usize, usize)> = (0..39).map(|i| (i, i + 1)).collect();
    let dense: Vec<(usize, usize)> = (0..80).map(|i| (i * 7 % 40, i * 11 % 40)).collect();
    for (nodes, ends) in [
        (0, &[][..]),
        (1, &[][..]),
        (1, &[(0, 0), (0, 0), (0, 0)][..]),
        (3, &[(0, 1), (1, 2), (2, 0), (2, 2), (9, 1)][..]),
        (5, &[(0, 1), (2, 3), (3, 2)][..]),
        (40, &chain[..]),
        (40, &dense[..]),
    ] {
        let size = check(|path, stamp| graph(nodes, ends).draw(path, stamp));
        assert!(size.0 >= 1800, "{size:?}");
    }
    check(|path, stamp| GraphPlot { flows: Vec::new(), ..graph(2, &[(0, 1)]) }.draw(path, stamp));
}

#[test]
fn responses_of_any_shape_are_drawn() {
    let series = |values: &[f64], i: usize| ResponseSeries {
        name: name(i),
        points: values.iter().map(|v| (*v, *v)).collect(),
        half_widths: i.is_multiple_of(2).then(|| values.iter().map(|v| v / 2.0).collect()),
        marker: i.is_multiple_of(3),
    };
    for log in [false, true] {
        let plot = |series: Vec<ResponseSeries>| ResponsePlot {
            x_label: "Load".into(),
            x_unit: "1/s".into(),
            y_label: name(3),
            y_unit: "s".into(),
            log_x: log,
            log_y: log,
            series,
            references: vec![(1.0, "one".into()), (1.0, name(3)), (f64::NAN, "never".into()), (-1.0, "below".into())],
            unstable: vec![1.0, 2.5, f64::NAN, -3.0],
        };
        for (i, values) in ODD.iter().enumerate() {
            survives(|path, stamp| plot(vec![series(values, i)]).draw(path, stamp));
        }
        let all: Vec<ResponseSeries> = ODD.iter().enumerate().map(|(i, values)| series(values, i)).collect();
        assert_eq!(check(|path, stamp| plot(all.clone()).draw(path, stamp)).0, 1800);
    }
    check(|path, stamp| ResponsePlot::default().draw(path, stamp));
}

#[test]
fn heat_maps_of_any_size_are_drawn() {
    let map = |values: &[f64], i: usize| HeatMapPlot {
        label: name(i),
        unit: ["s", "", "bit/s", "%"][i % 4].to_owned(),
        x_label: name(i + 1),
        x_levels: (0..values.len()).map(name).collect(),
        y_label: name(i + 2),
        y_levels: (0..i).map(name).collect(),
        cells: (0..i).map(|k| values.iter().map(|v| (k != 1).then_some(*v)).collect()).collect(),
    };
    for (i, values) in ODD.iter().enumerate() {
        survives(|path, stamp| map(values, i).draw(path, stamp));
    }
    let many: Vec<f64> = (1..40).map(f64::from).collect();
    assert_eq!(check(|path, stamp| map(&many, 60).draw(path, stamp)).0, 1800);
    check(|path, stamp| HeatMapPlot::default().draw(path, stamp));
}

#[test]
fn multiples_of_any_number_are_drawn() {
    let panel = |values: &[f64], i: usize| Panel {
        title: name(i),
        x_label: name(i + 1),
        x_unit: "s".into(),
        log_x: i.is_multiple_of(2),
        series: (0..2)
            .map(|k| ResponseSeries {
                name: name(k),
                points: values.iter().map(|v| (*v, v + k as f64)).collect(),
                half_widths: Some(values.to_vec()),
                marker: true,
            })
            .collect(),
        unstable: vec![2.0, f64::NAN],
    };
    for joined in [false, true] {
        let plot = |panels: Vec<Panel>| MultiplesPlot {
            heading: name(3),
            y_label: name(3),
            y_unit: "s".into(),
            log_y: joined,
            joined,
            panels,
        };
        for (i, values) in ODD.iter().enumerate() {
            survives(|path, stamp| plot(vec![panel(values, i)]).draw(path, stamp));
        }
        let all: Vec<Panel> = ODD.iter().enumerate().map(|(i, values)| panel(values, i)).collect();
        check(|path, stamp| plot(all.clone()).draw(path, stamp));
    }
    check(|path, stamp| MultiplesPlot::default().draw(path, stamp));
}

#[test]
fn gains_of_any_size_are_drawn() {
    for values in ODD {
        let row = |(k, v): (usize, &f64)| GainsRow {
            name: name(k),
            values: [(Some(*v), None), (Some(*v), Some((v / 2.0, v * 2.0))), (None, None)],
        };
        let rows = values.iter().enumerate().map(row).collect();
        let plot = GainsPlot { heading: name(3), names: [name(0), name(1), name(3)], rows };
        survives(|path, stamp| plot.draw(path, stamp));
    }
    check(|path, stamp| GainsPlot::default().draw(path, stamp));
}

#[test]
fn clouds_of_any_shape_are_drawn_and_have_their_front() {
    for (i, values) in ODD.iter().enumerate() {
        let point = |(k, v): (usize, &f64)| ScatterPoint { x: *v, y: values[values.len() - 1 - k], name: name(k) };
        let points = values.iter().enumerate().map(point).collect();
        let plot = ScatterPlot {
            x_label: name(i),
            x_unit: "s".into(),
            y_label: name(i + 1),
            y_unit: "W".into(),
            log_x: i.is_multiple_of(2),
            more_x: i.is_multiple_of(3),
            more_y: i.is_multiple_of(4),
            points,
        };
        survives(|path, stamp| plot.draw(path, stamp));
    }
    check(|path, stamp| ScatterPlot::default().draw(path, stamp));
    let at = |x: f64, y: f64| ScatterPoint { x, y, name: String::new() };
    let points = vec![at(1.0, 5.0), at(2.0, 3.0), at(3.0, 3.0), at(4.0, 1.0), at(4.0, 4.0), at(f64::NAN, 0.0)];
    let plot = ScatterPlot { points, ..ScatterPlot::default() };
    assert_eq!(plot.front(), [0, 1, 3]);
    assert_eq!(ScatterPlot { more_y: true, ..plot.clone() }.front(), [0]);
    assert_eq!(ScatterPlot { more_x: true, ..plot }.front(), [3]);
}

#[test]
fn long_titles_and_odd_hashes_are_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let stamp = Stamp { title: "秒 ".repeat(400), hash: "ünïcode \0".into(), footnote: "x".repeat(1000) };
    ResponsePlot::default().draw(&dir.path().join("a.png"), &stamp).unwrap();
    let missing = dir.path().join("no/such/folder.png");
    let error = ResponsePlot::default().draw(&missing, &stamp).unwrap_err();
    assert!(error.to_string().contains("folder.png"), "{error}");
}
