//! Core's `MessagePack` form of values: what travels in a `DynamicValue`.
//!
//! Encoding needs no type, for values know what they are; it writes the bytes that Core writes. Decoding follows a type
//! and is as strict as Core: every attribute once, none missing, none too many.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use unicode_normalization::UnicodeNormalization;

use super::{Number, Path, Refinement, Step, Type, Value};

/// The extension type of unknown values with refinements.
const REFINED: u8 = 12;
/// Bounds the payload of a refined unknown, as Core does.
const LONGEST_REFINEMENT: usize = 1024;

/// Says why bytes are not a value of the type asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct DecodeError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub problem: Problem,
}

/// Is what can be wrong with an encoded value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes are not the `MessagePack` that Core reads.
    #[error("malformed: {0}")]
    Malformed(String),
    /// The bytes hold a value of another type.
    #[error("{0}")]
    Mismatch(String),
}

/// Writes a value as Core does.
pub fn encode(value: &Value) -> Bytes {
    let mut bytes = Vec::new();
    write(&mut bytes, value);
    bytes.into()
}

/// Reads a value of a type; all bytes must belong to it.
pub fn decode(bytes: &[u8], kind: &Type) -> Result<Value, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = read(&mut reader, kind, &Path::root())?;
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err(malformed(&Path::root(), &format!("{} bytes follow the value", reader.rest.len())))
    }
}

fn write(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => bytes.push(0xc0),
        Value::Unknown(Refinement(None)) => bytes.extend([0xd4, 0, 0]),
        Value::Unknown(Refinement(Some(payload))) => write_refined(bytes, payload),
        Value::Bool(truth) => bytes.push(if *truth { 0xc3 } else { 0xc2 }),
        Value::Number(number) => write_number(bytes, number),
        Value::String(text) => write_text(bytes, text),
        Value::List(elements) | Value::Tuple(elements) => {
            write_head(bytes, elements.len(), Head::ARRAY);
            for element in elements {
                write(bytes, element);
            }
        }
        Value::Set(elements) => {
            write_head(bytes, elements.len(), Head::ARRAY);
            for element in elements {
                write(bytes, element);
            }
        }
        Value::Map(members) | Value::Object(members) => {
            write_head(bytes, members.len(), Head::MAP);
            for (name, member) in members {
                write_text(bytes, name);
                write(bytes, member);
            }
        }
        Value::Dynamic(kind, value) => {
            write_head(bytes, 2, Head::ARRAY);
            let kind = kind.to_json();
            write_head(bytes, kind.len(), Head::BINARY);
            bytes.extend(kind.as_bytes());
            write(bytes, value);
        }
    }
}

/// Holds the marker bytes of one family: short form (base and bound), then with lengths of one, two and four bytes.
#[derive(Clone, Copy)]
struct Head {
    short: Option<(u8, usize)>,
    long: [Option<u8>; 3],
}

impl Head {
    const TEXT: Self = Self { short: Some((0xa0, 32)), long: [Some(0xd9), Some(0xda), Some(0xdb)] };
    const BINARY: Self = Self { short: None, long: [Some(0xc4), Some(0xc5), Some(0xc6)] };
    const ARRAY: Self = Self { short: Some((0x90, 16)), long: [None, Some(0xdc), Some(0xdd)] };
    const MAP: Self = Self { short: Some((0x80, 16)), long: [None, Some(0xde), Some(0xdf)] };
    const EXTENSION: Self = Self { short: None, long: [Some(0xc7), Some(0xc8), Some(0xc9)] };
}

