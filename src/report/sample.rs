//! Reports for the tests: a realistic one, a hostile one, and one of nothing.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::panel::*;
use crate::analysis::{Estimate, Finding, Unit};

const ORIGINS: [&str; 5] = ["agent", "assisted", "human", "bot", "unknown"];

fn at(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_782_864_000, 0).unwrap() - TimeDelta::days(day)
}

fn estimate(unit: Unit, [value, low, high]: [f64; 3], n: u64, events: u64) -> Finding {
    Finding::Estimate(Estimate { value, low, high, n, events, unit, method: "Wilson" })
}

fn rate(value: f64, low: f64, high: f64, n: u64, events: u64) -> Finding {
    estimate(Unit::PerThousand, [value / 1e3, low / 1e3, high / 1e3], n, events)
}

fn thin(n: u64, events: u64) -> Finding {
    Finding::TooLittleData { n, events, reason: "fewer than 5 events to learn from".into() }
}

fn commits(count: usize, note: &str) -> Vec<CommitRef> {
    let subjects = [
        "Retry the upload when the bucket answers 503",
        "Cache the parsed manifest between workspace members, and drop it as soon as any of them is edited on disk",
        "Fix off-by-one in the window of the rate limiter (#4182)",
        "Speed up cold start by loading plugins lazily",
    ];
    let commit = |at_row: usize| {
        let commit = format!("{:016x}{:024x}", 0x9f3a_77c1_0b5e_d2a5_u64.wrapping_mul(at_row as u64 * 2 + 1), at_row);
        CommitRef {
            repo: "harbour/quay".into(),
            url: Some(format!("https://github.com/harbour/quay/commit/{commit}")),
            commit,
            subject: subjects[at_row % subjects.len()].into(),
            at: Some(at(at_row as i64 * 6 + 2)),
            note: note.into(),
        }
    };
    (0..count).map(commit).collect()
}

fn row(label: &str, cells: impl IntoIterator<Item = Cell>, commits: Vec<CommitRef>, more: u64) -> Row {
    Row { cells: std::iter::once(Cell::Text(label.into())).chain(cells).collect(), commits, more }
}

fn table(title: &str, columns: &[(&str, &str)], rows: Vec<Row>) -> Table {
    let head = |(label, help): &(&str, &str)| ColumnHead { label: (*label).into(), help: (*help).into() };
    Table { title: title.into(), columns: columns.iter().map(head).collect(), rows }
}

fn origins() -> Panel {
    let months: Vec<_> =
        (0..24).filter_map(|at| NaiveDate::from_ymd_opt(2024 + (6 + at) / 12, (6 + at as u32) % 12 + 1, 1)).collect();
    let wave = |at: usize, base: f64, slope: f64| {
        (base + slope * at as f64 + [3.0, -6.0, 4.0, 9.0, -4.0][at % 5]).max(0.0).round()
    };
    let shapes = [(-14.0, 2.9), (2.0, 1.6), (9.0, -0.1), (18.0, 0.2), (96.0, -2.4)];
    let series = ORIGINS.iter().zip(shapes).map(|(key, (base, slope))| Series {
        key: (*key).into(),
        label: (*key).into(),
        values: (0..24).map(|at| wave(at, base, slope)).collect(),
    });
    let share = |value: f64, low, high, events| Cell::Finding(estimate(Unit::Share, [value, low, high], 3012, events));
    let rows = [
        ("agent", 0.1856, 0.1721, 0.1999, 559),
        ("assisted", 0.1527, 0.1403, 0.1660, 460),
        ("human", 0.0737, 0.0649, 0.0836, 222),
        ("bot", 0.1142, 0.1033, 0.1261, 344),
        ("unknown", 0.4738, 0.4560, 0.4916, 1427),
    ];
    let rows = rows.map(|(origin, value, low, high, events)| {
        row(
            origin,
            [Cell::Count(events), share(value, low, high, events)],
            commits(3, "Co-authored-by: Claude"),
            events - 3,
        )
    });
    Panel {
        id: "origins",
        question: "Who wrote the changes that were merged?".into(),
        answer: "AI wrote, or helped to write, at least 34 of every 100 changes. For 47 of 100 there is no evidence either way: they stay unknown and are not counted as human.".into(),
        chart: Some(Chart::StackedColumns { title: "Merged changes per month, by origin".into(), unit: "changes per month".into(), months, series: series.collect() }),
        tables: vec![table(
            "Merged changes by origin",
            &[("Origin", ""), ("Changes", ""), ("Share of all", "Changes of this origin among all merged changes in the window.")],
            rows.into(),
        )],
        how: "A change is what landed on the mainline as one unit: a merged pull request or a direct push. Its origin is the strongest evidence found in its commits: author accounts, trailers, notes and pull-request text.".into(),
        caveats: vec!["No marker is not human: teams that strip trailers move changes to unknown.".into()],
        query: Some("origin_changes"),
    }
}

