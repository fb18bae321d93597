//! Plain JavaScript values to Rust values.
//!
//! A struct is read by its fields' names, in their order; what else the object has is not looked at, and a field that is
//! not there reads as `undefined`, which only an `Option` takes. Numbers must be whole and in range where the type is.
//!
//! Of our own making because of its size: derived code that reads a sequence is a third of that which also matches
//! names, as a general deserializer must have it, and the light wasm is a promise in bytes.

use core::fmt::{self, Display};

use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use wasm_bindgen::prelude::*;

/// What is wrong, and where: `votes.3.outcome: …`. Boxed, because every field that is read returns one or a value.
#[derive(Debug)]
pub(crate) struct Wrong(Box<Reason>);

#[derive(Debug)]
struct Reason {
    place: String,
    why: String,
}

impl Wrong {
    fn new(why: String) -> Self {
        Self(Box::new(Reason { place: String::new(), why }))
    }

    #[inline(never)]
    fn expected(what: &str, found: &JsValue) -> Self {
        let found = match found.as_string() {
            Some(_) => "a string".into(),
            None if found.is_null() => "null".into(),
            None => found.js_typeof().as_string().unwrap_or_default(),
        };
        Self::new(["expected ", what, ", found ", &found].concat())
    }

    #[inline(never)]
    fn within(mut self, place: &str) -> Self {
        let within = &mut self.0.place;
        *within = if within.is_empty() { place.into() } else { [place, ".", within].concat() };
        self
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason { place, why } = &*self.0;
        f.write_str(place)?;
        f.write_str(if place.is_empty() { "" } else { ": " })?;
        f.write_str(why)
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

/// A JavaScript value as serde reads it.
pub(crate) struct Value(pub(crate) JsValue);

impl Value {
    #[inline(never)]
    fn text(&self) -> Result<String, Wrong> {
        self.0.as_string().ok_or_else(|| Wrong::expected("a string", &self.0))
    }

    /// A whole number from 0 to `most`. JavaScript's end at 2⁵³, so a larger one has been rounded already.
    #[inline(never)]
    fn whole(&self, most: f64) -> Result<u64, Wrong> {
        match self.0.as_f64() {
            Some(number) if number >= 0.0 && number <= most && number as u64 as f64 == number => {
                Ok(number as u64)
            }
            _ => Err(Wrong::expected("a whole number in range", &self.0)),
        }
    }

    #[inline(never)]
    fn items(&self) -> Result<js_sys::Array, Wrong> {
        self.0.dyn_ref::<js_sys::Array>().cloned().ok_or_else(|| Wrong::expected("an array", &self.0))
    }

    #[inline(never)]
    fn field(&self, name: &str) -> Result<JsValue, Wrong> {
        if !self.0.is_object() {
            return Err(Wrong::expected("an object", &self.0));
        }
        // Only a getter that throws or a proxy can fail here.
        js_sys::Reflect::get(&self.0, &name.into()).map_err(|_| Wrong::expected("a plain object", &self.0))
    }
}

const MOST: f64 = 9_007_199_254_740_991.0;

impl<'de> Deserializer<'de> for Value {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::expected("a value of a known type", &self.0))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_bool(self.0.as_bool().ok_or_else(|| Wrong::expected("true or false", &self.0))?)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u8(self.whole(u8::MAX.into())? as u8)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u32(self.whole(u32::MAX.into())? as u32)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(self.whole(MOST)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_f64(self.0.as_f64().ok_or_else(|| Wrong::expected("a number", &self.0))?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.0.is_null() || self.0.is_undefined() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
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
        visitor.visit_seq(Items { items: self.items()?, at: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Wrong> {
        let items = self.items()?;
        if items.length() as usize != length {
            return Err(Wrong::expected("an array of another length", &self.0));
        }
        visitor.visit_seq(Items { items, at: 0 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_seq(Fields { object: self, names })
    }

    /// Words only: what has variants with contents is written flat (`VoteWire`, `RequestWire`, …).
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u16 u128 f32 char bytes byte_buf unit unit_struct tuple_struct map identifier ignored_any
    }
}

struct Items {
    items: js_sys::Array,
    at: u32,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        if self.at == self.items.length() {
            return Ok(None);
        }
        let at = self.at;
        self.at += 1;
        seed.deserialize(Value(self.items.get(at))).map(Some).map_err(|wrong| wrong.within(&at.to_string()))
    }
}

struct Fields {
    object: Value,
    names: &'static [&'static str],
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let Some((name, rest)) = self.names.split_first() else { return Ok(None) };
        self.names = rest;
        let value = Value(self.object.field(name)?);
        seed.deserialize(value).map(Some).map_err(|wrong| wrong.within(name))
    }
}
