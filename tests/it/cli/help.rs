//! The help is the documentation: every word of it is looked at when it changes.

use super::told;
use crate::binary::Shipwake;

fn help(command: &[&str]) -> String {
    told(&Shipwake::new(), &[command, &["--help"]].concat())
}

#[test]
fn shipwake() {
    insta::assert_snapshot!(help(&[]), @r###"
What became of every change after it was merged, by who wrote it

shipwake mines git history, attributes every change to AI agents, people, bots or nobody known, with
the evidence, joins it with reverts, bug fixes and incidents, and reports what followed. Nothing
leaves this machine; only `sync` uses the network.

Usage: shipwake <COMMAND>

Commands:
  report    Mine, attribute, link and report: the main job
  mine      Read repositories into the lake
  sync      Bring in what a forge knows: pull requests, reviews, checks, deployments, issues
  import    Bring in what git does not know
  query     Ask the lake a question: a query by name, or SQL
  explain   Tell the whole story of one commit, pull request, incident or line
  audit     Let people judge a random sample, and tell how far our labels agree
  validate  Hold inferred bug-inducing links against what developers stated
  estimate  Run one estimator on one table, or hold all of them against known answers
  lines     Follow every line of a history: who wrote it, and whether it still stands
  doctor    Say what is missing and how to mend it
  help      Print this message or the help of the given subcommand(s)

Options:
  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version
[exit 0]
"###);
}

#[test]
fn report() {
    insta::assert_snapshot!(help(&["report"]), @r"
    Mine, attribute, link and report: the main job

    Writes index.html (opens offline), report.md and report.json, and prints a short summary. Needs no
    configuration.

    Usage: shipwake report [OPTIONS] [REPO]...

    Arguments:
      [REPO]...
              Path, bare repository, `file://` or https address (can be repeated)

              [default: .]

    Options:
          --out <DIR>
              Folder the report is written to

              [default: shipwake-report]

          --since <YYYY-MM-DD>
              Only changes merged on this day or later

          --until <YYYY-MM-DD>
              Only changes merged before this day

          --name <OWNER/NAME>
              Name in the lake; default: the one it has, else from the `origin` remote, else the folder

          --branch <BRANCH>
              Default branch, where the repository does not say

          --fresh
              Read everything again even if nothing changed

          --threads <N>
              Threads to read with; default: all cores

          --offline
              Use no network: a repository given by its address must have been read before

          --lake <DIR>
              Folder of the lake

              [env: SHIPWAKE_LAKE=lake]
              [default: .shipwake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn mine() {
    insta::assert_snapshot!(help(&["mine"]), @r"
    Read repositories into the lake

    Reads commits, files and lines, attributes them and links what became of them. A repository in which
    nothing changed is left alone.

    Usage: shipwake mine [OPTIONS] <REPO>...

    Arguments:
      <REPO>...
              Path, bare repository, `file://` or https address (can be repeated)

    Options:
          --name <OWNER/NAME>
              Name in the lake; default: the one it has, else from the `origin` remote, else the folder

          --branch <BRANCH>
              Default branch, where the repository does not say

          --fresh
              Read everything again even if nothing changed

          --threads <N>
              Threads to read with; default: all cores

          --offline
              Use no network: a repository given by its address must have been read before

          --lake <DIR>
              Folder of the lake

              [env: SHIPWAKE_LAKE=lake]
              [default: .shipwake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn import() {
    insta::assert_snapshot!(help(&["import"]), @r"
    Bring in what git does not know

    Usage: shipwake import <COMMAND>

    Commands:
      incidents  Import incidents, and link them to the changes they name
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help
    [exit 0]
    ");
}

#[test]
fn import_incidents() {
    insta::assert_snapshot!(help(&["import", "incidents"]), @r"
    Import incidents, and link them to the changes they name

    Importing the same file again changes nothing. Incidents are linked by the commit ids and pull
    requests they name, never by time alone.

    Usage: shipwake import incidents [OPTIONS] --from <SOURCE> <FILE>...

    Arguments:
      <FILE>...


    Options:
          --from <SOURCE>
              What the files are: csv, jsonl, or github-issues as exported by `gh issue list --json …`
              or the REST API

          --repo <OWNER/NAME>
              Repository of incidents that name none; default: the only one in the lake

          --lake <DIR>
              Folder of the lake

              [env: SHIPWAKE_LAKE=lake]
              [default: .shipwake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn query() {
    insta::assert_snapshot!(help(&["query"]), @r"
    Ask the lake a question: a query by name, or SQL

    The named queries are the files of `queries/`; --list shows them. SQL reads every table of the lake
    by its name; --tables shows them. Lists are joined by `;` in tables and CSV.

    The SQL is that of polars, whose names are case-sensitive. What it would answer otherwise than SQL
    says is refused with another way to ask. UNNEST of an empty list gives one row without a value, RANK
    none where the value is missing, and STRPOS counts bytes.

    Usage: shipwake query [OPTIONS] [NAME|SQL]

    Arguments:
      [NAME|SQL]
              Name of a query, or SQL

    Options:
          --format <FORMAT>
              [default: table]
              [possible values: table, csv, json, parquet]

          --list
              List the named queries

          --tables
              List the tables and their columns

          --show
              Print the SQL of a named query instead of running it

          --lake <DIR>
              Folder of the lake

              [env: SHIPWAKE_LAKE=lake]
              [default: .shipwake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn explain() {
    insta::assert_snapshot!(help(&["explain"]), @r"
    Tell the whole story of one commit, pull request, incident or line

    Shows its evidence, its origin and the rule that decided, who wrote which lines where a record says
    so, what became of it, and every link with the words that testified. A line is told by the commit
    that wrote it, as blame finds it from HEAD.

    Usage: shipwake explain [OPTIONS] <REV|#N|FILE:LINE|INCIDENT>

    Arguments:
      <REV|#N|FILE:LINE|INCIDENT>
              Commit id or its start, a revision of the repository here, #N for a pull request,
              FILE:LINE, or an incident's id

    Options:
          --lake <DIR>
              Folder of the lake

              [env: SHIPWAKE_LAKE=lake]
              [default: .shipwake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn audit() {
    insta::assert_snapshot!(help(&["audit"]), @r"
    Let people judge a random sample, and tell how far our labels agree

    `draw` writes a sheet of changes; whoever judges looks at each in git and fills in its origin.
    `score` turns the filled sheet into precision and recall of every label, with intervals.

    Usage: shipwake audit <COMMAND>

    Commands:
      draw   Draw changes at random and write the sheet to fill in
      score  Compare a filled sheet with what the lake says
      help   Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn audit_draw() {
    insta::assert_snapshot!(help(&["audit", "draw"]), @r"
    Draw changes at random and write the sheet to fill in

    Of each origin equally many are drawn, so that rare ones are judged too; what we said of them is not
    in the sheet. The columns to fill are `origin` (agent, assisted, human or bot; empty when it cannot
    be told) and `note`.

    Usage: shipwake audit draw [OPTIONS]

    Options:
          --out <FILE>
              The sheet, as CSV; a file that is there is not overwritten

              [default: audit.csv]

          --changes <N>
              How many changes

              [default: 200]

          --seed <N>
              The same number draws the same changes of the same lake

              [default: 1]

          --repo <OWNER/NAME>
              Only of this repository (can be repeated)

          --lake <DIR>
              Folder of the lake

              [env: SHIPWAKE_LAKE=lake]
              [default: .shipwake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn validate() {
    insta::assert_snapshot!(help(&["validate"]), @r#"
    Hold inferred bug-inducing links against what developers stated

    Some fixes name the commit they mend (`Fixes: <id>`, "broken by …"). Links inferred from lines do
    not read that: how often they agree is their precision and recall in this very repository. Without
    REPO all repositories of the lake are compared as they were last mined.

    Usage: shipwake validate [OPTIONS] [REPO]...

    Arguments:
      [REPO]...
              Path, bare repository, `file://` or https address, mined first (can be repeated)

    Options:
          --format <FORMAT>
              How to print it

              [default: table]
              [possible values: table, json]

          --candidates <FILE>
              Write every candidate of these fixes with its features to FILE as CSV: what the ranker is
              trained on

          --name <OWNER/NAME>
              Name in the lake; default: the one it has, else from the `origin` remote, else the folder

          --branch <BRANCH>
              Default branch, where the repository does not say

          --fresh
              Read everything again even if nothing changed

          --threads <N>
              Threads to read with; default: all cores

          --offline
              Use no network: a repository given by its address must have been read before

          --lake <DIR>
              Folder of the lake

              [env: SHIPWAKE_LAKE=lake]
              [default: .shipwake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    "#);
}

#[test]
fn lines() {
    insta::assert_snapshot!(help(&["lines"]), @r"
    Follow every line of a history: who wrote it, and whether it still stands

    Prints the books of the default branch: lines born, dead and alive. With files, prints for each of
    their lines the commit that put it there, as `git blame -w` would, the commit that first wrote it,
    before moves and copies, file and line number, all in one pass; names with control characters are
    quoted. Writes nothing; with the lake the repository was mined into, only commits since then are
    read.

    Usage: shipwake lines [OPTIONS] <REPO> [FILE]...

    Arguments:
      <REPO>
              Path of a repository, with a work tree or bare

      [FILE]...
              Files of the head commit: one line of output for each of theirs

    Options:
          --files-from <FILE>
              Take the files from this list instead, one path a line

          --branch <BRANCH>
              Default branch, where the repository does not say

          --threads <N>
              Threads to read with; default: all cores

          --lake <DIR>
              Lake whose knowledge of the repository's commits is used

              [env: SHIPWAKE_LAKE=lake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn doctor() {
    insta::assert_snapshot!(help(&["doctor"]), @r"
    Say what is missing and how to mend it

    Looks at git, the repository, the lake and the configuration. The network is used only with
    --online.

    Usage: shipwake doctor [OPTIONS] [REPO]

    Arguments:
      [REPO]
              [default: .]

    Options:
          --online
              Also ask GitHub whether it accepts the token

          --api-url <URL>
              Address of the GitHub API, for GitHub Enterprise

              [env: GITHUB_API_URL=]
              [default: https://api.github.com]

          --lake <DIR>
              Folder of the lake

              [env: SHIPWAKE_LAKE=lake]
              [default: .shipwake]

          --config <FILE>
              Configuration file; without it `shipwake.toml` is read when it is there

      -h, --help
              Print help (see a summary with '-h')
    [exit 0]
    ");
}

#[test]
fn sync() {
    insta::assert_snapshot!(help(&["sync"]), @r###"
Bring in what a forge knows: pull requests, reviews, checks, deployments, issues

Usage: shipwake sync <COMMAND>

Commands:
  github  Sync pull requests and all about them from GitHub
  help    Print this message or the help of the given subcommand(s)

Options:
  -h, --help  Print help
[exit 0]
"###);
}

#[test]
fn sync_github() {
    insta::assert_snapshot!(help(&["sync", "github"]), @r###"
Sync pull requests and all about them from GitHub

Only what changed since the last run is asked for; a run that is cut short goes on where it was. The
token is GITHUB_TOKEN, GH_TOKEN or that of `gh`; of a GitHub App, SHIPWAKE_APP_ID and
SHIPWAKE_APP_KEY (a file). A pull request takes six requests at first, and none while it stays the
same.

Usage: shipwake sync github [OPTIONS] [OWNER/NAME]...

Arguments:
  [OWNER/NAME]...


Options:
      --org <OWNER>
          All repositories of an organisation or person; of an app, those it is installed for (can
          be repeated)

      --skip-forks
          Leave out forks

      --skip-archived
          Leave out archived repositories

      --api-url <URL>
          Address of the GitHub API; of GitHub Enterprise, https://HOST/api/v3

          [env: GITHUB_API_URL=]
          [default: https://api.github.com]

      --budget <REQUESTS>
          Most requests that this run makes; the next one goes on from there

      --max-wait <SECONDS>
          Longest wait for a limit of GitHub; the next run goes on from there

      --without <KIND>
          Leave out a kind of facts (can be repeated, or several with commas)

          [possible values: pulls, issues, issue_comments, review_comments, releases, deployments,
          pull, pull_commits, reviews, pull_events, checks]

      --graphql
          Ask about many pull requests at once by GraphQL: a third of the requests, the same facts

      --full
          Forget what is known and read all of it again

      --estimate
          Only say what it would take

      --lake <DIR>
          Folder of the lake

          [env: SHIPWAKE_LAKE=lake]
          [default: .shipwake]

      --config <FILE>
          Configuration file; without it `shipwake.toml` is read when it is there

  -h, --help
          Print help (see a summary with '-h')
[exit 0]
"###);
}

#[test]
fn estimate() {
    insta::assert_snapshot!(help(&["estimate"]), @r###"
Run one estimator on one table, or hold all of them against known answers

SPEC.json says which estimator, on which table, and how: `{"estimator": "cox", "input":
"changes.csv", "spec": {"time": "time_days", "event": "event", "covariates": ["ai"], "cluster":
"author"}}`. The table, CSV or Parquet, is read from beside it; `"query": "judged_changes"` instead
of `input` takes one from the lake, by the name of a query or in SQL, with times as days since 1970.
Named numbers are printed as JSON. With `--cases` every case of DIR/expected/*.json is run on the
tables of DIR and held against the numbers it wants; a miss makes the exit code 1. With
`--scenarios` the tables of DIR/expected/scenarios.json are judged, and verdicts and warnings held
against what an honest report must conclude. With `--judge` one table is, and everything that the
verdict rests on is printed as JSON, by the rules of `[report.judge]`.

Usage: shipwake estimate [OPTIONS] [SPEC.json]

Arguments:
  [SPEC.json]
          What to estimate

Options:
      --cases <DIR>
          Folder of cases: `expected/*.json` and the tables they name

      --scenarios <DIR>
          Folder of scenarios: `expected/scenarios.json` and the tables it names in `data`

      --judge <FILE|NAME|SQL>
          Table of changes, counts, spells or adoptions: a file, or a query of the lake

      --lake <DIR>
          Folder of the lake

          [env: SHIPWAKE_LAKE=lake]
          [default: .shipwake]

      --config <FILE>
          Configuration file; without it `shipwake.toml` is read when it is there

  -h, --help
          Print help (see a summary with '-h')
[exit 0]
"###);
}

#[test]
fn every_command_is_looked_at() {
    let commands = help(&[]);
    let listed = commands.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(
        names,
        [
            "report", "mine", "sync", "import", "query", "explain", "audit", "validate", "estimate", "lines", "doctor",
            "help"
        ],
        "a new command needs a snapshot here"
    );
}
