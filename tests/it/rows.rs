//! Rows of every table by chance: nulls, odd texts, extreme numbers and dates.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use shipwake::facts::{
    AttestedFate, Attribution, AuthorshipNote, Autonomy, Change, ChangeKind, Check, Commit, CommitFile, CommitId,
    CommitIdentifiers, CommitLines, Deployment, Evidence, FileClass, FileStatus, Fix, Incident, Issue, IssueComment,
    LineAttribution, LineFate, LineKind, LineRelation, Link, LinkKind, MergeFile, Origin, Override, Person, PersonKind,
    Proves, Pull, PullCommit, PullEvent, PullLanding, PullLines, PullMethod, PullOutcome, Release, Repo, Review,
    ReviewComment, Skipped, Strength, SubjectKind, SyncStream, Text,
};

use crate::dice::Dice;

/// A value that chance can make.
pub(crate) trait Thrown {
    fn thrown(dice: &mut Dice) -> Self;
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "plain text",
    "Ünï©ødé 日本語 🚢",
    "with;semicolon",
    "two\nlines\r\n",
    "nul\0byte",
    "\u{202e}reversed",
    "\"quoted\",",
    "\u{feff}bom",
    "NULL",
    "NaN",
];

impl Thrown for Text {
    fn thrown(dice: &mut Dice) -> Self {
        if dice.one_in(30) { "long ".repeat(5000).into() } else { (*dice.pick(TEXTS)).into() }
    }
}

impl Thrown for CommitId {
    fn thrown(dice: &mut Dice) -> Self {
        let digits = *dice.pick(&[40, 64]);
        CommitId::new(format!("{:016x}", dice.next()).repeat(4)[..digits].to_owned())
    }
}

impl Thrown for i64 {
    fn thrown(dice: &mut Dice) -> Self {
        *dice.pick(&[0, 1, -1, 7, i64::from(u32::MAX), i64::MAX, i64::MIN])
    }
}

impl Thrown for f64 {
    fn thrown(dice: &mut Dice) -> Self {
        *dice.pick(&[0.0, 0.5, 1.0, -0.25, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, 0.1 + 0.2])
    }
}

impl Thrown for bool {
    fn thrown(dice: &mut Dice) -> Self {
        dice.one_in(2)
    }
}

impl Thrown for DateTime<Utc> {
    fn thrown(dice: &mut Dice) -> Self {
        let date = NaiveDate::thrown(dice);
        let micros = *dice.pick(&[0, 1, 999_999, 43_200_000_000, 86_399_999_999]);
        date.and_time(chrono::NaiveTime::MIN).and_utc() + chrono::TimeDelta::microseconds(micros)
    }
}

impl Thrown for NaiveDate {
    fn thrown(dice: &mut Dice) -> Self {
        let year = *dice.pick(&[-262_000, -1, 0, 1, 1582, 1677, 1970, 2024, 2262, 9999, 262_000]);
        NaiveDate::from_ymd_opt(year, 1, 1).unwrap().with_ordinal(1 + dice.below(365) as u32).unwrap()
    }
}

impl<T: Thrown> Thrown for Option<T> {
    fn thrown(dice: &mut Dice) -> Self {
        (!dice.one_in(3)).then(|| T::thrown(dice))
    }
}

impl<T: Thrown> Thrown for Vec<T> {
    fn thrown(dice: &mut Dice) -> Self {
        (0..dice.below(4)).map(|_| T::thrown(dice)).collect()
    }
}

macro_rules! words {
    ($($word:ident)+) => {$(
        impl Thrown for $word {
            fn thrown(dice: &mut Dice) -> Self {
                *dice.pick($word::ALL)
            }
        }
    )+};
}

words! { Autonomy ChangeKind FileClass FileStatus LineKind LineRelation LinkKind Origin PersonKind Proves PullMethod Strength SubjectKind }

