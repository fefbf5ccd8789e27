//! Work in lots on several threads, with the answers in order and never many of them waiting.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Answers that may wait for an earlier one, for each thread.
const AHEAD: usize = 8;

/// Threads to use when nobody says how many.
pub(super) fn usual_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Does lots `0..lots` on up to `threads` threads, each with a worker of its own, and hands the answers to
/// `take` in order. The calling thread is one of them: it takes what there is to take, and works on a lot while
/// there is nothing. The first error ends it.
pub(super) fn in_order<W, R: Send, E: Send>(
    threads: usize,
    lots: usize,
    worker: impl Fn() -> Result<W, E> + Sync,
    work: impl Fn(&mut W, usize) -> R + Sync,
    mut take: impl FnMut(R),
) -> Result<(), E> {
    let threads = threads.min(lots).max(1);
    let queue = Queue { started: Mutex::new((0, 0)), moved: Condvar::new(), lots, ahead: threads * AHEAD };
    let mut own = worker()?;
    std::thread::scope(|scope| {
        let _end = AtTheEnd(&queue);
        let (send, receive) = mpsc::channel();
        for _ in 1..threads {
            let (send, queue, worker, work) = (send.clone(), &queue, &worker, &work);
            scope.spawn(move || {
                let _end = AtTheEnd(queue);
                let mut own = match worker() {
                    Ok(own) => own,
                    Err(error) => return drop(send.send(Err(error))),
                };
                while let Some(lot) = queue.wait() {
                    if send.send(Ok((lot, work(&mut own, lot)))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let (mut waiting, mut done) = (BTreeMap::new(), 0);
        while done < lots {
            for answer in receive.try_iter() {
                waiting.extend([answer?]);
            }
            if let Some(answer) = waiting.remove(&done) {
                take(answer);
                done += 1;
                queue.taken(done);
            } else if let Some(lot) = queue.next() {
                waiting.insert(lot, work(&mut own, lot));
            } else {
                // Nobody is left to answer after a panic, which the scope passes on.
                let Ok(answer) = receive.recv() else { break };
                waiting.extend([answer?]);
            }
        }
        Ok(())
    })
}

/// Who does which lot: nobody runs far ahead of the slowest.
struct Queue {
    lots: usize,
    ahead: usize,
    /// How many were started, and how many were taken.
    started: Mutex<(usize, usize)>,
    moved: Condvar,
}

impl Queue {
    fn counts(&self) -> MutexGuard<'_, (usize, usize)> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn must_wait(&self, &mut (started, taken): &mut (usize, usize)) -> bool {
        started < self.lots && started >= taken + self.ahead
    }

    /// The next lot, if it may be started now.
    fn next(&self) -> Option<usize> {
        let mut counts = self.counts();
        (!self.must_wait(&mut counts)).then(|| self.start(counts)).flatten()
    }

    /// The next lot, once it may be started.
    fn wait(&self) -> Option<usize> {
        let counts = self.moved.wait_while(self.counts(), |counts| self.must_wait(counts));
        self.start(counts.unwrap_or_else(PoisonError::into_inner))
    }

    fn start(&self, mut counts: MutexGuard<'_, (usize, usize)>) -> Option<usize> {
        (counts.0 < self.lots).then(|| {
            counts.0 += 1;
            counts.0 - 1
        })
    }

    fn taken(&self, count: usize) {
        self.counts().1 = count;
        self.moved.notify_all();
    }
}

/// No lot is started any more, however it ended, so that no thread waits for one that is gone.
struct AtTheEnd<'q>(&'q Queue);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.counts().0 = self.0.lots;
        self.0.moved.notify_all();
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
    fn a_panic_ends_it() {
        for lots in [500, 4] {
            for fatal in 0..4 {
                let work = |_: &mut (), lot: usize| assert!(lot != fatal, "lot {fatal}");
                let made = std::panic::catch_unwind(|| in_order(3, lots, || Ok::<(), ()>(()), work, |()| {}));
                assert!(made.is_err(), "lot {fatal} of {lots}");
            }
        }
    }

    #[test]
    fn a_worker_that_cannot_be_made_is_an_error() {
        for threads in [1, 3] {
            let made = in_order(threads, 50, || Err::<(), _>("no"), |_, lot| lot, |_| {});
            assert_eq!(made, Err("no"));
        }
    }
}
