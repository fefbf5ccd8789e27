use super::*;
use crate::facts::fixture::{at, event, issue_comment, merged, pull, pull_commit, review, review_comment, stream};
use crate::facts::{Origin, SyncStream};

/// Pull request 1, of 100 lines, with what is known of it.
#[derive(Clone)]
struct Story(Github);

fn story(pull: Pull) -> Story {
    let streams = ["reviews", "review_comments", "pull_events"].map(stream).to_vec();
    Story(Github { pulls: vec![pull], streams, ..Github::default() })
}

/// Merged after two hours.
fn taken() -> Story {
    story(merged(1, "Mend", 120, "m"))
}

impl Story {
    fn review(mut self, author: &str, state: &str, minutes: i64) -> Self {
        let id = self.0.reviews.len() as i64;
        self.0.reviews.push(review(1, id, author, state, minutes));
        self
    }

    fn saying(mut self, body: &str) -> Self {
        self.0.reviews.last_mut().unwrap().body = body.into();
        self
    }

    fn of(mut self, commit: &str) -> Self {
        self.0.reviews.last_mut().unwrap().commit_id = Some(commit.into());
        self
    }

    fn comment(mut self, author: &str, minutes: i64, severity: Option<&str>) -> Self {
        let id = self.0.review_comments.len() as i64;
        let severity = severity.map(Into::into);
        self.0.review_comments.push(ReviewComment { severity, ..review_comment(1, id, author, minutes, "x") });
        self
    }

    fn below(mut self, author: &str, minutes: i64, length: i64) -> Self {
        let id = self.0.issue_comments.len() as i64;
        self.0.issue_comments.push(issue_comment(1, id, author, minutes, length));
        self
    }

    fn event(mut self, name: &str, minutes: i64, actor: &str) -> Self {
        self.0.pull_events.push(event(1, name, minutes, actor));
        self
    }

    fn commit(mut self, id: &str, minutes: i64, parents: &[&str]) -> Self {
        let position = self.0.pull_commits.len() as i64;
        let parents = parents.iter().map(|parent| (*parent).into()).collect();
        self.0.pull_commits.push(PullCommit { parents, ..pull_commit(1, position, id, minutes, "c") });
        self
    }

    fn told(self) -> PullOutcome {
        let agent = |slug: &str| (PersonKind::Agent, Some(slug.into()));
        let accounts = Accounts::from([
            ("coderabbitai[bot]".into(), agent("coderabbitai")),
            ("cursor[bot]".into(), agent("cursor")),
            ("robot".into(), (PersonKind::Bot, None)),
        ]);
        let rows = pull_outcomes(&self.0, &[], &[], &accounts);
        let mut turned = self.0;
        turned.reviews.reverse();
        turned.review_comments.reverse();
        turned.pull_events.reverse();
        turned.pull_commits.reverse();
        assert_eq!(pull_outcomes(&turned, &[], &[], &accounts), rows, "the order of rows does not matter");
        rows.into_iter().next().unwrap()
    }
}

#[test]
fn people_review_and_bots_and_authors_do_not() {
    let told = taken()
        .review("bo", "COMMENTED", 30)
        .review("bo", "APPROVED", 60)
        .review("coderabbitai[bot]", "COMMENTED", 1)
        .review("robot", "APPROVED", 2)
        .review("Ada", "COMMENTED", 3)
        .comment("cy", 45, None)
        .comment("cy", 300, None)
        .told();
    assert_eq!((told.reviewers, told.first_review_hours, told.approved_at), (Some(2), Some(0.5), at(60)));
    assert_eq!((told.is_unreviewed, told.is_bot_approved, told.human_comments), (Some(false), Some(false), Some(1)));
    assert_eq!(told.ai_reviewers, ["coderabbitai".into()]);
    let nobody = taken().review("ada", "COMMENTED", 3).review("bo", "APPROVED", 121).below("bo", 5, 99).told();
    assert_eq!((nobody.is_unreviewed, nobody.reviewers, nobody.first_review_at), (Some(true), Some(0), None));
    let ghost = taken();
    let mut ghost = ghost.review("", "COMMENTED", 3);
    ghost.0.reviews[0].author = None;
    assert_eq!(ghost.clone().told().is_unreviewed, Some(false));
    ghost.0.pulls[0].author = None;
    assert_eq!(ghost.told().is_unreviewed, Some(true), "it may be the author's");
}

