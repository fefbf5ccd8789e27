//! What it costs to link a repository: CPU seconds of each step on one core, beside those of reading its history.
//!
//! `cargo bench --profile dev --bench outcomes -- REPO`
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]

mod clock;

use std::path::Path;

use shipwake::facts::{Github, PeopleKey};
use shipwake::outcomes::{
    CommitIndex, find_cherry_picks, find_culprits, find_fixes, find_reverts, find_superseded, fixing_changes,
    follow_up_fixes,
};
use shipwake::sources::git::{OpenRepository, Options};

use clock::timed;

fn main() {
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    let path = std::env::args().skip(1).find(|word| !word.starts_with('-')).expect("the path of a repository");
    one_core.install(|| {
        let repository = OpenRepository::at(Path::new(&path), None, None).expect("a repository");
        let options = Options { threads: Some(1), ..Options::default() };
        let read = || repository.mine(&PeopleKey([0; 32]), &options).expect("its history");
        let (history, mining) = timed("history, lines and rows", read);
        let repo = &repository.name;
        let (index, naming) = timed("names of commits", || CommitIndex::new(&history, &[], repo));
        let github = Github::default();
        let ((fixes, _), of_fixes) = timed("fixes and stated culprits", || find_fixes(&index, &github));
        let (culprits, inferring) = timed("inferred culprits", || find_culprits(&index, &fixes));
        let (reverts, undoing) = timed("reverts", || find_reverts(&index, &[]));
        let (_, superseding) = timed("superseded changes", || find_superseded(&index, &reverts));
        let (_, picking) = timed("cherry picks", || find_cherry_picks(&index));
        let (_, following) =
            timed("follow-up fixes", || follow_up_fixes(&index, &fixing_changes(&history.commits, &fixes)));
        let linking = naming + of_fixes + inferring + undoing + superseding + picking + following;
        println!(
            "{} fixes, {} inferred links: {:.3} s per 100 fixes",
            fixes.len(),
            culprits.len(),
            100.0 * inferring / fixes.len().max(1) as f64
        );
        println!("all links: {linking:.2} s, {:.2} of reading", linking / mining);
    });
}
