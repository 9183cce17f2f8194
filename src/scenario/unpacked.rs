//! Files as they are, or compressed with gzip or Zstandard: which of these, their first bytes say.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use super::content::Blocks;

/// The bytes of a file, unpacked while they are read.
pub(super) enum Unpacked {
    Plain(Box<Blocks>),
    Gzip(Box<MultiGzDecoder<Blocks>>),
    /// The frame that is being read; none for a moment between two.
    Zstandard(Option<Box<Frame>>),
}

type Frame = StreamingDecoder<Blocks, ruzstd::decoding::FrameDecoder>;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstandard,
}

impl Packing {
    /// Of a file, which is then at its start again.
    pub fn of(file: &mut File) -> io::Result<Self> {
        let mut magic = Vec::new();
        file.take(4).read_to_end(&mut magic)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(match magic[..] {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Self::Zstandard,
            _ => Self::None,
        })
    }
}

impl Unpacked {
    /// What the blocks of a file hold that is packed so.
    pub fn new(blocks: Blocks, packing: Packing) -> io::Result<Self> {
        Ok(match packing {
            Packing::None => Self::Plain(Box::new(blocks)),
            Packing::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(blocks))),
            Packing::Zstandard => Self::Zstandard(Some(frame(blocks)?)),
        })
    }

    /// The file itself.
    pub fn blocks(&self) -> &Blocks {
        match self {
            Self::Plain(blocks) => blocks,
            Self::Gzip(decoder) => decoder.get_ref(),
            Self::Zstandard(frame) => frame.as_ref().expect("a frame between reads").get_ref(),
        }
    }
}

fn frame(blocks: Blocks) -> io::Result<Box<Frame>> {
    StreamingDecoder::new(blocks)
        .map(Box::new)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(blocks) => blocks.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstandard(current) => loop {
                let Some(decoder) = current else { return Ok(0) };
                let read = decoder.read(buffer)?;
                if read > 0 || buffer.is_empty() || decoder.get_mut().is_at_end()? {
                    return Ok(read);
                }
                // Another frame follows.
                if let Some(decoder) = current.take() {
                    *current = Some(frame(decoder.into_inner())?);
                }
            },
        }
    }
}

impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unpacked").field(self.blocks()).finish()
    }
}
