//! Who else holds an object.
//!
//! A snapshot grows in place when nothing else can see it. That is so when its reference count equals the number
//! of references that we own ourselves, and the following holds on every `CPython`:
//!
//! - Whatever else can reach the object owns a counted reference, or reaches it through an object that does. From
//!   3.14 on, the interpreter's stack borrows references without counting them, but only from an owner that
//!   outlives the use: a local variable, a container, or the frame, which keeps the values of variables that a
//!   debugger replaces.
//! - Such an owner is never one of our own references: those are in Rust, or in a container that the caller can
//!   reach only through an outer one. The outer one is checked first.
//! - A count that is higher than the number of holders, as those of immortal objects are, only costs a copy.
//! - The table of interned strings holds its strings without counting. `PyUnicode_Append` checks for it.
//!
//! `tests/test_holders.py` tries each of these.

use pyo3::{Bound, ffi};

/// Returns whether the caller is the only holder of `object`, so that nothing else sees a change in place.
///
/// `known` is the number of references that the caller knows of, including the one behind `object`.
#[inline]
pub(crate) fn held_only_by<T>(object: &Bound<'_, T>, known: isize) -> bool {
    exact_count(object) == Some(known)
}

/// Returns the number of counted references.
#[cfg(not(Py_GIL_DISABLED))]
#[inline]
#[expect(clippy::unnecessary_wraps, reason = "free-threaded builds do not always know it")]
fn exact_count<T>(object: &Bound<'_, T>) -> Option<isize> {
    // SAFETY: the object is alive and the interpreter attached, so no other thread changes the count.
    Some(unsafe { ffi::Py_REFCNT(object.as_ptr()) })
}

/// Returns the number of counted references, if this thread can know it.
///
/// Free-threaded builds keep two counts: one that only the thread that made the object changes, and one that all
/// others share. Their sum is exact in that thread alone: there the first stands still and the second is read in
/// one step. Elsewhere the object is taken to be held, and copied.
#[cfg(Py_GIL_DISABLED)]
fn exact_count<T>(object: &Bound<'_, T>) -> Option<isize> {
    (owner(object) == own_identity(object.py()))
        // SAFETY: the object is alive and the interpreter attached. Both counts are read atomically.
        .then(|| unsafe { ffi::Py_REFCNT(object.as_ptr()) })
}

/// Returns the interpreter's number for the thread that made the object, or 0 if the object has lost its thread.
#[cfg(Py_GIL_DISABLED)]
fn owner<T>(object: &Bound<'_, T>) -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    // SAFETY: the object is alive, its field is aligned, and the interpreter, too, changes it atomically.
    unsafe { AtomicUsize::from_ptr(&raw mut (*object.as_ptr()).ob_tid) }.load(Ordering::Acquire)
}

/// Returns the interpreter's number for this thread: that of an object made here.
#[cfg(Py_GIL_DISABLED)]
fn own_identity(py: pyo3::Python<'_>) -> usize {
    thread_local!(static IDENTITY: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });
    IDENTITY.with(|identity| {
        if identity.get() == 0 {
            identity.set(owner(&pyo3::types::PyList::empty(py)));
        }
        identity.get()
    })
}
