//! What pull requests say of undoing others, for commits that keep only the title.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::statements::may_state;
use crate::facts::{CommitId, Pull, PullLanding};
use crate::outcomes::text::{MOST_READ, cut, pattern, without_comments};

/// Merged pull requests that may undo something, by the change they landed as.
pub(super) struct Requests<'a>(FxHashMap<&'a CommitId, &'a Pull>);

impl<'a> Requests<'a> {
    /// Of several that landed together none speaks for all.
    pub(super) fn of(pulls: &'a [Pull], landings: &'a [PullLanding]) -> Self {
        let by_number: FxHashMap<i64, &Pull> = pulls.iter().map(|pull| (pull.pull, pull)).collect();
        let mut together: FxHashMap<&CommitId, u32> = FxHashMap::default();
        landings.iter().for_each(|landing| *together.entry(&landing.change_id).or_default() += 1);
        let alone = landings.iter().filter(|landing| together.get(&landing.change_id) == Some(&1));
        let spoken = alone.filter_map(|landing| Some((&landing.change_id, *by_number.get(&landing.pull)?)));
        Self(spoken.filter(|(_, pull)| may_state(&pull.body) || of_branch(pull).is_some()).collect())
    }

    pub(super) fn landed_as(&self, commit: &CommitId) -> Option<&'a Pull> {
        self.0.get(commit).copied()
    }
}

/// What others said is folded away or fenced: release notes of a dependency, logs.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)<details>(?su:.)*?(?:</details>|\z)|```(?su:.)*?(?:```|\z)"));
/// `[#12](https://…)`: the address says whose number it is.
static LINK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\[(?u:[^\[\]]){0,200}\]\((?<url>https?://(?u:[^()\s]){1,500})\)"));

/// What the body says itself.
pub(super) fn said(pull: &Pull) -> String {
    let body = without_comments(cut(&pull.body, MOST_READ));
    let body = LINK.replace_all(&body, "$url");
    QUOTED.replace_all(&body, " ").into_owned()
}

/// The number in `revert-N-…`, which GitHub's button calls the branch.
pub(super) fn of_branch(pull: &Pull) -> Option<u64> {
    let (number, _) = pull.head_ref.strip_prefix("revert-")?.split_once('-')?;
    number.parse().ok()
}