macro_rules! rows {
    ($($row:ident { $($field:ident)+ })+) => {$(
        impl Thrown for $row {
            fn thrown(dice: &mut Dice) -> Self {
                Self { $($field: Thrown::thrown(dice)),+ }
            }
        }
    )+};
}

rows! {
    Attribution { subject_kind subject_id origin agents models confidence reason conflicts autonomy responsible responsible_as is_overridden ai_lines human_lines unknown_lines }
    Override { commit_id origin agents who why }
    AttestedFate { commit_id path class language line_kind origin agent model death_commit lines born_at died_at }
    AuthorshipNote { commit_id source tools models requested_by sessions unknown_stretches is_whole }
    LineAttribution { commit_id path start_line end_line origin agent model tool source added }
    PullLines { change_id pull commit_id added landed }
    Change {
        change_id kind pull merged_at week month subject origin origin_reason agents author commits size added deleted files source_files languages is_fix is_revert task file_risk author_days author_hour
        reverted_at reverted_by reapplied_at is_undone first_fix_at first_fix_by first_file_fix_at first_file_fix_by incident_at incident_by superseded_at superseded_by bug_at bug_by observed_until observed_days
        reverted_days first_fix_days first_file_fix_days incident_days superseded_days bug_days
    }
    Commit {
        commit_id parents is_merge on_mainline on_default_branch change_id pull author author_name author_email committer committer_name committer_email
        authored_at authored_offset committed_at committed_offset subject message added deleted files week month
    }
    CommitFile { commit_id path old_path status class language added deleted }
    MergeFile { commit_id path old_path status class language added deleted }
    Evidence { commit_id change_id pull signal_id agent model proves strength found_in text }
    Fix { commit_id method confidence evidence }
    Incident {
        incident_id source title severity service environment started_at detected_at acknowledged_at mitigated_at resolved_at url caused_by resolved_by
        mentions
    }
    LineFate {
        path class language line_kind origin_commit copied_by moved_by birth_path birth_lines death_commit lines born_at died_at
    }
    CommitIdentifiers { commit_id gained lost rewritten around functions }
    CommitLines { commit_id path relation origin_commit line_kind lines from_path deleted_by }
    Link { kind from_kind from_id to_kind to_id method confidence weight share lines evidence }
    Person { person kind first_seen commits }
    Repo { url default_branch head_commit mined_at is_shallow is_partial is_truncated pull_heads }
    Skipped { what place reason }
    Pull {
        pull title body state is_draft author author_id author_type author_association labels created_at updated_at
        closed_at merged_at merged_by head_ref head_commit head_repo base_ref base_commit merge_commit auto_merge
        requested_reviewers requested_teams additions deletions changed_files commits
    }
    PullCommit {
        pull commit_id position author_name author_email author author_id author_type committer_name committer_email
        authored_at committed_at message parents
    }
    PullEvent { pull event_id event at actor actor_id commit_id subject review_id }
    Review {
        pull review_id author author_id author_type author_association state former_state submitted_at commit_id
        body
    }
    ReviewComment {
        pull comment_id review_id in_reply_to author author_id author_type author_association path line
        original_line commit_id original_commit_id created_at updated_at severity body
    }
    IssueComment { issue comment_id author author_id author_type author_association created_at updated_at length }
    Issue {
        issue title body state state_reason author author_id author_type author_association labels issue_type
        created_at updated_at closed_at comments
    }
    Deployment { deployment_id commit_id reference task environment is_production created_at creator state state_at }
    Check { commit_id kind check_id name app status conclusion started_at completed_at }
    Release { release_id tag name target is_draft is_prerelease created_at published_at author }
    SyncStream { stream known missing reason }
    PullLanding { pull change_id method commits known_by }
    PullOutcome {
        pull change_id origin agents origin_reason outcome is_draft created_at ready_at ended_at size has_reviews
        reviewers first_review_at first_review_hours approved_at rounds human_comments ai_comments
        ai_severe_comments ai_reviewers is_unreviewed is_bot_approved is_rubber_stamp is_approval_stale force_pushes
    }
}
