//! Bytes that are written once and read at will: in memory up to a bound, beyond it in a file without a name,
//! which the system takes away with the process.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use serde::{Deserialize, Serialize};

/// Kept in memory before the rest goes to disk.
const IN_MEMORY: usize = 16 << 20;
/// Put together before it is written: most slices are short.
const AT_ONCE: usize = 1 << 20;

#[derive(Default)]
pub(super) struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
    filed: u64,
    /// What comes after that in the file, once there is one.
    tail: Vec<u8>,
}

/// Where something stands in a spool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slice {
    start: u64,
    length: u32,
}

impl Slice {
    pub(super) fn to_words(self) -> [u32; 3] {
        let [low, high] = halves(self.start);
        [low, high, self.length]
    }

    pub(super) fn of_words([low, high, length]: [u32; 3]) -> Self {
        Self { start: whole([low, high]), length }
    }
}

impl Spool {
    pub(super) fn len(&self) -> u64 {
        self.memory.len() as u64 + self.filed + self.tail.len() as u64
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<Slice> {
        let slice = Slice { start: self.len(), length: bytes.len() as u32 };
        if self.file.is_none() && self.memory.len() + bytes.len() <= IN_MEMORY {
            self.memory.extend_from_slice(bytes);
            return Ok(slice);
        }
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile()?);
        }
        if let Some(file) = &mut self.file
            && self.tail.len() + bytes.len() > AT_ONCE
        {
            file.seek(SeekFrom::Start(self.filed))?;
            file.write_all(&self.tail)?;
            self.filed += self.tail.len() as u64;
            self.tail.clear();
        }
        self.tail.extend_from_slice(bytes);
        Ok(slice)
    }

    /// All bytes of a reader; on disk altogether when they are many, since any of them may be a slice's border.
    pub(super) fn copied(from: &mut impl io::Read) -> io::Result<Self> {
        let mut spool = Self::default();
        from.by_ref().take(IN_MEMORY as u64).read_to_end(&mut spool.memory)?;
        if spool.memory.len() == IN_MEMORY {
            let mut file = tempfile::tempfile()?;
            file.write_all(&std::mem::take(&mut spool.memory))?;
            spool.filed = IN_MEMORY as u64 + io::copy(from, &mut file)?;
            spool.file = Some(file);
        }
        Ok(spool)
    }

    pub(super) fn copy_to(&self, to: &mut dyn io::Write) -> io::Result<()> {
        to.write_all(&self.memory)?;
        if let Some(mut file) = self.file.as_ref() {
            file.seek(SeekFrom::Start(0))?;
            io::copy(&mut file, to)?;
        }
        to.write_all(&self.tail)
    }

    /// The bytes of a slice; `buffer` is used when they are on disk.
    pub(super) fn read<'a>(&'a self, slice: Slice, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        let (start, end) = (slice.start as usize, slice.start as usize + slice.length as usize);
        if end <= self.memory.len() {
            return Ok(&self.memory[start..end]);
        }
        let in_tail = slice.start.checked_sub(self.memory.len() as u64 + self.filed);
        if let Some(start) = in_tail {
            let end = start as usize + slice.length as usize;
            return self.tail.get(start as usize..end).ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
        }
        buffer.clear();
        buffer.resize(slice.length as usize, 0);
        if let Some(mut file) = self.file.as_ref() {
            file.seek(SeekFrom::Start(slice.start - self.memory.len() as u64))?;
            file.read_exact(buffer)?;
        }
        Ok(buffer)
    }
}

/// A number as two words, the lower first.
pub(super) fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

/// The number of two [`halves`].
pub(super) fn whole([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// Numbers of seven bits a byte, the lowest first.
pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads what [`put`] wrote; beyond the end everything is zero.
pub(super) fn get(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let Some((&byte, rest)) = bytes.split_first() else { return number };
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_from_memory_and_from_disk() {
        let mut spool = Spool::default();
        let block = |seed: u8| vec![seed; (IN_MEMORY / 3) | 1];
        let short = |seed: u8| vec![seed; 10];
        let slices: Vec<[Slice; 2]> =
            (0..5).map(|seed| [spool.push(&block(seed)).unwrap(), spool.push(&short(seed)).unwrap()]).collect();
        let mut copy = Vec::new();
        spool.copy_to(&mut copy).unwrap();
        assert_eq!(copy.len() as u64, spool.len());
        let copied = Spool::copied(&mut copy.as_slice()).unwrap();
        let mut buffer = Vec::new();
        for spool in [&spool, &copied] {
            for (seed, [long, brief]) in (0..).zip(&slices) {
                assert_eq!(spool.read(*long, &mut buffer).unwrap(), block(seed));
                assert_eq!(spool.read(*brief, &mut buffer).unwrap(), short(seed));
            }
        }
        let beyond = Slice { start: spool.len(), length: 1 };
        assert!(spool.read(beyond, &mut buffer).is_err() && copied.read(beyond, &mut buffer).is_err());
    }

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX];
        let mut bytes = Vec::new();
        numbers.iter().for_each(|number| put(&mut bytes, *number));
        let mut rest = bytes.as_slice();
        assert_eq!(numbers.map(|_| get(&mut rest)), numbers);
        assert_eq!(get(&mut rest), 0);
    }
}
