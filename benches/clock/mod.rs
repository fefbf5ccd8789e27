//! What a piece of work costs.

/// Does it, says what it took, and gives both.
pub(super) fn timed<T>(what: &str, work: impl FnOnce() -> T) -> (T, f64) {
    let started = cpu_seconds();
    let made = work();
    let took = cpu_seconds() - started;
    println!("{what}: {took:.2} s");
    (made, took)
}

/// The time this thread was on a core, as Linux tells it.
fn cpu_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    told.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).expect("nanoseconds") / 1e9
}
