//! The same panels for every reader: a page, Markdown, JSON, the terminal.
//!
//! A [`Report`](panel::Report) is finished when it comes here: the renderers choose words and
//! layout and compute nothing. [`clean`] runs once over every free text before any of them; each
//! then escapes for its own format.

mod assemble;
pub mod chart;
mod clean;
mod html;
mod json;
mod markdown;
pub mod panel;
mod panels;
mod terminal;
pub mod words;

#[cfg(test)]
pub(crate) mod sample;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub use assemble::assemble;
pub use clean::text as publishable;
pub use terminal::summary;

use crate::files;
use panel::Report;

/// A report in the three formats that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub html: String,
    pub markdown: String,
    pub json: String,
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("cannot fill the report page")]
    Page(#[from] minijinja::Error),
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
}

#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}")]
pub struct WriteError {
    pub path: PathBuf,
    source: io::Error,
}

/// Same report, same bytes.
pub fn render(report: &Report) -> Result<Rendered, RenderError> {
    let report = clean::report(report);
    Ok(Rendered { html: html::page(&report)?, markdown: markdown::document(&report), json: json::document(&report)? })
}

/// Writes `index.html`, `report.md` and `report.json`, creating the folder. Each file is replaced
/// as a whole: a reader never sees half of one.
pub fn write_to(rendered: &Rendered, dir: &Path) -> Result<(), WriteError> {
    std::fs::create_dir_all(dir).map_err(|source| WriteError { path: dir.to_owned(), source })?;
    for (name, content) in
        [("index.html", &rendered.html), ("report.md", &rendered.markdown), ("report.json", &rendered.json)]
    {
        let path = dir.join(name);
        files::replace(&path, |file| file.write_all(content.as_bytes()))
            .map_err(|source| WriteError { path, source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_report_is_the_same_bytes() {
        assert_eq!(render(&sample::report()).unwrap(), render(&sample::report()).unwrap());
    }

    #[test]
    fn nothing_hostile_or_private_leaves() {
        let Rendered { html, markdown, json } = render(&sample::hostile()).unwrap();
        for document in [&html, &markdown, &json] {
            for leak in ["mallory", "\u{202e}", "\u{1b}", "\0", "\"javascript:", "<javascript:"] {
                assert!(!document.contains(leak), "{leak:?} in {}", &document[..200]);
            }
        }
        assert!(!html.contains("<script") && !html.contains("<img"));
        assert!(!markdown.contains("<script") && !markdown.contains("<img"));
    }

    #[test]
    fn a_report_of_nothing_is_still_a_report() {
        let Rendered { html, markdown, json } = render(&sample::empty()).unwrap();
        assert!(html.contains("</html>") && markdown.starts_with("# ") && json.ends_with("}\n"));
    }

    #[test]
    fn no_format_claims_a_cause() {
        let Rendered { html, markdown, json } = render(&sample::report()).unwrap();
        assert!(
            [html, markdown, json, summary(&sample::report(), Path::new("out"))]
                .iter()
                .all(|text| !text.contains("caused"))
        );
    }

    #[test]
    fn files_are_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("a/b");
        let rendered = render(&sample::report()).unwrap();
        write_to(&rendered, &out).unwrap();
        write_to(&rendered, &out).unwrap();
        let mut names: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["index.html", "report.json", "report.md"]);
        assert_eq!(std::fs::read_to_string(out.join("report.md")).unwrap(), rendered.markdown);
    }

    #[test]
    fn a_failed_write_names_the_path() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write_to(&render(&sample::empty()).unwrap(), file.path()).unwrap_err();
        assert!(error.to_string().contains(&file.path().display().to_string()));
    }
}