#[test]
fn only_bots_approved() {
    assert_eq!(taken().review("robot", "APPROVED", 5).told().is_bot_approved, Some(true));
    assert_eq!(taken().review("robot", "APPROVED", 5).review("bo", "APPROVED", 6).told().is_bot_approved, Some(false));
    assert_eq!(taken().review("bo", "COMMENTED", 6).told().is_bot_approved, Some(false), "nobody approved");
}

#[test]
fn an_approval_without_a_word_in_no_time_is_a_rubber_stamp() {
    let stamp = |story: Story| story.told().is_rubber_stamp;
    assert_eq!(stamp(taken().review("bo", "APPROVED", 2)), Some(true));
    assert_eq!(stamp(taken().review("bo", "APPROVED", 2).saying("LGTM, thanks :+1:")), Some(true));
    assert_eq!(stamp(taken().review("bo", "APPROVED", 3)), Some(false), "100 lines take two minutes");
    assert_eq!(stamp(taken().review("bo", "APPROVED", 2).saying("The third sail is missing")), Some(false));
    assert_eq!(stamp(taken().review("bo", "APPROVED", 2).comment("cy", 1, None)), Some(false));
    assert_eq!(stamp(taken().review("bo", "APPROVED", 2).below("bo", 1, 80)), Some(false));
    assert_eq!(stamp(taken().review("bo", "APPROVED", 2).review("cy", "APPROVED", 100)), Some(false), "one took time");
    assert_eq!(stamp(taken().review("robot", "APPROVED", 1)), Some(false), "no person did");
    assert_eq!(stamp(taken()), Some(false));
    // What was pushed just before was not read either, what came after is another matter.
    let pushed = |at| taken().commit("head", at, &["base"]).review("bo", "APPROVED", 62);
    assert_eq!((stamp(pushed(61)), stamp(pushed(10)), stamp(pushed(63))), (Some(true), Some(false), Some(false)));
    let sized = |size: Option<i64>, minutes| {
        let mut story = taken().review("bo", "APPROVED", minutes);
        story.0.pulls[0].additions = size;
        stamp(story)
    };
    assert_eq!((sized(Some(1_000), 20), sized(Some(1_000), 21)), (Some(true), Some(false)));
    assert_eq!(
        (sized(Some(1_000_000), 60), sized(Some(1_000_000), 61), sized(None, 1)),
        (Some(true), Some(false), None)
    );
    let drafted = taken().event("ready_for_review", 60, "ada").review("bo", "APPROVED", 61);
    assert_eq!(stamp(drafted), Some(true), "the clock starts when it is ready");
}

#[test]
fn an_approval_of_another_head_is_stale() {
    let stale = |story: Story| story.told().is_approval_stale;
    assert_eq!(stale(taken().review("bo", "APPROVED", 5)), Some(false));
    assert_eq!(stale(taken().review("bo", "APPROVED", 5).of("old")), Some(true));
    assert_eq!(stale(taken().review("bo", "APPROVED", 5).of("old").review("cy", "APPROVED", 6)), Some(false));
    let merged_base = || taken().commit("old", 1, &["base"]).commit("head", 6, &["old", "main"]);
    assert_eq!(stale(merged_base().review("bo", "APPROVED", 5).of("old")), Some(false), "only the base was merged in");
    let pushed = taken().commit("old", 1, &["base"]).commit("head", 6, &["old"]).review("bo", "APPROVED", 5).of("old");
    assert_eq!(stale(pushed), Some(true));
    let mut unknown = taken().review("bo", "APPROVED", 5);
    unknown.0.reviews[0].commit_id = None;
    assert_eq!(stale(unknown), None);
    assert_eq!(stale(taken().review("bo", "COMMENTED", 5).of("old")), Some(false), "nobody approved");
}

#[test]
fn a_dismissed_review_keeps_what_it_was() {
    let mut story = taken().review("bo", "DISMISSED", 60);
    story.0.reviews[0].former_state = Some("APPROVED".into());
    let told = story.clone().told();
    assert_eq!((told.approved_at, told.reviewers, told.is_bot_approved), (at(60), Some(1), Some(false)));
    // An approval that was taken back does not stand behind a robot's.
    assert_eq!(story.clone().review("robot", "APPROVED", 61).told().is_bot_approved, Some(true));
    // After the merge it came too late.
    let mut later = story.event("review_dismissed", 500, "cy").review("robot", "APPROVED", 61);
    later.0.pull_events[0].review_id = Some(0);
    assert_eq!(later.told().is_bot_approved, Some(false));
}

