//! Where the table library answers otherwise than SQL says, without a word. Such a query is refused with a way around
//! ([`checks`](super::checks)), or said in words that it answers rightly ([`plain`](super::plain)).
//!
//! What stands there was found by asking more than a thousand queries of polars 0.55 and of DuckDB side by side. What the
//! library refuses by itself is left to it.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::ControlFlow;

use sqlparser::ast::{Query, Statement, TableFactor, Visit, VisitMut, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use thiserror::Error;

use super::checks::Checks;
use super::plain::Plain;

/// What would be answered wrongly, and what to ask instead.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{what} would be answered wrongly")]
pub struct Misread {
    what: String,
    pub instead: String,
}

pub(super) type Checked = ControlFlow<Misread>;

pub(super) fn refused(what: impl Display, instead: impl Into<String>) -> Checked {
    ControlFlow::Break(Misread { what: what.to_string(), instead: instead.into() })
}

/// Reads SQL as the library does, but for texts, which are passed on as they were written.
pub(super) fn parser(sql: &str) -> Result<Parser<'static>, ParserError> {
    let options = ParserOptions { trailing_commas: true, unescape: false, ..ParserOptions::default() };
    Parser::new(&GenericDialect).with_options(options).try_with_sql(sql)
}

/// The query in words that the library answers rightly; `tables` are those of the lake. What is no single query is left for the
/// library to refuse.
pub(super) fn understood(sql: &str, tables: &[&str]) -> Result<String, Misread> {
    let parsed = parser(sql).and_then(|mut parser| parser.parse_statements());
    let Ok(mut statements) = parsed else { return Ok(sql.to_owned()) };
    let [Statement::Query(query)] = statements.as_mut_slice() else { return Ok(sql.to_owned()) };
    let mut names = Names::default();
    let _ = Visit::visit(query, &mut names);
    let checked = match names.are_apart(tables) {
        ControlFlow::Continue(()) => Visit::visit(query, &mut Checks::default()),
        misread => misread,
    };
    if let ControlFlow::Break(misread) = checked {
        return Err(misread);
    }
    let _ = VisitMut::visit(query, &mut Plain::default());
    Ok(query.to_string())
}

/// The names that a query reads, and those that it gives.
#[derive(Default)]
struct Names {
    read: BTreeSet<String>,
    by_with: BTreeSet<String>,
    derived: BTreeSet<String>,
}

