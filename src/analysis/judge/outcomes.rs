//! Several questions asked of the same changes.

use super::rules::Rules;
use super::study::Study;
use super::verdict::{Verdict, Word};
use super::{Judgement, judge};
use crate::analysis::stats::distributions::normal_p;
use crate::analysis::stats::multiplicity::holm;

/// An outcome to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub name: String,
    pub study: Study,
    /// AI cannot have influenced it: what it shows is bias.
    pub is_negative_control: bool,
}

/// Judges every question, and takes back what does not hold up once it is heeded how many were asked: a difference whose p is
/// above 5 % after Holm's correction is not clear. A negative control that shows a difference is held against the others.
pub fn judge_all(questions: &[Question], rules: &Rules) -> Vec<(String, Judgement)> {
    let mut all: Vec<Judgement> = questions.iter().map(|question| judge(&question.study, rules)).collect();
    let is_asked = |at: &usize| !questions[*at].is_negative_control && all[*at].headline.is_some();
    let asked: Vec<usize> = (0..all.len()).filter(is_asked).collect();
    let p: Vec<f64> = asked.iter().map(|at| headline_p(&all[*at])).collect();
    for (at, p) in asked.iter().zip(holm(&p)) {
        let judgement = &mut all[*at];
        if p >= 0.05 && matches!(judgement.verdict, Verdict::AiWorse | Verdict::AiBetter) {
            judgement.verdict = Verdict::NoClearDifference;
            judgement.word = Word::CannotTell;
            judgement
                .reasons
                .push(format!("p is {p:.2} once it is heeded that {} outcomes were looked at", asked.len()));
        }
    }
    let biased: Vec<String> = (0..all.len())
        .filter(|at| questions[*at].is_negative_control)
        .filter(|at| matches!(all[*at].verdict, Verdict::AiWorse | Verdict::AiBetter))
        .map(|at| questions[at].name.clone())
        .collect();
    let others =
        all.iter_mut().zip(questions).filter(|(_, question)| !question.is_negative_control && !biased.is_empty());
    for (judgement, _) in others {
        let reason = format!(
            "arms also differ in {}, which AI cannot have influenced: something else differs",
            biased.join(", ")
        );
        judgement.reasons.push(reason);
    }
    all.iter_mut().for_each(Judgement::tell);
    questions.iter().map(|question| question.name.clone()).zip(all).collect()
}

fn headline_p(judgement: &Judgement) -> f64 {
    judgement.headline.as_ref().map_or(1.0, |rung| normal_p(rung.value.ln() / rung.log_error))
}
