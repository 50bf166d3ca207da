//! The hot paths of headrace. This crate knows nothing of Python.
#![forbid(unsafe_code)]