impl Names {
    /// Whether no name that is given hides another: the library would go on to read the other one.
    fn are_apart(&self, tables: &[&str]) -> Checked {
        let is_table = |name: &&String| tables.contains(&name.as_str());
        if let Some(name) = self.by_with.iter().chain(&self.derived).find(is_table) {
            return refused(
                format!("what reads `{name}`, a table of the lake and here another,"),
                "give it another name",
            );
        }
        if let Some(name) = self.derived.iter().find(|name| self.by_with.contains(*name) || self.read.contains(*name)) {
            return refused(
                format!("what reads `{name}`, which two things are called here,"),
                "give each a name of its own",
            );
        }
        ControlFlow::Continue(())
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        self.by_with.extend(named.map(|table| table.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, .. } => {
                self.read.extend(name.0.last().map(|part| part.to_string().replace('"', "")))
            }
            TableFactor::Derived { alias: Some(alias), .. } => drop(self.derived.insert(alias.name.value.clone())),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [&str; 3] = ["changes", "commits", "links"];

    fn misread(sql: &str) -> bool {
        understood(sql, &TABLES).is_err()
    }

    fn said(sql: &str) -> String {
        understood(sql, &TABLES).unwrap()
    }

    #[test]
    fn what_would_be_misread_is_refused() {
        for sql in [
            // Names
            "WITH commits AS (SELECT 1) SELECT * FROM commits",
            "with a as (select 1),\"links\" (n) as\n(select 2) select * from links",
            "WITH /* all */ a AS (WITH links AS (SELECT 1) SELECT * FROM links) SELECT * FROM a",
            "SELECT COUNT(*) FROM (SELECT * FROM changes) AS changes",
            "SELECT * FROM (SELECT 5 AS x) AS a CROSS JOIN (SELECT x FROM a) AS b",
            "SELECT * FROM (WITH a AS (SELECT 2 AS x) SELECT x FROM a) AS t",
            // Joins
            "SELECT c.size FROM changes c LEFT JOIN links l ON c.change_id = l.to_id AND l.confidence > 0.5",
            "SELECT c.size FROM changes c JOIN links l ON c.change_id = l.to_id AND l.kind = 'reverts'",
            "SELECT a FROM changes c JOIN links l ON c.a = l.a JOIN commits k ON k.a > l.a",
            "SELECT a FROM changes RIGHT JOIN commits USING (commit_id)",
            "SELECT a FROM changes a, commits b, links c WHERE a.x = b.x",
            // Groups
            "SELECT origin, COUNT(*) AS n, 100.0 * COUNT(*) / SUM(COUNT(*)) OVER () AS share FROM changes GROUP BY origin",
            "SELECT origin, COUNT(*) AS n FROM changes",
            "SELECT size * 1.0 / SUM(size) AS part FROM changes",
            "SELECT origin, UPPER(kind) FROM changes GROUP BY origin",
            "SELECT origin AS o, kind FROM changes GROUP BY o",
            "SELECT origin FROM changes GROUP BY origin ORDER BY COUNT(*)",
            "SELECT SUM(1) FROM changes",
            "SELECT COUNT(*) AS n, ROW_NUMBER() OVER () AS r FROM changes",
            "SELECT MAX(COUNT(*)) FROM changes GROUP BY origin",
            "SELECT size FROM changes WHERE size > AVG(size)",
            // Windows
            "SELECT SUM(size) OVER (PARTITION BY repo ORDER BY month) AS n FROM changes",
            "SELECT AVG(size) OVER (ORDER BY month ROWS UNBOUNDED PRECEDING) AS n FROM changes",
            "SELECT SUM(size) OVER w AS n FROM changes WINDOW w AS (ORDER BY month)",
            "SELECT TOTAL(size) AS n, origin FROM changes",
            // The rest
            "SELECT a FROM changes EXCEPT SELECT a FROM commits UNION SELECT a FROM links",
            "SELECT c.change_id, -c.size AS size FROM changes c ORDER BY c.size DESC",
            "SELECT a FROM changes c JOIN links l ON c.a = l.a WHERE EXISTS (SELECT 1 FROM commits k WHERE k.a = l.a)",
            "SELECT a FROM changes c WHERE EXISTS (SELECT COUNT(*) FROM links l WHERE l.a = c.a)",
            "SELECT a FROM changes c WHERE c.size IN (SELECT MAX(l.lines) FROM links l WHERE l.a = c.a)",
            "SELECT a FROM changes WHERE NULL = NULL",
            "SELECT a FROM changes WHERE 'x' <> ANY(agents)",
            "SELECT a FROM changes WHERE STRPOS(path, name) = 1",
            "SELECT COUNT(*)",
        ] {
            assert!(misread(sql), "{sql}");
        }
    }

    #[test]
    fn what_is_understood_is_asked() {
        for sql in [
            "WITH c AS (SELECT * FROM commits) SELECT * FROM c",
            "WITH a AS (WITH b AS (SELECT * FROM links) SELECT * FROM b) SELECT * FROM a",
            "SELECT n AS commits, (SELECT 1) AS links FROM changes -- with links as (",
            "SELECT ', commits AS (' AS x FROM commits",
            "WITH commits AS",
            "SELECT a FROM changes c JOIN links l ON c.a = l.a AND c.at < l.at",
            "SELECT a FROM changes c LEFT JOIN (SELECT * FROM links WHERE kind = 'reverts') AS l ON c.a = LOWER(l.a)",
            "SELECT origin, kind, COUNT(*) AS n, MAX(size) - MIN(size) AS width FROM changes GROUP BY origin, kind ORDER BY n DESC, origin",
            "SELECT c.origin, UPPER(origin) AS up, 1 AS one FROM changes c GROUP BY c.origin",
            "SELECT CASE WHEN size > 9 THEN 'big' ELSE 'small' END AS width, COUNT(*) AS n FROM changes GROUP BY width",
            "SELECT size % 10, COUNT(*) AS n FROM changes GROUP BY size % 10",
            "SELECT size % 10, COUNT(*) AS n FROM changes GROUP BY 1",
            "SELECT COUNT(*), COUNT(1), SUM(size) FROM changes WHERE a IS NOT NULL",
            "SELECT size, SUM(size) OVER (PARTITION BY repo) AS n, ROW_NUMBER() OVER (ORDER BY month) AS r FROM changes",
            "SELECT SUM(size) OVER (ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n FROM changes",
            "SELECT a FROM changes UNION ALL SELECT a FROM links UNION SELECT a FROM commits",
            "SELECT a FROM changes c WHERE EXISTS (SELECT 1 FROM links l WHERE l.a = c.a) AND b IN (SELECT MAX(b) FROM links)",
            "SELECT c.change_id, c.size AS size FROM changes c ORDER BY c.size DESC",
            "SELECT UPPER(c.kind) AS up, COUNT(*) AS n FROM changes c GROUP BY (upper(kind))",
            "SELECT origin, GROUP_CONCAT(kind) AS kinds FROM changes GROUP BY origin",
            "SELECT 1 AS x",
        ] {
            assert_eq!(understood(sql, &TABLES).err(), None, "{sql}");
        }
    }

    #[test]
    fn numbers_are_wide_and_expressions_have_their_own_names() {
        assert_eq!(
            said("SELECT COUNT(*) FROM changes"),
            "SELECT CAST(COUNT(*) AS BIGINT) AS \"COUNT(*)\" FROM changes"
        );
        assert_eq!(
            said("SELECT size, size % 10, size % 10 FROM changes ORDER BY size"),
            "SELECT size, size % 10 AS \"size % 10\", size % 10 AS \"size % 10 (2)\" FROM changes ORDER BY size"
        );
        assert_eq!(
            said("SELECT SUM(CASE WHEN a IS TRUE THEN 1 ELSE -1 END) AS n FROM changes WHERE a IS NOT TRUE"),
            "SELECT SUM(CASE WHEN (COALESCE((a) = true, false)) THEN CAST(1 AS BIGINT) ELSE CAST(-1 AS BIGINT) END) AS n FROM changes \
             WHERE (NOT COALESCE((a) = true, false))"
        );
        assert_eq!(
            said("SELECT a FROM (SELECT MAX(a) FROM changes) AS t WHERE STRPOS(a, '(.') = 1"),
            "SELECT a FROM (SELECT MAX(a) FROM changes LIMIT 1) AS t \
             WHERE (CASE WHEN (a) IS NOT NULL THEN CAST(STRPOS(a, '\\(\\.') AS BIGINT) END) = 1"
        );
    }

    #[test]
    fn what_gives_one_row_gives_no_more_where_nothing_of_it_is_used() {
        assert_eq!(
            said("SELECT COUNT(*) AS n FROM changes CROSS JOIN (SELECT MAX(size) AS m FROM changes) AS p"),
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM changes CROSS JOIN (SELECT MAX(size) AS m FROM changes LIMIT 1) AS p"
        );
    }

    #[test]
    fn texts_are_passed_on_as_they_were_written() {
        for sql in [
            r"SELECT a FROM changes WHERE subject LIKE '%''''%'",
            r#"SELECT a FROM changes WHERE subject LIKE '[\''"]' AND b = 'it''s' AND c = '\"'"#,
            r#"SELECT "a b", COLUMNS('^x$') FROM changes WHERE a = DATE '2024-01-01' LIMIT 3 OFFSET 2"#,
        ] {
            assert_eq!(said(sql), sql);
        }
        assert_eq!(
            said(r#"SELECT REGEXP_LIKE(a, '\"') FROM changes"#),
            r#"SELECT REGEXP_LIKE(a, '\"') AS "REGEXP_LIKE(a, '\'')" FROM changes"#
        );
    }

    #[test]
    fn columns_of_a_third_table_stand_on_the_right() {
        let asked = "SELECT a.x FROM repos AS r JOIN links AS a ON a.repo = r.repo JOIN links AS b ON b.to_id = a.from_id AND (b.repo = r.repo)";
        let said = said(asked);
        assert!(
            said.ends_with(
                "JOIN links AS a ON a.repo = r.repo JOIN links AS b ON a.from_id = b.to_id AND (r.repo = b.repo)"
            ),
            "{said}"
        );
    }
}
