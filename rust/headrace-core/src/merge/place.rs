//! Which item of a list an arriving one continues.

/// The index of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index<'a> {
    /// None, or nothing that can be compared.
    Missing,
    /// A number.
    Number(i64),
    /// A number beyond those, by its digits.
    Big(&'a str),
    /// A text.
    Text(&'a str),
}

/// The known properties of a list item.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its index.
    pub index: Index<'a>,
    /// Its id, empty where it has none.
    pub id: &'a str,
    /// Whether it has a name: a new call does.
    pub named: bool,
    /// Whether it has arguments, or a part of them.
    pub argued: bool,
}

/// Where an arriving item goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It continues the item at this position.
    At(usize),
    /// It is a new one.
    New,
}

/// The place as LangChain finds it: the first of the same index, unless both have ids that differ.
///
/// A text counts as an index where it starts with `lc_`.
pub fn place_like_reference<'a>(
    items: impl Iterator<Item = Item<'a>>,
    arriving: &Item<'_>,
) -> Place {
    match arriving.index {
        Index::Number(_) | Index::Big(_) => {}
        Index::Text(text) if text.starts_with("lc_") => {}
        _ => return Place::New,
    }
    first_at(items, |item| item.index == arriving.index && may_be_one(item.id, arriving.id))
}

/// The place of a part of a tool call.
///
/// An id decides, where the part has one that is known; otherwise the latest call of the same index, or where
/// there is no index, the latest call. A part with an id of its own begins a call where that one has another
/// id. Where neither index nor id say more, so does a part with a name or an id behind a call that has begun:
/// that has a name, an id, or arguments, which are then the end of a call whose beginning stands elsewhere.
pub fn place<'a>(
    items: &(impl DoubleEndedIterator<Item = Item<'a>> + ExactSizeIterator + Clone),
    arriving: &Item<'_>,
) -> Place {
    let last = |fits: &dyn Fn(&Item<'_>) -> bool| {
        let position = items.clone().rev().position(|item| fits(&item));
        position.map_or(Place::New, |back| Place::At(items.len() - 1 - back))
    };
    if !arriving.id.is_empty()
        && let known @ Place::At(_) = last(&|item| {
            item.id == arriving.id
                && (item.index == arriving.index
                    || item.index == Index::Missing
                    || arriving.index == Index::Missing)
        })
    {
        return known;
    }
    match arriving.index {
        Index::Missing => {
            let begins = arriving.named || !arriving.id.is_empty();
            match items.clone().next_back() {
                Some(item) if !begins || item.id.is_empty() && !item.named && !item.argued => {
                    Place::At(items.len() - 1)
                }
                _ => Place::New,
            }
        }
        index => match last(&|item| item.index == index) {
            Place::At(position) => match items.clone().nth(position) {
                Some(item) if may_be_one(item.id, arriving.id) => Place::At(position),
                _ => Place::New,
            },
            Place::New => Place::New,
        },
    }
}

fn first_at<'a>(
    mut items: impl Iterator<Item = Item<'a>>,
    fits: impl Fn(&Item<'_>) -> bool,
) -> Place {
    items.position(|item| fits(&item)).map_or(Place::New, Place::At)
}

fn may_be_one(left: &str, right: &str) -> bool {
    left.is_empty() || right.is_empty() || left == right
}

#[cfg(test)]
mod tests {
    use super::{Index, Item, Place, place, place_like_reference};

    const fn item(index: Index<'static>, id: &'static str, named: bool) -> Item<'static> {
        Item { index, id, named, argued: false }
    }

    const ZERO: Index<'static> = Index::Number(0);

    #[test]
    fn the_reference_takes_the_first_of_the_index() {
        let items = [item(ZERO, "a", true), item(ZERO, "b", true)];
        let find = |arriving| place_like_reference(items.iter().copied(), &arriving);
        assert_eq!(find(item(ZERO, "", false)), Place::At(0));
        assert_eq!(find(item(ZERO, "b", false)), Place::At(1));
        assert_eq!(find(item(ZERO, "c", false)), Place::New);
        assert_eq!(find(item(Index::Missing, "", false)), Place::New);
        assert_eq!(find(item(Index::Text("x"), "", false)), Place::New);
        let named = [item(Index::Text("lc_x"), "", false)];
        let arriving = item(Index::Text("lc_x"), "", false);
        assert_eq!(place_like_reference(named.iter().copied(), &arriving), Place::At(0));
    }

    #[test]
    fn ids_go_first_and_then_the_latest() {
        let items = [item(ZERO, "a", true), item(ZERO, "b", true)];
        let find = |arriving| place(&items.iter().copied(), &arriving);
        assert_eq!(find(item(ZERO, "", false)), Place::At(1));
        assert_eq!(find(item(ZERO, "a", false)), Place::At(0));
        assert_eq!(find(item(Index::Missing, "a", false)), Place::At(0));
        assert_eq!(find(item(ZERO, "c", true)), Place::New);
        assert_eq!(find(item(Index::Missing, "", false)), Place::At(1));
        assert_eq!(find(item(Index::Missing, "", true)), Place::New);
        assert_eq!(find(item(Index::Missing, "c", false)), Place::New);
        assert_eq!(find(item(Index::Number(1), "", true)), Place::New);
        let fragment = Item { argued: true, ..item(Index::Missing, "", false) };
        let find = |known: Item<'static>, arriving| place(&[known].iter().copied(), &arriving);
        assert_eq!(find(fragment, item(Index::Missing, "", false)), Place::At(0));
        assert_eq!(find(fragment, item(Index::Missing, "c", true)), Place::New);
        assert_eq!(
            find(item(Index::Missing, "", false), item(Index::Missing, "c", true)),
            Place::At(0)
        );
        let nothing: [Item<'_>; 0] = [];
        assert_eq!(place(&nothing.iter().copied(), &item(Index::Missing, "", false)), Place::New);
    }
}
