//! Reads MessagePack one token at a time. Knows nothing of types.

use super::super::codec::Problem;

/// One token: a scalar, or the head of a collection whose elements follow.
#[derive(Debug)]
pub(super) enum Token<'a> {
    Nil,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(&'a [u8]),
    Binary(&'a [u8]),
    /// As many elements follow, if the sender is to be believed.
    Array(usize),
    /// As many keys with their values follow, if the sender is to be believed.
    Map(usize),
    Extension(i8, &'a [u8]),
}

impl Token<'_> {
    /// What the token is, in the words of types.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "null",
            Self::Bool(_) => "a bool",
            Self::Signed(_) | Self::Unsigned(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::Binary(_) => "bytes",
            Self::Array(_) => "a sequence",
            Self::Map(_) => "a map",
            Self::Extension(..) => "an unknown value",
        }
    }
}

/// What is left of a message.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn token(&mut self) -> Result<Token<'a>, Problem> {
        let [head] = self.array()?;
        Ok(match head {
            0x00..=0x7f => Token::Unsigned(u64::from(head)),
            0x80..=0x8f => Token::Map(usize::from(head & 0x0f)),
            0x90..=0x9f => Token::Array(usize::from(head & 0x0f)),
            0xa0..=0xbf => Token::Text(self.take(usize::from(head & 0x1f))?),
            0xc0 => Token::Nil,
            0xc1 => return Err(Problem::new("a byte that MessagePack does not use")),
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc4..=0xc6 => {
                let length = self.length(head - 0xc4)?;
                Token::Binary(self.take(length)?)
            }
            0xc7..=0xc9 => {
                let length = self.length(head - 0xc7)?;
                self.extension(length)?
            }
            0xca => Token::Float(f64::from(f32::from_be_bytes(self.array()?))),
            0xcb => Token::Float(f64::from_be_bytes(self.array()?)),
            0xcc => Token::Unsigned(u64::from(u8::from_be_bytes(self.array()?))),
            0xcd => Token::Unsigned(u64::from(u16::from_be_bytes(self.array()?))),
            0xce => Token::Unsigned(u64::from(u32::from_be_bytes(self.array()?))),
            0xcf => Token::Unsigned(u64::from_be_bytes(self.array()?)),
            0xd0 => Token::Signed(i64::from(i8::from_be_bytes(self.array()?))),
            0xd1 => Token::Signed(i64::from(i16::from_be_bytes(self.array()?))),
            0xd2 => Token::Signed(i64::from(i32::from_be_bytes(self.array()?))),
            0xd3 => Token::Signed(i64::from_be_bytes(self.array()?)),
            0xd4..=0xd8 => self.extension(1 << (head - 0xd4))?,
            0xd9..=0xdb => {
                let length = self.length(head - 0xd9)?;
                Token::Text(self.take(length)?)
            }
            0xdc..=0xdd => Token::Array(self.length(head - 0xdc + 1)?),
            0xde..=0xdf => Token::Map(self.length(head - 0xde + 1)?),
            0xe0..=0xff => Token::Signed(i64::from(head.cast_signed())),
        })
    }

    /// Reads a length of 1, 2 or 4 bytes (`size` 0, 1 or 2).
    fn length(&mut self, size: u8) -> Result<usize, Problem> {
        let length = match size {
            0 => u32::from(u8::from_be_bytes(self.array()?)),
            1 => u32::from(u16::from_be_bytes(self.array()?)),
            _ => u32::from_be_bytes(self.array()?),
        };
        usize::try_from(length).map_err(|_| Problem::new("a length beyond memory"))
    }

    fn extension(&mut self, length: usize) -> Result<Token<'a>, Problem> {
        let [kind] = self.array()?;
        Ok(Token::Extension(kind.cast_signed(), self.take(length)?))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Problem> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Problem> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(truncated)?;
        self.rest = rest;
        Ok(*taken)
    }
}

fn truncated() -> Problem {
    Problem::new("the message ends too early")
}