fn agents() -> Panel {
    let rows = [("claude-code", 402), ("copilot-coding-agent", 288), ("cursor", 141), ("codex", 96), ("devin", 7)];
    let rows = rows.map(|(agent, changes)| {
        row(
            agent,
            [Cell::Count(changes), Cell::Time(Some(at(600 - changes as i64))), Cell::Time(Some(at(2)))],
            commits(2, ""),
            changes - 2,
        )
    });
    Panel {
        id: "agents",
        question: "Which AI agents left their mark?".into(),
        answer: "Five agents; Claude Code and Copilot account for two of three marked changes.".into(),
        chart: None,
        tables: vec![table(
            "Changes by agent",
            &[("Agent", ""), ("Changes", ""), ("First seen", ""), ("Last seen", "")],
            rows.into(),
        )],
        how: "The agent is named by the account or trailer that testified. A change with two agents counts for both."
            .into(),
        caveats: vec![],
        query: Some("agent_changes"),
    }
}

fn outcome(id: &'static str, question: &str, answer: &str, horizons: &[(&str, f64)]) -> Panel {
    let base = [
        ("agent", 38.0, 24.0, 55.0, 812, 31),
        ("assisted", 27.0, 15.0, 46.0, 460, 12),
        ("human", 0.0, 0.0, 0.0, 41, 1),
        ("bot", 11.0, 4.1, 29.0, 344, 4),
        ("unknown", 23.0, 16.0, 33.0, 1427, 33),
    ];
    let finding = |(_, value, low, high, n, events): (&str, f64, f64, f64, u64, u64), factor: f64| {
        if n < 100 { thin(n, events) } else { rate(value * factor, low * factor, high * factor, n, events) }
    };
    let interval = |group: &str, factor: f64| {
        let group = group.to_owned();
        base.map(|(key, value, low, high, n, events)| IntervalRow {
            group: group.clone(),
            label: key.into(),
            key: key.into(),
            point: (n >= 100).then_some([value * factor, low * factor, high * factor]),
            note: format!("n={n}, {events} events"),
        })
    };
    let rows = base.map(|origin| {
        let cells: Vec<_> = horizons.iter().map(|(_, factor)| Cell::Finding(finding(origin, *factor))).collect();
        row(origin.0, cells, commits(origin.5.min(4) as usize, "reverted by 5c1d9a7e02"), origin.5.saturating_sub(4))
    });
    let mut columns = vec![("Origin", "")];
    columns.extend(
        horizons
            .iter()
            .map(|(label, _)| (*label, "Changes with this outcome among those observed for at least as long.")),
    );
    Panel {
        id,
        question: question.into(),
        answer: answer.into(),
        chart: Some(Chart::Intervals {
            title: format!("{question} By origin"),
            unit: "per 1,000 changes".into(),
            rows: horizons.iter().flat_map(|(label, factor)| interval(label, *factor)).collect(),
        }),
        tables: vec![table("By origin", &columns, rows.into())],
        how:
            "Only changes that could be observed for the whole time are counted. Judged blind to who wrote the change."
                .into(),
        caveats: vec![
            "Origins differ in what they are asked to do: compare like with like before drawing conclusions.".into(),
            "Associated with, not a proof: size and kind of change are not held equal here.".into(),
        ],
        query: Some("reverts"),
    }
}