#[test]
fn rejected_abandoned_open_and_merged() {
    let closed = || story(Pull { state: "closed".into(), closed_at: at(100), ..pull(1, "Mend") });
    let became = |story: Story| story.told().outcome.to_string();
    assert_eq!(became(taken()), "merged");
    assert_eq!(became(story(pull(1, "Mend"))), "open");
    assert_eq!(became(closed().event("closed", 100, "bo")), "rejected");
    assert_eq!(became(closed().event("closed", 100, "ada")), "abandoned");
    assert_eq!(became(closed().event("closed", 100, "stale[bot]")), "abandoned");
    assert_eq!(became(closed()), "abandoned");
    let wanted = || closed().review("bo", "CHANGES_REQUESTED", 50).event("closed", 100, "ada");
    assert_eq!(became(wanted()), "rejected", "somebody wanted something else");
    assert_eq!(became(wanted().review("bo", "APPROVED", 60)), "abandoned", "who was content later");
    let stale = closed().review("bo", "CHANGES_REQUESTED", 50).event("closed", 100, "stale[bot]");
    assert_eq!(became(stale), "abandoned", "the author went away");
    let twice = closed().event("closed", 10, "bo").event("reopened", 20, "bo").event("closed", 100, "ada");
    assert_eq!(became(twice), "abandoned");
}

#[test]
fn a_draft_is_not_open_to_review() {
    let ready = |story: Story| story.told().ready_at;
    assert_eq!(ready(taken()), at(0));
    assert_eq!(ready(taken().event("ready_for_review", 30, "ada")), at(30));
    assert_eq!(ready(taken().event("convert_to_draft", 10, "ada").event("ready_for_review", 30, "ada")), at(0));
    assert_eq!(ready(story(Pull { is_draft: true, ..pull(1, "Mend") })), None);
    let early = taken().event("ready_for_review", 30, "ada").review("bo", "COMMENTED", 10).told();
    assert_eq!(early.first_review_hours, Some(0.0));
}

#[test]
fn rounds_follow_new_commits() {
    let two = taken().review("bo", "COMMENTED", 10).review("cy", "COMMENTED", 11);
    assert_eq!(two.clone().told().rounds, Some(1));
    assert_eq!(two.clone().commit("n", 20, &["base"]).review("bo", "APPROVED", 30).told().rounds, Some(2));
    assert_eq!(
        two.clone().event("head_ref_force_pushed", 20, "ada").review("bo", "APPROVED", 30).told().rounds,
        Some(2)
    );
    assert_eq!(two.review("bo", "APPROVED", 30).of("other").told().rounds, Some(2));
    assert_eq!(taken().told().rounds, Some(0));
}

#[test]
fn ai_remarks_are_counted_apart_and_by_severity() {
    let told = taken()
        .comment("coderabbitai[bot]", 1, Some("critical"))
        .comment("coderabbitai[bot]", 1, Some("minor"))
        .comment("cursor[bot]", 2, Some("major"))
        .comment("bo", 3, None)
        .below("cursor[bot]", 4, 900)
        .told();
    assert_eq!((told.human_comments, told.ai_comments, told.ai_severe_comments), (Some(1), Some(3), Some(2)));
    assert_eq!(told.ai_reviewers, ["coderabbitai".into(), "cursor".into()]);
    let mut own = taken().comment("cursor[bot]", 2, None);
    own.0.pulls[0].author = Some("cursor[bot]".into());
    assert!(own.told().ai_reviewers.is_empty(), "what it says of its own work is no review");
}

#[test]
fn what_was_not_read_is_null() {
    let mut story = taken();
    story.0.streams = vec![SyncStream { missing: 1, ..stream("reviews") }];
    let told = story.clone().told();
    assert!(!told.has_reviews);
    assert_eq!((told.is_unreviewed, told.reviewers, told.rounds, told.is_bot_approved), (None, None, None, None));
    assert_eq!((told.human_comments, told.is_rubber_stamp, told.is_approval_stale), (None, None, None));
    assert_eq!((told.ready_at, told.force_pushes, told.outcome.as_ref()), (None, None, "merged"));
    assert!(story.review("bo", "APPROVED", 5).told().has_reviews, "its own were");
    assert_eq!(told.origin, Origin::Unknown);
}
