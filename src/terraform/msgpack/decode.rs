//! From bytes to a [`Value`] of a given [`Type`].

use std::collections::BTreeMap;

use super::super::codec::{DecodeError, MOST_DEPTH, MOST_VALUES, Problem};
use super::super::value::normalized;
use super::super::{Members, Name, Number, Refinement, Step, Type, Value};
use super::reader::{Reader, Token};

/// The extension type of an unknown value that something is known of.
const REFINED_UNKNOWN: i8 = 12;

/// Reads a value of type `of`, all of `bytes`.
pub fn decode(bytes: &[u8], of: &Type) -> Result<Value, DecodeError> {
    let mut decoder = Decoder { reader: Reader::new(bytes), values_left: MOST_VALUES };
    let value = decoder.value(of, MOST_DEPTH)?;
    if decoder.reader.is_at_end() { Ok(value) } else { Err(Problem::new("bytes follow the value").into()) }
}

struct Decoder<'a> {
    reader: Reader<'a>,
    values_left: usize,
}

impl<'a> Decoder<'a> {
    fn value(&mut self, of: &Type, depth: usize) -> Result<Value, Problem> {
        let depth = depth.checked_sub(1).ok_or_else(|| Problem::new("nested too deeply"))?;
        self.spend(1)?;
        match (of, self.reader.token()?) {
            (_, Token::Nil) => Ok(Value::Null),
            (_, Token::Extension(kind, payload)) => Ok(Value::refined(refinement(kind, payload))),
            (Type::Bool, Token::Bool(flag)) => Ok(Value::Bool(flag)),
            (Type::String, Token::Text(text)) => utf8(text).map(Value::from),
            (Type::Number, token) => number(&token).map(Value::Number),
            (Type::List(of), Token::Array(length)) => self.elements(length, of, depth).map(Value::List),
            (Type::Set(of), Token::Array(length)) => self.elements(length, of, depth).map(Value::set_of),
            (Type::Map(of), Token::Map(length)) => self.map(length, of, depth),
            (Type::Object(attributes), Token::Map(length)) => self.object(length, attributes, depth),
            (Type::Tuple(types), Token::Array(length)) => self.tuple(length, types, depth),
            (Type::Dynamic, Token::Array(2)) => self.dynamic(depth),
            (of, token) => Err(mismatch(of, &token)),
        }
    }

    fn spend(&mut self, values: usize) -> Result<(), Problem> {
        self.values_left = self
            .values_left
            .checked_sub(values)
            .ok_or_else(|| Problem::new(format!("the message holds more than {MOST_VALUES} values")))?;
        Ok(())
    }

    /// Reads elements as they come: nothing is reserved for `length`, which is only a claim.
    fn elements(&mut self, length: usize, of: &Type, depth: usize) -> Result<Vec<Value>, Problem> {
        (0..length).map(|index| self.value(of, depth).map_err(|problem| problem.within(Step::Index(index)))).try_fold(
            Vec::new(),
            |mut elements, element| {
                elements.push(element?);
                Ok(elements)
            },
        )
    }

    fn tuple(&mut self, length: usize, types: &[Type], depth: usize) -> Result<Value, Problem> {
        if length != types.len() {
            return Err(Problem::new(format!("{} elements are required ({length} given)", types.len())));
        }
        types
            .iter()
            .enumerate()
            .map(|(index, of)| self.value(of, depth).map_err(|problem| problem.within(Step::Index(index))))
            .collect::<Result<_, _>>()
            .map(Value::List)
    }

    fn map(&mut self, length: usize, of: &Type, depth: usize) -> Result<Value, Problem> {
        let mut entries = Vec::new();
        for _ in 0..length {
            let key = Name::from(&*normalized(self.name()?.into()));
            let value = self.value(of, depth).map_err(|problem| problem.within(Step::Key(key.clone())))?;
            entries.push((key, value));
        }
        let twice = |key| Problem::new("the key is there twice").within(Step::Key(key));
        Members::distinct(entries).map(Value::Map).map_err(twice)
    }