fn lines() -> Panel {
    let curve = |key: &str, pace: f64, width: f64, reach: u32| SurvivalCurve {
        key: key.into(),
        label: key.into(),
        points: (0..=reach / 20)
            .map(|step| {
                let age = f64::from(step * 20);
                let left = 45.0 + 55.0 * (-age * pace).exp();
                let spread = width * (100.0 - left) / 100.0;
                [age, left, left - spread, (left + spread).min(100.0)]
            })
            .collect(),
        at_risk: [0, 365, 730, 1095].map(|age: u32| if age > reach { 0 } else { 90_000 - u64::from(age) * 80 }).into(),
    };
    let finding =
        |unit, [value, low, high]: [f64; 3]| Cell::Finding(estimate(unit, [value, low, high], 90_210, 21_544));
    let rows = vec![
        row(
            "agent",
            [finding(Unit::Days, [412.0, 350.0, f64::INFINITY]), finding(Unit::Alive, [0.71, 0.66, 0.755])],
            vec![],
            0,
        ),
        row("unknown", [Cell::Finding(thin(120, 3)), finding(Unit::Alive, [0.802, 0.781, 0.823])], vec![], 0),
    ];
    Panel {
        id: "line_survival",
        question: "How long do lines last?".into(),
        answer: "Half of the lines by agents had been rewritten after 412 days (350 or more).".into(),
        chart: Some(Chart::Survival {
            title: "Lines still there, by age and origin".into(),
            unit: "% of the lines that landed".into(),
            counted: "lines still there and watched".into(),
            ages: vec![0, 365, 730, 1095],
            curves: vec![curve("agent", 0.004, 14.0, 620), curve("unknown", 0.002, 6.0, 1200)],
        }),
        tables: vec![table("By origin", &[("Origin", ""), ("Half-life", ""), ("After 1 year", "")], rows)],
        how: "Kaplan–Meier, lines that are still there counted for as long as they were watched.".into(),
        caveats: vec!["That a line lasts does not make it good.".into()],
        query: Some("line_survival"),
    }
}

fn today() -> Panel {
    let shapes = [[0.0, 0.0, 2100.0, 9400.0], [0.0, 310.0, 4100.0, 6000.0], [8000.0, 2000.0, 0.0, 0.0]];
    let series = ["agent", "assisted", "human"].iter().zip(shapes).map(|(key, values)| Series {
        key: (*key).into(),
        label: (*key).into(),
        values: values.into(),
    });
    Panel {
        id: "todays_code",
        question: "What is today's code made of?".into(),
        answer: "31,910 lines of code, at least two of three with AI.".into(),
        chart: Some(Chart::StackedYears {
            title: "Today's lines of code".into(),
            unit: "lines of code".into(),
            years: vec![2023, 2024, 2025, 2026],
            series: series.collect(),
        }),
        tables: vec![],
        how: "Every line of the newest commit.".into(),
        caveats: vec![],
        query: Some("todays_code"),
    }
}

fn months() -> Panel {
    let month = |at: u32| HeatRow {
        label: format!("{} 2026", ["Jan", "Feb", "Mar", "Apr", "May"][at as usize]),
        values: (0..5).map(|age| (age + at < 6).then(|| f64::from(4 + 3 * age) + f64::from(at) * 0.7)).collect(),
    };
    Panel {
        id: "cohorts",
        question: "How did the changes of each month fare?".into(),
        answer: "Months side by side at the same age.".into(),
        chart: Some(Chart::Heat {
            title: "Reverted or rewritten by a bug fix, by month of landing and age".into(),
            unit: "% of the month's changes, by age".into(),
            columns: ["7 days", "14 days", "30 days", "90 days", "180 days"].map(str::to_owned).into(),
            rows: (0..5).map(month).collect(),
        }),
        tables: vec![],
        how: "Of those that could be watched for as long.".into(),
        caveats: vec![],
        query: Some("judged_changes"),
    }
}

