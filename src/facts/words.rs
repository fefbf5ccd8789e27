//! The closed vocabularies: each word is stored as text, spelled in one place.

/// Declares an enum whose variants are words of a table column.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

impl FileClass {
    /// Whether what stands in such files runs where the product does: what counts when lines and files are asked about.
    pub fn runs(self) -> bool {
        matches!(self, Self::Source | Self::Config | Self::Infra | Self::Migration)
    }

    /// Whether tools wrote what stands in such files, or others did: nobody here.
    pub fn is_made(self) -> bool {
        matches!(self, Self::Lockfile | Self::Generated | Self::Vendored)
    }
}

impl Origin {
    /// AI wrote it or part of it.
    pub fn is_ai(self) -> bool {
        matches!(self, Self::Agent | Self::Assisted)
    }
}

words! {
    /// Who wrote a commit or change. No marker is not `Human`.
    Origin {
        /// An AI agent's own account is the author.
        Agent = "agent",
        /// A person is the author and there is positive evidence that AI wrote part of it.
        Assisted = "assisted",
        /// Positive evidence that no AI was used.
        Human = "human",
        /// Other automation.
        Bot = "bot",
        /// No evidence either way.
        Unknown = "unknown",
    }

    /// What a signal proves when it is true.
    Proves {
        Authored = "authored",
        CoAuthored = "co-authored",
        Assisted = "assisted",
        /// AI completed what a person typed, and no more.
        Autocompleted = "autocompleted",
        SuggestionApplied = "suggestion-applied",
        ReviewedOnly = "reviewed-only",
        ConfiguredOnly = "configured-only",
        Automation = "automation",
        /// No AI was used: stated, or written before such tools existed.
        NoAi = "no-ai",
    }

    Strength { Strong = "strong", Medium = "medium", Weak = "weak", None = "none" }

    /// Which role a file plays; decides what counts as source.
    FileClass {
        Source = "source",
        Test = "test",
        Docs = "docs",
        Config = "config",
        Infra = "infra",
        Migration = "migration",
        Lockfile = "lockfile",
        Generated = "generated",
        Vendored = "vendored",
    }

    FileStatus {
        Added = "added",
        Modified = "modified",
        Deleted = "deleted",
        Renamed = "renamed",
        TypeChanged = "type-changed",
    }

    /// What a line of text is to its language.
    LineKind { Code = "code", Comment = "comment", Blank = "blank" }

    /// What a commit did to lines, or how they stand to its hunks.
    LineRelation {
        Deleted = "deleted",
        /// The nearest line above a hunk that is not blank.
        Before = "before",
        /// The nearest line below a hunk that is not blank.
        After = "after",
        /// The rest of the function or block around a hunk.
        Enclosing = "enclosing",
        /// Deleted here and added there by the same commit.
        Moved = "moved",
        /// Written again like lines that are still in the file.
        Copied = "copied",
        /// Added as an earlier commit had deleted them from this file.
        Restored = "restored",
    }

    LinkKind {
        Reverts = "reverts",
        Reapplies = "reapplies",
        BugInducing = "bug_inducing",
        CausedIncident = "caused_incident",
        ResolvedIncident = "resolved_incident",
        /// An incident names a commit or pull request without saying in which role.
        NamedByIncident = "named_by_incident",
        /// A bug fix that came after a change and touched the same lines or files.
        FollowUpFix = "follow_up_fix",
        Supersedes = "supersedes",
        CherryPick = "cherry_pick",
    }

    /// What an end of a link, or the subject of an attribution, is.
    SubjectKind { Commit = "commit", Change = "change", Pull = "pull", Incident = "incident" }

    /// How far an AI went by itself, where it had a part.
    Autonomy {
        /// An agent wrote it, and nothing says that a person changed it.
        AgentAlone = "agent-alone",
        /// An agent wrote it, and a person changed or added to it.
        AgentWithHumanEdits = "agent-with-human-edits",
        /// A person wrote it with help.
        Assisted = "assisted",
        AutocompleteOnly = "autocomplete-only",
    }

    /// How a change landed on the mainline.
    ChangeKind {
        /// A merge commit; it brought the commits of a branch.
        Merge = "merge",
        /// One commit that names its pull request.
        Squash = "squash",
        /// Commits of a pull request, put on top of the mainline one by one; the last of them stands for all.
        Rebase = "rebase",
        /// A commit of its own.
        Direct = "direct",
    }

    /// How a pull request landed.
    PullMethod { Merge = "merge", Squash = "squash", Rebase = "rebase" }

    PersonKind { Human = "human", Agent = "agent", Bot = "bot" }
}
