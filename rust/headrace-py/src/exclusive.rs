//! A lock that costs no atomic exchange where the interpreter's own lock is there.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// A value that one thread uses at a time.
///
/// While it is in use, Python code can run only where the garbage collector calls a finalizer. From there
/// the same thread may come back, which is an error, or another thread may be let in, which waits.
///
/// `MutexExt` would do the same; the two exchanges of a mutex were a tenth of the time of a small `feed`.
pub(crate) struct Exclusive<T> {
    /// The thread that uses the value, or 0.
    user: AtomicUsize,
    value: UnsafeCell<T>,
}

// SAFETY: `enter` lets one thread in at a time: see `try_enter`.
unsafe impl<T: Send> Sync for Exclusive<T> {}

/// How long to wait before looking again whether another thread has finished.
const PAUSE: Duration = Duration::from_micros(50);

impl<T> Exclusive<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { user: AtomicUsize::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits until no other thread uses the value.
    ///
    /// # Errors
    /// `RuntimeError` if this thread uses it further up.
    #[expect(
        clippy::inline_always,
        reason = "30 of the 1,900 instructions of a small feed and value"
    )]
    #[inline(always)]
    pub(crate) fn enter<'a>(&'a self, py: Python<'a>) -> PyResult<Entered<'a, T>> {
        if !self.try_enter(thread_identity()) {
            self.wait(py)?;
        }
        Ok(Entered { exclusive: self, not_send: PhantomData })
    }

    #[cold]
    fn wait(&self, py: Python<'_>) -> PyResult<()> {
        let this_thread = thread_identity();
        while !self.try_enter(this_thread) {
            if self.user.load(Ordering::Relaxed) == this_thread {
                return Err(PyRuntimeError::new_err(
                    "this object is in use further up: a finalizer called it again",
                ));
            }
            py.detach(|| std::thread::sleep(PAUSE));
        }
        Ok(())
    }

    /// The value, if nobody uses it. For the garbage collector, which stops all other threads.
    pub(crate) fn if_unused(&self) -> Option<&T> {
        // SAFETY: nobody has entered, and nobody can: the collector runs no Python code while it asks.
        (self.user.load(Ordering::Acquire) == 0).then(|| unsafe { &*self.value.get() })
    }

    #[inline]
    fn try_enter(&self, this_thread: usize) -> bool {
        if cfg!(Py_GIL_DISABLED) {
            return self
                .user
                .compare_exchange(0, this_thread, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        }
        // The caller is attached to the interpreter, whose lock lets no other thread run here until Python
        // code is called: looking and setting need not be one step.
        let free = self.user.load(Ordering::Acquire) == 0;
        if free {
            self.user.store(this_thread, Ordering::Relaxed);
        }
        free
    }
}

/// The use of a value, until it is dropped.
pub(crate) struct Entered<'a, T> {
    exclusive: &'a Exclusive<T>,
    not_send: PhantomData<*const ()>,
}

impl<T> Deref for Entered<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the thread that made `self` is the only user until `self` is dropped.
        unsafe { &*self.exclusive.value.get() }
    }
}

impl<T> DerefMut for Entered<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { &mut *self.exclusive.value.get() }
    }
}

impl<T> Drop for Entered<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.exclusive.user.store(0, Ordering::Release);
    }
}

/// A number that no other living thread has.
#[inline]
fn thread_identity() -> usize {
    thread_local!(static HERE: u8 = const { 0 });
    HERE.with(|here| std::ptr::from_ref(here).addr())
}
