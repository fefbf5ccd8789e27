//! Before and after adoption, against those who have not adopted: differences in differences.

use std::collections::BTreeMap;

use super::linear::{Cholesky, Matrix};
use super::numeric::{mean, sorted_sum};
use super::refusal::{Refusal, finite};

/// A repository or team over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// The first period with AI; `None` for those that never adopted.
    pub adopted: Option<i64>,
    /// The outcome by period, each at most once.
    pub cells: BTreeMap<i64, f64>,
}

impl Unit {
    fn is_treated(&self, period: i64) -> bool {
        self.adopted.is_some_and(|adopted| period >= adopted)
    }
}

/// Units of rows of unit, period, outcome and first treated period (0 or below: never), in an order of their content.
/// Refuses numbers that are not finite.
pub fn units(unit: &[u32], period: &[f64], y: &[f64], adopted: &[f64]) -> Result<Vec<Unit>, Refusal> {
    finite("a period", period)?;
    finite("y", y)?;
    finite("a period of adoption", adopted)?;
    let count = unit.iter().max().map_or(0, |most| *most as usize + 1);
    let mut units = vec![Unit { adopted: None, cells: BTreeMap::new() }; count];
    for row in 0..unit.len() {
        let own = &mut units[unit[row] as usize];
        own.adopted = (adopted[row] > 0.0).then_some(adopted[row] as i64);
        own.cells.insert(period[row] as i64, y[row]);
    }
    units.retain(|unit| !unit.cells.is_empty());
    units.sort_by(|one, other| {
        let cells = |unit: &Unit| unit.cells.iter().map(|(period, y)| (*period, *y)).collect::<Vec<_>>();
        let (left, right) = (cells(one), cells(other));
        let pairs = left.iter().zip(&right);
        let differs =
            pairs.map(|(left, right)| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1))).find(|o| o.is_ne());
        one.adopted.cmp(&other.adopted).then(differs.unwrap_or_else(|| left.len().cmp(&right.len())))
    });
    Ok(units)
}

/// Effects of adoption by cohort and time since.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupTime {
    /// Mean over treated units and periods.
    pub overall: f64,
    /// Mean of y itself over the same, so that y less effect is what would have been.
    pub treated: f64,
    /// By periods since adoption; before it, placebo effects that should be 0. The period before adoption is the base.
    pub by_age: BTreeMap<i64, f64>,
}

impl GroupTime {
    /// Mean of the placebo effects before the base period, which is not among them; `None` where nothing was seen so early.
    pub fn before(&self) -> Option<f64> {
        let early: Vec<f64> = self.by_age.range(..-1).map(|(_, effect)| *effect).collect();
        (!early.is_empty()).then(|| mean(&early))
    }
}

/// Callaway and Sant'Anna 2021 with never-adopters as controls, base period g − 1, no covariates:
/// ATT(g, t) = mean over cohort g of y_t − y_{g−1}, less that over never-adopters, averaged by size of cohort.
///
/// Refuses without never-adopters, and when no cohort has a period before and one after adoption.
pub fn group_time(units: &[&Unit]) -> Result<GroupTime, Refusal> {
    let never: Vec<&Unit> = units.iter().filter(|unit| unit.adopted.is_none()).copied().collect();
    let mut cohorts: BTreeMap<i64, Vec<&Unit>> = BTreeMap::new();
    let mut periods: Vec<i64> = Vec::new();
    for unit in units {
        periods.extend(unit.cells.keys());
        if let Some(adopted) = unit.adopted {
            cohorts.entry(adopted).or_default().push(unit);
        }
    }
    periods.sort_unstable();
    periods.dedup();
    if never.is_empty() {
        return Err(Refusal::Empty { what: "units that never adopted" });
    }
    let change = |units: &[&Unit], from: i64, to: i64| {
        let change = |unit: &&Unit| Some(unit.cells.get(&to)? - unit.cells.get(&from)?);
        mean(&units.iter().filter_map(change).collect::<Vec<_>>())
    };
    let mut by_age: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    let level = |units: &[&Unit], from: i64, to: i64| {
        let level = |unit: &&Unit| unit.cells.get(&from).and(unit.cells.get(&to)).copied();
        mean(&units.iter().filter_map(level).collect::<Vec<_>>())
    };
    let (mut whole, mut levels, mut weight) = (0.0, 0.0, 0.0);
    for (adopted, cohort) in &cohorts {
        for &period in &periods {
            let effect = change(cohort, adopted - 1, period) - change(&never, adopted - 1, period);
            if effect.is_nan() {
                continue;
            }
            let size = cohort.len() as f64;
            if period >= *adopted {
                whole += effect * size;
                levels += level(cohort, adopted - 1, period) * size;
                weight += size;
            }
            let age = by_age.entry(period - adopted).or_default();
            *age = (age.0 + effect * size, age.1 + size);
        }
    }
    if weight == 0.0 {
        return Err(Refusal::Empty { what: "cohorts seen before and after adoption" });
    }
    by_age.remove(&-1);
    let by_age = by_age.into_iter().map(|(age, (sum, weight))| (age, sum / weight)).collect();
    Ok(GroupTime { overall: whole / weight, treated: levels / weight, by_age })
}

