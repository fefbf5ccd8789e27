//! Charts as SVG that scales, follows the page's colour scheme and says its numbers in words.
//!
//! Colours are CSS variables with a fallback, so that one drawing serves light, dark and print; a
//! colour never stands alone: series are named beside the chart and every value is in a table.

mod canvas;
mod columns;
mod intervals;

use super::panel::Chart;
use super::words;

/// The chart, or nothing when there is nothing to draw.
pub fn svg(chart: &Chart) -> String {
    let drawn = match chart {
        Chart::StackedColumns { unit, months, series, .. } => columns::draw(unit, months, series),
        Chart::Intervals { unit, rows, .. } => intervals::draw(unit, rows),
    };
    drawn.map(|drawing| canvas::finish(&drawing, title(chart), &description(chart))).unwrap_or_default()
}

pub fn title(chart: &Chart) -> &str {
    match chart {
        Chart::StackedColumns { title, .. } | Chart::Intervals { title, .. } => title,
    }
}

pub fn unit(chart: &Chart) -> &str {
    match chart {
        Chart::StackedColumns { unit, .. } | Chart::Intervals { unit, .. } => unit,
    }
}

/// The values as rows of text, heading first: what a reader sees who does not see the chart.
pub fn values(chart: &Chart) -> Vec<Vec<String>> {
    match chart {
        Chart::StackedColumns { months, series, .. } => {
            let heading = std::iter::once("Month".to_owned()).chain(series.iter().map(|series| series.label.clone()));
            let row = |(at, month): (usize, &chrono::NaiveDate)| {
                let values = series.iter().map(|series| words::amount(columns::value(series, at)));
                std::iter::once(words::month(*month)).chain(values).collect()
            };
            std::iter::once(heading.collect()).chain(months.iter().enumerate().map(row)).collect()
        }
        Chart::Intervals { unit, rows, .. } => {
            let row = |row: &super::panel::IntervalRow| {
                vec![row.group.clone(), row.label.clone(), intervals::said(unit, row), row.note.clone()]
            };
            let heading = ["Group", "Item", "Value (95 % interval)", "Made from"].map(str::to_owned).to_vec();
            std::iter::once(heading).chain(rows.iter().map(row)).collect()
        }
    }
}

fn description(chart: &Chart) -> String {
    match chart {
        Chart::StackedColumns { unit, months, series, .. } => columns::describe(unit, months, series),
        Chart::Intervals { unit, rows, .. } => intervals::describe(unit, rows),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::panel::{IntervalRow, RATIO, Series};
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

    #[test]
    fn the_same_chart_is_the_same_bytes() {
        assert_eq!(svg(&columns(30, 2.0)), svg(&columns(30, 2.0)));
    }
}
