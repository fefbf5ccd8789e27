//! One declaration per table: the row struct, its column names and its order of columns.

/// Declares a row struct and teaches it to become columns and to be read back.
///
/// `field: Type` is stored under the field's name, `field as "column": Type` under another one.
macro_rules! table {
    (
        $(#[$doc:meta])*
        $name:ident in $table:literal {
            $( $(#[$fdoc:meta])* $field:ident $(as $column:literal)? : $ty:ty ),+ $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $( $(#[$fdoc])* pub $field: $ty ),+ }

        impl $crate::facts::frame::Row for $name {
            const TABLE: &'static str = $table;

            fn to_columns(rows: &[Self]) -> Vec<$crate::facts::frame::Column> {
                use $crate::facts::frame::Cell;
                vec![$( <$ty as Cell>::column(table!(@name $field $($column)?), rows.iter().map(|r| &r.$field)) ),+]
            }

            fn from_columns(
                source: &$crate::facts::frame::Source<'_>,
            ) -> Result<Vec<Self>, $crate::facts::frame::FrameError> {
                $( let mut $field = source.read::<$ty>(table!(@name $field $($column)?))?.into_iter(); )+
                let mut rows = Vec::with_capacity(source.height());
                while let ($(Some($field)),+ ,) = ($($field.next()),+ ,) {
                    rows.push(Self { $($field),+ });
                }
                Ok(rows)
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $column:literal) => { $column };
}
