//! Which elements of an array an index or a slice picks, also while the array's length is not known.

/// `start:end:step`, as RFC 9535 understands it; one index is a slice of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
}

/// Whether an element is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picked {
    Yes,
    No,
    /// That shows once the array has so many elements, or has ended.
    Unknown {
        until: usize,
    },
}

/// How many elements an array has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// So many, and perhaps more.
    AtLeast(usize),
    /// So many: it has ended.
    Exactly(usize),
}

/// A place that depends on the end of the array.
const AT_THE_END: usize = usize::MAX;

impl Slice {
    pub(super) const fn new(start: Option<i64>, end: Option<i64>, step: i64) -> Self {
        Self { start, end, step }
    }

    pub(super) const fn one(index: i64) -> Self {
        // A slice that ends at -1 would end before the last element.
        let end = if index == -1 { None } else { Some(index + 1) };
        Self { start: Some(index), end, step: 1 }
    }

    /// The index of the only element that it picks, if that is counted from the start.
    pub(super) fn fixed(&self) -> Option<usize> {
        let start = usize::try_from(self.start?).ok()?;
        (self.step == 1 && self.end? == self.start? + 1).then_some(start)
    }

    /// Returns whether the element at this index, which the array has, is picked.
    pub(super) fn picks(&self, index: usize, length: Length) -> Picked {
        let Ok(position) = i64::try_from(index) else { return Picked::No };
        match length {
            Length::Exactly(length) => {
                let length = i64::try_from(length).unwrap_or(i64::MAX);
                if self.picks_of(position, length) { Picked::Yes } else { Picked::No }
            }
            Length::AtLeast(so_far) => {
                let so_far = i64::try_from(so_far).unwrap_or(i64::MAX);
                match self.step {
                    0 => Picked::No,
                    1.. => self.forwards(position, so_far),
                    _ => self.backwards(position, so_far),
                }
            }
        }
    }

    /// Returns whether the element at this index of an array that has ended is picked.
    fn picks_of(&self, index: i64, length: i64) -> bool {
        let from_start = |bound: i64| if bound < 0 { length + bound } else { bound };
        match self.step {
            0 => false,
            1.. => {
                let lower = self.start.map_or(0, from_start).clamp(0, length);
                let upper = self.end.map_or(length, from_start).clamp(0, length);
                lower <= index && index < upper && (index - lower) % self.step == 0
            }
            _ => {
                let upper = self.start.map_or(length - 1, from_start).clamp(-1, length - 1);
                let lower = self.end.map_or(-1, from_start).clamp(-1, length - 1);
                lower < index && index <= upper && (upper - index) % self.step == 0
            }
        }
    }

    /// The same of one that has at least `so_far` elements, for a positive step.
    fn forwards(&self, index: i64, so_far: i64) -> Picked {
        let start = self.start.unwrap_or(0);
        if self.end.is_some_and(|end| end >= 0 && index >= end) {
            return Picked::No;
        }
        if start >= 0 {
            if index < start || (index - start) % self.step != 0 {
                return Picked::No;
            }
            return match self.end {
                // The last ones are out, and so this one is in once so many follow it.
                Some(end) if end < 0 => known_from(index + 1 - end, so_far, Picked::Yes),
                _ => Picked::Yes,
            };
        }
        // Only the last ones are in: this one is out once so many follow it.
        if self.end.is_some_and(|end| end < 0 && start >= end) {
            return Picked::No;
        }
        known_from(index - start + 1, so_far, Picked::No)
    }

    /// The same for a negative step.
    fn backwards(&self, index: i64, so_far: i64) -> Picked {
        let start = self.start.unwrap_or(-1);
        if self.end.is_some_and(|end| end >= 0 && index <= end) {
            return Picked::No;
        }
        let out_from = self.end.filter(|end| *end < 0).map(|end| index - end);
        if out_from.is_some_and(|length| so_far >= length) {
            return Picked::No;
        }
        // From here on, the start decides, unless the end does.
        let by_start = if start >= 0 {
            if index > start {
                return Picked::No;
            }
            if self.step == -1 {
                Picked::Yes
            } else if so_far > start {
                if (start - index) % self.step != 0 {
                    return Picked::No;
                }
                Picked::Yes
            } else {
                unknown(start + 1)
            }
        } else if self.end.is_some_and(|end| end < 0 && end >= start) {
            return Picked::No;
        } else if self.step == -1 {
            known_from(index - start, so_far, Picked::Yes)
        } else {
            Picked::Unknown { until: AT_THE_END }
        };
        match out_from {
            Some(length) => unknown(length),
            None => by_start,
        }
    }
}

