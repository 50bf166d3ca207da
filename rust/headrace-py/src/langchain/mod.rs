//! What a LangChain program is given: its own classes and results, made at the cost of what is new.

mod arguments_table;
pub(crate) mod merges;
pub(crate) mod stream;
pub(crate) mod sums;