/// The effect of being treated in a model with an effect for every unit and every period, and its error: two-way fixed
/// effects. Wrong where effects grow and units adopt at different times, since early adopters then serve as controls
/// (Goodman-Bacon 2021).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoWay {
    pub effect: f64,
    /// Clustered by unit, times G/(G − 1) · (N − 1)/(N − K): CR1 as Stata's.
    pub error: f64,
}

/// Refuses when nobody, or everybody always, is treated.
pub fn two_way(units: &[Unit]) -> Result<TwoWay, Refusal> {
    let cells = Cells::of(units, |_, _| true);
    let treated = |unit: &Unit, period: i64| f64::from(u8::from(unit.is_treated(period)));
    let d = cells.residuals(&cells.values(units, treated))?;
    let y = cells.residuals(&cells.values(units, |unit, period| unit.cells[&period]))?;
    let spread = sorted_sum(d.iter().map(|d| d * d).collect());
    if spread < 1e-10 {
        return Err(Refusal::Collinear { column: 0 });
    }
    let effect = sorted_sum(d.iter().zip(&y).map(|(d, y)| d * y).collect()) / spread;
    let mut scores = vec![0.0; units.len()];
    for (at, cell) in cells.all.iter().enumerate() {
        scores[cell.0] += d[at] * (y[at] - effect * d[at]);
    }
    let (g, n) = (units.len() as f64, cells.all.len() as f64);
    let parameters = g + cells.periods as f64;
    let factor = g / (g - 1.0) * (n - 1.0) / (n - parameters);
    let meat = sorted_sum(scores.iter().map(|score| score * score).collect());
    Ok(TwoWay { effect, error: (factor * meat).sqrt() / spread })
}

/// Unit and period effects fitted on untreated cells only, and the mean of what treated cells show beyond them;
/// Borusyak, Jaravel and Spiess 2024. Treated cells of units or periods that are never untreated tell nothing.
pub fn imputation(units: &[Unit]) -> Result<f64, Refusal> {
    let cells = Cells::of(units, |unit, period| !unit.is_treated(period));
    let (of_unit, of_period) = cells.effects(&cells.values(units, |unit, period| unit.cells[&period]))?;
    let mut beyond = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        for (period, y) in unit.cells.iter().filter(|(period, _)| unit.is_treated(**period)) {
            let known = cells.names.binary_search(period).ok();
            if let (Some(own), Some(period)) = (of_unit[at], known) {
                beyond.push(y - own - of_period[period]);
            }
        }
    }
    if beyond.is_empty() {
        return Err(Refusal::Empty { what: "treated cells with untreated ones beside them" });
    }
    Ok(sorted_sum(beyond.clone()) / beyond.len() as f64)
}

/// Cells of a panel by unit and period, both counted from 0.
struct Cells {
    all: Vec<(usize, usize)>,
    names: Vec<i64>,
    units: usize,
    periods: usize,
}

impl Cells {
    fn of(units: &[Unit], keep: impl Fn(&Unit, i64) -> bool) -> Self {
        let kept = |unit: &Unit| -> Vec<i64> { unit.cells.keys().copied().filter(|at| keep(unit, *at)).collect() };
        let mut names: Vec<i64> = units.iter().flat_map(kept).collect();
        names.sort_unstable();
        names.dedup();
        let all = units.iter().enumerate().flat_map(|(at, unit)| {
            let periods = kept(unit);
            periods
                .into_iter()
                .filter_map(|period| names.binary_search(&period).ok())
                .map(move |period| (at, period))
                .collect::<Vec<_>>()
        });
        Self { all: all.collect(), units: units.len(), periods: names.len(), names }
    }

    fn values(&self, units: &[Unit], of: impl Fn(&Unit, i64) -> f64) -> Vec<f64> {
        self.all.iter().map(|&(unit, period)| of(&units[unit], self.names[period])).collect()
    }

    fn unit_means(&self, values: &[f64]) -> Vec<Option<f64>> {
        let mut sums = vec![(0.0, 0.0); self.units];
        for (&(unit, _), value) in self.all.iter().zip(values) {
            sums[unit] = (sums[unit].0 + value, sums[unit].1 + 1.0);
        }
        sums.into_iter().map(|(sum, count)| (count > 0.0).then(|| sum / count)).collect()
    }

