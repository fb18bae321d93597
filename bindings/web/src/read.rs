//! JSON to Rust values.
//!
//! A struct is read by its fields' names, in their order; what else the object has is not looked at, and a field that is
//! not there reads as `null`, which only an `Option` takes. Numbers must be whole and in range.
//!
//! Of our own making because of its size: derived code that reads a sequence is a third of that which also matches
//! names, as a general deserializer must have it, and the vote wasm is a promise in bytes.

use core::fmt::{self, Display};

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::{
    error::WebError,
    json::{Json, parse},
};

/// The value that a JSON text spells.
pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, WebError> {
    let json = parse(text)
        .ok_or_else(|| Wrong::new("no JSON".into()))
        .map_err(|wrong| WebError::wrong(what, wrong))?;
    T::deserialize(json).map_err(|wrong| WebError::wrong(what, wrong))
}

/// What is wrong, and where: `votes.3.outcome: …`. Boxed, because every field that is read returns one or a value.
#[derive(Debug)]
pub(crate) struct Wrong(Box<Reason>);

#[derive(Debug)]
struct Reason {
    place: String,
    why: String,
}

impl Wrong {
    pub(crate) fn new(why: String) -> Self {
        Self(Box::new(Reason { place: String::new(), why }))
    }

    #[inline(never)]
    fn expected(what: &str) -> Self {
        Self::new(["expected ", what].concat())
    }

    #[inline(never)]
    fn within(mut self, place: &str) -> Self {
        let within = &mut self.0.place;
        *within = if within.is_empty() { place.into() } else { [place, ".", within].concat() };
        self
    }
}

impl Wrong {
    pub(crate) fn into_text(self) -> String {
        let Reason { place, why } = *self.0;
        if place.is_empty() { why } else { [&place, ": ", &why[..]].concat() }
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.why)
    }
}

impl core::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: Display>(why: T) -> Self {
        Self::new(why.to_string())
    }

    // The default would also say what was found, and bring along how floats are written.
    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("expected {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("expected {expected}"))
    }
}

/// A whole number from 0 to `most`.
#[inline(never)]
fn whole(json: &Json, most: u64) -> Result<u64, Wrong> {
    match json {
        Json::Number(number) if *number <= most => Ok(*number),
        _ => Err(Wrong::expected("a whole number in range")),
    }
}

#[inline(never)]
fn text(json: Json) -> Result<String, Wrong> {
    match json {
        Json::Text(text) => Ok(text),
        _ => Err(Wrong::expected("a string")),
    }
}

#[inline(never)]
fn items(json: Json) -> Result<Items, Wrong> {
    match json {
        Json::List(items) => Ok(Items { items: items.into_iter(), at: 0 }),
        _ => Err(Wrong::expected("an array")),
    }
}

impl<'de> Deserializer<'de> for Json {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::expected("a value of a known type"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Self::Flag(flag) => visitor.visit_bool(flag),
            _ => Err(Wrong::expected("true or false")),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u8(whole(&self, u8::MAX.into())? as u8)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u32(whole(&self, u32::MAX.into())? as u32)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(whole(&self, u64::MAX)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(text(self)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(text(self)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Self::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_seq(items(self)?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self {
            Self::Object(fields) => visitor.visit_seq(Fields { fields, names }),
            _ => Err(Wrong::expected("an object")),
        }
    }

    /// Words only: what has variants with contents is written flat (`VoteWire`, `EndWire`).
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_enum(text(self)?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u16 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct map identifier
        ignored_any
    }
}

struct Items {
    items: std::vec::IntoIter<Json>,
    at: u32,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let Some(item) = self.items.next() else { return Ok(None) };
        self.at += 1;
        seed.deserialize(item).map(Some).map_err(|wrong| wrong.within(&(self.at - 1).to_string()))
    }
}

struct Fields {
    fields: Vec<(String, Json)>,
    names: &'static [&'static str],
}

impl Fields {
    #[inline(never)]
    fn take(&mut self, name: &str) -> Json {
        let found = self.fields.iter_mut().find(|(known, _)| known == name);
        found.map_or(Json::Null, |(_, value)| core::mem::replace(value, Json::Null))
    }
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let Some((name, rest)) = self.names.split_first() else { return Ok(None) };
        self.names = rest;
        let value = self.take(name);
        seed.deserialize(value).map(Some).map_err(|wrong| wrong.within(name))
    }
}
