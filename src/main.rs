//! The program: see `rewash --help`, and the crate documentation of the library for the map.

#![expect(unsafe_code, reason = "a setting of the allocator; the block says why it is sound")]

/// Blocks of many sizes are freed on other threads than they were made on; mimalloc is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Number of the setting in mimalloc 3.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Keeps freed memory for what is asked next. Given back to the system after 10 ms, as is the default, most of it is asked
/// for again and cleared anew: a sixth of a whole trace. `MIMALLOC_PURGE_DELAY` of the environment has the last word.
fn keep_freed_memory() {
    // SAFETY: the call stores one number in a table of the allocator, which is there before `main`; no other thread runs.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, -1) }
}

fn main() -> std::process::ExitCode {
    keep_freed_memory();
    rewash::cli::main()
}
