//! Systems of linear equations, as small as networks are.

/// Gaussian elimination with partial pivoting; each row ends with its right-hand side. `None` where a pivot is at most
/// `smallest`: the equations do not determine all unknowns.
pub(super) fn solve(mut rows: Vec<Vec<f64>>, smallest: f64) -> Option<Vec<f64>> {
    let n = rows.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()));
        let pivot = pivot.filter(|row| rows[*row][column].abs() > smallest)?;
        rows.swap(column, pivot);
        let (above, below) = rows.split_at_mut(column + 1);
        let leader = &above[column];
        for row in below {
            let share = row[column] / leader[column];
            if share != 0.0 {
                row.iter_mut().zip(leader).skip(column).for_each(|(entry, lead)| *entry -= share * lead);
            }
        }
    }
    let mut values = vec![0.0; n];
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|column| rows[row][column] * values[column]).sum();
        values[row] = (rows[row][n] - known) / rows[row][row];
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::solve;

    #[test]
    fn equations_are_solved_whatever_their_order() {
        // 2 y = 4, x + y = 5.
        let rows = vec![vec![0.0, 2.0, 4.0], vec![1.0, 1.0, 5.0]];
        assert_eq!(solve(rows, 0.0), Some(vec![3.0, 2.0]));
    }

    #[test]
    fn equations_that_say_the_same_determine_nothing() {
        let rows = vec![vec![1.0, 2.0, 1.0], vec![2.0, 4.0, 2.0]];
        assert_eq!(solve(rows, 1e-12), None);
    }
}