fn write_head(bytes: &mut Vec<u8>, length: usize, head: Head) {
    match (head.short, u8::try_from(length), u16::try_from(length)) {
        (Some((base, bound)), Ok(short), _) if length < bound => bytes.push(base | short),
        (_, Ok(short), _) if head.long[0].is_some() => bytes.extend(head.long[0].into_iter().chain([short])),
        (_, _, Ok(medium)) => bytes.extend(head.long[1].into_iter().chain(medium.to_be_bytes())),
        _ => {
            let long = u32::try_from(length).unwrap_or(u32::MAX);
            bytes.extend(head.long[2].into_iter().chain(long.to_be_bytes()));
        }
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_head(bytes, text.len(), Head::TEXT);
    bytes.extend(text.as_bytes());
}

fn write_refined(bytes: &mut Vec<u8>, payload: &[u8]) {
    match payload.len() {
        1 => bytes.push(0xd4),
        2 => bytes.push(0xd5),
        4 => bytes.push(0xd6),
        8 => bytes.push(0xd7),
        16 => bytes.push(0xd8),
        length => write_head(bytes, length, Head::EXTENSION),
    }
    bytes.push(REFINED);
    bytes.extend(payload);
}

/// Writes the shortest integer, else an exact float, else decimal text: `0.1` travels as text.
fn write_number(bytes: &mut Vec<u8>, number: &Number) {
    if let Some(integer) = number.as_i64() {
        if let Ok(small) = i8::try_from(integer)
            && small >= -32
        {
            bytes.extend(small.to_be_bytes());
        } else if let Ok(small) = u8::try_from(integer) {
            bytes.extend([0xcc, small]);
        } else if let Ok(small) = u16::try_from(integer) {
            bytes.push(0xcd);
            bytes.extend(small.to_be_bytes());
        } else if let Ok(small) = u32::try_from(integer) {
            bytes.push(0xce);
            bytes.extend(small.to_be_bytes());
        } else if let Ok(large) = u64::try_from(integer) {
            bytes.push(0xcf);
            bytes.extend(large.to_be_bytes());
        } else if let Ok(small) = i8::try_from(integer) {
            bytes.push(0xd0);
            bytes.extend(small.to_be_bytes());
        } else if let Ok(small) = i16::try_from(integer) {
            bytes.push(0xd1);
            bytes.extend(small.to_be_bytes());
        } else if let Ok(small) = i32::try_from(integer) {
            bytes.push(0xd2);
            bytes.extend(small.to_be_bytes());
        } else {
            bytes.push(0xd3);
            bytes.extend(integer.to_be_bytes());
        }
    } else if let Some(float) = number.as_exact_float() {
        bytes.push(0xcb);
        bytes.extend(float.to_be_bytes());
    } else {
        write_text(bytes, &number.to_string());
    }
}

fn read(reader: &mut Reader<'_>, kind: &Type, path: &Path) -> Result<Value, DecodeError> {
    let item = reader.item().map_err(|problem| DecodeError { path: path.clone(), problem })?;
    let mismatch = |wanted: &str| {
        Err(DecodeError {
            path: path.clone(),
            problem: Problem::Mismatch(format!("{wanted} is required, not {}", item.name())),
        })
    };
    match (&item, kind) {
        (Item::Nil, _) => Ok(Value::Null),
        (Item::Extension(code, payload), _) => unknown(*code, payload, path),
        (Item::Bool(truth), Type::Bool) => Ok(Value::Bool(*truth)),
        (Item::Number(number), Type::Number) => Ok(Value::Number(number.clone())),
        (Item::Text(text), Type::Number) => match text.parse() {
            Ok(number) => Ok(Value::Number(number)),
            Err(_) => mismatch("a number"),
        },
        (Item::Text(text), Type::String) => Ok(Value::text(text)),
        (Item::Array(length), Type::List(element)) => elements(reader, *length, element, path).map(Value::List),
        (Item::Array(length), Type::Set(element)) => {
            let mut set = BTreeSet::new();
            for _ in 0..*length {
                set.insert(read(reader, element, &path.then(Step::Element))?);
            }
            Ok(Value::Set(set))
        }
        (Item::Array(length), Type::Tuple(kinds)) if *length == kinds.len() => {
            let parts = kinds.iter().enumerate().map(|(index, kind)| read(reader, kind, &path.index(index)));
            parts.collect::<Result<_, _>>().map(Value::Tuple)
        }
        (Item::Map(length), Type::Map(element)) => {
            let mut members = BTreeMap::new();
            for _ in 0..*length {
                let key = member_name(reader, path)?;
                let member = read(reader, element, &path.key(&key))?;
                if members.insert(key.clone(), member).is_some() {
                    return Err(malformed(path, &format!("key {key:?} is there twice")));
                }
            }
            Ok(Value::Map(members))
        }
        (Item::Map(length), Type::Object(kinds)) => attributes(reader, *length, kinds, path),
        (Item::Array(2), Type::Dynamic) => dynamic(reader, path),
        (_, kind) => mismatch(expected(kind)),
    }
}

fn elements(reader: &mut Reader<'_>, length: usize, kind: &Type, path: &Path) -> Result<Vec<Value>, DecodeError> {
    (0..length).map(|index| read(reader, kind, &path.index(index))).collect()
}

fn attributes(
    reader: &mut Reader<'_>,
    length: usize,
    kinds: &BTreeMap<String, Type>,
    path: &Path,
) -> Result<Value, DecodeError> {
    let mut members = BTreeMap::new();
    for _ in 0..length {
        let name = member_name(reader, path)?;
        let path = path.attribute(&name);
        let kind = kinds.get(&name).ok_or_else(|| mismatched(&path, "the schema has no such attribute"))?;
        let member = read(reader, kind, &path)?;
        if members.insert(name, member).is_some() {
            return Err(malformed(&path, "the attribute is there twice"));
        }
    }
    if kinds.keys().find(|name| !members.contains_key(*name)).is_none() {
        Ok(Value::Object(members))
    } else {
        let text = format!("an object with {} attributes is required ({} given)", kinds.len(), members.len());
        Err(mismatched(path, &text))
    }
}

fn dynamic(reader: &mut Reader<'_>, path: &Path) -> Result<Value, DecodeError> {
    let kind = match reader.item().map_err(|problem| DecodeError { path: path.clone(), problem })? {
        Item::Binary(json) => Type::parse(&json).map_err(|error| malformed(path, &error.to_string()))?,
        other => return Err(malformed(path, &format!("the type of a dynamic value is binary, not {}", other.name()))),
    };
    Ok(match read(reader, &kind, path)? {
        Value::Null => Value::Null,
        value => Value::Dynamic(Box::new(kind), Box::new(value)),
    })
}

fn member_name(reader: &mut Reader<'_>, path: &Path) -> Result<String, DecodeError> {
    match reader.item().map_err(|problem| DecodeError { path: path.clone(), problem })? {
        Item::Text(name) => Ok(name.nfc().collect()),
        other => Err(malformed(path, &format!("a key is text, not {}", other.name()))),
    }
}

fn unknown(code: u8, payload: &Bytes, path: &Path) -> Result<Value, DecodeError> {
    if code == REFINED {
        if payload.len() > LONGEST_REFINEMENT {
            return Err(malformed(path, "a refined unknown has at most 1,024 bytes"));
        }
        return match Reader::new(payload).item() {
            Ok(Item::Map(1..)) => Ok(Value::Unknown(Refinement(Some(payload.clone())))),
            _ => Err(malformed(path, "a refined unknown is a map with at least one entry")),
        };
    }
    if payload.len() > 1 {
        return Err(malformed(path, &format!("unsupported extension type {code}")));
    }
    Ok(Value::unknown())
}

fn expected(kind: &Type) -> &'static str {
    match kind {
        Type::String => "text",
        Type::Number => "a number",
        Type::Bool => "a bool",
        Type::Dynamic => "a pair of type and value",
        Type::List(_) => "a list",
        Type::Set(_) => "a set",
        Type::Map(_) => "a map",
        Type::Object(_) => "an object",
        Type::Tuple(_) => "a tuple of its length",
    }
}

