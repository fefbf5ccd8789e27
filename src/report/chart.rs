//! Charts as SVG that scales, follows the page's colour scheme and says its numbers in words.
//!
//! Colours are CSS variables with a fallback, so that one drawing serves light, dark and print; a
//! colour never stands alone: series are named beside the chart and every value is in a table.

mod canvas;
mod columns;
mod heat;
mod intervals;
mod plane;
mod survival;

use super::panel::{Chart, Series};
use super::words;

/// The chart, or nothing when there is nothing to draw.
pub fn svg(chart: &Chart) -> String {
    let drawn = match chart {
        Chart::StackedColumns { unit, months, series, .. } => columns::draw(unit, &columns::months(months), series),
        Chart::StackedYears { unit, years, series, .. } => columns::draw(unit, &columns::years(years), series),
        Chart::Survival { unit, counted, ages, curves, .. } => survival::draw(unit, counted, ages, curves),
        Chart::Intervals { unit, rows, .. } => intervals::draw(unit, rows),
        Chart::Heat { unit, columns, rows, .. } => heat::draw(unit, columns, rows),
        Chart::Plane { unit, across, lines, points, .. } => plane::draw(unit, across, lines, points),
    };
    drawn.map(|drawing| canvas::finish(&drawing, title(chart), &description(chart))).unwrap_or_default()
}

pub fn title(chart: &Chart) -> &str {
    match chart {
        Chart::StackedColumns { title, .. }
        | Chart::StackedYears { title, .. }
        | Chart::Survival { title, .. }
        | Chart::Intervals { title, .. }
        | Chart::Heat { title, .. }
        | Chart::Plane { title, .. } => title,
    }
}

pub fn unit(chart: &Chart) -> &str {
    match chart {
        Chart::StackedColumns { unit, .. }
        | Chart::StackedYears { unit, .. }
        | Chart::Survival { unit, .. }
        | Chart::Intervals { unit, .. }
        | Chart::Heat { unit, .. }
        | Chart::Plane { unit, .. } => unit,
    }
}

/// The title with the unit, where it does not say that itself.
pub fn caption(chart: &Chart) -> String {
    let (title, unit) = (title(chart), unit(chart));
    if title.contains(unit) { title.to_owned() } else { format!("{title}, {unit}") }
}

/// The values as rows of text, heading first: what a reader sees who does not see the chart.
pub fn values(chart: &Chart) -> Vec<Vec<String>> {
    match chart {
        Chart::StackedColumns { months, series, .. } => stacks("Month", &columns::months(months), series),
        Chart::StackedYears { years, series, .. } => stacks("Year", &columns::years(years), series),
        Chart::Survival { counted, ages, curves, .. } => survival::values(counted, ages, curves),
        Chart::Intervals { unit, rows, .. } => {
            let row = |row: &super::panel::IntervalRow| {
                vec![row.group.clone(), row.label.clone(), intervals::said(unit, row), row.note.clone()]
            };
            let heading = ["Group", "Item", "Value (95 % interval)", "Made from"].map(str::to_owned).to_vec();
            std::iter::once(heading).chain(rows.iter().map(row)).collect()
        }
        Chart::Heat { columns, rows, .. } => heat::values(columns, rows),
        Chart::Plane { unit, across, lines, points, .. } => plane::values(unit, across, lines, points),
    }
}

fn stacks(time: &str, slots: &[columns::Slot], series: &[Series]) -> Vec<Vec<String>> {
    let heading = std::iter::once(time.to_owned()).chain(series.iter().map(|series| series.label.clone()));
    let row = |(at, slot): (usize, &columns::Slot)| {
        let values = series.iter().map(|series| words::amount(columns::value(series, at)));
        std::iter::once(slot.name.clone()).chain(values).collect()
    };
    std::iter::once(heading.collect()).chain(slots.iter().enumerate().map(row)).collect()
}

