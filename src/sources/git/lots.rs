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
/// there is nothing. What `take` makes an error ends it; of the workers only the calling thread's must be made.
pub(super) fn in_order<W, R: Send, E>(
    threads: usize,
    lots: usize,
    worker: impl Fn() -> Result<W, E> + Sync,
    work: impl Fn(&mut W, usize) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.min(lots).max(1);
    let counts = Counts { started: 0, taken: 0 };
    let queue = Queue { lots, ahead: threads * AHEAD, counts: Mutex::new(counts), moved: Condvar::new() };
    let mut own = worker()?;
    std::thread::scope(|scope| {
        let _end = OnDrop(|| queue.end());
        let (send, receive) = mpsc::channel();
        for _ in 1..threads {
            let (send, queue, worker, work) = (send.clone(), &queue, &worker, &work);
            scope.spawn(move || {
                // A panic must not leave the others waiting for this thread's lot; the scope passes it on.
                let _end = OnDrop(|| {
                    if std::thread::panicking() {
                        queue.end();
                    }
                });
                let Ok(mut own) = worker() else { return };
                while let Some(lot) = queue.wait() {
                    if send.send((lot, work(&mut own, lot))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let (mut waiting, mut done) = (BTreeMap::new(), 0);
        while done < lots {
            waiting.extend(receive.try_iter());
            if let Some(answer) = waiting.remove(&done) {
                take(answer)?;
                done += 1;
                queue.taken(done);
            } else if let Some(lot) = queue.next() {
                waiting.insert(lot, work(&mut own, lot));
            } else {
                // Nobody is left to answer after a panic.
                let Ok(answer) = receive.recv() else { break };
                waiting.extend([answer]);
            }
        }
        Ok(())
    })
}

/// Who does which lot: nobody runs far ahead of the slowest.
struct Queue {
    lots: usize,
    ahead: usize,
    counts: Mutex<Counts>,
    moved: Condvar,
}

/// Lots.
struct Counts {
    started: usize,
    taken: usize,
}

impl Queue {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn must_wait(&self, counts: &Counts) -> bool {
        counts.started < self.lots && counts.started >= counts.taken + self.ahead
    }

    /// The next lot, if it may be started now.
    fn next(&self) -> Option<usize> {
        let counts = self.counts();
        if self.must_wait(&counts) { None } else { self.start(counts) }
    }

    /// The next lot, once it may be started.
    fn wait(&self) -> Option<usize> {
        let counts = self.moved.wait_while(self.counts(), |counts| self.must_wait(counts));
        self.start(counts.unwrap_or_else(PoisonError::into_inner))
    }

    fn start(&self, mut counts: MutexGuard<'_, Counts>) -> Option<usize> {
        (counts.started < self.lots).then(|| {
            counts.started += 1;
            counts.started - 1
        })
    }

    fn taken(&self, count: usize) {
        self.counts().taken = count;
        self.moved.notify_all();
    }

    /// No lot is started any more.
    fn end(&self) {
        self.counts().started = self.lots;
        self.moved.notify_all();
    }
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn answers_come_in_order_whatever_the_number_of_threads() {
        for (threads, lots) in [(1, 200), (2, 200), (7, 200), (7, 1), (7, 0), (0, 3)] {
            let mut taken = Vec::new();
            let work = |_: &mut (), lot: usize| {
                std::thread::sleep(std::time::Duration::from_micros((lot as u64 * 7919) % 300));
                lot * 2
            };
            let take = |answer| {
                taken.push(answer);
                Ok::<(), ()>(())
            };
            in_order(threads, lots, || Ok(()), work, take).unwrap();
            assert_eq!(taken, (0..lots).map(|lot| lot * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_ends_it() {
        for lots in [500, 4] {
            for fatal in 0..4 {
                let work = |_: &mut (), lot: usize| assert!(lot != fatal, "lot {fatal}");
                let made = std::panic::catch_unwind(|| in_order(3, lots, || Ok::<(), ()>(()), work, |()| Ok(())));
                // The calling thread's own panic, or another's that the scope passed on.
                let panic = made.expect_err("a panic");
                let said = panic.downcast_ref::<String>().map(String::as_str);
                let said = said.or(panic.downcast_ref::<&str>().copied()).unwrap_or_default();
                assert!(said == format!("lot {fatal}") || said == "a scoped thread panicked", "{said}");
            }
        }
    }

    #[test]
    fn an_error_ends_it() {
        for threads in [1, 3] {
            let made = in_order(threads, 50, || Err::<(), _>("no"), |_, lot| lot, |_| Ok(()));
            assert_eq!(made, Err("no"));
            let take = |lot| if lot == 20 { Err("full") } else { Ok(()) };
            assert_eq!(in_order(threads, 5000, || Ok(()), |_, lot| lot, take), Err("full"));
        }
    }

    #[test]
    fn one_worker_is_enough() {
        let (is_first, mut taken) = (AtomicBool::new(true), 0);
        let worker = || if is_first.swap(false, Ordering::Relaxed) { Ok(()) } else { Err("no") };
        let take = |_| {
            taken += 1;
            Ok(())
        };
        in_order(3, 100, worker, |_, lot| lot, take).unwrap();
        assert_eq!(taken, 100);
    }
}
