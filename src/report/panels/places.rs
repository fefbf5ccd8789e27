//! How far apart are repositories, beyond what chance does?

use super::judged::SIDES;
use super::{row, table, text};
use crate::analysis::judged::{Place, Places};
use crate::analysis::{Analysis, Estimate, Finding, Unit};
use crate::report::panel::{Across, Cell, Chart, Line, Panel, Point};
use crate::report::words;

/// Standard errors around the common share between which 95 and 99.8 % of repositories would lie by chance.
const LIMITS: [f64; 2] = [1.96, 3.09];
/// Points that a limit is drawn by.
const POINTS: u32 = 48;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let judged = &analysis.judged;
    judged.places.iter().filter(|_| judged.ai > 0).map(panel).collect()
}

fn panel(places: &Places) -> Panel {
    let rows = places.told.iter().map(|place| {
        let estimate =
            Estimate::new(place.counted.share, place.counted.changes, place.counted.events, Unit::Share, "Wilson");
        row(vec![text(place.repo.clone()), Cell::Finding(Finding::Estimate(estimate))])
    });
    let beyond = |place: &&Place| {
        let [low, high] = places.limits(place.counted.changes as f64, LIMITS[1]);
        !(low..=high).contains(&place.counted.share.value)
    };
    let apart = places.told.iter().filter(beyond).count() as u64;
    Panel {
        id: "places",
        question: "How far apart are repositories?".to_owned(),
        answer: format!(
            "{} repositories have enough changes, events and people to be told by themselves; together {} % of their changes were reverted or \
             rewritten by a bug fix within 90 days. {} beyond what chance alone would bring about in 998 of 1,000.",
            words::count(places.told.len() as u64),
            words::decimal(100.0 * places.share, 1),
            match apart {
                0 => "None lies".to_owned(),
                1 => "One lies".to_owned(),
                apart => format!("{} lie", words::count(apart)),
            }
        ),
        chart: Some(funnel(places)),
        tables: vec![table("By repository, within 90 days", &[("Repository", ""), ("Share", "")], rows.collect())],
        how: format!(
            "Changes that could be watched for 90 days. The funnel is where 95 and 99.8 % of repositories of a size would lie if all had \
             the common share. Repositories with fewer than 5 authors or 10 events are left out, and further ones until those left out have as many together. {SIDES}"
        ),
        caveats: vec![
            "Not a ranking: repositories differ in what they are, and small ones scatter by chance.".to_owned(),
            "The funnel takes changes as independent; those of one author are not, so that more lie outside than it says.".to_owned(),
        ],
        query: Some("judged_changes"),
    }
}

fn funnel(places: &Places) -> Chart {
    let sizes = || places.told.iter().map(|place| place.counted.changes as f64);
    let (least, most) = (sizes().fold(f64::INFINITY, f64::min) * 0.8, sizes().fold(0.0, f64::max) * 1.25);
    let at = |part: u32| least * (most / least).powf(f64::from(part) / f64::from(POINTS));
    let line = |label: &str, share: &dyn Fn(f64) -> f64| Line {
        key: "other".to_owned(),
        label: label.to_owned(),
        points: (0..=POINTS)
            .map(at)
            .map(|n| {
                let value = 100.0 * share(n);
                [n, value, value, value]
            })
            .collect(),
    };
    let mut lines = vec![line("all together", &|_| places.share)];
    for z in LIMITS {
        lines.extend([0, 1].map(|end| line("", &|n| places.limits(n, z)[end])));
    }
    let point = |place: &Place| Point {
        label: place.repo.clone(),
        at: [place.counted.changes as f64, 100.0 * place.counted.share.value],
    };
    Chart::Plane {
        title: "Reverted or rewritten by a bug fix within 90 days".to_owned(),
        unit: "% of changes".to_owned(),
        across: Across { label: "changes that could be watched for 90 days".to_owned(), is_log: true },
        lines,
        points: places.told.iter().map(point).collect(),
    }
}
