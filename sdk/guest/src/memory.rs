//! Where a plugin's allocations live.
//!
//! An instance lives for one call, so memory is handed out from one end and taken back all at once, when nothing lives
//! any more: after each call. That costs a few instructions where a general allocator costs hundreds, which was a
//! quarter of a call. A call about an ordinary visit fits the arena, which is part of the instance from the start:
//! growing a memory costs the host more than deciding the visit.

#![allow(unsafe_code)] // an allocator is made of nothing else

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::memory_grow;
use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr::null_mut;

/// Enough for a visit of about two hundred lines.
const ARENA_BYTES: usize = 256 * 1024;

/// A Wasm page.
const PAGE_BYTES: usize = 64 * 1024;

/// A larger visit grows the memory by at least so much.
const GROWTH_BYTES: usize = 1024 * 1024;

static mut ARENA: [MaybeUninit<u128>; ARENA_BYTES / 16] = [MaybeUninit::uninit(); ARENA_BYTES / 16];

#[global_allocator]
static MEMORY: Memory = Memory { first: Cell::new(0), next: Cell::new(0), end: Cell::new(0), living: Cell::new(0) };

/// Addresses of the piece in use: the arena, then what the host granted last.
struct Memory {
    first: Cell<usize>,
    /// The next free one.
    next: Cell<usize>,
    /// The first behind the piece; 0 before there is one.
    end: Cell<usize>,
    /// Allocations that were not given back yet.
    living: Cell<usize>,
}

// SAFETY: a component without threads; nothing runs beside it.
unsafe impl Sync for Memory {}

impl Memory {
    /// Begins another piece; what is left of this one stays unused.
    #[cold]
    fn take_elsewhere(&self, layout: Layout) -> Option<usize> {
        let (first, bytes) = if self.end.get() == 0 {
            ((&raw const ARENA).addr(), ARENA_BYTES)
        } else {
            let bytes = layout.size().max(GROWTH_BYTES).checked_next_multiple_of(PAGE_BYTES)?;
            let pages_before = memory_grow::<0>(bytes / PAGE_BYTES);
            if pages_before == usize::MAX {
                return None;
            }
            (pages_before * PAGE_BYTES, bytes)
        };
        self.first.set(first);
        self.next.set(first);
        self.end.set(first + bytes);
        self.take(layout)
    }

    fn take(&self, layout: Layout) -> Option<usize> {
        let start = self.next.get().checked_next_multiple_of(layout.align())?;
        let end = start.checked_add(layout.size())?;
        if end > self.end.get() {
            return None;
        }
        self.next.set(end);
        Some(start)
    }
}

// SAFETY: every address is handed out once until nothing lives; it lies between `next` and `end`, aligned as asked.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.take(layout).or_else(|| self.take_elsewhere(layout)) {
            Some(start) => {
                self.living.set(self.living.get() + 1);
                start as *mut u8
            }
            None => null_mut(),
        }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        let living = self.living.get() - 1;
        self.living.set(living);
        if living == 0 {
            self.next.set(self.first.get());
        } else if start.addr() + layout.size() == self.next.get() {
            self.next.set(start.addr());
        }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let is_last = start.addr() + layout.size() == self.next.get();
        if is_last && start.addr().checked_add(size).is_some_and(|end| end <= self.end.get()) {
            self.next.set(start.addr() + size);
            return start;
        }
        // SAFETY: the caller's own promises, passed on.
        unsafe {
            let other = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                other.copy_from_nonoverlapping(start, layout.size().min(size));
                self.dealloc(start, layout);
            }
            other
        }
    }
}
