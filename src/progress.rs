//! Progress of long steps: on stderr, with counts and the time left; silent when that is no terminal.

use std::time::Duration;

pub use indicatif::ProgressBar;
use indicatif::{ProgressDrawTarget, ProgressStyle};

/// A bar for `total` things; `None` when the total is not known beforehand. It vanishes when dropped.
pub fn step(label: &str, total: Option<u64>) -> Step {
    let template = match total {
        Some(_) => "{msg:<28} {bar:30} {human_pos}/{human_len} {per_sec} {eta} left",
        None => "{msg:<28} {spinner} {human_pos} {per_sec}",
    };
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(label.to_owned());
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    Step(bar)
}

/// Says something on stderr that does not stop the run.
#[expect(clippy::print_stderr, reason = "this is where warnings are said")]
pub fn warn(text: &str) {
    eprintln!("warning: {text}");
}

pub struct Step(ProgressBar);

impl Step {
    pub fn advance(&self, by: u64) {
        self.0.inc(by);
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
