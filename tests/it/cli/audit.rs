//! The audit: a sheet for people, and what it says of our labels.

use crate::binary::Shipwake;
use crate::repo::Repo;

const CLAUDE: &str = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>";

/// Six changes with AI, six that say nothing.
fn mined() -> Shipwake {
    let (repo, run) = (Repo::new(), Shipwake::new());
    for number in 0..6 {
        repo.change("a.rs", &format!("{number}\n"), &format!("Assisted {number}{CLAUDE}"));
        repo.change("b.rs", &format!("{number}\n"), &format!("Silent {number}, ada@example.org"));
    }
    run.mine(&repo.path);
    run
}

fn sheet(run: &Shipwake) -> String {
    std::fs::read_to_string(run.dir.path().join("audit.csv")).unwrap()
}

#[test]
fn a_sheet_is_drawn_that_does_not_tell_our_verdict() {
    let run = mined();
    let said = run.ok(&["audit", "draw", "--changes", "8"]);
    assert_eq!(said, "8 changes drawn; fill in `origin` in audit.csv, then `shipwake audit score audit.csv`\n");
    let drawn = sheet(&run);
    assert_eq!(drawn.lines().next(), Some("repo,change_id,pull,merged_at,subject,stands_among,origin,note"));
    let count = |word: &str| drawn.matches(word).count();
    assert_eq!((count("Assisted"), count("Silent"), count(",6,,"), count("ada@")), (4, 4, 8, 0));
    assert_eq!(count("assisted") + count("unknown"), 0);

    let again = run.run(&["audit", "draw", "--changes", "8"]);
    assert!(again.code == Some(1) && again.stderr.contains("audit.csv"), "a filled sheet is not overwritten");
    std::fs::remove_file(run.dir.path().join("audit.csv")).unwrap();
    run.ok(&["audit", "draw", "--changes", "8"]);
    assert_eq!(sheet(&run), drawn, "the same seed draws the same");
    run.ok(&["audit", "draw", "--changes", "8", "--seed", "2", "--out", "other.csv"]);
    assert_ne!(std::fs::read_to_string(run.dir.path().join("other.csv")).unwrap(), drawn);
}

/// The sheet filled in by what the subject says.
fn fill(run: &Shipwake, judge: impl Fn(&str) -> &'static str) {
    let filled: Vec<String> = sheet(run)
        .lines()
        .map(|line| line.strip_suffix(",,").map_or(line.to_owned(), |start| format!("{start},{},", judge(line))))
        .collect();
    std::fs::write(run.dir.path().join("audit.csv"), filled.join("\n")).unwrap();
}

#[test]
fn a_filled_sheet_gives_precision_and_recall() {
    let run = mined();
    run.ok(&["audit", "draw", "--changes", "12"]);
    fill(&run, |line| match line {
        line if line.contains("Assisted 0") => "human",
        line if line.contains("Assisted") => "assisted",
        line if line.contains("Silent 1") || line.contains("Silent 2") => "assisted",
        line if line.contains("Silent 3") => "",
        _ => "human",
    });
    let told: serde_json::Value =
        serde_json::from_str(&run.ok(&["audit", "score", "audit.csv", "--format", "json"])).unwrap();
    assert_eq!((&told["judged"], &told["not_told"], &told["not_in_the_lake"]), (&11.into(), &1.into(), &0.into()));
    let ai = &told["labels"][0];
    assert_eq!((&ai["label"], &ai["precision"]["events"], &ai["precision"]["n"]), (&"AI".into(), &5.into(), &6.into()));
    // 5 found; 2 of 5 judged silent ones stand for 2.4 of 6.
    let recall = ai["recall"]["value"].as_f64().unwrap();
    assert!((recall - 5.0 / 7.4).abs() < 1e-9, "{recall}");
    assert_eq!(told["ai_among_unknown"]["events"], 2);
    let table = run.ok(&["audit", "score", "audit.csv"]);
    assert!(table.starts_with("11 changes judged, 1 could not be told, 0 no longer in the lake\n"), "{table}");
    assert!(table.contains("AI         83.3 % ("), "{table}");
}

#[test]
fn a_word_that_is_no_origin_is_an_error() {
    let run = mined();
    run.ok(&["audit", "draw", "--changes", "2"]);
    fill(&run, |_| "robot");
    let ran = run.run(&["audit", "score", "audit.csv"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("`robot`") && ran.stderr.contains("hint: "), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_drawn_is_a_usage_error() {
    let run = mined();
    let none = run.run(&["audit", "draw", "--changes", "0"]);
    let unknown = run.run(&["audit", "draw", "--repo", "no/such"]);
    assert_eq!((none.code, unknown.code), (Some(2), Some(2)));
    assert!(unknown.stderr.contains("`no/such`") && unknown.stderr.contains("it holds o/r"), "{}", unknown.stderr);
    assert!(!run.dir.path().join("audit.csv").exists());
}

#[test]
fn a_sheet_with_odd_lines_is_scored_or_refused() {
    let run = mined();
    run.ok(&["audit", "draw", "--changes", "4"]);
    fill(&run, |line| if line.contains("Silent") { "Unknown" } else { "Assisted" });
    let filled = sheet(&run);
    let last = filled.lines().last().unwrap();
    let score = |sheet: String| {
        std::fs::write(run.dir.path().join("audit.csv"), sheet).unwrap();
        run.run(&["audit", "score", "audit.csv"])
    };
    let twice = score(format!("{filled}\n{last}\n"));
    assert!(twice.stdout.starts_with("2 changes judged, 2 could not be told"), "{}{}", twice.stdout, twice.stderr);
    let other = last.replace("Unknown", "bot").replace(",Assisted,", ",bot,");
    let disputed = score(format!("{filled}\n{other}\n"));
    assert!(disputed.code == Some(1) && disputed.stderr.contains("twice"), "{}", disputed.stderr);
    let unreadable = score("a,b\n1,2\n".to_owned());
    assert!(unreadable.code == Some(1) && unreadable.stderr.contains("hint: "), "{}", unreadable.stderr);
}

#[test]
fn a_report_reads_the_sheet_that_is_configured() {
    let run = mined();
    run.ok(&["audit", "draw", "--changes", "4"]);
    std::fs::write(run.dir.path().join("shipwake.toml"), "[report]\naudit = \"audit.csv\"\n").unwrap();
    fill(&run, |_| "robot");
    let repo = crate::repo::Repo::new();
    repo.change("a.rs", "a\n", "Begin");
    let path = repo.path.to_str().unwrap();
    let ran = run.run(&["report", path, "--out", "out"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("`robot`") && ran.stderr.contains("hint: "), "{}", ran.stderr);
    fill(&run, |_| "human");
    std::fs::remove_file(run.dir.path().join("audit.csv")).unwrap();
    let ran = run.run(&["report", path, "--out", "out"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("audit.csv"), "{}", ran.stderr);
    run.ok(&["audit", "draw", "--changes", "4"]);
    run.ok(&["report", path, "--out", "out"]);
}
