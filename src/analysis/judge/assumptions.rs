//! What has to be so for the answer to mean what it says, each with the evidence there is.

use serde::Serialize;

use super::Judgement;
use super::ladder::Step;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assumption {
    pub what: &'static str,
    /// What speaks for or against it here; `None` where nothing can.
    pub evidence: Option<String>,
}

/// The list that is printed under every judgement.
pub fn of(judgement: &Judgement) -> Vec<Assumption> {
    let sensitivity = &judgement.sensitivity;
    let audit = sensitivity.audit.map(|(recall, precision)| {
        format!(
            "an audit finds {:.0} % of AI changes labelled and {:.0} % of labels right",
            100.0 * recall,
            100.0 * precision
        )
    });
    let bounds = sensitivity.by_label_recall.iter().filter_map(|at| Some(at.ratio?[0]));
    let ends = bounds.fold(None, |ends: Option<(f64, f64)>, ratio| {
        Some(ends.map_or((ratio, ratio), |(low, high)| (low.min(ratio), high.max(ratio))))
    });
    let labels =
        ends.map(|(low, high)| format!("the ratio would be {low:.2} to {high:.2} over the recalls thought possible"));
    let tiers = judgement.differences.iter().find(|difference| difference.is_tier);
    let overlap = judgement.overlap.as_ref().map(|overlap| {
        let worst = overlap.balance.iter().map(|covariate| covariate.after.abs()).fold(0.0, f64::max);
        format!(
            "by what was known before, {:.0} % of AI changes are no likelier to be AI's than the likeliest of the others; after weighting no covariate is more than {worst:.2} apart",
            100.0 * overlap.ai_with_a_twin
        )
    });
    let hidden = sensitivity.e_value.map(|(value, limit)| {
        format!(
            "a hidden cause would have to be tied {value:.1} times (for the limit {limit:.1}) to both AI and failure"
        )
    });
    let design = judgement.ladder.rung(Step::Adoption, false).map(|_| {
        let is_off = judgement.warns_of("pre_trends");
        if is_off { "differences before adoption speak against it" } else { "no difference is seen before adoption" }
            .to_owned()
    });
    let detection = judgement.warns_of("differential_detection_possible").then(|| {
        let times = sensitivity.equal_if_found_more_often.unwrap_or(1.0);
        format!("failures are searched for: found {times:.2} times as often in AI changes, the arms would be equal")
    });
    vec![
        Assumption { what: "labels are right", evidence: audit.or(labels) },
        Assumption {
            what: "AI is one thing, whatever the tool and tier",
            evidence: tiers.map(|tiers| tiers.told(&judgement.rules)),
        },
        Assumption { what: "no cause of both AI and failure is left out", evidence: hidden },
        Assumption { what: "changes could have gone either way", evidence: overlap },
        Assumption { what: "watching ends for reasons that have nothing to do with failure", evidence: None },
        Assumption { what: "a change fails by its own doing, not by others around it", evidence: None },
        Assumption { what: "failures of both arms are found equally well", evidence: detection },
        Assumption { what: "without adoption, trends would have been parallel", evidence: design },
    ]
}
