//! What is asked of GitHub: one line a kind of list. The names are those of the tables that the lists fill.

/// A list over the whole repository in order of change, the newest first: read down to what is known.
pub(super) struct Feed {
    pub(super) stream: &'static str,
    /// Below `/repos/OWNER/NAME`.
    path: &'static str,
    /// It takes the moment from which on changes are wanted.
    takes_since: bool,
    /// Where it is not to be had: the same of one pull request, `{}` for its number.
    pub(super) instead: Option<&'static str>,
}

pub(super) const PULLS: &str = "pulls";

pub(super) const FEEDS: [Feed; 4] = [
    Feed {
        stream: PULLS,
        path: "/pulls?state=all&sort=updated&direction=desc&per_page=100",
        takes_since: false,
        instead: None,
    },
    Feed {
        stream: "issues",
        path: "/issues?state=all&sort=updated&direction=desc&per_page=100",
        takes_since: true,
        instead: None,
    },
    Feed {
        stream: "issue_comments",
        path: "/issues/comments?sort=updated&direction=desc&per_page=100",
        takes_since: true,
        instead: Some("/issues/{}/comments?per_page=100"),
    },
    Feed {
        stream: "review_comments",
        path: "/pulls/comments?sort=updated&direction=desc&per_page=100",
        takes_since: true,
        instead: Some("/pulls/{}/comments?per_page=100"),
    },
];

impl Feed {
    pub(super) fn first(&self, repo: &str, floor: Option<chrono::DateTime<chrono::Utc>>) -> String {
        let since =
            floor.filter(|_| self.takes_since).map(|floor| format!("&since={}", floor.format("%Y-%m-%dT%H:%M:%SZ")));
        format!("/repos/{repo}{}{}", self.path, since.unwrap_or_default())
    }
}

/// A list over the whole repository that is read from its beginning each time.
pub(super) const WHOLE: [(&str, &str); 2] =
    [("releases", "/releases?per_page=100"), ("deployments", "/deployments?per_page=100")];

/// The statuses of one deployment.
pub(super) const DEPLOYMENT_STATUSES: (&str, &str) = ("deployment_statuses", "/deployments/{}/statuses?per_page=100");

/// What is asked about one pull request, `{}` for its number.
pub(super) struct OfPull {
    pub(super) stream: &'static str,
    path: &'static str,
    /// Where it is not to be had.
    pub(super) instead: Option<&'static str>,
}

pub(super) const DETAIL: &str = "pull";
pub(super) const EVENTS: &str = "pull_events";

pub(super) const OF_PULL: [OfPull; 4] = [
    OfPull { stream: DETAIL, path: "/pulls/{}", instead: None },
    OfPull { stream: "pull_commits", path: "/pulls/{}/commits?per_page=100", instead: None },
    OfPull { stream: "reviews", path: "/pulls/{}/reviews?per_page=100", instead: None },
    OfPull {
        stream: EVENTS,
        path: "/issues/{}/timeline?per_page=100",
        instead: Some("/issues/{}/events?per_page=100"),
    },
];

/// What is asked about the head of a pull request, `{}` for its id.
pub(super) const OF_HEAD: [(&str, &str); 2] =
    [("check_runs", "/commits/{}/check-runs?per_page=100"), ("statuses", "/commits/{}/status?per_page=100")];

impl OfPull {
    /// The events of an issue, where its timeline is not to be had.
    pub(super) fn other_events(&self) -> Option<&'static str> {
        self.instead.filter(|_| self.stream == EVENTS)
    }

    pub(super) fn first(&self, repo: &str, pull: i64) -> String {
        path(repo, self.path, pull)
    }
}

/// The path of a list about one thing.
pub(super) fn path(repo: &str, template: &str, of: impl std::fmt::Display) -> String {
    format!("/repos/{repo}{}", template.replace("{}", &of.to_string()))
}

/// Every kind that may be left out, by the name it has in the lake.
pub const NAMES: [&str; 11] = [
    PULLS,
    "issues",
    "issue_comments",
    "review_comments",
    "releases",
    "deployments",
    DETAIL,
    "pull_commits",
    "reviews",
    EVENTS,
    "checks",
];