    fn object(&mut self, length: usize, types: &BTreeMap<Name, Type>, depth: usize) -> Result<Value, Problem> {
        let mut attributes = Vec::with_capacity(length.min(types.len()));
        // Hosts write attributes in this order; where one does not, they are looked up.
        let mut expected = types.iter();
        for _ in 0..length {
            let name = self.text()?;
            let known = match expected.next() {
                Some(next) if next.0.as_bytes() == name => Some(next),
                _ => types.get_key_value(utf8(name)?),
            };
            let Some((name, of)) = known else {
                return Err(Problem::new("there is an attribute that the type does not have"));
            };
            let value = self.value(of, depth).map_err(|problem| problem.within(Step::Attribute(name.clone())))?;
            attributes.push((name.clone(), value));
        }
        let twice = |name| Problem::new("the attribute is there twice").within(Step::Attribute(name));
        let attributes = Members::distinct(attributes).map_err(twice)?;
        if attributes.len() == types.len() {
            return Ok(Value::Map(attributes));
        }
        let missing = types.keys().find(|name| !attributes.contains_key(name)).cloned();
        let missing = missing.map(Step::Attribute).into_iter();
        Err(missing.fold(Problem::new("the attribute is missing"), Problem::within))
    }

    /// Reads a value that brings its type, behind the head of the pair.
    fn dynamic(&mut self, depth: usize) -> Result<Value, Problem> {
        let json = match self.reader.token()? {
            Token::Binary(json) | Token::Text(json) => json,
            token => return Err(Problem::new(format!("a type is required, not {}", token.kind()))),
        };
        // A type is larger in memory than as text, just as a value is.
        self.spend(json.len())?;
        let of = Type::from_json(json).map_err(|error| Problem::new(error.to_string()))?;
        let value = self.value(&of, depth)?;
        Ok(Value::Dynamic(Box::new((of, value))))
    }

    fn name(&mut self) -> Result<&'a str, Problem> {
        utf8(self.text()?)
    }

    /// The bytes of a name.
    fn text(&mut self) -> Result<&'a [u8], Problem> {
        match self.reader.token()? {
            Token::Text(text) => Ok(text),
            token => Err(Problem::new(format!("a name is required, not {}", token.kind()))),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|_| Problem::new("the text is not UTF-8"))
}

fn number(token: &Token) -> Result<Number, Problem> {
    match token {
        Token::Signed(number) => Ok(Number::from(*number)),
        Token::Unsigned(number) => Ok(Number::from(*number)),
        Token::Float(number) => Number::from_f64(*number).ok_or_else(|| Problem::new("the number is not finite")),
        // Numbers that are neither whole and small nor exact in binary come as decimal text.
        Token::Text(text) => utf8(text)?.parse().map_err(|error| Problem::new(format!("{error}"))),
        token => Err(mismatch(&Type::Number, token)),
    }
}

fn mismatch(of: &Type, token: &Token) -> Problem {
    Problem::new(format!("{} is required, not {}", of.noun(), token.kind()))
}

/// Reads what is known of an unknown value. What cannot be read is not known: the value is unknown all the same.
fn refinement(kind: i8, payload: &[u8]) -> Refinement {
    if kind == REFINED_UNKNOWN { read_refinement(payload).unwrap_or_default() } else { Refinement::default() }
}

fn read_refinement(payload: &[u8]) -> Result<Refinement, Problem> {
    let mut reader = Reader::new(payload);
    let mut refinement = Refinement::default();
    let Token::Map(length) = reader.token()? else {
        return Ok(refinement);
    };
    for _ in 0..length {
        let key = reader.token()?;
        match (key, reader.token()?) {
            (Token::Unsigned(1), Token::Bool(null)) => refinement.not_null = !null,
            (Token::Unsigned(2), Token::Text(prefix)) => {
                refinement.prefix = Some(normalized(utf8(prefix)?.into()).into_owned());
            }
            // Bounds of numbers: a pair of the bound and whether it is inclusive.
            (Token::Unsigned(3 | 4), Token::Array(2)) => {
                reader.token()?;
                reader.token()?;
            }
            (Token::Unsigned(5), Token::Unsigned(least)) => refinement.least_elements = Some(least),
            (Token::Unsigned(6), Token::Unsigned(most)) => refinement.most_elements = Some(most),
            // Refinements of a later version; one with elements of its own ends the reading.
            (_, Token::Array(1..) | Token::Map(1..)) => break,
            _ => {}
        }
    }
    Ok(refinement)
}
