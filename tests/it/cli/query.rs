//! Asking the lake, in every format.

use regex::Regex;
use shipwake::analysis::queries::{QUERIES, Query};
use shipwake::analysis::sql::{Selection, Sql};
use shipwake::facts::store::Lake;
use shipwake::sources::incidents::IncidentSource;

use super::{story, told};
use crate::binary::Shipwake;
use crate::facts::Desk;
use crate::generated::{Taste, repository};
use crate::repo::Repo;

fn mined() -> Shipwake {
    let run = Shipwake::new();
    run.mine(&story().path);
    run
}

const LISTS: &str = "SELECT pull, is_fix, agents, languages, merged_at, month FROM changes ORDER BY merged_at";

#[test]
fn a_table_for_people() {
    insta::assert_snapshot!(told(&mined(), &["query", LISTS]), @r"
    | pull | is_fix | agents      | languages | merged_at            | month      |
    |------|--------|-------------|-----------|----------------------|------------|
    |      | false  |             | Rust      | 2024-01-02T12:00:00Z | 2024-01-01 |
    | 7    | false  | claude-code | Rust      | 2024-01-03T12:00:00Z | 2024-01-01 |
    |      | true   |             | Rust      | 2024-01-07T12:00:00Z | 2024-01-01 |
    |      | false  |             | Rust      | 2024-02-17T12:00:00Z | 2024-02-01 |
    4 rows
    [exit 0]
    ");
}

#[test]
fn a_table_for_programs_joins_lists_by_semicolons() {
    let run = Shipwake::new();
    let repo = Repo::new();
    repo.write("a.rs", "a\n").write("b.py", "b\n");
    repo.commit("Add both, \"quoted\"");
    run.mine(&repo.path);
    insta::assert_snapshot!(told(&run, &["query", "SELECT subject, languages, agents, pull, is_fix, merged_at, month FROM changes", "--format", "csv"]), @r#"
    subject,languages,agents,pull,is_fix,merged_at,month
    "Add both, ""quoted""",Python;Rust,,,false,2024-01-02T12:00:00Z,2024-01-01
    [exit 0]
    "#);
}

#[test]
fn json_keeps_lists_nulls_and_numbers() {
    insta::assert_snapshot!(told(&mined(), &["query", &format!("{LISTS} LIMIT 2"), "--format", "json"]), @r#"
    [
      {
        "agents": [],
        "is_fix": false,
        "languages": [
          "Rust"
        ],
        "merged_at": "2024-01-02T12:00:00Z",
        "month": "2024-01-01",
        "pull": null
      },
      {
        "agents": [
          "claude-code"
        ],
        "is_fix": false,
        "languages": [
          "Rust"
        ],
        "merged_at": "2024-01-03T12:00:00Z",
        "month": "2024-01-01",
        "pull": 7
      }
    ]
    [exit 0]
    "#);
}

#[test]
fn parquet_is_parquet() {
    let ran = mined().run(&["query", "SELECT * FROM changes", "--format", "parquet"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.bytes.starts_with(b"PAR1") && ran.bytes.ends_with(b"PAR1"));
}

#[test]
fn the_named_queries_are_listed() {
    insta::assert_snapshot!(told(&Shipwake::new(), &["query", "--list"]), @r###"
adoption_changes       Every change, with when its repository began to use AI: what the judge compares before and after adoption by.
agent_changes          Which changes have evidence of which AI tool, and why is that said?
agents                 Which AI tools left evidence, on how many changes, and when last?
ai_reviews             Which AI tools reviewed pull requests, and how many remarks did they make on lines?
brought_commits        Which commits did a merge bring, and which merge?
bug_changes            Which changes are linked to a bug that was fixed later, and which fix was the first?
bug_inducing           Of the changes watched for the whole window, how many are linked to a bug that was fixed within it?
coverage               How many changes carry evidence of who wrote them, month by month, and how many stay unknown?
deployments            How many deployments were there, by environment and month, and how many of them failed?
file_fixed_changes     Which changes had a file of code or configuration touched by a later bug fix, and by which one first?
fix_chain_changes      Which bug fixes were mended themselves, by which commit first, and how is that known?
fix_chains             Of the bug fixes watched for the whole window, how many were mended themselves within it?
fix_delay              Of the changes watched for 30 days, how many had a fix linked to them within 1, 7 and 30 days?
fixed_changes          Which changes had lines rewritten by a later bug fix, and by which one first?
fixed_files            Of the changes watched for the whole window, how many had a file of code or configuration touched by a bug fix within it?
fixed_lines            Of the changes watched for the whole window, how many had lines rewritten by a bug fix within it?
incident_changes       Which changes are named as the cause of an incident?
incident_linked        Of the changes watched for the whole window, how many were named as the cause of an incident within it?
incidents              Which incidents are in the lake, and which changes do they name, in which role?
judged_changes         Every change since its repository's first one with evidence of AI, as the judge compares them.
line_churn             Of the lines watched for a whole window, how many were rewritten or deleted within it, by whom, and by what kind of commit?
line_moves             Of the lines that commits added, how many were moved from elsewhere or copied?
line_survival          When did the lines of every commit land, and when and by which commit did they end?
newest_by_agent        The newest changes with evidence of every AI tool, and the words that testified.
newest_by_origin       The newest changes of every origin, and why they were given it.
origin_changes         Which changes landed, who wrote them, and why is that said?
origins                How many changes landed, by who wrote them?
origins_by_month       How many changes landed each month, by who wrote them?
pull_outcomes          What became of pull requests, by who wrote them?
repositories           Which repositories are in the lake, and how far does their history reach?
reverted               Of the changes watched for the whole window, how many were reverted within it?
reverted_changes       Which changes were reverted, when, and by which commit?
review_times           How many hours did pull requests wait for a person's first review, by who wrote them?
reviews                How were merged pull requests reviewed, by who wrote them?
side_commits           Which commits are merges, or stand beside the default branch?
signals                Which signals testified, and on how many commits of the default branch?
skipped                What could not be read, and why?
soon_fixed_changes     Which changes had a fix linked to them within 30 days, which one first, and how is it linked?
superseded             Of the changes watched for the whole window, how many were superseded by one later change within it?
superseded_changes     Which changes were superseded, when, and by which commit?
sync_coverage          How much of each kind of GitHub facts is known, and what is missing?
todays_code            What is today's code made of: lines that are alive, by who wrote them and the year they landed?
[exit 0]
"###);
}

#[test]
fn the_tables_are_listed() {
    insta::assert_snapshot!(told(&Shipwake::new(), &["query", "--tables"]), @r###"
repos
  repo                   str
  url                    str
  default_branch         str
  head_commit            str
  mined_at               datetime[μs]
  is_shallow             bool
  is_partial             bool
  is_truncated           bool
  pull_heads             i64
commits
  repo                   str
  commit_id              str
  parents                list[str]
  is_merge               bool
  on_mainline            bool
  on_default_branch      bool
  change_id              str
  pull                   i64
  author                 str
  author_name            str
  author_email           str
  committer              str
  committer_name         str
  committer_email        str
  authored_at            datetime[μs]
  authored_offset        i64
  committed_at           datetime[μs]
  committed_offset       i64
  subject                str
  message                str
  added                  i64
  deleted                i64
  files                  i64
  week                   date
  month                  date
commit_files
  repo                   str
  commit_id              str
  path                   str
  old_path               str
  status                 str
  class                  str
  language               str
  added                  i64
  deleted                i64
merge_files
  repo                   str
  commit_id              str
  path                   str
  old_path               str
  status                 str
  class                  str
  language               str
  added                  i64
  deleted                i64
line_fates
  repo                   str
  path                   str
  class                  str
  language               str
  line_kind              str
  origin_commit          str
  copied_by              str
  moved_by               str
  birth_path             str
  birth_lines            str
  death_commit           str
  lines                  i64
  born_at                datetime[μs]
  died_at                datetime[μs]
commit_lines
  repo                   str
  commit_id              str
  path                   str
  relation               str
  origin_commit          str
  line_kind              str
  lines                  i64
  from_path              str
  deleted_by             str
commit_identifiers
  repo                   str
  commit_id              str
  gained                 str
  lost                   str
  rewritten              str
  around                 str
  functions              str
authorship_notes
  repo                   str
  commit_id              str
  source                 str
  tools                  list[str]
  models                 list[str]
  requested_by           list[str]
  sessions               i64
  unknown_stretches      i64
  is_whole               bool
line_attributions
  repo                   str
  commit_id              str
  path                   str
  start_line             i64
  end_line               i64
  origin                 str
  agent                  str
  model                  str
  tool                   str
  source                 str
  added                  i64
pull_lines
  repo                   str
  change_id              str
  pull                   i64
  commit_id              str
  added                  i64
  landed                 i64
attested_fates
  repo                   str
  commit_id              str
  path                   str
  class                  str
  language               str
  line_kind              str
  origin                 str
  agent                  str
  model                  str
  death_commit           str
  lines                  i64
  born_at                datetime[μs]
  died_at                datetime[μs]
overrides
  repo                   str
  commit_id              str
  origin                 str
  agents                 list[str]
  who                    str
  why                    str
people
  repo                   str
  person                 str
  kind                   str
  first_seen             datetime[μs]
  commits                i64
evidence
  repo                   str
  commit_id              str
  change_id              str
  pull                   i64
  signal_id              str
  agent                  str
  model                  str
  proves                 str
  strength               str
  found_in               str
  text                   str
attributions
  repo                   str
  subject_kind           str
  subject_id             str
  origin                 str
  agents                 list[str]
  models                 list[str]
  confidence             f64
  reason                 str
  conflicts              list[str]
  autonomy               str
  responsible            str
  responsible_as         str
  is_overridden          bool
  ai_lines               i64
  human_lines            i64
  unknown_lines          i64
fixes
  repo                   str
  commit_id              str
  method                 str
  confidence             f64
  evidence               str
links
  repo                   str
  kind                   str
  from_kind              str
  from_id                str
  to_kind                str
  to_id                  str
  method                 str
  confidence             f64
  weight                 f64
  share                  f64
  lines                  i64
  evidence               str
incidents
  repo                   str
  incident_id            str
  source                 str
  title                  str
  severity               str
  service                str
  environment            str
  started_at             datetime[μs]
  detected_at            datetime[μs]
  acknowledged_at        datetime[μs]
  mitigated_at           datetime[μs]
  resolved_at            datetime[μs]
  url                    str
  caused_by              list[str]
  resolved_by            list[str]
  mentions               list[str]
pulls
  repo                   str
  pull                   i64
  title                  str
  body                   str
  state                  str
  is_draft               bool
  author                 str
  author_id              i64
  author_type            str
  author_association     str
  labels                 list[str]
  created_at             datetime[μs]
  updated_at             datetime[μs]
  closed_at              datetime[μs]
  merged_at              datetime[μs]
  merged_by              str
  head_ref               str
  head_commit            str
  head_repo              str
  base_ref               str
  base_commit            str
  merge_commit           str
  auto_merge             str
  requested_reviewers    list[str]
  requested_teams        list[str]
  additions              i64
  deletions              i64
  changed_files          i64
  commits                i64
pull_commits
  repo                   str
  pull                   i64
  commit_id              str
  position               i64
  author_name            str
  author_email           str
  author                 str
  author_id              i64
  author_type            str
  committer_name         str
  committer_email        str
  authored_at            datetime[μs]
  committed_at           datetime[μs]
  message                str
  parents                list[str]
pull_events
  repo                   str
  pull                   i64
  event_id               i64
  event                  str
  at                     datetime[μs]
  actor                  str
  actor_id               i64
  commit_id              str
  subject                str
  review_id              i64
reviews
  repo                   str
  pull                   i64
  review_id              i64
  author                 str
  author_id              i64
  author_type            str
  author_association     str
  state                  str
  former_state           str
  submitted_at           datetime[μs]
  commit_id              str
  body                   str
review_comments
  repo                   str
  pull                   i64
  comment_id             i64
  review_id              i64
  in_reply_to            i64
  author                 str
  author_id              i64
  author_type            str
  author_association     str
  path                   str
  line                   i64
  original_line          i64
  commit_id              str
  original_commit_id     str
  created_at             datetime[μs]
  updated_at             datetime[μs]
  severity               str
  body                   str
issue_comments
  repo                   str
  issue                  i64
  comment_id             i64
  author                 str
  author_id              i64
  author_type            str
  author_association     str
  created_at             datetime[μs]
  updated_at             datetime[μs]
  length                 i64
issues
  repo                   str
  issue                  i64
  title                  str
  body                   str
  state                  str
  state_reason           str
  author                 str
  author_id              i64
  author_type            str
  author_association     str
  labels                 list[str]
  issue_type             str
  created_at             datetime[μs]
  updated_at             datetime[μs]
  closed_at              datetime[μs]
  comments               i64
deployments
  repo                   str
  deployment_id          i64
  commit_id              str
  reference              str
  task                   str
  environment            str
  is_production          bool
  created_at             datetime[μs]
  creator                str
  state                  str
  state_at               datetime[μs]
checks
  repo                   str
  commit_id              str
  kind                   str
  check_id               i64
  name                   str
  app                    str
  status                 str
  conclusion             str
  started_at             datetime[μs]
  completed_at           datetime[μs]
releases
  repo                   str
  release_id             i64
  tag                    str
  name                   str
  target                 str
  is_draft               bool
  is_prerelease          bool
  created_at             datetime[μs]
  published_at           datetime[μs]
  author                 str
sync_streams
  repo                   str
  stream                 str
  known                  i64
  missing                i64
  reason                 str
pull_landings
  repo                   str
  pull                   i64
  change_id              str
  method                 str
  commits                i64
  known_by               str
pull_outcomes
  repo                   str
  pull                   i64
  change_id              str
  origin                 str
  agents                 list[str]
  origin_reason          str
  outcome                str
  is_draft               bool
  created_at             datetime[μs]
  ready_at               datetime[μs]
  ended_at               datetime[μs]
  size                   i64
  has_reviews            bool
  reviewers              i64
  first_review_at        datetime[μs]
  first_review_hours     f64
  approved_at            datetime[μs]
  rounds                 i64
  human_comments         i64
  ai_comments            i64
  ai_severe_comments     i64
  ai_reviewers           list[str]
  is_unreviewed          bool
  is_bot_approved        bool
  is_rubber_stamp        bool
  is_approval_stale      bool
  force_pushes           i64
changes
  repo                   str
  change_id              str
  kind                   str
  pull                   i64
  merged_at              datetime[μs]
  week                   date
  month                  date
  subject                str
  origin                 str
  origin_reason          str
  agents                 list[str]
  author                 str
  commits                i64
  size                   i64
  added                  i64
  deleted                i64
  files                  i64
  source_files           i64
  languages              list[str]
  is_fix                 bool
  is_revert              bool
  task                   str
  file_risk              i64
  author_days            i64
  author_hour            i64
  reverted_at            datetime[μs]
  reverted_by            str
  reapplied_at           datetime[μs]
  is_undone              bool
  first_fix_at           datetime[μs]
  first_fix_by           str
  first_file_fix_at      datetime[μs]
  first_file_fix_by      str
  incident_at            datetime[μs]
  incident_by            str
  superseded_at          datetime[μs]
  superseded_by          str
  bug_at                 datetime[μs]
  bug_by                 str
  observed_until         datetime[μs]
  observed_days          i64
  reverted_days          i64
  first_fix_days         i64
  first_file_fix_days    i64
  incident_days          i64
  superseded_days        i64
  bug_days               i64
skipped
  repo                   str
  what                   str
  where                  str
  reason                 str
[exit 0]
"###);
}

#[test]
fn what_cannot_be_asked_is_an_error_with_a_way_on() {
    let run = mined();
    insta::assert_snapshot!(told(&run, &["query", "nosuch"]), @r###"
[stderr]
error: there is no query `nosuch`
hint: there are adoption_changes, agent_changes, agents, ai_reviews, brought_commits, bug_changes, bug_inducing, coverage, deployments, file_fixed_changes, fix_chain_changes, fix_chains, fix_delay, fixed_changes, fixed_files, fixed_lines, incident_changes, incident_linked, incidents, judged_changes, line_churn, line_moves, line_survival, newest_by_agent, newest_by_origin, origin_changes, origins, origins_by_month, pull_outcomes, repositories, reverted, reverted_changes, review_times, reviews, side_commits, signals, skipped, soon_fixed_changes, superseded, superseded_changes, sync_coverage, todays_code
[exit 1]
"###);
    insta::assert_snapshot!(told(&run, &["query", "SELECT * FROM nowhere"]), @r"
    [stderr]
    error: the query cannot be answered
    caused by: relation 'nowhere' was not found
    hint: `shipwake query --list` shows the queries, `shipwake query --tables` the tables and columns
    [exit 1]
    ");
    insta::assert_snapshot!(told(&run, &["query", "SELEKT * FROM changes"]), @r"
    [stderr]
    error: the query cannot be answered
    caused by: sql parser error: Expected: an SQL statement, found: SELEKT at Line: 1, Column: 1
    hint: `shipwake query --list` shows the queries, `shipwake query --tables` the tables and columns
    [exit 1]
    ");
    let ran = run.run(&["query", "SELECT nothing FROM changes"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("nothing") && ran.stderr.contains("hint: "), "{}", ran.stderr);
}

#[test]
fn the_text_of_a_query_may_be_read_and_run_as_it_is() {
    let run = mined();
    let text = run.ok(&["query", "origins", "--show"]);
    assert_eq!(text, shipwake::analysis::queries::find("origins").unwrap().sql);
    assert_eq!(run.ok(&["query", &text]), run.ok(&["query", "origins"]));
}

/// How many rows each named query has in a lake, asked in this process.
fn heights(lake: &Lake) -> Vec<(&'static str, usize)> {
    let mut sql = Sql::over(lake, &Selection::default()).unwrap();
    let ask = |query: &Query| {
        (query.name, sql.run(query.sql).unwrap_or_else(|error| panic!("{}: {error:?}", query.name)).height())
    };
    QUERIES.iter().map(ask).collect()
}

#[test]
fn every_query_runs_on_an_empty_lake() {
    assert!(heights(&Desk::new().run.lake).iter().all(|(_, rows)| *rows == 0));
}

#[test]
fn every_query_runs_on_a_repository_without_commits() {
    let desk = Desk::new();
    desk.mine(&Repo::new().path);
    let filled: Vec<_> = heights(&desk.run.lake).into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert_eq!(filled, [("repositories", 1)]);
}

#[test]
fn every_query_has_something_to_say_about_a_lively_history() {
    let desk = Desk::new();
    desk.mine(&repository(Taste { seed: 41, commits: 120, binaries: false }).path);
    desk.import(IncidentSource::Csv, "id,title,started_at,pr\nINC-1,Down,2024-08-01T00:00:00Z,4\nINC-2,Slow,2024-08-01T00:00:00Z,1;2;3;4;5;6;7;8;9;10;11;12\n");
    // What a commit moved or copied is not mined yet, and nothing there is replaced whole.
    let mine = ["skipped", "line_moves", "superseded_changes"];
    // Of GitHub `github::judged` has something to say.
    let githubs = ["ai_reviews", "deployments", "pull_outcomes", "review_times", "reviews", "sync_coverage"];
    let silent: Vec<_> = (heights(&desk.run.lake).into_iter())
        .filter(|(name, rows)| *rows == 0 && !mine.contains(name) && !githubs.contains(name))
        .collect();
    assert_eq!(silent, []);
}

#[test]
fn the_same_question_has_the_same_answer() {
    let desk = Desk::new();
    desk.mine(&repository(Taste { seed: 41, commits: 120, binaries: false }).path);
    let answers = || {
        let mut sql = Sql::over(&desk.run.lake, &Selection::default()).unwrap();
        QUERIES.iter().map(|query| format!("{:?}", sql.run(query.sql).unwrap().rows())).collect::<Vec<_>>()
    };
    assert_eq!(answers(), answers());
}

#[test]
fn queries_are_written_for_every_engine() {
    let rules = [
        (r"(?is)\bSUM\(\s*CASE\b", "a sum over CASE is cast to BIGINT"),
        (r"(?is)\bWHERE\b[^;]*?[=<>]\s*\(\s*SELECT\b", "no scalar subquery in WHERE"),
        (r"(?i)\b\d+(?:\.\d+)?e[+-]?\d+\b", "no exponent literal"),
        (r"(?i)\bBETWEEN\s+(?:UNBOUNDED|\d+)\s+PRECEDING\b|\bROWS\b|\bRANGE\b", "no bounded frame"),
        (r"`|\bILIKE\b|::", "no dialect of one engine"),
    ];
    let comments = Regex::new(r"(?m)--.*$").unwrap();
    for query in QUERIES {
        let code = comments.replace_all(query.sql, "");
        for (pattern, rule) in rules {
            assert!(!Regex::new(pattern).unwrap().is_match(&code), "{}: {rule}", query.name);
        }
        let last = code.to_uppercase().rfind("ORDER BY").unwrap_or_else(|| panic!("{} has no ORDER BY", query.name));
        assert!(!code[last..].contains(')'), "{} ends in its ORDER BY", query.name);
        assert!(
            query.sql.starts_with("-- ") && (query.title().ends_with('?') || query.title().ends_with('.')),
            "{} asks in plain words",
            query.name
        );
    }
}

#[test]
fn quoted_names_are_only_for_words_that_sql_keeps_to_itself() {
    let quoted = Regex::new(r#""([a-z_]+)""#).unwrap();
    for query in QUERIES {
        let names: Vec<&str> = quoted.captures_iter(query.sql).map(|found| found.get(1).unwrap().as_str()).collect();
        assert!(names.iter().all(|name| *name == "where"), "{}: {names:?}", query.name);
    }
}