/// Returns what follows once the array has `length` elements.
fn known_from(length: i64, so_far: i64, then: Picked) -> Picked {
    if so_far >= length { then } else { unknown(length) }
}

fn unknown(length: i64) -> Picked {
    Picked::Unknown { until: usize::try_from(length).unwrap_or(AT_THE_END) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The elements that RFC 9535's own procedure (section 2.3.4.2.2) picks.
    fn picked(slice: Slice, length: i64) -> Vec<i64> {
        let normalize = |index: i64| if index >= 0 { index } else { length + index };
        let Slice { step, .. } = slice;
        let mut picked = Vec::new();
        if step > 0 {
            let lower = normalize(slice.start.unwrap_or(0)).max(0).min(length);
            let upper = normalize(slice.end.unwrap_or(length)).max(0).min(length);
            let mut index = lower;
            while index < upper {
                picked.push(index);
                index += step;
            }
        } else if step < 0 {
            let upper = normalize(slice.start.unwrap_or(length - 1)).max(-1).min(length - 1);
            let lower = normalize(slice.end.unwrap_or(-length - 1)).max(-1).min(length - 1);
            let mut index = upper;
            while lower < index {
                picked.push(index);
                index += step;
            }
        }
        picked
    }

    fn slices() -> impl Iterator<Item = Slice> {
        let bounds = || std::iter::once(None).chain((-6..=6).map(Some));
        bounds().flat_map(move |start| {
            bounds().flat_map(move |end| (-4..=4).map(move |step| Slice::new(start, end, step)))
        })
    }

    #[test]
    fn an_array_that_has_ended_is_picked_from_as_the_standard_says() {
        for slice in slices() {
            for length in 0_usize..9 {
                let expected = picked(slice, length.try_into().unwrap());
                for index in 0..length {
                    let is_in = expected.contains(&index.try_into().unwrap());
                    let found = slice.picks(index, Length::Exactly(length));
                    assert_eq!(found == Picked::Yes, is_in, "{slice:?} {index} of {length}");
                }
            }
        }
    }

    #[test]
    fn what_is_said_before_the_end_holds_at_the_end() {
        for slice in slices() {
            for index in 0_usize..9 {
                for so_far in index + 1..12 {
                    let ends: Vec<_> = (so_far..30)
                        .map(|length| slice.picks(index, Length::Exactly(length)))
                        .collect();
                    let all = |said: Picked| ends.iter().all(|end| *end == said);
                    match slice.picks(index, Length::AtLeast(so_far)) {
                        Picked::Unknown { until } => {
                            assert!(until > so_far, "{slice:?} {index} {so_far}");
                            let then = slice.picks(index, Length::AtLeast(until));
                            let decided = !matches!(then, Picked::Unknown { .. });
                            assert_eq!(decided, until != AT_THE_END, "{slice:?} {index} {so_far}");
                            // Nothing is held that is decided already.
                            let one_by_one = slice.step.abs() == 1;
                            assert!(
                                !one_by_one || !all(Picked::Yes) && !all(Picked::No),
                                "{slice:?} {index} {so_far}"
                            );
                        }
                        said => assert!(all(said), "{slice:?} {index} {so_far} {said:?}"),
                    }
                }
            }
        }
    }

    #[test]
    fn one_index_is_a_slice_of_one() {
        for index in -5_i64..5 {
            for length in 0_usize..9 {
                let signed = i64::try_from(length).unwrap();
                let wanted = if index < 0 { signed + index } else { index };
                for element in 0..length {
                    let is_in = i64::try_from(element).unwrap() == wanted;
                    let found = Slice::one(index).picks(element, Length::Exactly(length));
                    assert_eq!(found == Picked::Yes, is_in, "{index} {element} of {length}");
                }
            }
        }
    }
}
