//! What became of pull requests, how they were reviewed, and what AI reviewers said.

use super::{percent, row, table, text};
use crate::analysis::metrics::lines::Groups;
use crate::analysis::metrics::pulls::{self, ENDS, Pulls, REVIEWS, ToolCounts, Trait};
use crate::analysis::metrics::{Minimum, Tally};
use crate::analysis::{Analysis, Finding};
use crate::facts::Origin;
use crate::report::panel::{Cell, Chart, IntervalRow, Panel, Table};
use crate::report::words;

pub(super) fn panels(analysis: &Analysis) -> Vec<Panel> {
    let told = &analysis.pulls;
    if told.all() == 0 {
        return Vec::new();
    }
    let mut panels = vec![became(told, analysis.minimum), reviewed(told, analysis.minimum)];
    if !told.tools.is_empty() {
        panels.push(ai_reviews(told, analysis.minimum));
    }
    panels
}

const SIDES: &str = "AI is agent and assisted, the rest is human and unknown, both only since the first pull request with evidence of AI; \
                     automation is on neither side. Shares with Wilson's 95 % interval, differences with Newcombe's.";
const ASSOCIATED: &str = "AI and the rest differ in size, task and author, which is not held equal here: associated with, not an effect of AI.";
const ORIGIN: &str = "A pull request's origin is that of its author's account, its commits, its text, its branch or its labels: the first that tells.";

fn became(told: &Pulls, minimum: Minimum) -> Panel {
    Panel {
        id: "pull_outcomes",
        question: "What became of pull requests?".to_owned(),
        answer: answer(&ENDS[..1], &told.ends, "Of the pull requests that ended, ", minimum),
        chart: chart("Merged, of the pull requests that ended", &ENDS[..1], &told.ends, minimum),
        tables: vec![ends_by_origin(told, minimum), comparison(&ENDS, &told.ends, minimum)],
        how: format!("Pull requests opened in the window, as GitHub tells them. Shares are of those that ended. {ORIGIN} {SIDES}"),
        caveats: vec![
            "Work that somebody did by hand, or landed in another way than by GitHub's button, shows as rejected or abandoned.".to_owned(),
            "People look at what an agent did before they open a pull request for it, or do not open one: what is refused then is not seen."
                .to_owned(),
            ASSOCIATED.to_owned(),
        ],
        query: Some("pull_outcomes"),
    }
}

fn reviewed(told: &Pulls, minimum: Minimum) -> Panel {
    let waits = match pulls::median(&all_waits(told), minimum) {
        median @ Finding::Estimate(_) => {
            format!(" Half of those that a person reviewed waited less than {}.", words::say(&median))
        }
        _ => String::new(),
    };
    Panel {
        id: "reviews",
        question: "How were pull requests reviewed?".to_owned(),
        answer: format!(
            "{}{waits}",
            answer(&REVIEWS[..1], &told.reviews, "Of the pull requests that were merged, ", minimum)
        ),
        chart: chart("How merged pull requests were reviewed", &REVIEWS[..4], &told.reviews, minimum),
        tables: vec![
            reviews_by_origin(told, minimum),
            waits_by_origin(told, minimum),
            comparison(&REVIEWS, &told.reviews, minimum),
        ],
        how: format!(
            "Of merged pull requests whose reviews could be read. Reviews of persons are those of accounts that are neither automation, \
             nor an AI, nor the author. Waiting begins when a pull request is no draft, and ends with a person's first review or comment \
             on a line; the median is of those that were reviewed, with the interval between order statistics. {ORIGIN} {SIDES}"
        ),
        caveats: vec![
            "What was talked over elsewhere, or at one screen, is not seen.".to_owned(),
            "That nobody wrote a word does not mean that nobody read: a rubber stamp is a sign, not a finding."
                .to_owned(),
            ASSOCIATED.to_owned(),
        ],
        query: Some("reviews"),
    }
}