    /// Least squares on effects of units and periods, the first period's being 0; `None` for a unit without cells.
    fn effects(&self, values: &[f64]) -> Result<(Vec<Option<f64>>, Vec<f64>), Refusal> {
        let means = self.unit_means(values);
        let size = self.periods.saturating_sub(1);
        let (mut cross, mut right) = (Matrix::zeros(size), vec![0.0; size]);
        for own in self.all.chunk_by(|one, other| one.0 == other.0) {
            for &(_, one) in own {
                for &(_, other) in own.iter().filter(|_| one > 0) {
                    if other > 0 {
                        cross.add(one - 1, other - 1, f64::from(u8::from(one == other)) - 1.0 / own.len() as f64);
                    }
                }
            }
        }
        for (&(unit, period), value) in self.all.iter().zip(values) {
            if period > 0 {
                right[period - 1] += value - means[unit].unwrap_or_default();
            }
        }
        let mut of_period = vec![0.0];
        of_period.extend(Cholesky::of(&cross)?.solve(&right));
        let left: Vec<f64> =
            self.all.iter().zip(values).map(|((_, period), value)| value - of_period[*period]).collect();
        Ok((self.unit_means(&left), of_period))
    }

    fn residuals(&self, values: &[f64]) -> Result<Vec<f64>, Refusal> {
        let (of_unit, of_period) = self.effects(values)?;
        let residual = |(&(unit, period), value): (&(usize, usize), &f64)| {
            value - of_unit[unit].unwrap_or_default() - of_period[period]
        };
        Ok(self.all.iter().zip(values).map(residual).collect())
    }
}

/// Before and after, treated and not: (y₁₁ − y₁₀) − (y₀₁ − y₀₀) with its error clustered by unit (CR1). Refuses an empty
/// cell and fewer than two units.
pub fn two_by_two(unit: &[u32], treated: &[f64], post: &[f64], y: &[f64]) -> Result<TwoWay, Refusal> {
    finite("y", y)?;
    let cell = |row: usize| usize::from(treated[row] > 0.0) * 2 + usize::from(post[row] > 0.0);
    let mut cells: [Vec<f64>; 4] = Default::default();
    for row in 0..y.len() {
        cells[cell(row)].push(y[row]);
    }
    if cells.iter().any(Vec::is_empty) {
        return Err(Refusal::Empty { what: "rows in a cell of treated and period" });
    }
    let means = cells.clone().map(|cell| sorted_sum(cell.clone()) / cell.len() as f64);
    let signs = [1.0, -1.0, -1.0, 1.0];
    let count = unit.iter().max().map_or(0, |most| *most as usize + 1);
    let mut scores: Vec<Vec<f64>> = vec![Vec::new(); count];
    for row in 0..y.len() {
        let own = cell(row);
        scores[unit[row] as usize].push(signs[own] * (y[row] - means[own]) / cells[own].len() as f64);
    }
    scores.retain(|score| !score.is_empty());
    let (g, n) = (scores.len() as f64, y.len() as f64);
    if scores.len() < 2 || y.len() <= 4 {
        return Err(Refusal::TooFew { what: "units", got: scores.len(), needed: 2 });
    }
    let meat = sorted_sum(scores.into_iter().map(|score| sorted_sum(score).powi(2)).collect());
    let effect = signs.iter().zip(means).map(|(sign, mean)| sign * mean).sum();
    Ok(TwoWay { effect, error: (g / (g - 1.0) * (n - 1.0) / (n - 4.0) * meat).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two never-adopters and two adopters whose outcome rises by 1 each period from adoption on, over a common trend.
    fn panel() -> Vec<Unit> {
        let unit = |level: f64, adopted: Option<i64>| Unit {
            adopted,
            cells: (1..=8)
                .map(|period| {
                    let age = adopted.filter(|adopted| period >= *adopted).map_or(0, |adopted| period - adopted + 1);
                    (period, level + 0.5 * period as f64 + age as f64)
                })
                .collect(),
        };
        vec![unit(1.0, None), unit(2.0, None), unit(3.0, Some(4)), unit(4.0, Some(7))]
    }

    #[test]
    fn growing_effects_mislead_two_way_fixed_effects_only() {
        let units = panel();
        let all: Vec<&Unit> = units.iter().collect();
        let got = group_time(&all).unwrap();
        // Five cells of the early adopter with effects 1 to 5, two of the late one with 1 and 2.
        assert!((got.overall - 18.0 / 7.0).abs() < 1e-12);
        assert!((got.by_age[&2] - 3.0).abs() < 1e-12 && got.by_age[&-3].abs() < 1e-12);
        assert!((imputation(&units).unwrap() - 18.0 / 7.0).abs() < 1e-10);
        assert!(two_way(&units).unwrap().effect < 2.3);
        assert!(group_time(&all[2..]).is_err());
    }
}
