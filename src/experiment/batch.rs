//! Runs the tasks of an experiment in parallel, over the cores.

use std::num::NonZeroUsize;
use std::sync::Mutex;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;
use crate::memory;

/// What a thread takes at its start, bytes: its stack, and what the system's allocator keeps for it alone (glibc maps
/// 128 MiB to find 64 that are aligned).
const THREAD_BYTES: u64 = (2 + 128) << 20;

/// So many threads, or fewer where memory has no room for them; none for a single one, or if they cannot be started:
/// the calling thread does the same work, only later.
fn pool(mut threads: usize) -> Option<ThreadPool> {
    while threads > 1 && !memory::is_there(threads, THREAD_BYTES) {
        threads /= 2;
    }
    if threads > 1 { ThreadPoolBuilder::new().num_threads(threads).build().ok() } else { None }
}

/// Does `work` on one thread a core, where it asks for more.
///
/// # Errors
/// [`Error::Io`] if not even the calling thread can be used.
pub fn on_all_cores<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, Error> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if let Some(pool) = pool(cores) {
        return Ok(pool.install(work));
    }
    let alone = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().map_err(|error| Error::Io {
        path: "the machine".into(),
        action: "start threads on",
        source: std::io::Error::other(error),
    })?;
    Ok(alone.install(work))
}

/// Does `work` for every task on so many threads, and hands each result to `done`, one at a time, in the order in which
/// they end. A task whose work gives nothing was interrupted.
///
/// # Errors
/// The first error of `done`; tasks that have not begun then are left.
pub fn run<T: Sync, R: Send>(
    tasks: &[T],
    threads: usize,
    work: impl Fn(&T) -> Option<R> + Sync,
    done: impl FnMut(R) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let Some(pool) = pool(threads.min(tasks.len())) else {
        return tasks.iter().filter_map(work).try_for_each(done);
    };
    let done = Mutex::new(done);
    pool.install(|| {
        tasks.par_iter().with_max_len(1).try_for_each(|task| match work(task) {
            Some(result) => (done.lock().expect("nobody panics while it is held"))(result),
            None => Ok(()),
        })
    })
}