fn ai_reviews(told: &Pulls, minimum: Minimum) -> Panel {
    let total = |of: fn(&ToolCounts) -> u64| told.tools.iter().map(of).sum::<u64>();
    let (comments, stated, severe) = (total(|t| t.comments), total(|t| t.stated), total(|t| t.severe));
    let rows = told.tools.iter().map(|tool| {
        let with_severe = Tally { watched: tool.pulls, events: tool.with_severe };
        row(vec![
            text(tool.tool.as_str()),
            Cell::Count(tool.pulls),
            Cell::Count(tool.comments),
            Cell::Count(tool.stated),
            Cell::Count(tool.severe),
            if tool.stated == 0 { Cell::Empty } else { Cell::Finding(pulls::share(with_severe, minimum)) },
        ])
    });
    let columns = [
        ("Tool", "Canonical name from the catalogue."),
        ("Pull requests", "That it reviewed or commented on."),
        ("Remarks", "On lines."),
        ("With a severity", "Remarks that state one in words or a badge."),
        ("Severe", "Of these, those that the tool calls critical or major, in whatever words."),
        ("Pull requests with a severe one", ""),
    ];
    Panel {
        id: "ai_reviews",
        question: "What did AI reviewers say?".to_owned(),
        answer: format!(
            "{} reviewed pull requests and left {} on lines; {} of the {} that state a severity are severe.",
            words::counted_as(told.tools.len() as u64, "AI tool", "AI tools"),
            words::counted(comments, "remark"),
            words::count(severe),
            words::count(stated),
        ),
        chart: None,
        tables: vec![table("Reviews by AI tool", &columns, rows.collect())],
        how: "Tools are told by their accounts. A pull request that two tools reviewed counts for both. Remarks that people made count \
              nowhere here, and no review makes a pull request an AI's."
            .to_owned(),
        caveats: vec![
            "Severity is the tool's own word: one tool's critical may be another's minor, and some never say.".to_owned(),
            "Whether a remark was right, or heeded, is not known.".to_owned(),
        ],
        query: Some("ai_reviews"),
    }
}

/// The first of some traits over all origins, and AI beside the rest.
fn answer(of: &[Trait], groups: &[Groups<Tally>], opening: &str, minimum: Minimum) -> String {
    let (Some(first), Some(groups)) = (of.first(), groups.first()) else { return String::new() };
    let all = groups.by_origin.values().fold(Tally::default(), |all, tally| Tally {
        watched: all.watched + tally.watched,
        events: all.events + tally.events,
    });
    let overall = match pulls::share(all, minimum) {
        share @ Finding::Estimate(_) => format!("{opening}{} {}.", words::say(&share), first.holds),
        thin => format!("{opening}too few are known ({}).", words::say(&thin)),
    };
    let compared = match pulls::compare(groups, minimum) {
        [ai @ Finding::Estimate(_), rest @ Finding::Estimate(_), Finding::Estimate(difference)] => {
            let verdict = match () {
                () if difference.low > 0.0 => "more with AI, by",
                () if difference.high < 0.0 => "less with AI, by",
                () => "cannot tell, the difference is",
            };
            format!(
                "With evidence of AI it is {}, among the rest since then {}: {verdict} {}.",
                words::say(&ai),
                words::say(&rest),
                words::say(&Finding::Estimate(difference))
            )
        }
        _ => "There is too little data to compare AI with the rest.".to_owned(),
    };
    format!("{overall} {compared}")
}

fn tally_of(groups: &Groups<Tally>, origin: Origin) -> Tally {
    groups.by_origin.get(&origin).copied().unwrap_or_default()
}

/// Shares of one origin; nothing where there is nothing to share.
fn shares(groups: &[Groups<Tally>], origin: Origin, minimum: Minimum) -> impl Iterator<Item = Cell> {
    groups.iter().map(move |groups| match tally_of(groups, origin) {
        Tally { watched: 0, .. } => Cell::Empty,
        tally => Cell::Finding(pulls::share(tally, minimum)),
    })
}

