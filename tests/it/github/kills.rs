//! A run that is killed at any point leaves a lake from which the next one gets to the same end.

use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use super::peer::Peer;
use super::sync::lively;
use super::{TOKEN, desk, everything, sync};
use crate::binary::Shipwake;
use crate::dice::Dice;

const KILLS: usize = 50;

/// Starts a sync and kills it (SIGKILL) a little after the peer has seen so many requests; false when it was done before.
fn kill_after(desk: &Shipwake, peer: &Peer, requests: usize, pause: Duration) -> bool {
    let (seen, wait) = mpsc::channel();
    let first = peer.asked().len();
    peer.oddly(move |asked| {
        if asked.nth == first + requests {
            let _ = seen.send(());
        }
        None
    });
    let url = peer.url();
    let mut command = desk.command();
    command.env("GITHUB_TOKEN", TOKEN).args(["sync", "github", "o/r", "--api-url", &url]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Requests that never come: the run is at its end, writing rows, or over.
    let _ = wait.recv_timeout(Duration::from_millis(400));
    std::thread::sleep(pause);
    let is_over = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    peer.behave();
    !is_over
}

#[test]
fn a_run_killed_anywhere_comes_to_the_same_end() {
    let peer = lively();
    let undisturbed = desk();
    sync(&undisturbed, &peer, &[]);
    let (whole, requests) = (everything(&undisturbed), peer.asked().len());
    let (dice, mut killed) = (&mut Dice::new(6), 0);
    for _ in 0..KILLS {
        let desk = desk();
        let point = dice.below(requests + 2);
        let pause = Duration::from_micros(dice.below(20_000) as u64);
        killed += usize::from(kill_after(&desk, &peer, point, pause));
        sync(&desk, &peer, &[]);
        assert!(everything(&desk) == whole, "killed {pause:?} after {point} requests");
    }
    assert!(killed > KILLS / 2, "only {killed} runs were still under way when they were killed");
}

/// Killed again and again, a run gets on: what was answered is never asked for again.
#[test]
fn many_short_runs_are_one_long_one() {
    let peer = lively();
    let undisturbed = desk();
    sync(&undisturbed, &peer, &[]);
    let whole = everything(&undisturbed);
    let desk = desk();
    let dice = &mut Dice::new(7);
    for _ in 0..12 {
        kill_after(&desk, &peer, 2 + dice.below(4), Duration::from_millis(1));
    }
    sync(&desk, &peer, &[]);
    assert!(everything(&desk) == whole);
}
