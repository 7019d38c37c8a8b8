//! Writes zip archives in which nothing depends on when and where they were made.

use std::io::{self, Write as _};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// The earliest day that the format knows, 1 January 1980, for files whose age is nobody's business.
const DAY: u16 = 1 << 5 | 1;
/// The version of the format that knows compression and folders.
const FORMAT: u16 = 20;
/// "Made on Unix": only then are the attributes read as a mode.
const UNIX: u16 = 3 << 8;
const DEFLATED: u16 = 8;
const REGULAR_FILE: u32 = 0o100_000;

/// A file to be archived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// Its name in ASCII, with `/` between folders.
    pub(super) name: &'a str,
    /// Its permissions.
    pub(super) mode: u32,
    /// What is in it.
    pub(super) content: &'a [u8],
}

/// The archive of these files, sorted by name.
pub(super) fn archive(entries: &[Entry<'_>]) -> io::Result<Vec<u8>> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| entry.name);
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for entry in &entries {
        let offset = length(&archive)?;
        let mut checksum = Crc::new();
        checksum.update(entry.content);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(entry.content)?;
        let compressed = encoder.finish()?;

        // What the file's own header and its line in the directory have in common.
        let mut common = Vec::new();
        put(&mut common, &[FORMAT, 0, DEFLATED, 0, DAY]);
        put_long(&mut common, &[checksum.sum(), length(&compressed)?, length(entry.content)?]);
        let name_length = u16::try_from(entry.name.len()).map_err(io::Error::other)?;
        put(&mut common, &[name_length, 0]);

        archive.extend(b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(entry.name.as_bytes());
        archive.extend(&compressed);

        directory.extend(b"PK\x01\x02");
        put(&mut directory, &[UNIX | FORMAT]);
        directory.extend(&common);
        put(&mut directory, &[0, 0, 0]);
        put_long(&mut directory, &[(REGULAR_FILE | entry.mode) << 16, offset]);
        directory.extend(entry.name.as_bytes());
    }
    let (start, size) = (length(&archive)?, length(&directory)?);
    let count = u16::try_from(entries.len()).map_err(io::Error::other)?;
    archive.extend(directory);
    archive.extend(b"PK\x05\x06");
    put(&mut archive, &[0, 0, count, count]);
    put_long(&mut archive, &[size, start]);
    put(&mut archive, &[0]);
    Ok(archive)
}

fn put(bytes: &mut Vec<u8>, numbers: &[u16]) {
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn put_long(bytes: &mut Vec<u8>, numbers: &[u32]) {
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// A length that the format can hold: it has 32 bits for it.
fn length(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len()).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;

    use super::*;

    const ENTRIES: [Entry<'_>; 3] = [
        Entry { name: "program", mode: 0o755, content: b"code code code code code code code code" },
        Entry { name: "LICENSE", mode: 0o644, content: b"as you like it" },
        Entry { name: "empty", mode: 0o600, content: b"" },
    ];

    fn short(bytes: &[u8], at: usize) -> usize {
        usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()))
    }

    fn long(bytes: &[u8], at: usize) -> usize {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    }

    /// Reads an archive as a program does that begins at its end: names, modes and contents.
    fn read(archive: &[u8]) -> Vec<(String, usize, Vec<u8>)> {
        let end = archive.len() - 22;
        assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
        let mut at = long(archive, end + 16);
        assert_eq!(at + long(archive, end + 12), end);
        let mut files = Vec::new();
        for _ in 0..short(archive, end + 10) {
            assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
            let (header, name_length) = (long(archive, at + 42), short(archive, at + 28));
            let name = &archive[at + 46..at + 46 + name_length];
            assert_eq!(&archive[header..header + 4], b"PK\x03\x04");
            assert_eq!(archive[at + 6..at + 32], archive[header + 4..header + 30], "the two headers agree");
            assert_eq!(&archive[header + 30..header + 30 + name_length], name);
            let data = header + 30 + name_length;
            let mut content = Vec::new();
            DeflateDecoder::new(&archive[data..data + long(archive, at + 20)]).read_to_end(&mut content).unwrap();
            let mut checksum = Crc::new();
            checksum.update(&content);
            assert_eq!((checksum.sum() as usize, content.len()), (long(archive, at + 16), long(archive, at + 24)));
            files.push((String::from_utf8(name.to_vec()).unwrap(), long(archive, at + 38) >> 16, content));
            at += 46 + name_length;
        }
        assert_eq!(at, end);
        files
    }

    #[test]
    fn what_was_archived_is_read_back_sorted() {
        let read: Vec<(String, usize, Vec<u8>)> = read(&archive(&ENTRIES).unwrap());
        let expected = [(1, 0o100_644), (2, 0o100_600), (0, 0o100_755)]
            .map(|(number, mode)| (ENTRIES[number].name.to_owned(), mode, ENTRIES[number].content.to_vec()));
        assert_eq!(read, expected);
    }

    #[test]
    fn the_same_files_make_the_same_bytes() {
        let [one, two, three] = ENTRIES;
        assert_eq!(archive(&ENTRIES).unwrap(), archive(&[three, one, two]).unwrap());
        assert_ne!(archive(&ENTRIES).unwrap(), archive(&[two, three]).unwrap());
    }
}
