//! How the parts of a streamed message add up.
//!
//! What is decided here needs no value but names, indexes and texts: [`Rule`] says what becomes of two values
//! of the same name, [`place`] which item of a list an arriving one continues, [`Appendable`] how a text
//! grows that several sums share.

mod appendable;
mod place;
mod rule;

pub use appendable::Appendable;
pub use place::{Index, Item, Place, place, place_like_reference};
pub use rule::{Rule, may_be_said_again, number_rule, text_rule};
