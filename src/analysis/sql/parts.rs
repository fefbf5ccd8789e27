//! What an expression is made of.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Query, Visit, VisitMut,
    Visitor, VisitorMut,
};

/// Functions that make one value of many rows.
const AGGREGATES: [&str; 26] = [
    "ARRAY_AGG",
    "AVG",
    "CORR",
    "COUNT",
    "COVAR",
    "COVAR_POP",
    "COVAR_SAMP",
    "FIRST",
    "GROUP_CONCAT",
    "LAST",
    "LISTAGG",
    "MAX",
    "MEDIAN",
    "MIN",
    "QUANTILE_CONT",
    "QUANTILE_DISC",
    "STDDEV",
    "STDDEV_SAMP",
    "STDEV",
    "STDEV_SAMP",
    "STRING_AGG",
    "SUM",
    "TOTAL",
    "VAR",
    "VARIANCE",
    "VAR_SAMP",
];

/// A function's name, in capitals.
pub(super) fn name_of(function: &Function) -> String {
    function.name.to_string().to_ascii_uppercase()
}

pub(super) fn is_aggregate(function: &Function) -> bool {
    function.over.is_none() && AGGREGATES.contains(&name_of(function).as_str())
}

/// The arguments that are expressions.
pub(super) fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let argument = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(argument).collect()
}

/// The name of a column, without its table's.
pub(super) fn column(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(names) => names.last(),
        Expr::Nested(inner) => column(inner),
        _ => None,
    }
}

/// The table that a column is said to be of.
pub(super) fn table(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::CompoundIdentifier(names) => names.iter().rev().nth(1).map(|name| name.value.as_str()),
        Expr::Nested(inner) => table(inner),
        _ => None,
    }
}

/// An expression's text by which it is told whether another is the same: without outer parentheses and names of tables, functions
/// in capitals.
pub(super) fn key(expr: &Expr) -> String {
    let mut expr = expr;
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    if let Some(name) = column(expr) {
        return name.value.clone();
    }
    let mut expr = expr.clone();
    let _ = VisitMut::visit(&mut expr, &mut Alike);
    expr.to_string()
}

struct Alike;

impl VisitorMut for Alike {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => function.name = ObjectName::from(vec![Ident::new(name_of(function))]),
            Expr::CompoundIdentifier(names) => {
                if let Some(name) = names.pop() {
                    *expr = Expr::Identifier(name);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// What stands in an expression, subqueries left out.
#[derive(Default)]
pub(super) struct Parts {
    /// Text of expressions that count as one value a group.
    keys: Vec<String>,
    pub(super) aggregates: usize,
    /// Aggregates of aggregates.
    pub(super) nested: usize,
    pub(super) windows: usize,
    /// All columns, and those outside of aggregates, windows and keys.
    pub(super) columns: usize,
    pub(super) bare: Vec<String>,
    in_query: usize,
    in_aggregate: usize,
    in_window: usize,
    in_key: usize,
}

impl Parts {
    pub(super) fn of(expr: &impl Visit) -> Self {
        Self::with_keys(expr, Vec::new())
    }

    pub(super) fn with_keys(expr: &impl Visit, keys: Vec<String>) -> Self {
        let mut parts = Self { keys, ..Self::default() };
        let _ = expr.visit(&mut parts);
        parts
    }

    fn is_key(&self, expr: &Expr) -> bool {
        !self.keys.is_empty() && self.keys.contains(&key(expr))
    }
}

impl Visitor for Parts {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.in_query += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.in_query -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.in_query > 0 {
            return ControlFlow::Continue(());
        }
        self.in_key += usize::from(self.is_key(expr));
        match expr {
            Expr::Function(function) if function.over.is_some() => {
                self.windows += 1;
                self.in_window += 1;
            }
            Expr::Function(function) if is_aggregate(function) => {
                self.aggregates += 1;
                self.nested += usize::from(self.in_aggregate > 0);
                self.in_aggregate += 1;
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.columns += 1;
                if self.in_aggregate + self.in_window + self.in_key == 0 {
                    self.bare.push(expr.to_string());
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.in_query > 0 {
            return ControlFlow::Continue(());
        }
        match expr {
            Expr::Function(function) if function.over.is_some() => self.in_window -= 1,
            Expr::Function(function) if is_aggregate(function) => self.in_aggregate -= 1,
            _ => {}
        }
        self.in_key -= usize::from(self.is_key(expr));
        ControlFlow::Continue(())
    }
}
