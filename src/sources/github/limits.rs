//! One budget for everything that is asked: how many requests, when, and how long to wait.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderMap;
use tokio::time::{Instant, sleep_until};

use super::verdict::{number, text};

/// How much may be asked, and how patiently.
#[derive(Debug, Clone)]
pub struct Patience {
    /// Requests of one run; `None` for as many as it takes.
    pub budget: Option<u64>,
    /// Longest wait for a limit to end; `None` for as long as it takes.
    pub max_wait: Option<Duration>,
    /// First pause after trouble on the server's side; each further one is twice as long.
    pub retry: Duration,
    /// Wait at a secondary limit that does not say how long; each further one in a row is twice as long.
    pub secondary: Duration,
    /// Share of a limit that is left to others who use the same token.
    pub reserve: f64,
    /// Most requests a second; `None` for servers that set no such limit.
    pub pace: Option<f64>,
}

impl Patience {
    /// What GitHub itself allows and asks for: 900 points a minute, of which nine tenths are used.
    pub const GITHUB_PACE: f64 = 13.5;
}

/// Why a run stops before its end, in order: nothing is lost, the next run goes on from there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    #[error("the budget of {0} requests is used up")]
    Budget(u64),
    #[error("a limit of GitHub lasts {} more seconds, longer than --max-wait allows", .0.as_secs())]
    MaxWait(Duration),
}

/// How long to wait for those under way.
const A_MOMENT: Duration = Duration::from_millis(2);

/// Whether one more request may be made.
enum Door {
    /// From this moment on.
    Open(Instant),
    Closed(Instant),
    Perhaps,
    Spent(u64),
}

/// Leave for one request, which counts once it is over, unless it turned out to cost nothing.
pub(super) struct Admission<'a> {
    limits: &'a Limits,
    counts: bool,
}

impl Admission<'_> {
    /// It was answered by "not modified", or refused and will be made again.
    pub(super) fn free(mut self) {
        self.counts = false;
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        let mut state = self.limits.state.borrow_mut();
        state.under_way -= 1;
        state.spent += u64::from(self.counts);
    }
}

pub(super) struct Limits {
    patience: Patience,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    spent: u64,
    /// Requests on their way, of which nobody knows yet whether they count.
    under_way: u64,
    /// No request before this moment, whoever wants it.
    not_before: Option<Instant>,
    /// Secondary limits met in a row.
    in_a_row: u32,
    /// By kind of resource: when nothing but the reserve is left of it, until when.
    used_up: BTreeMap<String, Instant>,
    next_slot: Option<Instant>,
}

