//! Text as callers hand it over.

use pyo3::exceptions::PyTypeError;
#[cfg(not(Py_3_14))]
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};

/// Text to be read.
pub(crate) enum Text<'a> {
    /// The characters of a `str`, as UTF-8 in which halves of surrogate pairs may stand alone.
    Characters(&'a [u8]),
    /// Bytes of UTF-8, cut anywhere.
    Bytes(&'a [u8]),
}

/// Calls `read` with the text of a `str`, `bytes`, `bytearray` or `memoryview`.
///
/// # Errors
/// `TypeError` for anything else: `refusal` and the name of the type. And what `read` returns.
#[inline]
pub(crate) fn with_text<T>(
    chunk: &Bound<'_, PyAny>,
    refusal: &str,
    read: impl FnOnce(Text<'_>) -> PyResult<T>,
) -> PyResult<T> {
    if let Ok(string) = chunk.cast::<PyString>() {
        #[cfg(not(Py_3_14))]
        if let Some(text) = ascii(string) {
            return read(Text::Characters(text));
        }
        if let Ok(text) = string.to_str() {
            return read(Text::Characters(text.as_bytes()));
        }
        let encoded = string.call_method1("encode", ("utf-8", "surrogatepass"))?;
        return read(Text::Characters(encoded.cast::<PyBytes>()?.as_bytes()));
    }
    if let Ok(bytes) = chunk.cast::<PyBytes>() {
        return read(Text::Bytes(bytes.as_bytes()));
    }
    if let Ok(bytes) = chunk.cast::<PyByteArray>() {
        return read(Text::Bytes(&bytes.to_vec()));
    }
    if let Ok(view) = chunk.cast::<pyo3::types::PyMemoryView>() {
        let bytes = view.call_method0("tobytes")?;
        return read(Text::Bytes(bytes.cast::<PyBytes>()?.as_bytes()));
    }
    let name = chunk.get_type().qualname()?;
    Err(PyTypeError::new_err(format!("{refusal} {name}")))
}

/// Returns the characters of a compact ASCII `str` in place, without a call into the interpreter.
///
/// From CPython 3.14 on, PyO3 does not read the fields of a `str`: `to_str` returns the same, by a call.
#[cfg(not(Py_3_14))]
#[inline]
fn ascii<'a>(string: &'a Bound<'_, PyString>) -> Option<&'a [u8]> {
    let object = string.as_ptr();
    // SAFETY: `object` is a live str. A compact ASCII one holds as many bytes as its length says, which
    // do not change while it is borrowed.
    unsafe {
        if ffi::PyUnicode_IS_COMPACT_ASCII(object) == 0 {
            return None;
        }
        let length = usize::try_from(ffi::PyUnicode_GET_LENGTH(object)).ok()?;
        Some(std::slice::from_raw_parts(ffi::PyUnicode_1BYTE_DATA(object), length))
    }
}