fn description(chart: &Chart) -> String {
    match chart {
        Chart::StackedColumns { unit, months, series, .. } => columns::describe(unit, &columns::months(months), series),
        Chart::StackedYears { unit, years, series, .. } => columns::describe(unit, &columns::years(years), series),
        Chart::Survival { unit, ages, curves, .. } => survival::describe(unit, ages, curves),
        Chart::Intervals { unit, rows, .. } => intervals::describe(unit, rows),
        Chart::Heat { unit, columns, rows, .. } => heat::describe(unit, columns, rows),
        Chart::Plane { unit, across, lines, points, .. } => plane::describe(unit, across, lines, points),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::panel::{Across, HeatRow, IntervalRow, Line, Point, RATIO, SurvivalCurve};
    use super::*;

    fn months(count: u32) -> Vec<NaiveDate> {
        (0..count).filter_map(|at| NaiveDate::from_ymd_opt(2015 + (at / 12) as i32, at % 12 + 1, 1)).collect()
    }

    fn columns(count: u32, value: f64) -> Chart {
        let series = ["agent", "unknown"].map(|key| Series {
            key: key.into(),
            label: format!("{key} <b>"),
            values: vec![value; count as usize],
        });
        Chart::StackedColumns {
            title: "T & <t>".into(),
            unit: "changes".into(),
            months: months(count),
            series: series.into(),
        }
    }

    fn intervals(points: &[Option<[f64; 3]>], unit: &str) -> Chart {
        let row = |point: &Option<[f64; 3]>| IntervalRow {
            group: "Reverted".into(),
            label: "agent <script>".into(),
            key: "agent".into(),
            point: *point,
            note: "n=1, 0 events".into(),
        };
        Chart::Intervals { title: "I".into(), unit: unit.into(), rows: points.iter().map(row).collect() }
    }

    #[test]
    fn nothing_to_draw_draws_nothing() {
        for chart in
            [columns(0, 1.0), columns(3, 0.0), columns(3, f64::NAN), intervals(&[], "x"), intervals(&[None], "x")]
        {
            assert_eq!(svg(&chart), "");
        }
    }

    #[test]
    fn a_chart_scales_and_speaks() {
        let drawn = svg(&columns(14, 3.0));
        assert!(drawn.starts_with("<svg role=\"img\" viewBox=\"0 0 "), "{}", &drawn[..80]);
        assert!(drawn.contains("<title>T &amp; &lt;t&gt;</title>"));
        assert!(drawn.contains("agent &lt;b&gt;: 3 in Jan 2015"));
        assert!(drawn.contains("var(--c-agent, #"));
        assert!(!drawn.contains(" width=\"1720\"") && !drawn.contains("<b>"));
    }

    #[test]
    fn any_number_of_months_and_any_size_of_value_is_drawn() {
        for chart in [columns(1, 1.0), columns(240, 1e300), columns(2, 1e-9), columns(37, -5.0 + 6.0)] {
            let drawn = svg(&chart);
            assert!(drawn.contains("<rect") && !drawn.contains("NaN") && !drawn.contains("inf"));
        }
    }

    #[test]
    fn many_months_are_labelled_by_year() {
        let drawn = svg(&columns(48, 1.0));
        assert!(drawn.contains("\n2016\n") && !drawn.contains("\nApr\n"));
    }

    #[test]
    fn intervals_say_what_is_missing() {
        let points = [Some([38.0, 24.0, 55.0]), None, Some([1e12, 0.0, f64::INFINITY]), Some([f64::NAN; 3])];
        let drawn = svg(&intervals(&points, "per 1,000 changes"));
        assert!(drawn.contains("\n38 (24–55)\n") && drawn.contains("\ntoo little data\n"));
        assert!(!drawn.contains("<script>") && !drawn.contains("NaN"));
    }

    #[test]
    fn ratios_have_a_line_at_one() {
        for point in [[1.4, 1.1, 1.8], [0.5, 0.0, 3.0], [1.0, 1.0, 1.0]] {
            assert!(svg(&intervals(&[Some(point)], RATIO)).contains("\n×1\n"), "{point:?}");
        }
    }

    fn years(count: i32) -> Chart {
        let series = Series { key: "human".into(), label: "human".into(), values: vec![9.0; count as usize] };
        let years = (0..count).map(|at| 2000 + at).collect();
        Chart::StackedYears { title: "Y".into(), unit: "lines".into(), years, series: vec![series] }
    }

    #[test]
    fn years_are_thinned_when_they_are_many() {
        assert!(svg(&years(12)).contains("\n2011\n"));
        let many = svg(&years(40));
        assert!(many.contains("\n2001\n") && !many.contains("\n2002\n"));
        assert_eq!(values(&years(3))[1], ["2000", "9"]);
    }

    fn survival(points: &[[f64; 4]], ages: &[u32]) -> Chart {
        let curve = SurvivalCurve {
            key: "agent".into(),
            label: "agent <b>".into(),
            points: points.to_vec(),
            at_risk: ages.iter().map(|age| 1000 / u64::from(age + 1)).collect(),
        };
        Chart::Survival {
            title: "S".into(),
            unit: "% left".into(),
            counted: "lines".into(),
            ages: ages.to_vec(),
            curves: vec![curve],
        }
    }

    #[test]
    fn curves_say_what_is_left_and_of_how_many() {
        let chart =
            survival(&[[0.0, 100.0, 97.0, 100.0], [40.0, 80.0, 70.0, 88.0], [800.0, 80.0, 60.0, 90.0]], &[0, 365, 730]);
        let drawn = svg(&chart);
        assert!(
            drawn.contains(
                "agent &lt;b&gt;: 100.0 (97.0–100.0) at once, 80 (70–88) after 1 year, 80 (70–88) after 2 years."
            ),
            "{drawn}"
        );
        assert!(drawn.contains("<polygon") && drawn.contains("\n1,000\n") && drawn.contains("years since they landed"));
        assert_eq!(values(&chart)[2], ["agent <b>", "1 year", "80 (70–88)", "2"]);
    }

    #[test]
    fn curves_of_nothing_and_of_nonsense_draw_no_nonsense() {
        assert_eq!(svg(&survival(&[], &[0, 30])), "");
        assert_eq!(svg(&survival(&[[0.0, 100.0, 100.0, 100.0]], &[])), "");
        let drawn = svg(&survival(
            &[[0.0, 100.0, f64::NAN, 100.0], [9.0, f64::NAN, 0.0, f64::INFINITY], [20.0, 3.0, 0.0, 9.0]],
            &[0, 30],
        ));
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    }

    fn heat(values: &[&[Option<f64>]]) -> Chart {
        let rows =
            values.iter().enumerate().map(|(at, row)| HeatRow { label: format!("row {at} <b>"), values: row.to_vec() });
        let columns = ["7 days", "30 days"].map(str::to_owned).into();
        Chart::Heat { title: "H".into(), unit: "% of changes".into(), columns, rows: rows.collect() }
    }

    #[test]
    fn cells_are_fuller_for_more_and_crossed_out_where_nothing_was_seen() {
        let chart = heat(&[&[Some(5.0), Some(20.0)], &[Some(0.0), None]]);
        let drawn = svg(&chart);
        let opacities: Vec<f64> =
            drawn.split("opacity=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect();
        assert!(
            opacities.iter().any(|own| (*own - 0.6).abs() < 0.01) && opacities.iter().any(|own| *own < 0.1),
            "{opacities:?}"
        );
        assert!(drawn.contains("row 1 &lt;b&gt;: 0 7 days.") && drawn.contains("\n20\n"), "{drawn}");
        assert_eq!(values(&chart)[2], ["row 1 <b>", "0", "not told"]);
        assert_eq!(svg(&heat(&[&[None, None]])), "");
        assert_eq!(svg(&heat(&[])), "");
        assert!(!svg(&heat(&[&[Some(f64::NAN), Some(1.0)], &[Some(f64::INFINITY)]])).contains("NaN"));
    }

    fn plane(unit: &str, is_log: bool, points: &[[f64; 4]]) -> Chart {
        let line = |label: &str| Line { key: "agent".into(), label: label.into(), points: points.to_vec() };
        Chart::Plane {
            title: "P".into(),
            unit: unit.into(),
            across: Across { label: "changes".into(), is_log },
            lines: vec![line("named <b>"), line("")],
            points: points.iter().map(|at| Point { label: "place".into(), at: [at[0], at[1]] }).collect(),
        }
    }

    #[test]
    fn lines_have_bands_and_names_stand_apart() {
        let chart = plane(RATIO, false, &[[40.0, 1.5, 1.2, 1.9], [100.0, 1.4, 1.1, 1.8], [100.0, 1.4, 1.1, 1.8]]);
        let drawn = svg(&chart);
        assert!(
            drawn.contains("<polygon")
                && drawn.contains("\n×2\n")
                && drawn.contains("named &lt;b&gt;: ×1.5 (1.2–1.9) at 40."),
            "{drawn}"
        );
        let heights: std::collections::BTreeSet<&str> = drawn
            .split("<text")
            .filter(|text| text.contains("\nplace\n"))
            .filter_map(|text| text.split(" y=\"").nth(1)?.split('"').next())
            .collect();
        assert_eq!(heights.len(), 3, "no name covers another");
        assert_eq!(values(&chart).len(), 1 + 3 + 3, "limits have no row");
    }

    #[test]
    fn a_limit_that_is_none_lies_at_the_edge() {
        let drawn = svg(&plane(RATIO, false, &[[40.0, 3.0, 1.2, f64::INFINITY], [100.0, 2.0, 1.1, 2.5]]));
        assert!(drawn.contains("named &lt;b&gt;: ×3.0 (1.2–∞) at 40.") && drawn.contains("\n×4\n"), "{drawn}");
        assert!(!drawn.contains("\n×8\n"), "the axis is that of numbers");
    }

    #[test]
    fn planes_of_nothing_and_of_nonsense_draw_no_nonsense() {
        assert_eq!(svg(&plane("%", true, &[])), "");
        for unit in ["%", RATIO] {
            let drawn = svg(&plane(
                unit,
                true,
                &[[f64::NAN; 4], [0.0, 0.0, 0.0, 0.0], [1e300, 5.0, -1.0, 1e300], [3.0, f64::INFINITY, 0.0, 1.0]],
            ));
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{unit}");
        }
    }

    #[test]
    fn the_same_chart_is_the_same_bytes() {
        assert_eq!(svg(&columns(30, 2.0)), svg(&columns(30, 2.0)));
    }
}
