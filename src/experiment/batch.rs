//! Many runs at once, over the cores.

use std::sync::Mutex;

use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::error::Error;

/// Does `work` for every task on so many threads, and hands each result to `done`, one at a time, in the order in which they
/// end. A task whose work gives nothing was interrupted.
///
/// # Errors
/// The first error of `done` or of starting the threads; tasks that have not begun then are left.
pub fn run<T: Sync, R: Send>(
    tasks: &[T],
    threads: usize,
    work: impl Fn(&T) -> Option<R> + Sync,
    done: impl FnMut(R) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let pool = ThreadPoolBuilder::new().num_threads(threads.min(tasks.len()).max(1)).build().map_err(|error| {
        Error::Io { path: "the machine".into(), action: "start threads on", source: std::io::Error::other(error) }
    })?;
    let done = Mutex::new(done);
    pool.install(|| {
        tasks.par_iter().with_max_len(1).try_for_each(|task| match work(task) {
            Some(result) => (done.lock().expect("nobody panics while it is held"))(result),
            None => Ok(()),
        })
    })
}