fn places() -> Panel {
    let limit = |label: &str, by: f64| Line {
        key: "other".into(),
        label: label.into(),
        points: (1..40)
            .map(|at| f64::from(at * at * 3))
            .map(|n| (n, 24.0 + by / n.sqrt()))
            .map(|(n, y)| [n, y, y, y])
            .collect(),
    };
    let point = |(label, n, share): (&str, f64, f64)| Point { label: label.into(), at: [n, share] };
    let points = [("harbour/quay", 412.0, 21.0), ("harbour/crane", 390.0, 21.5), ("harbour/buoy", 38.0, 47.0)];
    Panel {
        id: "places",
        question: "How far apart are repositories?".into(),
        answer: "None lies beyond what chance alone would bring about.".into(),
        chart: Some(Chart::Plane {
            title: "Reverted or rewritten by a bug fix within 90 days".into(),
            unit: "% of changes".into(),
            across: Across { label: "changes that could be watched for 90 days".into(), is_log: true },
            lines: vec![limit("all together", 0.0), limit("", 90.0), limit("", -90.0)],
            points: points.map(point).into(),
        }),
        tables: vec![],
        how: "The funnel is where 95 % of repositories would lie by chance.".into(),
        caveats: vec![],
        query: Some("judged_changes"),
    }
}

fn tipping() -> Panel {
    let line = |key: &str, label: &str, value: f64, slope: f64| Line {
        key: key.into(),
        label: label.into(),
        points: (4..=10)
            .map(|part| {
                let value = value + slope * f64::from(10 - part);
                [f64::from(part * 10), value, value * 0.8, value * 1.25]
            })
            .collect(),
    };
    Panel {
        id: "tipping",
        question: "What if only part of AI's work bears a label?".into(),
        answer: "Reverted reads alike down to 40 %.".into(),
        chart: Some(Chart::Plane {
            title: "AI over the rest, by how much of AI's work is known as such".into(),
            unit: RATIO.into(),
            across: Across { label: "% of AI's work that bears a label".into(), is_log: false },
            lines: vec![line("fill-1", "Reverted", 1.4, 0.06), line("fill-2", "Rewritten by a bug fix", 1.1, 0.01)],
            points: vec![],
        }),
        tables: vec![],
        how: "The ratio of the verdict, corrected for labels that are missing.".into(),
        caveats: vec![],
        query: Some("judged_changes"),
    }
}

fn skipped() -> Panel {
    let rows = vec![
        row("2 commits", [Cell::Text("unknown text encoding".into()), Cell::Empty], commits(2, ""), 0),
        row("1 pack file", [Cell::Text("checksum differs".into()), Cell::Text("git fsck".into())], vec![], 0),
    ];
    Panel {
        id: "skipped",
        question: "What could not be read?".into(),
        answer: "Three things; no number above moves by more than one change.".into(),
        chart: None,
        tables: vec![table("Not read", &[("What", ""), ("Why", ""), ("How to mend it", "")], rows)],
        how: "Everything that could not be read is listed here and left out of every count.".into(),
        caveats: vec![],
        query: Some("skipped"),
    }
}

fn note(name: &str, limits: &[&str]) -> RepoNote {
    RepoNote {
        name: name.into(),
        url: Some(format!("https://github.com/{name}")),
        default_branch: Some("main".into()),
        head_commit: Some("9f3a77c10b5ed2a46610f1c2aa08b7d3e94c5f01".into()),
        commits: 18_240,
        changes: 3012,
        ai_changes: 559,
        first_change: Some(at(1900)),
        last_change: Some(at(1)),
        limits: limits.iter().map(|limit| (*limit).to_owned()).collect(),
    }
}

