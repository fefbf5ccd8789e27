//! How many commits a core reads and judges in a second, and whether hostile ones cost more than their length.
//!
//! `cargo bench --profile dev --bench attribution [-- REPO]`: made-up commits as histories have them, then those of a
//! repository, then single messages of two lengths whose times should be as their lengths.
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]

use std::path::Path;
use std::time::Instant;

use shipwake::attribution::{Catalogue, attribute};
use shipwake::facts::{Commit, CommitId, Github, History, PeopleKey};
use shipwake::sources::git::{OpenRepository, Options};

fn main() {
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    one_core.install(|| {
        let catalogue = Catalogue::built_in().expect("the built-in catalogue");
        measure("made up", &History { commits: made_up(), ..History::default() }, &catalogue);
        if let Some(path) = std::env::args().skip(1).find(|word| !word.starts_with('-')) {
            let repository = OpenRepository::at(Path::new(&path), None, None).expect("a repository");
            let history = repository.mine(&PeopleKey([0; 32]), &Options::default()).expect("its history");
            measure(&path, &History { commits: history.commits, ..History::default() }, &catalogue);
        }
        for (name, unit) in [
            ("squash of trailers", "* mend one sail\n\nCo-authored-by: Cursor <cursoragent@cursor.com>\n\n"),
            ("names of AI", "AI by Claude, "),
            ("fences and quotes", "```\n> <!-- \n"),
            ("one long word", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ] {
            let [short, long] = [256 << 10, 1 << 20].map(|bytes| time_of(unit, bytes, &catalogue));
            println!("{name}: 256 KiB in {:.1} ms, 1 MiB in {:.1} ms, ratio {:.1}", short, long, long / short);
        }
    });
}

fn measure(name: &str, history: &History, catalogue: &Catalogue) {
    let mut best = f64::INFINITY;
    for _ in 0..4 {
        let started = Instant::now();
        let attributed = attribute(history, &Github::default(), &[], catalogue);
        assert!(attributed.attributions.len() >= history.commits.len());
        best = best.min(started.elapsed().as_secs_f64());
    }
    let commits = history.commits.len();
    println!("{name}: {commits} commits in {best:.3} s, {:.0} commits a second", commits as f64 / best);
}

fn time_of(unit: &str, bytes: usize, catalogue: &Catalogue) -> f64 {
    let history = History {
        commits: vec![commit(0, format!("Mend\n\n{}", unit.repeat(bytes / unit.len())))],
        ..History::default()
    };
    let times = (0..3).map(|_| {
        let started = Instant::now();
        attribute(&history, &Github::default(), &[], catalogue);
        started.elapsed().as_secs_f64() * 1000.0
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Of a hundred, eight credit AI, two speak of it, and the others are a subject with or without a body.
fn made_up() -> Vec<Commit> {
    const BODY: &str = "The sail was reefed twice where once was enough, which showed only in strong wind.\nReef it once, \
                        and say so in the log.\n\nFixes: #12\nSigned-off-by: Ada Byron <ada@example.org>\n";
    let message = |at: usize| match at % 100 {
        0..8 => format!("sail: reef once ({at})\n\n{BODY}Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>\n"),
        8 => format!("providers: add Claude ({at})\n\nThe Claude API answers in another form.\n"),
        9 => format!("Mend {at}\n\nAI disclosure: I used Codex to write the tests.\n"),
        10..60 => format!("sail: reef once ({at})\n\n{BODY}"),
        _ => format!("Mend the sail of ship {at}"),
    };
    (0..200_000).map(|at| commit(at, message(at))).collect()
}

fn commit(at: usize, message: String) -> Commit {
    let time = chrono::DateTime::from_timestamp(1_750_000_000 + at as i64, 0);
    let id = CommitId::new(format!("{at:040x}"));
    Commit {
        parents: vec![],
        is_merge: false,
        on_mainline: true,
        on_default_branch: true,
        change_id: Some(id.clone()),
        pull: None,
        author: "p1".into(),
        author_name: "Ada Byron".into(),
        author_email: "ada@example.org".into(),
        committer: "p2".into(),
        committer_name: "GitHub".into(),
        committer_email: "noreply@github.com".into(),
        authored_at: time,
        authored_offset: 0,
        committed_at: time,
        committed_offset: 0,
        subject: message.lines().next().unwrap_or_default().into(),
        message: message.into(),
        added: 1,
        deleted: 0,
        files: 1,
        week: None,
        month: None,
        commit_id: id,
    }
}
