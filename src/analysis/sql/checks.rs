//! Queries that the table library would answer wrongly, and that cannot be said otherwise without knowing the tables.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, GroupByExpr, Join, JoinConstraint, JoinOperator, OrderByKind, Query, Select,
    SelectItem, SetExpr, SetOperator, TableFactor, Value, Visit as _, Visitor, WindowFrameBound, WindowFrameUnits,
    WindowType,
};

use super::dialect::{Checked, Misread, refused};
use super::parts::{Parts, arguments, column, is_aggregate, key, name_of, table};

/// Window functions that heed the order of their rows.
const ORDERED: [&str; 11] =
    ["COUNT", "DENSE_RANK", "FIRST_VALUE", "LAG", "LAST_VALUE", "LEAD", "MAX", "MIN", "RANK", "ROW_NUMBER", "SUM"];
/// Those of them that add up.
const RUNNING: [&str; 4] = ["COUNT", "MAX", "MIN", "SUM"];

/// Goes over a query and stops at the first thing that is misread.
#[derive(Default)]
pub(super) struct Checks {
    /// How many queries stand around what is looked at.
    depth: usize,
    /// Where queries of WITH clauses stand: they may have such a clause themselves.
    named: BTreeSet<usize>,
}

fn place(query: &Query) -> usize {
    std::ptr::from_ref(query).addr()
}

impl Visitor for Checks {
    type Break = Misread;

    fn pre_visit_query(&mut self, query: &Query) -> Checked {
        if let Some(with) = &query.with {
            if self.depth > 0 && !self.named.contains(&place(query)) {
                return refused("WITH inside a query", "put the clause at the beginning");
            }
            self.named.extend(with.cte_tables.iter().map(|table| place(&table.query)));
        }
        self.depth += 1;
        set_operations(&query.body)?;
        ordered(query)
    }

    fn post_visit_query(&mut self, _: &Query) -> Checked {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> Checked {
        joins(select)?;
        aggregates(select)?;
        filters(select)
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Checked {
        match expr {
            Expr::Function(function) => function_of(function),
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                if is_null(left) || is_null(right) {
                    return refused("a comparison with NULL", "ask IS NULL or IS NOT NULL");
                }
                ControlFlow::Continue(())
            }
            Expr::AnyOp { compare_op: BinaryOperator::NotEq, .. } => {
                refused("`<> ANY`", "ask NOT (… = ANY (…)), or for what is meant")
            }
            Expr::Position { expr, .. } if !is_text(expr) => refused(
                "POSITION of what is not written out",
                "give the text itself, or compare with LIKE, STARTS_WITH or REGEXP",
            ),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if value.value == Value::Null)
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)))
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

/// Of several operations in a row the library takes the outermost for all.
fn set_operations(body: &SetExpr) -> Checked {
    let SetExpr::SetOperation { op, left, right, .. } = body else { return ControlFlow::Continue(()) };
    for side in [left, right] {
        if let SetExpr::SetOperation { op: inner, .. } = &**side
            && [op, inner].iter().any(|op| **op != SetOperator::Union)
        {
            return refused(
                format!("{inner} beside {op}"),
                "put one of them into FROM: SELECT * FROM (… EXCEPT …) AS a UNION …",
            );
        }
        set_operations(side)?;
    }
    ControlFlow::Continue(())
}

fn keys_of(select: &Select) -> Option<Vec<String>> {
    let GroupByExpr::Expressions(exprs, modifiers) = &select.group_by else { return None };
    if exprs.is_empty() || !modifiers.is_empty() {
        return None;
    }
    let mut keys: Vec<String> = exprs.iter().map(key).collect();
    // A number stands for what is selected there, a name may be that of a selected expression.
    for (at, item) in (1..).zip(&select.projection) {
        if let (Some(expr), alias) = selected(item)
            && (keys.contains(&at.to_string()) || alias.is_some_and(|alias| keys.iter().any(|key| key == alias)))
        {
            keys.push(key(expr));
        }
    }
    Some(keys)
}

pub(super) fn is_grouped(select: &Select) -> bool {
    !matches!(&select.group_by, GroupByExpr::Expressions(exprs, _) if exprs.is_empty())
}

/// An expression that is selected, and the name it is given.
fn selected(item: &SelectItem) -> (Option<&Expr>, Option<&str>) {
    match item {
        SelectItem::UnnamedExpr(expr) => (Some(expr), None),
        SelectItem::ExprWithAlias { expr, alias } => (Some(expr), Some(&alias.value)),
        _ => (None, None),
    }
}

