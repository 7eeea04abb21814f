//! What the operating system says of this process's memory.

/// Peak resident memory of this process in bytes; `None` where the system does not say.
pub fn peak_bytes() -> Option<u64> {
    field_of_status("VmHWM:")
}

/// Memory of this process besides files that it maps, in bytes; `None` where the system does not say.
pub fn own_bytes() -> Option<u64> {
    field_of_status("RssAnon:")
}

/// Memory of the machine in bytes; `None` where the system does not say.
pub fn machine_bytes() -> Option<u64> {
    field(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")
}

fn field_of_status(name: &str) -> Option<u64> {
    field(&std::fs::read_to_string("/proc/self/status").ok()?, name)
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
