//! From a [`Value`] to bytes, directed by its [`Type`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter;

use bytes::{BufMut, Bytes, BytesMut};

use super::super::codec::{EncodeError, Problem};
use super::super::value::{distinct, normalized};
use super::super::{Members, Name, Number, Step, Type, Value};

/// An unknown value: an extension of type 0 with one byte.
const UNKNOWN: [u8; 3] = [0xd4, 0x00, 0x00];

/// Writes a value of type `of`. What is known of unknown values is not written: it would bind the provider.
pub fn encode(value: &Value, of: &Type) -> Result<Bytes, EncodeError> {
    let mut bytes = BytesMut::with_capacity(1024);
    write(&mut bytes, value, of)?;
    Ok(bytes.freeze())
}

fn write(bytes: &mut BytesMut, value: &Value, of: &Type) -> Result<(), Problem> {
    match (of, value) {
        (_, Value::Null) => bytes.put_u8(0xc0),
        (_, Value::Unknown(_)) => bytes.put_slice(&UNKNOWN),
        (Type::Bool, Value::Bool(flag)) => bytes.put_u8(if *flag { 0xc3 } else { 0xc2 }),
        (Type::Number, Value::Number(number)) => write_number(bytes, number)?,
        (Type::String, Value::String(text)) => write_text(bytes, text)?,
        (Type::List(of), Value::List(elements)) => write_elements(bytes, elements, iter::repeat(&**of))?,
        (Type::Set(of), Value::List(elements)) => {
            write_elements(bytes, &distinct(elements.clone()), iter::repeat(&**of))?;
        }
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            write_elements(bytes, elements, types)?;
        }
        (Type::Map(of), Value::Map(entries)) => {
            write_length(bytes, entries.len(), MAP)?;
            for (key, value) in entries {
                write_text(bytes, key)?;
                write(bytes, value, of).map_err(|problem| problem.within(Step::Key(key.clone())))?;
            }
        }
        (Type::Object(types), Value::Map(attributes)) => write_object(bytes, attributes, types)?,
        (Type::Dynamic, Value::Dynamic(typed)) => {
            let (of, value) = &**typed;
            let json = of.to_json();
            write_length(bytes, 2, ARRAY)?;
            write_length(bytes, json.len(), BINARY)?;
            bytes.put_slice(json.as_bytes());
            write(bytes, value, of)?;
        }
        (of, value) => return Err(Problem::new(format!("{} is required, not {}", of.noun(), value.noun()))),
    }
    Ok(())
}

fn write_elements<'t>(
    bytes: &mut BytesMut,
    elements: &[Value],
    types: impl IntoIterator<Item = &'t Type>,
) -> Result<(), Problem> {
    write_length(bytes, elements.len(), ARRAY)?;
    for (index, (element, of)) in elements.iter().zip(types).enumerate() {
        write(bytes, element, of).map_err(|problem| problem.within(Step::Index(index)))?;
    }
    Ok(())
}

/// Writes exactly the attributes that the type has: the host refuses any other object as a whole.
fn write_object(bytes: &mut BytesMut, attributes: &Members, types: &BTreeMap<Name, Type>) -> Result<(), Problem> {
    let within = |name: &Name, problem: Problem| problem.within(Step::Attribute(name.clone()));
    write_length(bytes, types.len(), MAP)?;
    // Both are in the same order.
    let mut given = attributes.iter();
    for (name, of) in types {
        let value = match given.next() {
            Some((next, value)) if next == name => value,
            Some((next, _)) if next < name => {
                return Err(within(next, Problem::new("the type has no such attribute")));
            }
            _ => return Err(within(name, Problem::new("the attribute is missing"))),
        };
        write_text(bytes, name)?;
        write(bytes, value, of).map_err(|problem| within(name, problem))?;
    }
    match given.next() {
        Some((extra, _)) => Err(within(extra, Problem::new("the type has no such attribute"))),
        None => Ok(()),
    }
}

/// Writes decimal text, whatever the number: the host reads it with the precision with which it reads its state file.
/// An integer form is equal in value but not in precision, and Terraform up to 1.11 then takes every refresh for a
/// change: `plan -refresh-only -detailed-exitcode` never settles.
fn write_number(bytes: &mut BytesMut, number: &Number) -> Result<(), Problem> {
    write_text(bytes, &number.to_string())
}

fn write_text(bytes: &mut BytesMut, text: &str) -> Result<(), Problem> {
    let text = normalized(Cow::Borrowed(text));
    write_length(bytes, text.len(), TEXT)?;
    bytes.put_slice(text.as_bytes());
    Ok(())
}

/// The first bytes that announce a length, by its size.
struct Heads {
    /// The head that carries the length itself, and the first length that it cannot carry.
    inline: Option<(u8, u8)>,
    of_8_bits: Option<u8>,
    of_16_bits: u8,
    of_32_bits: u8,
}

const TEXT: &Heads = &Heads { inline: Some((0xa0, 32)), of_8_bits: Some(0xd9), of_16_bits: 0xda, of_32_bits: 0xdb };
const BINARY: &Heads = &Heads { inline: None, of_8_bits: Some(0xc4), of_16_bits: 0xc5, of_32_bits: 0xc6 };
const ARRAY: &Heads = &Heads { inline: Some((0x90, 16)), of_8_bits: None, of_16_bits: 0xdc, of_32_bits: 0xdd };
const MAP: &Heads = &Heads { inline: Some((0x80, 16)), of_8_bits: None, of_16_bits: 0xde, of_32_bits: 0xdf };

fn write_length(bytes: &mut BytesMut, length: usize, heads: &Heads) -> Result<(), Problem> {
    match (u8::try_from(length), u16::try_from(length), u32::try_from(length), heads.inline, heads.of_8_bits) {
        (Ok(length), _, _, Some((head, end)), _) if length < end => bytes.put_u8(head | length),
        (Ok(length), _, _, _, Some(head)) => bytes.put_slice(&[head, length]),
        (_, Ok(length), ..) => {
            bytes.put_u8(heads.of_16_bits);
            bytes.put_u16(length);
        }
        (_, _, Ok(length), ..) => {
            bytes.put_u8(heads.of_32_bits);
            bytes.put_u32(length);
        }
        _ => return Err(Problem::new("more than 4 GiB cannot be written")),
    }
    Ok(())
}