/// Eight panels, as a report on one busy repository has them.
pub(crate) fn report() -> Report {
    let headline = |label: &str, finding, note: &str| Headline { label: label.into(), finding, note: note.into() };
    Report {
        title: "What became of 3,012 changes".into(),
        since: NaiveDate::from_ymd_opt(2024, 7, 1),
        until: NaiveDate::from_ymd_opt(2026, 6, 30),
        repos: vec![note("harbour/quay", &["No incidents were imported: shipwake import incidents --from SOURCE FILE"])],
        summary: vec![
            "AI wrote, or helped to write, at least 34 of every 100 changes merged since July 2024; for 47 there is no evidence either way.".into(),
            "Changes by AI agents were reverted within 30 days 38 times in 1,000 (24–55, n=812), the rest 23 times (16–33, n=1,427). The intervals overlap: we cannot tell them apart yet.".into(),
        ],
        headlines: vec![
            headline("Written by or with AI", estimate(Unit::Share, [0.3383, 0.3216, 0.3554], 3012, 1019), "at least; 47 % unknown"),
            headline("Reverted within 30 days, AI", rate(38.2, 24.1, 54.9, 812, 31), "the rest: 23 (16–33), n=1,427"),
            headline("AI against the rest", estimate(Unit::Ratio, [1.41, 0.97, 1.93], 2239, 64), "cannot tell"),
            headline("Linked to an incident, AI", thin(812, 2), ""),
        ],
        panels: vec![
            origins(),
            agents(),
            today(), months(), places(), tipping(),
            outcome("reverts", "How often were changes reverted?", "Of 1,000 changes by agents 38 were reverted within 30 days (24–55), of unknown origin 23 (16–33). The intervals overlap: cannot tell.", &[("Within 30 days", 1.0), ("Within 90 days", 1.6)]),
            outcome("fixes", "How often did a bug fix follow?", "About twice as often as reverts, and as alike between origins.", &[("Within 90 days", 2.4)]),
            outcome("incidents", "Which changes were linked to incidents?", "Too few incidents to compare.", &[("Ever", 0.2)]),
            lines(),
            skipped(),
        ],
        caveats: vec![
            "Intervals are 95 % intervals: where two overlap widely, the difference may be chance.".into(),
            "These numbers describe changes, not people, and are not fit for performance review.".into(),
        ],
        ..empty()
    }
}

pub(crate) fn empty() -> Report {
    Report {
        schema: SCHEMA,
        title: "Nothing was read".into(),
        tool_version: "0.1.0",
        generated_at: at(0),
        since: None,
        until: None,
        repos: vec![],
        summary: vec![],
        headlines: vec![],
        panels: vec![],
        caveats: vec![],
    }
}

/// A report in which every free text attacks the reader.
pub(crate) fn hostile() -> Report {
    let attack =
        "<img src=x onerror=alert(1)></details><script>alert(1)</script> [x](javascript:alert(1)) | `a` **b** \
        \u{202e}mallory@evil.example\u{1b}[31m\0 {{ 7*7 }} ]]> \" ' &amp; \\|"
            .to_owned();
    let long = format!("{attack}{}", "W".repeat(5000));
    let mut report = report();
    report.title = attack.clone();
    report.summary = vec![attack.clone(), long.clone()];
    report.caveats = vec![long.clone()];
    report.repos[0].name = attack.clone();
    report.repos[0].url = Some("javascript:alert(1)".into());
    report.repos[0].default_branch = Some(attack.clone());
    report.repos[0].limits = vec![long.clone()];
    report.headlines[0].label = long.clone();
    for panel in &mut report.panels {
        panel.question = attack.clone();
        panel.answer = long.clone();
        if let Some(Chart::Intervals { title, unit, rows }) = &mut panel.chart {
            (*title, *unit) = (long.clone(), attack.clone());
            rows.iter_mut().for_each(|row| (row.label, row.note) = (attack.clone(), long.clone()));
        }
        if let Some(Chart::Survival { title, curves, .. }) = &mut panel.chart {
            *title = long.clone();
            curves.iter_mut().for_each(|curve| (curve.key, curve.label) = (attack.clone(), long.clone()));
        }
        if let Some(Chart::Heat { title, columns, rows, .. }) = &mut panel.chart {
            *title = long.clone();
            columns.iter_mut().for_each(|column| *column = attack.clone());
            rows.iter_mut().for_each(|row| row.label = long.clone());
        }
        if let Some(Chart::Plane { title, across, lines, points, .. }) = &mut panel.chart {
            (*title, across.label) = (attack.clone(), long.clone());
            lines.iter_mut().for_each(|line| (line.key, line.label) = (attack.clone(), long.clone()));
            points.iter_mut().for_each(|point| point.label = attack.clone());
        }
        for table in &mut panel.tables {
            table.title = attack.clone();
            for row in &mut table.rows {
                row.cells[0] = Cell::Text(long.clone());
                for commit in &mut row.commits {
                    (commit.subject, commit.note, commit.commit) = (long.clone(), attack.clone(), attack.clone());
                    commit.url = Some(format!("javascript:{attack}"));
                }
            }
        }
    }
    report
}
