//! Python objects from the text of scalars.

use headrace_core::json::Number;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyFloat, PyInt, PyString};

/// A `str` from UTF-8 in which halves of surrogate pairs may stand alone.
#[inline]
pub(crate) fn string<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyString>> {
    // One character may be an object that exists already, which the general way finds.
    if text.len() > 1 && text.is_ascii() {
        return ascii_string(py, text);
    }
    PyString::from_bytes(py, text).or_else(|_| string_with_surrogates(py, text))
}

/// Copies the text, without decoding it.
#[inline]
fn ascii_string<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyString>> {
    let length = ffi::Py_ssize_t::try_from(text.len())?;
    // SAFETY: PyUnicode_New returns a new str of `length` one-byte characters below 128, or null with an
    // exception set; nobody else has it yet, and `text` is as long and has only such bytes.
    unsafe {
        let object = ffi::PyUnicode_New(length, 127);
        if !object.is_null() {
            let data = ffi::PyUnicode_1BYTE_DATA(object);
            std::ptr::copy_nonoverlapping(text.as_ptr(), data, text.len());
        }
        Ok(Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked())
    }
}

#[cold]
fn string_with_surrogates<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyString>> {
    let length = ffi::Py_ssize_t::try_from(text.len())?;
    // SAFETY: the pointer and the length are those of a live slice, the interpreter is attached, and
    // the result is a new reference to a str, or null with an exception set.
    let object = unsafe {
        Bound::from_owned_ptr_or_err(
            py,
            ffi::PyUnicode_DecodeUTF8(text.as_ptr().cast(), length, c"surrogatepass".as_ptr()),
        )?
    };
    Ok(object.cast_into()?)
}

/// `left + right`, made in the place of `left` where nobody else holds it.
pub(crate) fn append_in_place<'py>(
    left: Bound<'py, PyString>,
    right: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyString>> {
    let py = left.py();
    let mut object = left.into_ptr();
    // SAFETY: `object` is an owned reference to a str. PyUnicode_Append takes it and leaves a new one in
    // its place, or null with an exception set; it changes a str only where its count is one, its hash
    // was never asked for and it is not interned, and makes a new one otherwise.
    let object = unsafe {
        ffi::PyUnicode_Append(&raw mut object, right.as_ptr());
        Bound::from_owned_ptr_or_err(py, object)?
    };
    Ok(object.cast_into()?)
}

/// An `int` or a `float`.
///
/// # Errors
/// `ValueError` for more digits than `sys.get_int_max_str_digits()` allows.
pub(super) fn number<'py>(py: Python<'py>, number: Number<'_>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match number {
        Number::Integer(integer) => integer.into_pyobject(py)?.into_any(),
        Number::BigInteger(digits) => py.get_type::<PyInt>().call1((digits,))?,
        Number::Float(float) if float.is_nan() => not_a_number(py)?,
        Number::Float(float) => PyFloat::new(py, float).into_any(),
    })
}

/// The one that the standard library gives each time, too: values that hold it are equal.
#[cold]
fn not_a_number(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static OBJECT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let object = OBJECT
        .get_or_try_init(py, || py.import("json.decoder")?.getattr("NaN").map(Bound::unbind))?;
    Ok(object.bind(py).clone())
}

/// Remembers the names of members, since documents repeat them.
#[derive(Default)]
pub(crate) struct Names {
    slots: Vec<Option<Py<PyString>>>,
}

const SLOTS: usize = 256;
const LONGEST_REMEMBERED: usize = 48;

impl Names {
    /// The `str` for a name, the one made before where it is remembered.
    pub(super) fn get<'py>(
        &mut self,
        py: Python<'py>,
        name: &[u8],
    ) -> PyResult<Bound<'py, PyString>> {
        if name.is_empty() || name.len() > LONGEST_REMEMBERED {
            return string(py, name);
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let slot = &mut self.slots[slot_of(name)];
        if let Some(known) = slot {
            let known = known.bind(py);
            if known.to_str().is_ok_and(|text| text.as_bytes() == name) {
                return Ok(known.clone());
            }
        }
        let made = string(py, name)?;
        *slot = Some(made.clone().unbind());
        Ok(made)
    }

    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        self.slots.iter().flatten().try_for_each(|name| visit.call(name))
    }
}

/// FNV-1a, folded: names are short.
fn slot_of(name: &[u8]) -> usize {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for &byte in name {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    }
    #[expect(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
    let folded = (hash ^ (hash >> 32)) as usize;
    folded % SLOTS
}
