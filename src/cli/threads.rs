//! How many threads a compile gets: to start one, and the memory that it makes its own, cost more than a small project's share.

use std::thread::available_parallelism;

use super::disk::RealDisk;

/// How many bytes of sources a thread should have.
const SHARE: u64 = 64 << 10;

/// Sets the threads up that a compile of this project is worth; the one that asks is the first of them.
pub(super) fn set_up(disk: &RealDisk) {
    let worth = usize::try_from(disk.size() / SHARE + 1).unwrap_or(usize::MAX);
    let there = available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(worth.min(there))
        .use_current_thread();
    // It fails only where threads are there already; those serve as well.
    let _ = pool.build_global();
}
