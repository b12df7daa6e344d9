//! A layered layout of a directed graph, from left to right (after Sugiyama, Tagawa and Toda, 1981): cycles are
//! broken by turning back edges, layers are longest paths, crossings are reduced by barycentres, and rows are
//! placed by least squares. Graphs with many layers are folded into several bands, one under the other; nodes
//! without edges stand in rows at the end.

use std::collections::BTreeMap;

use super::raster::{Point, Rect};

/// Sizes that a layout keeps to [pixels].
#[derive(Clone, Copy, Debug)]
pub(super) struct Spacing {
    /// Between columns.
    pub across: f64,
    /// Between boxes of a column.
    pub down: f64,
    /// Between the lines of edges that run side by side.
    pub lane: f64,
    /// Width from which on the layout is folded.
    pub widest: f64,
}

/// Where everything goes, from (0, 0) on.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    /// The boxes, by node.
    pub boxes: Vec<Rect>,
    /// For each edge the corners of its line, from source to target; empty for a self-loop or a bad index. Pairs of
    /// corners are joined by a curve that is level at both.
    pub routes: Vec<Vec<Point>>,
    /// Left and right edge of the column of each vertex.
    columns: Vec<(f64, f64)>,
    /// Middle of the free space above the band of each vertex.
    above: Vec<f64>,
}

/// Free space between two bands, in spaces between boxes.
const BETWEEN_BANDS: f64 = 3.5;

/// Lines between two bands that lie beside each other; further ones lie on these.
const LANES: usize = 9;

/// A node of the layout: a real one, or the place where a long edge crosses a column.
#[derive(Clone, Debug)]
struct Vertex {
    layer: usize,
    height: f64,
    before: Vec<usize>,
    after: Vec<usize>,
}

/// All edges between two nodes, and the vertices on their way from the left to the right.
struct Link {
    way: Vec<usize>,
    /// Edge numbers, and whether the edge runs to the right.
    edges: Vec<(usize, bool)>,
}

/// Lays out boxes of the given sizes (width, height) with edges (from, to).
pub(super) fn layout(sizes: &[(f64, f64)], edges: &[(usize, usize)], spacing: Spacing) -> Layout {
    let count = sizes.len();
    let usable = |e: &(usize, usize)| e.0 < count && e.1 < count && e.0 != e.1;
    let forward = break_cycles(count, edges);
    let mut pairs: BTreeMap<(usize, usize), Vec<(usize, bool)>> = BTreeMap::new();
    for (i, edge) in edges.iter().enumerate().filter(|(_, e)| usable(e)) {
        let pair = if forward[i] { *edge } else { (edge.1, edge.0) };
        pairs.entry(pair).or_default().push((i, forward[i]));
    }
    let layers = longest_paths(count, pairs.keys().copied());
    let lonely: Vec<usize> = (0..count).filter(|n| !pairs.keys().any(|p| p.0 == *n || p.1 == *n)).collect();

    let mut vertices: Vec<Vertex> = (0..count)
        .map(|n| Vertex { layer: layers[n], height: sizes[n].1, before: Vec::new(), after: Vec::new() })
        .collect();
    let mut links = Vec::new();
    for ((from, to), edges) in pairs {
        let mut way = vec![from];
        for layer in layers[from] + 1..layers[to] {
            way.push(vertices.len());
            let height = spacing.lane * edges.len() as f64;
            vertices.push(Vertex { layer, height, before: Vec::new(), after: Vec::new() });
        }
        way.push(to);
        for pair in way.windows(2) {
            vertices[pair[0]].after.push(pair[1]);
            vertices[pair[1]].before.push(pair[0]);
        }
        links.push(Link { way, edges });
    }
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); vertices.iter().map(|v| v.layer + 1).max().unwrap_or(0)];
    for (n, vertex) in vertices.iter().enumerate().filter(|(n, _)| !lonely.contains(n)) {
        columns[vertex.layer].push(n);
    }
    columns.retain(|column| !column.is_empty());
    reduce_crossings(&mut columns, &vertices);
    let rows = place_rows(&columns, &vertices, count, spacing);

    let mut result = place(&columns, &vertices, &rows, sizes, spacing);
    result.routes = vec![Vec::new(); edges.len()];
    route(&mut result, &links, count, spacing);
    place_lonely(&mut result, &lonely, sizes, spacing);
    result.boxes.truncate(count);
    result
}