fn ends_by_origin(told: &Pulls, minimum: Minimum) -> Table {
    let rows = Origin::ALL.iter().map(|&origin| {
        let count = |groups: &Groups<u64>| Cell::Count(groups.by_origin.get(&origin).copied().unwrap_or_default());
        let counts = [text(origin.as_str()), count(&told.pulls), count(&told.still_open)];
        row(counts.into_iter().chain(shares(&told.ends, origin, minimum)).collect())
    });
    let mut columns = vec![("Origin", ""), ("Pull requests", ""), ("Still open", "")];
    columns.extend(ENDS.iter().map(|end| (end.title, end.help)));
    table("Pull requests by origin", &columns, rows.collect())
}

fn reviews_by_origin(told: &Pulls, minimum: Minimum) -> Table {
    let rows = Origin::ALL.iter().map(|&origin| {
        let merged = told.ends.first().map(|groups| tally_of(groups, origin).events).unwrap_or_default();
        let counts = [text(origin.as_str()), Cell::Count(merged)];
        row(counts.into_iter().chain(shares(&told.reviews, origin, minimum)).collect())
    });
    let mut columns = vec![("Origin", ""), ("Merged", "")];
    columns.extend(REVIEWS.iter().map(|review| (review.title, review.help)));
    table("Reviews of merged pull requests, by origin", &columns, rows.collect())
}

fn all_waits(told: &Pulls) -> Vec<(f64, u64)> {
    told.waits.by_origin.values().flatten().copied().collect()
}

fn waits_by_origin(told: &Pulls, minimum: Minimum) -> Table {
    let median = |waits: &[(f64, u64)]| Cell::Finding(pulls::median(waits, minimum));
    let by_origin = told.waits.by_origin.iter().map(|(origin, waits)| (origin.to_string(), waits));
    let sides = [("AI, since its first", &told.waits.ai), ("the rest, since then", &told.waits.rest)];
    let sides = sides.into_iter().filter(|(_, waits)| !waits.is_empty()).map(|(side, waits)| (side.to_owned(), waits));
    let rows = by_origin.chain(sides).map(|(label, waits)| row(vec![text(label), median(waits)]));
    let columns = [("Origin", ""), ("Median wait", "Of pull requests that a person reviewed, merged or not.")];
    table("Time to a person's first review", &columns, rows.collect())
}

fn comparison(of: &[Trait], groups: &[Groups<Tally>], minimum: Minimum) -> Table {
    let rows = of.iter().zip(groups).map(|(of, groups)| {
        let findings = pulls::compare(groups, minimum).map(Cell::Finding);
        row(std::iter::once(text(of.title)).chain(findings).collect())
    });
    let columns = [
        ("", ""),
        ("AI", "Agent and assisted pull requests since the first with evidence of AI."),
        ("The rest", "Human and unknown pull requests since then."),
        ("Difference", "AI less the rest, per 1,000 pull requests."),
    ];
    table("AI against the rest", &columns, rows.collect())
}

fn chart(title: &str, of: &[Trait], groups: &[Groups<Tally>], minimum: Minimum) -> Option<Chart> {
    let rows: Vec<IntervalRow> =
        of.iter().zip(groups).flat_map(|(of, groups)| interval_rows(of, groups, minimum)).collect();
    rows.iter().any(|row| row.point.is_some()).then(|| Chart::Intervals {
        title: title.to_owned(),
        unit: "% of pull requests".to_owned(),
        rows,
    })
}

fn interval_rows(of: &Trait, groups: &Groups<Tally>, minimum: Minimum) -> Vec<IntervalRow> {
    let counted = groups.by_origin.iter().filter(|(_, tally)| tally.watched > 0);
    let rows = counted.map(|(origin, tally)| {
        let basis = format!("{} of {}", words::count(tally.events), words::count(tally.watched));
        let point = percent(&pulls::share(*tally, minimum));
        let note = if point.is_some() { basis } else { format!("n={}", words::count(tally.watched)) };
        IntervalRow { group: of.title.to_owned(), label: origin.to_string(), key: origin.to_string(), point, note }
    });
    rows.collect()
}
