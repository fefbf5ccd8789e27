//! The same panels for every reader: a page, Markdown, JSON, the terminal.

pub mod panel;
