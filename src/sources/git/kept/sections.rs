//! How what is kept stands on disk: sections of values, one behind the other.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Take, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sources::git::Purpose;
use crate::sources::git::objects::Id;
use crate::sources::git::spool::Spool;

/// Many of a kind at once.
const ROWS: usize = 1 << 13;

/// Writes what is kept, section by section.
pub(in super::super) struct Writer<'a> {
    file: &'a File,
    /// Where the section's length stands, and what is being written.
    frame: Option<(u64, zstd::Encoder<'static, &'a File>)>,
}

impl<'a> Writer<'a> {
    pub(super) fn of(file: &'a File) -> Self {
        Self { file, frame: None }
    }

    /// What comes next is of another section.
    pub(in super::super) fn section(&mut self) -> io::Result<()> {
        self.close_section()?;
        let mut file = self.file;
        let start = file.stream_position()?;
        file.write_all(&[0; 8])?;
        let mut frame = zstd::Encoder::new(file, 1)?;
        frame.include_checksum(true)?;
        self.frame = Some((start, frame));
        Ok(())
    }

    pub(super) fn close_section(&mut self) -> io::Result<()> {
        let Some((start, frame)) = self.frame.take() else { return Ok(()) };
        let mut file = frame.finish()?;
        let end = file.stream_position()?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(&(end - start - 8).to_le_bytes())?;
        file.seek(SeekFrom::Start(end))?;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (_, frame) = self.frame.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        frame.write_all(bytes)
    }

    pub(in super::super) fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        self.put_bytes(&postcard::to_stdvec(value).map_err(io::Error::other)?)
    }

    pub(in super::super) fn put_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(&(bytes.len() as u64).to_le_bytes())?;
        self.write(bytes)
    }

    /// As many words for each.
    pub(in super::super) fn put_words<const N: usize>(
        &mut self,
        rows: impl ExactSizeIterator<Item = [u32; N]>,
    ) -> io::Result<()> {
        self.write(&(rows.len() as u64).to_le_bytes())?;
        let mut bytes = Vec::with_capacity(ROWS * N * 4);
        for row in rows {
            row.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
            if bytes.len() == bytes.capacity() {
                self.write(&bytes)?;
                bytes.clear();
            }
        }
        self.write(&bytes)
    }

    pub(in super::super) fn put_spool(&mut self, spool: &Spool) -> io::Result<()> {
        self.write(&spool.len().to_le_bytes())?;
        let (_, frame) = self.frame.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        spool.copy_to(frame)
    }

    /// How long each is, then all of them.
    pub(in super::super) fn put_ids<'i>(&mut self, ids: impl Iterator<Item = &'i Id>) -> io::Result<()> {
        let mut bytes = Vec::new();
        for id in ids {
            bytes.push(id.as_slice().len() as u8);
            bytes.extend_from_slice(id.as_slice());
        }
        self.put_bytes(&bytes)
    }
}

/// What is kept is not as this version wrote it.
#[derive(Debug)]
pub(in super::super) struct Unusable;

impl From<io::Error> for Unusable {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// Reads it in the same order.
pub(in super::super) struct Reader<'a> {
    file: &'a File,
    purpose: Purpose,
    /// Where the next section starts.
    next: u64,
    frame: Option<zstd::Decoder<'static, BufReader<Take<&'a File>>>>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(mut file: &'a File, purpose: Purpose) -> io::Result<Self> {
        Ok(Self { file, purpose, next: file.stream_position()?, frame: None })
    }

    /// Goes on with the next section. The one before must have been read to its end, or been passed over.
    pub(in super::super) fn section(&mut self) -> Result<(), Unusable> {
        self.end_section()?;
        let mut file = self.file;
        file.seek(SeekFrom::Start(self.next))?;
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        self.next = self.next.checked_add(8).and_then(|start| start.checked_add(length)).ok_or(Unusable)?;
        self.frame = Some(zstd::Decoder::new(file.take(length))?);
        Ok(())
    }

    /// The same for a section that only facts are made of; says whether it is to be read.
    pub(in super::super) fn section_of_facts(&mut self) -> Result<bool, Unusable> {
        self.section()?;
        let is_wanted = self.purpose == Purpose::Facts;
        self.frame = self.frame.take().filter(|_| is_wanted);
        Ok(is_wanted)
    }

    /// Only now it is known that nothing is damaged: the checksum stands behind the last byte.
    pub(in super::super) fn end_section(&mut self) -> Result<(), Unusable> {
        let Some(mut frame) = self.frame.take() else { return Ok(()) };
        if frame.read(&mut [0])? == 0 { Ok(()) } else { Err(Unusable) }
    }

    fn frame(&mut self) -> Result<&mut impl Read, Unusable> {
        self.frame.as_mut().ok_or(Unusable)
    }

    fn length(&mut self) -> Result<u64, Unusable> {
        let mut length = [0; 8];
        self.frame()?.read_exact(&mut length)?;
        Ok(u64::from_le_bytes(length))
    }

    pub(in super::super) fn get<T: DeserializeOwned>(&mut self) -> Result<T, Unusable> {
        postcard::from_bytes(&self.get_bytes()?).map_err(|_| Unusable)
    }

    pub(in super::super) fn get_bytes(&mut self) -> Result<Vec<u8>, Unusable> {
        let (length, mut bytes) = (self.length()?, Vec::new());
        self.frame()?.take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(Unusable) }
    }

    pub(in super::super) fn get_words<const N: usize, T>(
        &mut self,
        mut of: impl FnMut([u32; N]) -> T,
    ) -> Result<Vec<T>, Unusable> {
        let (mut left, mut rows) = (self.length()?, Vec::new());
        // No room is made for what does not prove to be there.
        let mut bytes = vec![0; ROWS * N * 4];
        while left > 0 {
            let count = left.min(ROWS as u64);
            let bytes = &mut bytes[..count as usize * N * 4];
            self.frame()?.read_exact(bytes)?;
            let word = |row: &[u8], at: usize| row[4 * at..].first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
            rows.extend(bytes.chunks_exact(4 * N).map(|row| of(std::array::from_fn(|at| word(row, at)))));
            left -= count;
        }
        Ok(rows)
    }

    pub(in super::super) fn get_spool(&mut self) -> Result<Spool, Unusable> {
        let length = self.length()?;
        let spool = Spool::copied(&mut self.frame()?.take(length))?;
        if spool.len() == length { Ok(spool) } else { Err(Unusable) }
    }

    pub(in super::super) fn get_ids(&mut self) -> Result<Vec<Id>, Unusable> {
        let bytes = self.get_bytes()?;
        let (mut ids, mut rest) = (Vec::with_capacity(bytes.len() / 21), bytes.as_slice());
        while let Some((&length, after)) = rest.split_first() {
            let (id, after) = after.split_at_checked(length.into()).ok_or(Unusable)?;
            ids.push(Id::try_from(id).map_err(|_| Unusable)?);
            rest = after;
        }
        Ok(ids)
    }
}
