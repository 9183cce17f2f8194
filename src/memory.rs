//! Checks that memory can be had before it is allocated.

use crate::error::Error;

/// Asks for so many bytes.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn ask(what: &'static str, bytes: u64) -> Result<(), Error> {
    if is_there(1, bytes) { Ok(()) } else { Err(Error::OutOfMemory { what, bytes }) }
}

/// Whether so many blocks of so many bytes can be had now, all at once.
pub fn is_there(blocks: usize, bytes: u64) -> bool {
    let take = |_| {
        let mut block = Vec::<u8>::new();
        let taken = usize::try_from(bytes).is_ok_and(|bytes| block.try_reserve_exact(bytes).is_ok());
        // A block that nobody could see need not be taken.
        taken.then(|| std::hint::black_box(block))
    };
    (0..blocks).map(take).collect::<Option<Vec<_>>>().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_an_error_that_names_it() {
        ask("a page", 4096).unwrap();
        let error = ask("the sky", u64::MAX).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let (told, mib) = (error.to_string(), u64::MAX.div_ceil(1 << 20));
        assert!(told.starts_with(&format!("not enough memory for the sky: {mib} MiB")), "{told}");
    }
}