fn malformed(path: &Path, text: &str) -> DecodeError {
    DecodeError { path: path.clone(), problem: Problem::Malformed(text.to_owned()) }
}

fn mismatched(path: &Path, text: &str) -> DecodeError {
    DecodeError { path: path.clone(), problem: Problem::Mismatch(text.to_owned()) }
}

/// Is one `MessagePack` item; of arrays and maps only the head.
#[derive(Debug)]
pub(super) enum Item {
    Nil,
    Bool(bool),
    Number(Number),
    Text(String),
    Binary(Bytes),
    Array(usize),
    Map(usize),
    Extension(u8, Bytes),
}

impl Item {
    fn name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Binary(_) => "binary",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
            Self::Extension(..) => "an extension",
        }
    }
}

/// Takes items off the front of bytes.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn item(&mut self) -> Result<Item, Problem> {
        let [marker] = self.array()?;
        Ok(match marker {
            0x00..=0x7f => Item::Number(Number::from(u64::from(marker))),
            0x80..=0x8f => Item::Map(usize::from(marker & 0x0f)),
            0x90..=0x9f => Item::Array(usize::from(marker & 0x0f)),
            0xa0..=0xbf => self.text(usize::from(marker & 0x1f))?,
            0xc0 => Item::Nil,
            0xc2 | 0xc3 => Item::Bool(marker == 0xc3),
            0xc4 => Item::Binary(self.sized(1)?),
            0xc5 => Item::Binary(self.sized(2)?),
            0xc6 => Item::Binary(self.sized(4)?),
            0xc7 => self.extension(1)?,
            0xc8 => self.extension(2)?,
            0xc9 => self.extension(4)?,
            0xca => float(f64::from(f32::from_be_bytes(self.array()?)))?,
            0xcb => float(f64::from_be_bytes(self.array()?))?,
            0xcc => Item::Number(Number::from(u64::from(u8::from_be_bytes(self.array()?)))),
            0xcd => Item::Number(Number::from(u64::from(u16::from_be_bytes(self.array()?)))),
            0xce => Item::Number(Number::from(u64::from(u32::from_be_bytes(self.array()?)))),
            0xcf => Item::Number(Number::from(u64::from_be_bytes(self.array()?))),
            0xd0 => Item::Number(Number::from(i64::from(i8::from_be_bytes(self.array()?)))),
            0xd1 => Item::Number(Number::from(i64::from(i16::from_be_bytes(self.array()?)))),
            0xd2 => Item::Number(Number::from(i64::from(i32::from_be_bytes(self.array()?)))),
            0xd3 => Item::Number(Number::from(i64::from_be_bytes(self.array()?))),
            0xd4..=0xd8 => {
                let [code] = self.array()?;
                Item::Extension(code, self.take(1 << (marker - 0xd4))?)
            }
            0xd9 => self.long_text(1)?,
            0xda => self.long_text(2)?,
            0xdb => self.long_text(4)?,
            0xdc => Item::Array(self.length(2)?),
            0xdd => Item::Array(self.length(4)?),
            0xde => Item::Map(self.length(2)?),
            0xdf => Item::Map(self.length(4)?),
            0xe0..=0xff => Item::Number(Number::from(i64::from(i8::from_be_bytes([marker])))),
            0xc1 => return Err(Problem::Malformed("marker c1 is never used".to_owned())),
        })
    }

    fn take(&mut self, length: usize) -> Result<Bytes, Problem> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(Bytes::copy_from_slice(taken))
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Problem> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn length(&mut self, width: usize) -> Result<usize, Problem> {
        Ok(self.take(width)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
    }

    fn sized(&mut self, width: usize) -> Result<Bytes, Problem> {
        let length = self.length(width)?;
        self.take(length)
    }

    fn text(&mut self, length: usize) -> Result<Item, Problem> {
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Problem::Malformed("text is not UTF-8".to_owned()))?;
        Ok(Item::Text(text.to_owned()))
    }

    fn long_text(&mut self, width: usize) -> Result<Item, Problem> {
        let length = self.length(width)?;
        self.text(length)
    }

    fn extension(&mut self, width: usize) -> Result<Item, Problem> {
        let length = self.length(width)?;
        let [code] = self.array()?;
        Ok(Item::Extension(code, self.take(length)?))
    }
}

fn float(float: f64) -> Result<Item, Problem> {
    let number = Number::from_float(float);
    number.map(Item::Number).ok_or_else(|| Problem::Malformed(format!("{float} is not a number")))
}

fn truncated() -> Problem {
    Problem::Malformed("the bytes end too early".to_owned())
}
