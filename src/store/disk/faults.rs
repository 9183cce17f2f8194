//! Fault injection for tests: lets calls of this thread fail, and looks at the disk between them.

use std::cell::RefCell;
use std::io;
use std::path::Path;

use super::Call;

type Hook = Box<dyn FnMut(Call, &Path) -> io::Result<()>>;

thread_local! {
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

pub(super) fn step(call: Call, path: &Path) -> io::Result<()> {
    HOOK.with_borrow_mut(|hook| hook.as_mut().map_or(Ok(()), |hook| hook(call, path)))
}

/// Does `work` with `hook` before each call.
pub(in crate::store) fn with<T>(
    hook: impl FnMut(Call, &Path) -> io::Result<()> + 'static,
    work: impl FnOnce() -> T,
) -> T {
    HOOK.set(Some(Box::new(hook)));
    let result = work();
    HOOK.set(None);
    result
}