fn ordered(query: &Query) -> Checked {
    let (Some(order), Some(select)) = (&query.order_by, query.body.as_select()) else {
        return ControlFlow::Continue(());
    };
    let OrderByKind::Expressions(by) = &order.kind else { return ControlFlow::Continue(()) };
    for expr in by.iter().map(|by| &by.expr) {
        if is_grouped(select) && Parts::of(expr).aggregates > 0 {
            return refused(format!("ORDER BY {expr} of groups"), "select it under a name, and order by that");
        }
        let hides = |item: &SelectItem| match selected(item) {
            (Some(own), Some(alias)) => {
                column(expr).is_some_and(|name| name.value == alias)
                    && column(own).map(|name| &*name.value) != Some(alias)
            }
            _ => false,
        };
        if table(expr).is_some() && select.projection.iter().any(hides) {
            return refused(
                format!("ORDER BY {expr}, whose name something else is selected under"),
                "give that another name",
            );
        }
    }
    ControlFlow::Continue(())
}

fn aggregates(select: &Select) -> Checked {
    let parts = |keys: &[String]| {
        let exprs = select.projection.iter().map(selected).filter(|(_, alias)| {
            // Grouped by that name.
            alias.is_none_or(|alias| !keys.iter().any(|key| key == alias))
        });
        exprs.filter_map(|(expr, _)| Some((expr?, Parts::with_keys(expr?, keys.to_vec())))).collect::<Vec<_>>()
    };
    let all = parts(&[]);
    if all.iter().any(|(_, parts)| parts.nested > 0) {
        return refused("an aggregate of an aggregate", "aggregate in a subquery first");
    }
    if is_grouped(select) {
        if let Some((expr, _)) = all.iter().find(|(_, parts)| parts.windows > 0) {
            return refused(format!("`{expr}` beside GROUP BY"), "group in a subquery, and use OVER on what it gives");
        }
        let Some(keys) = keys_of(select) else { return ControlFlow::Continue(()) };
        for (expr, parts) in parts(&keys) {
            if let Some(bare) = parts.bare.first() {
                return refused(
                    format!("`{expr}` of groups"),
                    format!("group by {bare} as well, or ask for one of its values: MIN({bare})"),
                );
            }
        }
        return ControlFlow::Continue(());
    }
    let has_aggregates = all.iter().any(|(_, parts)| parts.aggregates > 0);
    if has_aggregates && all.iter().any(|(_, parts)| parts.windows > 0) {
        return refused(
            "OVER beside aggregates of all rows",
            "ask for the one in a subquery, or add OVER () to the other",
        );
    }
    let bare = all.iter().find_map(|(_, parts)| parts.bare.first());
    match bare {
        Some(bare) if has_aggregates => refused(
            format!("`{bare}` beside aggregates of all rows"),
            format!("add GROUP BY {bare}, or OVER () to the aggregates"),
        ),
        _ if select.from.is_empty() && (has_aggregates || select.selection.is_some()) => {
            refused("a condition or an aggregate without FROM", "say which table is meant")
        }
        _ => ControlFlow::Continue(()),
    }
}

fn filters(select: &Select) -> Checked {
    let Some(filter) = &select.selection else { return ControlFlow::Continue(()) };
    let parts = Parts::of(filter);
    if parts.aggregates + parts.windows > 0 {
        return refused("an aggregate or OVER in WHERE", "ask for it in a subquery, or for groups in HAVING");
    }
    let tables = select.from.len() + select.from.iter().map(|from| from.joins.len()).sum::<usize>();
    filter.visit(&mut Subqueries { is_among_many: tables > 1, depth: 0 })
}

/// What is asked of subqueries in WHERE.
struct Subqueries {
    /// Whether the query around has several tables.
    is_among_many: bool,
    depth: usize,
}

impl Visitor for Subqueries {
    type Break = Misread;

    fn pre_visit_query(&mut self, _: &Query) -> Checked {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> Checked {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Checked {
        match expr {
            _ if self.depth > 0 => ControlFlow::Continue(()),
            Expr::Exists { .. } if self.is_among_many => {
                refused("EXISTS beside several tables", "join in a subquery first, or ask IN (SELECT …)")
            }
            Expr::Exists { subquery, .. } if has_aggregates(subquery) => {
                refused("EXISTS of an aggregate", "an aggregate always gives a row: ask for what is meant")
            }
            Expr::InSubquery { subquery, .. } if has_aggregates(subquery) && looks_out(subquery) => refused(
                "an aggregate in a subquery that looks at the rows around it",
                "group in a subquery of FROM and join it",
            ),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn has_aggregates(query: &Query) -> bool {
    let select = query.body.as_select();
    select.is_some_and(|select| Parts::of(&select.projection).aggregates > 0)
}

/// Whether a subquery names tables that are not its own.
fn looks_out(query: &Query) -> bool {
    let Some(select) = query.body.as_select() else { return false };
    let own: Vec<&str> = select
        .from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)))
        .filter_map(called)
        .collect();
    let mut named = Tables::default();
    let _ = select.selection.visit(&mut named);
    named.0.iter().any(|table| !own.contains(&table.as_str()))
}

/// Tables that columns are said to be of.
#[derive(Default)]
struct Tables(BTreeSet<String>);

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.0.extend(table(expr).map(str::to_owned));
        ControlFlow::Continue(())
    }
}

