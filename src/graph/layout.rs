//! Where the nodes of a picture stand: in columns from left to right, so that arrows lead to the right; in each column in
//! an order with few crossings, near what they are joined with. An arrow over several columns passes each of them between
//! the boxes; those that lead to one node pass together.
//!
//! The method is Sugiyama's: columns by longest paths, order by medians, heights by the mean of the neighbours.

use std::collections::BTreeMap;

use super::Graph;

/// Where everything stands.
pub(super) struct Layout {
    /// For each node its column and the height of its middle.
    pub(super) nodes: Vec<Place>,
    /// For each arrow the places that it leads through, from its first node to its last.
    pub(super) edges: Vec<Vec<Place>>,
    /// How many columns there are.
    pub(super) columns: usize,
    /// How high the picture is, in rows.
    pub(super) rows: f64,
}

/// A place: a column, and a height in rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) column: usize,
    pub(super) row: f64,
}

/// How often orders and heights are made better.
const ROUNDS: usize = 12;
/// How many rows a place that an arrow only passes takes.
const PASSING: f64 = 0.5;

/// A node, or a place that an arrow passes.
struct Point {
    column: usize,
    /// How many rows it takes.
    size: f64,
    left: Vec<usize>,
    right: Vec<usize>,
    row: f64,
}

pub(super) fn layout(graph: &Graph) -> Layout {
    let ids: BTreeMap<&str, usize> = graph
        .nodes
        .iter()
        .map(|it| it.id.as_str())
        .zip(0..)
        .collect();
    let edges: Vec<(usize, usize)> = graph
        .edges
        .iter()
        .map(|it| (ids[it.from.as_str()], ids[it.to.as_str()]))
        .collect();
    let columns = columns(graph, &edges);
    let mut points: Vec<Point> = columns
        .iter()
        .map(|column| Point {
            column: *column,
            size: 1.0,
            left: Vec::new(),
            right: Vec::new(),
            row: 0.0,
        })
        .collect();
    let mut passes = BTreeMap::new();
    let paths: Vec<Vec<usize>> = edges
        .iter()
        .map(|it| path(*it, &mut points, &mut passes))
        .collect();
    let count = columns.iter().max().map_or(0, |it| it + 1);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, point) in points.iter().enumerate() {
        order[point.column].push(at);
    }
    sort(&mut order, &points);
    let rows = heights(&order, &mut points);
    let place = |at: usize| Place {
        column: points[at].column,
        row: points[at].row,
    };
    Layout {
        nodes: (0..graph.nodes.len()).map(place).collect(),
        edges: paths
            .into_iter()
            .map(|it| it.into_iter().map(place).collect())
            .collect(),
        columns: count,
        rows,
    }
}

/// The column of each node: its stage, or one more than the furthest of those that lead to it. An arrow that would close a
/// circle does not count.
fn columns(graph: &Graph, edges: &[(usize, usize)]) -> Vec<usize> {
    if graph.nodes.iter().any(|it| it.stage.is_some()) {
        return graph.nodes.iter().map(|it| it.stage.unwrap_or(0)).collect();
    }
    let count = graph.nodes.len();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in edges {
        after[*from].push(*to);
    }
    // A node is finished once all behind it are: what is met unfinished lies on the way here.
    let mut finished = Vec::with_capacity(count);
    let (mut begun, mut done) = (vec![false; count], vec![false; count]);
    let mut forward: Vec<Vec<usize>> = vec![Vec::new(); count];
    for start in 0..count {
        if begun[start] {
            continue;
        }
        begun[start] = true;
        let mut way = vec![(start, 0)];
        while let Some((node, next)) = way.pop() {
            match after[node].get(next) {
                Some(to) => {
                    way.push((node, next + 1));
                    if !begun[*to] {
                        begun[*to] = true;
                        way.push((*to, 0));
                    }
                    if done[*to] || way.last().is_some_and(|it| it.0 == *to) {
                        forward[node].push(*to);
                    }
                }
                None => {
                    done[node] = true;
                    finished.push(node);
                }
            }
        }
    }
    let mut columns = vec![0; count];
    for node in finished.iter().rev() {
        for to in &forward[*node] {
            columns[*to] = columns[*to].max(columns[*node] + 1);
        }
    }
    // What nothing leads to stands beside what it leads to.
    let mut is_led_to = vec![false; count];
    forward
        .iter()
        .flatten()
        .for_each(|it| is_led_to[*it] = true);
    for node in 0..count {
        if let Some(nearest) = forward[node].iter().map(|it| columns[*it]).min()
            && !is_led_to[node]
        {
            columns[node] = nearest - 1;
        }
    }
    columns
}

