//! Work in lots on several threads, with the answers in order and never many of them waiting.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Condvar, Mutex};

/// Answers that may wait for an earlier one, for each thread.
const AHEAD: usize = 2;

/// Threads to use when nobody says how many.
pub(super) fn usual_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Does lots `0..lots` on up to `threads` threads, each with a worker of its own, and hands the answers to
/// `take` in order. The first error ends it.
pub(super) fn in_order<W, R: Send, E: Send>(
    threads: usize,
    lots: usize,
    worker: impl Fn() -> Result<W, E> + Sync,
    work: impl Fn(&mut W, usize) -> R + Sync,
    mut take: impl FnMut(R),
) -> Result<(), E> {
    if threads <= 1 || lots <= 1 {
        let mut worker = worker()?;
        (0..lots).for_each(|lot| take(work(&mut worker, lot)));
        return Ok(());
    }
    let threads = threads.min(lots);
    // The next lot to start, and how many were taken: nobody runs far ahead of the slowest.
    let (turn, moved) = (Mutex::new((0usize, 0usize)), Condvar::new());
    let next = || {
        let mut turn = turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        while turn.0 < lots && turn.0 >= turn.1.saturating_add(threads * AHEAD) {
            turn = moved.wait(turn).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        turn.0 += 1;
        (turn.0 <= lots).then(|| turn.0 - 1)
    };
    let taken = |count: usize| {
        let mut turn = turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        turn.1 = count.max(turn.1);
        drop(turn);
        moved.notify_all();
    };
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for _ in 0..threads {
            let (send, next, worker, work) = (send.clone(), &next, &worker, &work);
            let released = &taken;
            scope.spawn(move || {
                // A panic must not leave the others waiting for this thread's lot; the scope passes it on.
                let _release = OnPanic(|| released(lots));
                let mut own = match worker() {
                    Ok(own) => own,
                    Err(error) => return drop(send.send(Err(error))),
                };
                while let Some(lot) = next() {
                    if send.send(Ok((lot, work(&mut own, lot)))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let (mut waiting, mut done, mut failed) = (BTreeMap::new(), 0, None);
        for answer in receive {
            match answer {
                Ok((lot, answer)) => drop(waiting.insert(lot, answer)),
                Err(error) => {
                    failed = Some(error);
                    taken(lots);
                    break;
                }
            }
            while let Some(answer) = waiting.remove(&done) {
                take(answer);
                done += 1;
            }
            taken(done);
        }
        failed.map_or(Ok(()), Err)
    })
}

struct OnPanic<F: Fn()>(F);

impl<F: Fn()> Drop for OnPanic<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.0)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_whatever_the_number_of_threads() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let work = |_: &mut (), lot: usize| {
                std::thread::sleep(std::time::Duration::from_micros((lot as u64 * 7919) % 300));
                lot * 2
            };
            in_order(threads, 200, || Ok::<(), ()>(()), work, |answer| taken.push(answer)).unwrap();
            assert_eq!(taken, (0..200).map(|lot| lot * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic = "scoped thread panicked"]
    fn a_panic_ends_it() {
        let work = |_: &mut (), lot: usize| assert!(lot != 3, "lot three");
        let _ = in_order(3, 500, || Ok::<(), ()>(()), work, |()| {});
    }

    #[test]
    fn a_worker_that_cannot_be_made_is_an_error() {
        for threads in [1, 3] {
            let made = in_order(threads, 50, || Err::<(), _>("no"), |_, lot| lot, |_| {});
            assert_eq!(made, Err("no"));
        }
    }
}
