//! Queries in words that the table library answers rightly.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, LimitClause,
    Query, Select, SelectItem, SetExpr, UnaryOperator, Value, VisitMut as _, VisitorMut,
};

use super::checks::{called, is_grouped};
use super::dialect::parser;
use super::parts::{Parts, column, name_of, table};

/// Functions whose numbers are too small, or have no sign: 3 - 5 would be four thousand million.
const SMALL: [&str; 11] = [
    "ARRAY_LENGTH",
    "BIT_LENGTH",
    "CHAR_LENGTH",
    "CHARACTER_LENGTH",
    "COUNT",
    "DATE_PART",
    "DENSE_RANK",
    "LENGTH",
    "OCTET_LENGTH",
    "RANK",
    "ROW_NUMBER",
];

#[derive(Default)]
pub(super) struct Plain {
    depth: usize,
}

impl VisitorMut for Plain {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        if let SetExpr::Select(select) = &mut *query.body
            && (self.depth == 1 || query.order_by.is_some())
        {
            name_all(select);
        }
        if self.depth > 1 && is_one_row(query) && query.limit_clause.is_none() {
            let one = Expr::Value(Value::Number("1".to_owned(), false).into());
            query.limit_clause =
                Some(LimitClause::LimitOffset { limit: Some(one), offset: None, limit_by: Vec::new() });
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        turn_joins(select);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) if name_of(function) == "STRPOS" => {
                if let FunctionArguments::List(list) = &mut function.args
                    && let [text, FunctionArg::Unnamed(FunctionArgExpr::Expr(needle))] = &mut list.args[..]
                {
                    escape(needle);
                    let text = text.to_string();
                    locate(expr, &text);
                }
            }
            Expr::Function(function) if SMALL.contains(&name_of(function).as_str()) => widen(expr),
            Expr::Extract { .. } => widen(expr),
            Expr::Position { expr: needle, r#in: text } => {
                escape(needle);
                let text = text.to_string();
                locate(expr, &text);
            }
            Expr::Case { conditions, else_result, .. } => {
                let results = conditions.iter_mut().map(|case| &mut case.result).chain(else_result.as_deref_mut());
                results.filter(|result| is_integer(result)).for_each(widen);
            }
            Expr::IsTrue(_) | Expr::IsNotTrue(_) | Expr::IsFalse(_) | Expr::IsNotFalse(_) => {
                if let Some(known) = known(expr) {
                    *expr = known;
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Puts `CAST(… AS BIGINT)` around an expression.
fn widen(expr: &mut Expr) {
    let inner = Box::new(std::mem::replace(expr, Expr::Value(Value::Null.into())));
    *expr =
        Expr::Cast { kind: CastKind::Cast, expr: inner, data_type: DataType::BigInt(None), array: false, format: None };
}

fn is_integer(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => {
            matches!(&value.value, Value::Number(digits, _) if digits.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => is_integer(expr),
        _ => false,
    }
}

/// What is sought is taken for a pattern.
fn escape(needle: &mut Expr) {
    if let Expr::Value(value) = needle
        && let Value::SingleQuotedString(text) = &mut value.value
    {
        *text = regex::escape(text);
    }
}

/// Makes the place of something in a text wide, and none where the text is none.
fn locate(expr: &mut Expr, text: &str) {
    if let Some(known) = parsed(&format!("(CASE WHEN ({text}) IS NOT NULL THEN CAST({expr} AS BIGINT) END)")) {
        *expr = known;
    }
}

fn parsed(said: &str) -> Option<Expr> {
    parser(said).and_then(|mut parser| parser.parse_expr()).ok()
}

/// Whether something is true, or false, in words that are never null.
fn known(expr: &Expr) -> Option<Expr> {
    let (inner, value, not) = match expr {
        Expr::IsTrue(inner) => (inner, true, ""),
        Expr::IsNotTrue(inner) => (inner, true, "NOT "),
        Expr::IsFalse(inner) => (inner, false, ""),
        Expr::IsNotFalse(inner) => (inner, false, "NOT "),
        _ => return None,
    };
    parsed(&format!("({not}COALESCE(({inner}) = {value}, false))"))
}

/// Whether a query gives one row whatever it reads: where nothing of that is used, the library takes all rows it reads.
fn is_one_row(query: &Query) -> bool {
    query.body.as_select().is_some_and(|select| !is_grouped(select) && Parts::of(&select.projection).aggregates > 0)
}

/// Without a name an expression takes that of its first column, and hides it.
fn name_all(select: &mut Select) {
    let mut taken = BTreeSet::new();
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) = item
            && column(expr).is_none()
            && !is_several(expr)
        {
            let said = expr.to_string().replace('"', "'");
            let again = |number: &usize| if *number == 1 { said.clone() } else { format!("{said} ({number})") };
            let Some(name) = (1..).map(|number| again(&number)).find(|name| taken.insert(name.clone())) else {
                continue;
            };
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::with_quote('"', name) };
        }
    }
}

/// What gives several columns, or rows, takes no name.
fn is_several(expr: &Expr) -> bool {
    let said = expr.to_string().to_ascii_uppercase();
    ["UNNEST(", "COLUMNS("].iter().any(|function| said.contains(function))
}

/// Of a third table the library knows its columns on the right of an equation only.
fn turn_joins(select: &mut Select) {
    for join in select.from.iter_mut().flat_map(|from| from.joins.iter_mut().skip(1)) {
        if let Some(new) = called(&join.relation) {
            let _ = join.join_operator.visit(&mut ToTheRight(new));
        }
    }
}

/// Puts the columns of a table on the right of equations with others.
struct ToTheRight<'a>(&'a str);

impl VisitorMut for ToTheRight<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = expr
            && table(left) == Some(self.0)
            && table(right) != Some(self.0)
        {
            std::mem::swap(left, right);
        }
        ControlFlow::Continue(())
    }
}