/// What a table is called in its query.
pub(super) fn called(relation: &TableFactor) -> Option<&str> {
    match relation {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            Some(&alias.name.value)
        }
        TableFactor::Table { name, .. } => Some(&name.0.last()?.as_ident()?.value),
        _ => None,
    }
}

fn joins(select: &Select) -> Checked {
    if select.from.len() > 2 {
        return refused("more than two tables with commas between", "write JOIN … ON …");
    }
    for from in &select.from {
        for (at, join) in from.joins.iter().enumerate() {
            let (is_inner, constraint) = match &join.join_operator {
                JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => (true, constraint),
                other => match constraint_of(other) {
                    Some(constraint) => (false, constraint),
                    None => continue,
                },
            };
            match constraint {
                JoinConstraint::On(on) => condition(on, is_inner && at == 0)?,
                JoinConstraint::Using(_) | JoinConstraint::Natural if is_outward(join) => {
                    return refused(
                        "USING of a RIGHT or FULL join",
                        "write ON, and COALESCE(a.key, b.key) for the key",
                    );
                }
                _ => {}
            }
        }
    }
    ControlFlow::Continue(())
}

fn constraint_of(join: &JoinOperator) -> Option<&JoinConstraint> {
    use JoinOperator as Of;
    match join {
        Of::Left(on)
        | Of::LeftOuter(on)
        | Of::Right(on)
        | Of::RightOuter(on)
        | Of::FullOuter(on)
        | Of::CrossJoin(on) => Some(on),
        Of::Semi(on) | Of::LeftSemi(on) | Of::RightSemi(on) | Of::Anti(on) | Of::LeftAnti(on) | Of::RightAnti(on) => {
            Some(on)
        }
        _ => None,
    }
}

/// Whether rows of the right table stay without a partner.
fn is_outward(join: &Join) -> bool {
    matches!(join.join_operator, JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_))
}

/// Each part of a join's condition has to be an equation of columns; of the first two tables, where nothing is kept without a
/// partner, other comparisons are understood too.
fn condition(on: &Expr, takes_others: bool) -> Checked {
    match on {
        Expr::Nested(inner) => condition(inner, takes_others),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            condition(left, takes_others)?;
            condition(right, takes_others)
        }
        Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            let has_columns = |side: &Expr| Parts::of(side).columns > 0;
            match op {
                BinaryOperator::Eq if has_columns(left) && has_columns(right) => ControlFlow::Continue(()),
                BinaryOperator::Eq => refused(
                    format!("`{on}` in ON"),
                    "put it into WHERE, or join a subquery: JOIN (SELECT * FROM … WHERE …) AS …",
                ),
                _ if takes_others => ControlFlow::Continue(()),
                _ => refused(
                    format!("`{on}` in ON of this join"),
                    "join a subquery, (SELECT * FROM … WHERE …), or join by equations and put the rest into WHERE",
                ),
            }
        }
        _ => ControlFlow::Continue(()),
    }
}

fn function_of(function: &Function) -> Checked {
    let (name, arguments) = (name_of(function), arguments(function));
    let is_constant = !arguments.is_empty() && arguments.iter().all(|argument| Parts::of(*argument).columns == 0);
    let is_plain_count = name == "COUNT" && matches!(arguments[..], [Expr::Value(_)]);
    if is_constant
        && !is_plain_count
        && (is_aggregate(function) || function.over.is_some() && RUNNING.contains(&name.as_str()))
    {
        return refused(format!("`{function}`, an aggregate of no column,"), "count rows with COUNT(*)");
    }
    if name == "STRPOS" && !arguments.get(1).is_some_and(|needle| is_text(needle)) {
        return refused(
            "STRPOS of what is not written out",
            "give the text itself, or compare with LIKE, STARTS_WITH or REGEXP",
        );
    }
    let over = match &function.over {
        None => return ControlFlow::Continue(()),
        Some(WindowType::WindowSpec(over)) if over.window_name.is_none() => over,
        Some(_) => return refused("OVER of a window that is named elsewhere", "write the window into OVER"),
    };
    if over.order_by.is_empty() {
        return ControlFlow::Continue(());
    }
    if !ORDERED.contains(&name.as_str()) {
        return refused(
            format!("{name} with ORDER BY in OVER"),
            "it is made of the whole partition: leave ORDER BY out",
        );
    }
    let by_rows = over.window_frame.as_ref().is_some_and(|frame| {
        matches!((&frame.units, &frame.start_bound), (WindowFrameUnits::Rows, WindowFrameBound::Preceding(None)))
    });
    if RUNNING.contains(&name.as_str()) && !by_rows {
        return refused(
            format!("{name} with ORDER BY in OVER, where rows of equal rank count together,"),
            "say that they count one by one: ORDER BY … ROWS UNBOUNDED PRECEDING",
        );
    }
    ControlFlow::Continue(())
}