impl Limits {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, state: RefCell::default() }
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }

    pub(super) fn spent(&self) -> u64 {
        self.state.borrow().spent
    }

    /// Waits until one more request may be made. `resource` is what GitHub counts it under.
    pub(super) async fn admit(&self, resource: &str) -> Result<Admission<'_>, Halt> {
        loop {
            let now = Instant::now();
            let until = match self.door(resource, now) {
                Door::Open(slot) => {
                    let admission = Admission { limits: self, counts: true };
                    if slot > now {
                        sleep_until(slot).await;
                    }
                    return Ok(admission);
                }
                Door::Spent(budget) => return Err(Halt::Budget(budget)),
                // Some of those under way may turn out to cost nothing.
                Door::Perhaps => now + A_MOMENT,
                Door::Closed(until) => {
                    self.bearable(until - now)?;
                    until
                }
            };
            sleep_until(until).await;
        }
    }

    fn door(&self, resource: &str, now: Instant) -> Door {
        let mut state = self.state.borrow_mut();
        match self.patience.budget {
            Some(budget) if state.spent >= budget => return Door::Spent(budget),
            Some(budget) if state.spent + state.under_way >= budget => return Door::Perhaps,
            _ => {}
        }
        let closed = [state.not_before, state.used_up.get(resource).copied()];
        if let Some(until) = closed.into_iter().flatten().filter(|until| *until > now).max() {
            return Door::Closed(until);
        }
        state.under_way += 1;
        let slot = state.next_slot.filter(|slot| *slot > now).unwrap_or(now);
        state.next_slot = self.patience.pace.map(|pace| slot + Duration::from_secs_f64(1.0 / pace));
        Door::Open(slot)
    }

    fn bearable(&self, wait: Duration) -> Result<(), Halt> {
        match self.patience.max_wait {
            Some(most) if wait > most => Err(Halt::MaxWait(wait)),
            _ => Ok(()),
        }
    }

    /// A limit was hit: nobody asks before it ends. Where the answer does not say when, each wait in a row is twice as long.
    pub(super) fn wait(&self, said: Option<Duration>) -> Result<(), Halt> {
        let mut state = self.state.borrow_mut();
        let wait = said.unwrap_or_else(|| self.patience.secondary * 2u32.saturating_pow(state.in_a_row.min(6)));
        state.in_a_row += 1;
        let until = Instant::now() + wait;
        state.not_before = Some(state.not_before.map_or(until, |known| known.max(until)));
        drop(state);
        self.bearable(wait)
    }

    /// Takes note of what an answer says is left. A limit of none at all, as of GitHub Enterprise, is no limit.
    pub(super) fn note(&self, headers: &HeaderMap, seconds_to_reset: Option<Duration>) {
        let mut state = self.state.borrow_mut();
        state.in_a_row = 0;
        let (limit, remaining) = (number(headers, "x-ratelimit-limit"), number(headers, "x-ratelimit-remaining"));
        let resource = text(headers, "x-ratelimit-resource").unwrap_or("core").to_owned();
        if let (Some(limit), Some(remaining), Some(reset)) =
            (limit.filter(|limit| *limit > 0), remaining, seconds_to_reset)
        {
            if (remaining as f64) < limit as f64 * self.patience.reserve {
                state.used_up.insert(resource, Instant::now() + reset);
            } else {
                state.used_up.remove(&resource);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> Patience {
        Patience {
            budget: None,
            max_wait: None,
            retry: Duration::from_secs(1),
            secondary: Duration::from_secs(60),
            reserve: 0.1,
            pace: None,
        }
    }

    /// Runs with a clock that jumps to whatever is waited for.
    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(future)
    }

    fn left(limit: i64, remaining: i64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-limit", limit.into());
        headers.insert("x-ratelimit-remaining", remaining.into());
        headers
    }

    #[test]
    fn a_budget_stops_the_run_in_order() {
        run(async {
            let limits = Limits::new(Patience { budget: Some(2), ..patience() });
            limits.admit("core").await.unwrap().free();
            assert!(limits.admit("core").await.is_ok() && limits.admit("core").await.is_ok());
            assert_eq!(limits.admit("core").await.err(), Some(Halt::Budget(2)));
            assert_eq!(limits.spent(), 2);
        });
    }

    #[test]
    fn what_is_under_way_may_still_cost_nothing() {
        run(async {
            let limits = Limits::new(Patience { budget: Some(1), ..patience() });
            let first = limits.admit("core").await.unwrap();
            let answered = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                first.free();
            };
            let (second, ()) = futures_util::future::join(limits.admit("core"), answered).await;
            assert!(second.is_ok());
            drop(second);
            assert!(limits.admit("core").await.is_err());
        });
    }

    #[test]
    fn whoever_hits_a_limit_makes_everybody_wait_twice_as_long_each_time() {
        run(async {
            let limits = Limits::new(patience());
            let start = Instant::now();
            for (refused, waited) in [(0, 0), (1, 60), (2, 180), (3, 420)] {
                drop(limits.admit("core").await.unwrap());
                assert_eq!(start.elapsed().as_secs(), waited, "after {refused} refusals");
                limits.wait(None).unwrap();
            }
            drop(limits.admit("core").await.unwrap());
            limits.note(&HeaderMap::new(), None);
            limits.wait(None).unwrap();
            let before = Instant::now();
            drop(limits.admit("core").await.unwrap());
            assert_eq!(before.elapsed().as_secs(), 60, "an answer ends the row");
        });
    }

    #[test]
    fn a_tenth_of_a_limit_is_left_to_others() {
        run(async {
            let limits = Limits::new(patience());
            limits.note(&left(5000, 500), Some(Duration::from_secs(90)));
            let start = Instant::now();
            drop(limits.admit("core").await.unwrap());
            assert_eq!(start.elapsed().as_secs(), 0);
            limits.note(&left(5000, 499), Some(Duration::from_secs(90)));
            drop(limits.admit("core").await.unwrap());
            assert_eq!(start.elapsed().as_secs(), 90);
        });
    }

    #[test]
    fn a_limit_of_nothing_is_no_limit() {
        run(async {
            let limits = Limits::new(patience());
            limits.note(&left(0, 0), Some(Duration::from_secs(90)));
            let start = Instant::now();
            drop(limits.admit("core").await.unwrap());
            assert_eq!(start.elapsed().as_secs(), 0);
        });
    }

    #[test]
    fn a_wait_that_is_too_long_stops_the_run() {
        run(async {
            let limits = Limits::new(Patience { max_wait: Some(Duration::from_secs(10)), ..patience() });
            assert_eq!(limits.wait(Some(Duration::from_secs(11))), Err(Halt::MaxWait(Duration::from_secs(11))));
            assert!(limits.admit("core").await.is_err());
        });
    }

    #[test]
    fn the_pace_is_kept() {
        run(async {
            let limits = Limits::new(Patience { pace: Some(10.0), ..patience() });
            let start = Instant::now();
            for _ in 0..21 {
                drop(limits.admit("core").await.unwrap());
            }
            assert_eq!(start.elapsed().as_millis() / 100, 20);
        });
    }
}