/// The points of an arrow. `passes` has, for each node and column, where the arrows to that node pass.
fn path(
    (from, to): (usize, usize),
    points: &mut Vec<Point>,
    passes: &mut BTreeMap<(usize, usize), usize>,
) -> Vec<usize> {
    let mut path = vec![from];
    let (first, last) = (points[from].column, points[to].column);
    for column in first + 1..last {
        let at = *passes.entry((to, column)).or_insert(points.len());
        if at == points.len() {
            points.push(Point {
                column,
                size: PASSING,
                left: Vec::new(),
                right: Vec::new(),
                row: 0.0,
            });
        }
        path.push(at);
    }
    path.push(to);
    // An arrow back, or within a column, says nothing of the order.
    if first < last {
        for pair in path.windows(2) {
            if !points[pair[0]].right.contains(&pair[1]) {
                points[pair[0]].right.push(pair[1]);
                points[pair[1]].left.push(pair[0]);
            }
        }
    }
    path
}

/// Sorts each column by the places of the neighbours, to and fro, and keeps the order with the fewest crossings.
fn sort(order: &mut Vec<Vec<usize>>, points: &[Point]) {
    let mut at = vec![0; points.len()];
    let number = |column: &[usize], at: &mut Vec<usize>| {
        for (place, point) in column.iter().enumerate() {
            at[*point] = place;
        }
    };
    order.iter().for_each(|it| number(it, &mut at));
    let mut best = order.clone();
    let mut fewest = crossings(order, points, &at);
    for round in 0..ROUNDS {
        let to_the_right = round % 2 == 0;
        let count = order.len();
        for step in 0..count {
            let column = if to_the_right { step } else { count - 1 - step };
            let mean = |it: &usize| {
                let point = &points[*it];
                let near = if to_the_right {
                    &point.left
                } else {
                    &point.right
                };
                let sum: usize = near.iter().map(|it| at[*it]).sum();
                match near.len() {
                    // What has no neighbour there stays where it is.
                    0 => at[*it] as f64,
                    count => sum as f64 / count as f64,
                }
            };
            let mut keyed: Vec<(f64, usize)> =
                order[column].iter().map(|it| (mean(it), *it)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[column] = keyed.into_iter().map(|it| it.1).collect();
            number(&order[column], &mut at);
        }
        let now = crossings(order, points, &at);
        if now < fewest {
            (fewest, best) = (now, order.clone());
        }
    }
    *order = best;
}

/// How many arrows between neighbouring columns cross: inversions, counted with a Fenwick tree.
fn crossings(order: &[Vec<usize>], points: &[Point], at: &[usize]) -> usize {
    let mut crossings = 0;
    for pair in order.windows(2) {
        let mut ends = Vec::new();
        for point in &pair[0] {
            let mut right: Vec<usize> = points[*point].right.iter().map(|it| at[*it]).collect();
            right.sort_unstable();
            ends.extend(right);
        }
        let mut tree = vec![0usize; pair[1].len() + 1];
        for (seen, end) in ends.iter().enumerate() {
            let mut not_above = 0;
            let mut index = end + 1;
            while index > 0 {
                not_above += tree[index];
                index &= index - 1;
            }
            crossings += seen - not_above;
            let mut index = end + 1;
            while index < tree.len() {
                tree[index] += 1;
                index += index & index.wrapping_neg();
            }
        }
    }
    crossings
}

/// Gives each point its height: in its column's order, never over another, near the mean of its neighbours. The height of
/// all.
fn heights(order: &[Vec<usize>], points: &mut [Point]) -> f64 {
    for column in order {
        let mut row = 0.0;
        for at in column {
            row += points[*at].size / 2.0;
            points[*at].row = row;
            row += points[*at].size / 2.0;
        }
    }
    for round in 0..ROUNDS * 2 {
        for step in 0..order.len() {
            let to_the_right = round % 2 == 0;
            let column = if to_the_right {
                &order[step]
            } else {
                &order[order.len() - 1 - step]
            };
            let wanted: Vec<f64> = column
                .iter()
                .map(|it| {
                    let point = &points[*it];
                    let near: Vec<f64> = point
                        .left
                        .iter()
                        .chain(&point.right)
                        .map(|it| points[*it].row)
                        .collect();
                    match near.len() {
                        0 => point.row,
                        count => near.iter().sum::<f64>() / count as f64,
                    }
                })
                .collect();
            let apart = |a: usize, b: usize| f64::midpoint(points[a].size, points[b].size);
            let (mut down, mut up) = (wanted.clone(), wanted);
            for at in 1..column.len() {
                down[at] = down[at].max(down[at - 1] + apart(column[at - 1], column[at]));
            }
            for at in (1..column.len()).rev() {
                up[at - 1] = up[at - 1].min(up[at] - apart(column[at - 1], column[at]));
            }
            // Both keep the distance, and so does the middle between them.
            for (at, point) in column.iter().enumerate() {
                points[*point].row = f64::midpoint(down[at], up[at]);
            }
        }
    }
    let top = points
        .iter()
        .map(|it| it.row - it.size / 2.0)
        .fold(f64::INFINITY, f64::min);
    let mut bottom: f64 = 0.0;
    for point in points.iter_mut() {
        point.row -= top;
        bottom = bottom.max(point.row + point.size / 2.0);
    }
    bottom
}
