//! The program: see `rewash --help`, and the crate documentation of the library for the map.

/// Blocks of many sizes are freed on other threads than they were made on; mimalloc is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rewash::cli::main()
}