/// For each edge whether it keeps its direction: edges back into the current path of a depth-first walk do not.
fn break_cycles(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut entered = vec![false; count];
    for (i, &(from, to)) in edges.iter().enumerate() {
        if from < count && to < count && from != to {
            out[from].push(i);
            entered[to] = true;
        }
    }
    let mut forward = vec![true; edges.len()];
    // 0: not seen, 1: on the path, 2: done.
    let mut state = vec![0u8; count];
    let sources_first = (0..count).filter(|n| !entered[*n]).chain((0..count).filter(|n| entered[*n]));
    for root in sources_first {
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(&edge) = out[*node].get(*next) else {
                state[*node] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            let target = edges[edge].1;
            match state[target] {
                0 => {
                    state[target] = 1;
                    path.push((target, 0));
                }
                1 => forward[edge] = false,
                _ => {}
            }
        }
    }
    forward
}

/// The layer of each node: the longest path to it, and for sources just before their first target.
fn longest_paths(count: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Vec<usize> {
    let mut layers = vec![0usize; count];
    let mut open = vec![0usize; count];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in pairs {
        open[to] += 1;
        out[from].push(to);
    }
    let sources: Vec<usize> = (0..count).filter(|n| open[*n] == 0).collect();
    let mut ready = sources.clone();
    while let Some(node) = ready.pop() {
        for &target in &out[node] {
            layers[target] = layers[target].max(layers[node] + 1);
            open[target] -= 1;
            if open[target] == 0 {
                ready.push(target);
            }
        }
    }
    for node in sources {
        if let Some(first) = out[node].iter().map(|t| layers[*t]).min() {
            layers[node] = first.saturating_sub(1);
        }
    }
    layers
}

/// Orders the columns by the mean position of neighbours, forth and back, and keeps the order with fewest crossings.
fn reduce_crossings(columns: &mut Vec<Vec<usize>>, vertices: &[Vertex]) {
    let mut best = columns.clone();
    let mut fewest = crossings(&best, vertices);
    for sweep in 0..16 {
        if fewest == 0 {
            break;
        }
        let to_right = sweep % 2 == 0;
        let order: Vec<usize> =
            if to_right { (1..columns.len()).collect() } else { (0..columns.len().saturating_sub(1)).rev().collect() };
        for c in order {
            let fixed = &columns[if to_right { c - 1 } else { c + 1 }];
            let mut place = vec![0.0; vertices.len()];
            for (i, n) in fixed.iter().enumerate() {
                place[*n] = i as f64;
            }
            let own = columns[c].clone();
            let key = |n: usize| {
                let near = if to_right { &vertices[n].before } else { &vertices[n].after };
                let own = own.iter().position(|m| *m == n).unwrap_or(0) as f64;
                if near.is_empty() { own } else { near.iter().map(|m| place[*m]).sum::<f64>() / near.len() as f64 }
            };
            let mut keyed: Vec<(f64, usize)> = own.iter().map(|n| (key(*n), *n)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            columns[c] = keyed.into_iter().map(|k| k.1).collect();
        }
        let now = crossings(columns, vertices);
        if now < fewest {
            fewest = now;
            best.clone_from(columns);
        }
    }
    *columns = best;
}

fn crossings(columns: &[Vec<usize>], vertices: &[Vertex]) -> usize {
    let mut place = vec![0; vertices.len()];
    for column in columns {
        for (i, n) in column.iter().enumerate() {
            place[*n] = i;
        }
    }
    let mut sum = 0;
    for column in columns {
        let ends: Vec<(usize, usize)> =
            column.iter().flat_map(|n| vertices[*n].after.iter().map(|m| (place[*n], place[*m]))).collect();
        for (i, a) in ends.iter().enumerate() {
            sum += ends[i + 1..].iter().filter(|b| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1)).count();
        }
    }
    sum
}

/// Vertical middle of each vertex: near the mean of its neighbours, in order, without overlap.
fn place_rows(columns: &[Vec<usize>], vertices: &[Vertex], real: usize, spacing: Spacing) -> Vec<f64> {
    let mut y = vec![0.0; vertices.len()];
    let apart = |above: usize, under: usize| {
        let gap = if above < real && under < real { spacing.down } else { spacing.down * 0.6 };
        (vertices[above].height + vertices[under].height) / 2.0 + gap
    };
    let stack = |column: &[usize], wanted: &[f64], y: &mut [f64]| {
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(column.len());
        for (i, n) in column.iter().enumerate() {
            if i > 0 {
                offset += apart(column[i - 1], *n);
            }
            offsets.push(offset);
        }
        let free: Vec<f64> = wanted.iter().zip(&offsets).map(|(w, o)| w - o).collect();
        for ((n, free), offset) in column.iter().zip(ascending(&free)).zip(&offsets) {
            y[*n] = free + offset;
        }
    };
    for column in columns {
        stack(column, &vec![0.0; column.len()], &mut y);
    }
    for sweep in 0..24 {
        let order: Vec<usize> =
            if sweep % 2 == 0 { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
        for c in order {
            let wanted: Vec<f64> = columns[c]
                .iter()
                .map(|n| {
                    let (before, after) = (&vertices[*n].before, &vertices[*n].after);
                    let near: Vec<f64> = before.iter().chain(after).map(|m| y[*m]).collect();
                    near.iter().sum::<f64>() / near.len().max(1) as f64
                })
                .collect();
            stack(&columns[c], &wanted, &mut y);
        }
    }
    y
}

/// The ascending sequence that is nearest in least squares: neighbours in the wrong order are pooled (Ayer, Brunk,
/// Ewing, Reid and Silverman, 1955).
fn ascending(values: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for &value in values {
        pools.push((value, 1));
        while let [.., (a, n), (b, m)] = pools[..]
            && a > b
        {
            pools.truncate(pools.len() - 2);
            pools.push(((a * n as f64 + b * m as f64) / (n + m) as f64, n + m));
        }
    }
    pools.into_iter().flat_map(|(value, n)| std::iter::repeat_n(value, n)).collect()
}

/// Puts the columns side by side, in bands no wider than wanted.
fn place(columns: &[Vec<usize>], vertices: &[Vertex], rows: &[f64], sizes: &[(f64, f64)], spacing: Spacing) -> Layout {
    let mut boxes = vec![Rect::new(0.0, 0.0, 0.0, 0.0); vertices.len()];
    let widths: Vec<f64> = columns
        .iter()
        .map(|column| column.iter().filter_map(|n| sizes.get(*n)).map(|s| s.0).fold(0.0, f64::max))
        .collect();
    let mut edges = vec![(0.0, 0.0); vertices.len()];
    let mut above = vec![0.0; vertices.len()];
    // Lines between tall columns are steep: these stand further apart.
    let gaps: Vec<f64> = (0..columns.len())
        .map(|c| {
            let most = columns[c].len().max(columns.get(c + 1).map_or(0, Vec::len));
            spacing.across * (1.0 + 0.08 * most.saturating_sub(5) as f64).min(2.0)
        })
        .collect();
    let (mut width, mut top): (f64, f64) = (0.0, 0.0);
    let mut first = 0;
    while first < columns.len() {
        let mut last = first + 1;
        let mut band = widths[first];
        while last < columns.len() && band + gaps[last - 1] + widths[last] <= spacing.widest {
            band += gaps[last - 1] + widths[last];
            last += 1;
        }
        let members = || columns[first..last].iter().flatten().copied();
        let upper = members().map(|n| rows[n] - vertices[n].height / 2.0).fold(f64::INFINITY, f64::min);
        let lower = members().map(|n| rows[n] + vertices[n].height / 2.0).fold(f64::NEG_INFINITY, f64::max);
        let mut x = 0.0;
        for c in first..last {
            for &n in &columns[c] {
                let own = sizes.get(n).map_or(widths[c], |s| s.0);
                let left = x + (widths[c] - own) / 2.0;
                edges[n] = (x, x + widths[c]);
                above[n] = top - BETWEEN_BANDS * spacing.down / 2.0;
                let y = top + rows[n] - upper;
                boxes[n] = Rect::new(left, y - vertices[n].height / 2.0, left + own, y + vertices[n].height / 2.0);
            }
            x += widths[c] + gaps[c];
        }
        width = width.max(band);
        top += lower - upper + BETWEEN_BANDS * spacing.down;
        first = last;
    }
    Layout {
        width,
        height: (top - BETWEEN_BANDS * spacing.down).max(0.0),
        boxes,
        routes: Vec::new(),
        columns: edges,
        above,
    }
}

/// Lines from port to port: the edges at a side of a box are spread over it, in the order of their other ends.
fn route(layout: &mut Layout, links: &[Link], real: usize, spacing: Spacing) {
    let middle = |n: usize, boxes: &[Rect]| (boxes[n].top + boxes[n].bottom) / 2.0;
    // (vertex, right side?) -> links that end there, with the height of the next vertex on their way.
    let mut sides: BTreeMap<(usize, bool), Vec<(f64, usize)>> = BTreeMap::new();
    for (i, link) in links.iter().enumerate() {
        for (at, next, right) in
            [(link.way[0], link.way[1], true), (link.way[link.way.len() - 1], link.way[link.way.len() - 2], false)]
        {
            sides.entry((at, right)).or_default().push((middle(next, &layout.boxes), i));
        }
    }
    let mut ports: BTreeMap<(usize, bool, usize), f64> = BTreeMap::new();
    for ((at, right), mut ends) in sides {
        ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let all: usize = ends.iter().map(|(_, link)| links[*link].edges.len()).sum();
        let area = layout.boxes[at];
        let lane = (area.height() * 0.8 / all as f64).min(spacing.lane);
        let mut y = middle(at, &layout.boxes) - lane * (all - 1) as f64 / 2.0;
        for (_, link) in ends {
            for (edge, _) in &links[link].edges {
                ports.insert((at, right, *edge), y);
                y += lane;
            }
        }
    }
    let mut folded = 0;
    for link in links {
        for (k, (edge, forward)) in link.edges.iter().enumerate() {
            let mut line: Vec<Point> = Vec::new();
            for &n in &link.way {
                let area = layout.boxes[n];
                let lane = (k as f64 - (link.edges.len() - 1) as f64 / 2.0) * spacing.lane;
                let y = |right: bool| ports.get(&(n, right, *edge)).copied().unwrap_or(middle(n, &layout.boxes) + lane);
                // Beside a box that is narrower than its column the line runs level, so that it meets no other box.
                let column = layout.columns[n];
                if n >= real || n != link.way[0] {
                    let last = line.last().copied();
                    folded += usize::from(last.is_some_and(|last| last.0 >= column.0));
                    line.extend(fold(last, (column.0, y(false)), layout.above[n], folded, spacing));
                    line.push((area.left, y(false)));
                }
                if n >= real || n == link.way[0] {
                    line.push((area.right, y(true)));
                    line.push((column.1, y(true)));
                }
            }
            line.dedup();
            if !forward {
                line.reverse();
            }
            layout.routes[*edge] = line;
        }
    }
}

/// The next corner of a line; with a detour through the space between two bands if it lies left of the last one.
fn fold(last: Option<Point>, next: Point, above: f64, number: usize, spacing: Spacing) -> Vec<Point> {
    match last {
        Some(last) if next.0 <= last.0 => {
            let lane = (number % LANES) as f64;
            let aside = 0.15 * spacing.across + lane * spacing.lane * 0.2;
            let level = above + (lane - (LANES - 1) as f64 / 2.0) * spacing.lane * 0.4;
            vec![
                (last.0 + aside, last.1),
                (last.0 + aside, level),
                (next.0 - aside, level),
                (next.0 - aside, next.1),
                next,
            ]
        }
        _ => vec![next],
    }
}

/// Rows of nodes without edges, under everything else.
fn place_lonely(layout: &mut Layout, lonely: &[usize], sizes: &[(f64, f64)], spacing: Spacing) {
    let most = layout.width.max(spacing.widest * 0.5);
    let gap = spacing.down;
    let mut top = if layout.height > 0.0 { layout.height + 2.0 * gap } else { 0.0 };
    let (mut x, mut row) = (0.0, 0.0f64);
    for &n in lonely {
        let (width, height) = sizes[n];
        if x > 0.0 && x + width > most {
            (x, top, row) = (0.0, top + row + gap, 0.0);
        }
        layout.boxes[n] = Rect::new(x, top, x + width, top + height);
        x += width + gap;
        row = row.max(height);
        layout.width = layout.width.max(x - gap);
        layout.height = layout.height.max(top + height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACING: Spacing = Spacing { across: 100.0, down: 20.0, lane: 10.0, widest: 2000.0 };

    fn check(count: usize, edges: &[(usize, usize)]) -> Layout {
        let sizes: Vec<(f64, f64)> = (0..count).map(|i| (80.0 + (i % 3) as f64 * 10.0, 50.0)).collect();
        let layout = layout(&sizes, edges, SPACING);
        assert_eq!((layout.boxes.len(), layout.routes.len()), (count, edges.len()));
        for (i, a) in layout.boxes.iter().enumerate() {
            assert!(a.left >= 0.0 && a.top >= -1e-9 && a.right <= layout.width + 1e-9, "{a:?}");
            assert!(a.bottom <= layout.height + 1e-9, "{a:?} {}", layout.height);
            for b in &layout.boxes[..i] {
                assert!(a.overlap(b) < 1e-9, "{a:?} {b:?}");
            }
        }
        for (route, &(from, to)) in layout.routes.iter().zip(edges) {
            if from < count && to < count && from != to {
                let (first, last) = (route[0], route[route.len() - 1]);
                assert!(
                    layout.boxes[from].grown(1e-6).overlap(&Rect::new(first.0, first.1, first.0, first.1).grown(1.0))
                        > 0.0
                );
                assert!(
                    layout.boxes[to].grown(1e-6).overlap(&Rect::new(last.0, last.1, last.0, last.1).grown(1.0)) > 0.0
                );
            } else {
                assert!(route.is_empty());
            }
        }
        layout
    }

    #[test]
    fn a_chain_runs_from_left_to_right() {
        let layout = check(4, &[(0, 1), (1, 2), (2, 3)]);
        assert!(layout.boxes.windows(2).all(|pair| pair[0].right < pair[1].left));
        assert!(layout.boxes.windows(2).all(|pair| (pair[0].top - pair[1].top).abs() < 1e-6));
    }

    #[test]
    fn cycles_loops_and_bad_indices_are_laid_out() {
        check(3, &[(0, 1), (1, 2), (2, 0), (1, 1), (7, 0), (0, 1), (1, 0)]);
        check(1, &[(0, 0)]);
        check(0, &[]);
        check(2, &[(0, 1), (1, 0)]);
    }

    #[test]
    fn long_chains_are_folded_and_lonely_nodes_stand_in_rows() {
        let chain: Vec<(usize, usize)> = (0..39).map(|i| (i, i + 1)).collect();
        assert!(check(40, &chain).width <= 2000.0);
        assert!(check(60, &[]).width <= 2000.0);
    }

    #[test]
    fn crossings_that_can_be_avoided_are() {
        let layout = check(4, &[(0, 3), (1, 2)]);
        let above = |a: usize, b: usize| layout.boxes[a].top < layout.boxes[b].top;
        assert_eq!(above(0, 1), above(3, 2));
    }

    #[test]
    fn dense_and_random_graphs_do_not_overlap() {
        let mut state = 1u64;
        for count in [5, 17, 40] {
            let mut edges = Vec::new();
            for _ in 0..count * 2 {
                // Numerical Recipes' linear congruential generator: any edges will do.
                let mut next = || {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) % (1 << 32);
                    (state >> 8) as usize % count
                };
                edges.push((next(), next()));
            }
            check(count, &edges);
        }
    }

    #[test]
    fn pooling_gives_the_nearest_ascending_sequence() {
        assert_eq!(ascending(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(ascending(&[3.0, 2.0, 1.0]), [2.0; 3]);
    }
}
