//! The files of `queries/`, known by name.

/// A question about the lake, in SQL. The first comment line is its title.
#[derive(Debug, Clone, Copy)]
pub struct Query {
    pub name: &'static str,
    pub sql: &'static str,
}

impl Query {
    pub fn title(&self) -> &'static str {
        self.sql.lines().next().unwrap_or_default().trim_start_matches("--").trim()
    }
}

macro_rules! queries {
    ($($name:literal),+ $(,)?) => {
        /// Every query, by name in alphabetical order.
        pub const QUERIES: &[Query] =
            &[$(Query { name: $name, sql: include_str!(concat!("../../queries/", $name, ".sql")) }),+];
    };
}

queries![
    "adoption_changes",
    "agent_changes",
    "agents",
    "ai_reviews",
    "brought_commits",
    "bug_changes",
    "bug_inducing",
    "coverage",
    "deployments",
    "file_fixed_changes",
    "fix_chain_changes",
    "fix_chains",
    "fix_delay",
    "fixed_changes",
    "fixed_files",
    "fixed_lines",
    "incident_changes",
    "incident_linked",
    "incidents",
    "judged_changes",
    "line_churn",
    "line_moves",
    "line_survival",
    "newest_by_agent",
    "newest_by_origin",
    "origin_changes",
    "origins",
    "origins_by_month",
    "pull_outcomes",
    "repositories",
    "reverted",
    "reverted_changes",
    "review_times",
    "reviews",
    "side_commits",
    "signals",
    "skipped",
    "soon_fixed_changes",
    "superseded",
    "superseded_changes",
    "sync_coverage",
    "todays_code",
];

pub fn find(name: &str) -> Option<&'static Query> {
    QUERIES.iter().find(|query| query.name == name)
}

/// The text of a query that the program itself asks.
pub(super) fn sql(name: &str) -> &'static str {
    find(name).map_or("", |query| query.sql)
}
