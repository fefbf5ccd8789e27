//! Small symmetric systems: what a dozen covariates need.

use super::refusal::Refusal;

/// A square matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    size: usize,
    values: Vec<f64>,
}

impl Matrix {
    pub fn zeros(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size] }
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.size + column] = value;
    }

    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.size + column] += value;
    }

    /// Adds w x xᵀ. Most covariates are levels of something, of which a row has one: its zeros are passed over.
    pub fn add_outer(&mut self, weight: f64, x: &[f64]) {
        let there = || x.iter().enumerate().filter(|(_, x)| **x != 0.0);
        for (row, &left) in there() {
            for (column, &right) in there() {
                self.add(row, column, weight * left * right);
            }
        }
    }

    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        self.values.chunks(self.size.max(1)).map(|row| dot(row, vector)).collect()
    }

    pub fn product(&self, other: &Self) -> Self {
        let mut product = Self::zeros(self.size);
        for row in 0..self.size {
            for column in 0..self.size {
                product.set(row, column, (0..self.size).map(|k| self.get(row, k) * other.get(k, column)).sum());
            }
        }
        product
    }

    /// A B A: the sandwich.
    pub fn around(&self, filling: &Self) -> Self {
        self.product(filling).product(self)
    }

    /// Square roots of the diagonal: standard errors of a covariance.
    pub fn roots(&self) -> Vec<f64> {
        (0..self.size).map(|at| self.get(at, at).max(0.0).sqrt()).collect()
    }
}

pub fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(left, right)| left * right).sum()
}

/// L with A = L Lᵀ.
#[derive(Debug, Clone)]
pub struct Cholesky(Matrix);

/// A pivot below so much of its diagonal entry is rounding.
const NOTHING_LEFT: f64 = 1e-11;

impl Cholesky {
    /// Refuses a matrix that is not positive definite, naming the first column that adds nothing to those before it.
    pub fn of(matrix: &Matrix) -> Result<Self, Refusal> {
        let size = matrix.size;
        let mut factor = Matrix::zeros(size);
        for column in 0..size {
            for row in column..size {
                let known: f64 = (0..column).map(|k| factor.get(row, k) * factor.get(column, k)).sum();
                let rest = matrix.get(row, column) - known;
                if row == column {
                    let whole = matrix.get(row, row);
                    if !whole.is_finite() || !rest.is_finite() || rest <= NOTHING_LEFT * whole || whole <= 0.0 {
                        return Err(Refusal::Collinear { column });
                    }
                    factor.set(row, row, rest.sqrt());
                } else {
                    factor.set(row, column, rest / factor.get(column, column));
                }
            }
        }
        Ok(Self(factor))
    }

    /// x with A x = b.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let size = self.0.size;
        let mut x = b.to_vec();
        for row in 0..size {
            let known: f64 = (0..row).map(|k| self.0.get(row, k) * x[k]).sum();
            x[row] = (x[row] - known) / self.0.get(row, row);
        }
        for row in (0..size).rev() {
            let known: f64 = (row + 1..size).map(|k| self.0.get(k, row) * x[k]).sum();
            x[row] = (x[row] - known) / self.0.get(row, row);
        }
        x
    }

    pub fn inverse(&self) -> Matrix {
        let size = self.0.size;
        let mut inverse = Matrix::zeros(size);
        for column in 0..size {
            let unit: Vec<f64> = (0..size).map(|row| f64::from(u8::from(row == column))).collect();
            for (row, value) in self.solve(&unit).into_iter().enumerate() {
                inverse.set(row, column, value);
            }
        }
        inverse
    }
}

/// bᵀ A⁻¹ b.
pub fn quadratic(matrix: &Matrix, b: &[f64]) -> Result<f64, Refusal> {
    Ok(dot(b, &Cholesky::of(matrix)?.solve(b)))
}

/// As many clusters as numbers from 0 occur. Refuses fewer than two: their scores add up to 0, and so would any error.
pub fn clusters(of_rows: &[u32]) -> Result<usize, Refusal> {
    let count = of_rows.iter().max().map_or(0, |most| *most as usize + 1);
    match of_rows.iter().any(|cluster| *cluster != of_rows[0]) {
        true => Ok(count),
        false => Err(Refusal::TooFew { what: "clusters", got: count.min(1), needed: 2 }),
    }
}

/// Σ over clusters of s sᵀ, added in an order that does not depend on the clusters' names.
pub fn meat(mut scores: Vec<Vec<f64>>, size: usize) -> Matrix {
    scores.sort_unstable_by(|one, other| {
        let pairs = one.iter().zip(other);
        pairs
            .map(|(left, right)| left.total_cmp(right))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut meat = Matrix::zeros(size);
    for score in &scores {
        meat.add_outer(1.0, score);
    }
    meat
}

/// The column whose likelihood has no maximum: a huge coefficient (over the column's range) that is lost in its own error.
pub fn separated(coefficients: &[f64], errors: &[f64], ranges: &[f64]) -> Option<Refusal> {
    let lost = |at: &usize| {
        let (coefficient, error) = (coefficients[*at].abs(), errors[*at]);
        coefficient * ranges[*at] > 10.0 && (!error.is_finite() || coefficient < 0.2 * error)
    };
    let column = (0..coefficients.len()).find(lost)?;
    Some(Refusal::Separated { column, direction: coefficients[column].signum() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_undoes_it() {
        let mut matrix = Matrix::zeros(3);
        for x in [[1.0, 2.0, 0.5], [0.0, 1.0, -1.0], [3.0, 0.0, 1.0], [1.0, 1.0, 1.0]] {
            matrix.add_outer(1.0, &x);
        }
        let inverse = Cholesky::of(&matrix).unwrap().inverse();
        let back = inverse.around(&matrix);
        for row in 0..3 {
            for column in 0..3 {
                assert!((back.get(row, column) - inverse.get(row, column)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_follows_from_others_is_named() {
        let mut matrix = Matrix::zeros(3);
        for x in [[1.0, 2.0, 3.0], [0.0, 1.0, 1.0], [3.0, 0.0, 3.0]] {
            matrix.add_outer(1.0, &x);
        }
        assert_eq!(Cholesky::of(&matrix).unwrap_err(), Refusal::Collinear { column: 2 });
    }
}
