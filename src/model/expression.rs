//! Expressions over the fields of two records: what levels, blocking keys and filters are written in.
//!
//! One language serves hand-written models, proposed ones and models of Splink: its text is the SQL of those models
//! (`jaro_winkler_similarity("surname_l", "surname_r") >= 0.92`), with functions of our own beside the usual ones.
//! [`parse()`] and [`print()`] go from text to [`Expression`] and back, [`shape`] asks what an expression is made of.

pub mod function;
pub mod parse;
pub mod print;
pub mod shape;

#[cfg(test)]
mod tests;

pub use function::Function;
pub use parse::parse;
pub use print::print;

/// Which record of a pair a column belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The left record: `surname_l` in a level, `l.surname` in a blocking rule.
    Left,
    /// The right record: `surname_r`, `r.surname`.
    Right,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// How columns are named in the text of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// `"surname_l"`, `surname_r`, also `l.surname`: a condition of a level.
    Level,
    /// `l."surname"`, `r.surname`: a blocking rule.
    Rule,
    /// `surname`: a key of one record.
    OneSide(Side),
}

/// A type to cast to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Text.
    Text,
    /// A number of double precision.
    Double,
    /// A number of single precision: distances are rounded to it by Splink.
    Float,
    /// A whole number.
    Integer,
    /// A day.
    Date,
    /// A point in time.
    Timestamp,
    /// True or false.
    Boolean,
}

/// An operator of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `AND`, of three-valued logic
    And,
    /// `OR`, of three-valued logic
    Or,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, never of whole numbers
    Divide,
    /// `||`
    Concat,
}

/// An expression; its text is what [`crate::model::expression`] parses and prints.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A field of one record.
    Column {
        /// Which record.
        side: Side,
        /// The field, without `_l` or `l.`.
        name: String,
    },
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// `NULL`.
    Null,
    /// An operator between two operands.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `NOT`, of three-valued logic.
    Not(Box<Expression>),
    /// `-x`.
    Negative(Box<Expression>),
    /// `x IS NULL`; `IS NOT NULL` is `Not` of it.
    IsNull(Box<Expression>),
    /// `CASE WHEN condition THEN value … ELSE otherwise END`.
    Case {
        /// Conditions with their values.
        branches: Vec<(Expression, Expression)>,
        /// The value where no condition is true.
        otherwise: Box<Expression>,
    },
    /// `CAST(x AS type)`; `safe` for `TRY_CAST`.
    Cast {
        /// The operand.
        of: Box<Expression>,
        /// The type.
        to: Type,
        /// Null instead of an error.
        safe: bool,
    },
    /// A function by its name, see [`Function`].
    Call(Function, Vec<Expression>),
    /// The best value of a function of two texts over all pairs of elements of two lists:
    /// `list_max(list_transform(flatten(list_transform(a, x -> list_transform(b, y -> [x, y]))), p -> f(p[1], p[2])))`.
    BestPair {
        /// The function of two texts.
        function: Function,
        /// A list.
        left: Box<Expression>,
        /// Another.
        right: Box<Expression>,
        /// Whether more is better: `list_max`, else `list_min`.
        most: bool,
    },
}
