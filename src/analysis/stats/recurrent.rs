//! What happens again and again to the same unit.

use super::refusal::{Refusal, not_negative, same_length};

/// A step of a mean cumulative function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub time: f64,
    pub at_risk: f64,
    pub events: f64,
    /// Σ d/n: events per unit up to this time.
    pub mean: f64,
}

/// Mean cumulative function, events per unit by time, of spells (entry, time] that end with an event or without; Nelson
/// 1988. A unit is at risk in as many spells as hold the time; spells of no length are left out. Spells come in any order.
///
/// Refuses bad times.
pub fn mean_cumulative(entry: &[f64], time: &[f64], event: &[bool]) -> Result<Vec<Step>, Refusal> {
    same_length(&[time.len(), entry.len(), event.len()])?;
    not_negative("an entry", entry)?;
    not_negative("a time", time)?;
    let spells = || (0..time.len()).filter(|&at| entry[at] < time[at]);
    let mut entries: Vec<f64> = spells().map(|at| entry[at]).collect();
    let mut ends: Vec<(f64, bool)> = spells().map(|at| (time[at], event[at])).collect();
    entries.sort_unstable_by(f64::total_cmp);
    ends.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let (mut came, mut gone, mut mean) = (0, 0, 0.0);
    let mut steps = Vec::new();
    for same_time in ends.chunk_by(|one, other| one.0 == other.0) {
        let time = same_time[0].0;
        while entries.get(came).is_some_and(|entry| *entry < time) {
            came += 1;
        }
        let events = same_time.iter().filter(|(_, is_event)| *is_event).count() as f64;
        let at_risk = (came - gone) as f64;
        if events > 0.0 {
            mean += events / at_risk;
            steps.push(Step { time, at_risk, events, mean });
        }
        gone += same_time.len();
    }
    Ok(steps)
}

/// Events per unit by a time; the last known where watching ended before.
pub fn by(steps: &[Step], time: f64) -> f64 {
    let place = steps.partition_point(|step| step.time <= time);
    place.checked_sub(1).map_or(0.0, |place| steps[place].mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_by_hand() {
        // One file is fixed on days 2 and 5 and watched to 9, the other fixed on day 5 and watched to 6.
        let (entry, time) = ([0.0, 2.0, 5.0, 0.0, 5.0], [2.0, 5.0, 9.0, 5.0, 6.0]);
        let steps = mean_cumulative(&entry, &time, &[true, true, false, true, false]).unwrap();
        assert_eq!((by(&steps, 1.0), by(&steps, 2.0), by(&steps, 99.0)), (0.0, 0.5, 1.5));
    }
}
