//! The program: see `rewash --help`, and the crate documentation of the library for the map.

#![expect(unsafe_code, reason = "settings of the allocator and the process; each block says why it is sound")]

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

/// What is in memory is people's data, and goes into no core file: not by size, and not through a program of the system's
/// that takes cores whatever their size. Where the system refuses, the run goes on as it would without.
fn leave_no_core_file() {
    /// As wide as the call reads it, which cannot be told from its signature.
    #[cfg(target_os = "linux")]
    const NO: libc::c_ulong = 0;
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls set a number of this process; the first reads `none`, which lives until it returns.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_DUMPABLE, NO, NO, NO, NO);
    }
}

/// A file that would grow beyond the limit of the system's (`ulimit -f`) is a full disk, to be told in a sentence: left as it
/// is, the signal would end the process in the middle of a write.
fn take_a_limit_of_size_for_a_full_disk() {
    // SAFETY: the call sets what one signal does, and runs no code of ours; no other thread runs.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// Signals by which people and systems ask a process to end.
const STOPS: [(libc::c_int, &str); 3] =
    [(libc::SIGINT, "SIGINT"), (libc::SIGTERM, "SIGTERM"), (libc::SIGHUP, "SIGHUP")];

/// Exit status of what a signal has ended, as shells count, less its number.
const SIGNAL_STATUS: libc::c_int = 128;

/// A run that is asked to end takes away what is not finished, and then ends as asked. Hardly anything may be done in a handler,
/// so these signals are held back from all threads but one, which does nothing but wait for them. What the program was
/// started to ignore, as in the background of a shell or by `nohup`, stays ignored.
fn answer_stops() {
    // SAFETY: zeroes are a value of both types, which are plain numbers, and the calls fill and read nothing else; no other
    // thread runs, and those to come are started with the same signals held back.
    let stops = unsafe {
        let mut stops: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut stops);
        for (signal, _) in STOPS {
            let mut now: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut now);
            if now.sa_sigaction != libc::SIG_IGN {
                libc::sigaddset(&raw mut stops, signal);
            }
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const stops, std::ptr::null_mut());
        stops
    };
    let waiting = std::thread::Builder::new().name("stops".to_owned()).spawn(move || end_when_asked(&stops));
    if waiting.is_err() {
        // SAFETY: the call reads `stops`, which lives until it returns.
        unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const stops, std::ptr::null_mut()) };
    }
}

/// Waits for one of the signals, for as long as the program runs.
fn end_when_asked(stops: &libc::sigset_t) {
    let mut asked = 0;
    // SAFETY: the call reads `stops` and writes `asked`, which both live until it returns.
    if unsafe { libc::sigwait(stops, &raw mut asked) } != 0 {
        return;
    }
    rewash::cli::stop(STOPS.iter().find(|(signal, _)| *signal == asked).map_or("a signal", |(_, name)| *name));
    // SAFETY: the signal gets back what the system does by itself, which is to end the process, and comes once more. The first
    // process of a container is not ended by it, and is as a shell says it of any other; the call does no more than that.
    unsafe {
        libc::signal(asked, libc::SIG_DFL);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, stops, std::ptr::null_mut());
        libc::raise(asked);
        libc::_exit(SIGNAL_STATUS + asked);
    }
}

fn main() -> std::process::ExitCode {
    keep_freed_memory();
    leave_no_core_file();
    take_a_limit_of_size_for_a_full_disk();
    answer_stops();
    rewash::cli::main()
}
