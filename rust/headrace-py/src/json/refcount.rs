//! Who else holds an object.

use pyo3::{Bound, ffi};

/// Whether nobody but those we know of holds `object`, so that changing it in place is seen by nobody.
///
/// `known` counts the references we know of, the one behind `object` included.
#[inline]
pub(crate) fn held_only_by<T>(object: &Bound<'_, T>, known: isize) -> bool {
    // SAFETY: the object is alive and the interpreter attached.
    COUNTS_ARE_EXACT && known == unsafe { ffi::Py_REFCNT(object.as_ptr()) }
}

/// Whether a reference count tells the number of holders, and the snapshot tests have run there.
///
/// Free-threaded builds split the count; `CPython` 3.14 lets the stack borrow without counting.
const COUNTS_ARE_EXACT: bool = cfg!(all(not(Py_3_14), not(Py_GIL_DISABLED)));
