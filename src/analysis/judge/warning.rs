//! What a reader must know beside a verdict.

use serde::Serialize;

/// A kind of warning; its words are fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    AuthorMixDiffers,
    ClustersUnknown,
    CompetingEvents,
    ConfoundedBySize,
    DelayedEntry,
    DifferentialDetectionPossible,
    DynamicEffects,
    FewClusters,
    HazardsNotProportional,
    LabelNoise,
    LittleOverlap,
    Overdispersion,
    PreTrends,
    RepeatEvents,
    SimpsonReversal,
    SizeMayBeAMediator,
    StrataDiffer,
    TiersDiffer,
    TooFewEvents,
    UnequalFollowUp,
    UnknownOrigin,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorMixDiffers => "author_mix_differs",
            Self::ClustersUnknown => "clusters_unknown",
            Self::CompetingEvents => "competing_events",
            Self::ConfoundedBySize => "confounded_by_size",
            Self::DelayedEntry => "delayed_entry",
            Self::DifferentialDetectionPossible => "differential_detection_possible",
            Self::DynamicEffects => "dynamic_effects",
            Self::FewClusters => "few_clusters",
            Self::HazardsNotProportional => "hazards_not_proportional",
            Self::LabelNoise => "label_noise",
            Self::LittleOverlap => "little_overlap",
            Self::Overdispersion => "overdispersion",
            Self::PreTrends => "pre_trends",
            Self::RepeatEvents => "repeat_events",
            Self::SimpsonReversal => "simpson_reversal",
            Self::SizeMayBeAMediator => "size_may_be_a_mediator",
            Self::StrataDiffer => "strata_differ",
            Self::TiersDiffer => "tiers_differ",
            Self::TooFewEvents => "too_few_events",
            Self::UnequalFollowUp => "unequal_follow_up",
            Self::UnknownOrigin => "unknown_origin",
        }
    }
}

/// A warning with the figures that brought it about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    pub kind: Kind,
    pub because: String,
}

impl Warning {
    pub fn new(kind: Kind, because: impl Into<String>) -> Self {
        Self { kind, because: because.into() }
    }
}
