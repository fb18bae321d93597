//! Rust values to plain JavaScript values, as `JSON.parse` would have made them: fields in their order, `null` for none,
//! numbers as numbers. The companion of [`read`](crate::read), small for the same reason.

use core::fmt::Display;

use serde::ser::{self, Impossible, Serialize, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};
use wasm_bindgen::prelude::*;

use crate::read::Wrong;

impl ser::Error for Wrong {
    fn custom<T: Display>(why: T) -> Self {
        <Self as serde::de::Error>::custom(why)
    }
}

/// Makes a JavaScript value of what serde tells it.
pub(crate) struct Writer;

/// What has no counterpart in what crosses here: bytes go as typed arrays, variants with contents are written flat.
fn foreign<T>() -> Result<T, Wrong> {
    Err(ser::Error::custom("no plain value"))
}

impl Serializer for Writer {
    type Ok = JsValue;
    type Error = Wrong;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeStruct = Fields;
    type SerializeTupleStruct = Impossible<JsValue, Wrong>;
    type SerializeTupleVariant = Impossible<JsValue, Wrong>;
    type SerializeMap = Impossible<JsValue, Wrong>;
    type SerializeStructVariant = Impossible<JsValue, Wrong>;

    fn serialize_bool(self, value: bool) -> Result<JsValue, Wrong> {
        Ok(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<JsValue, Wrong> {
        Ok(value.into())
    }

    fn serialize_f32(self, value: f32) -> Result<JsValue, Wrong> {
        self.serialize_f64(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<JsValue, Wrong> {
        self.serialize_f64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<JsValue, Wrong> {
        self.serialize_f64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<JsValue, Wrong> {
        self.serialize_f64(value.into())
    }

    /// What may pass 2⁵³ is a decimal string already (`taste_ballot::json::decimal`); times and counts do not.
    fn serialize_u64(self, value: u64) -> Result<JsValue, Wrong> {
        self.serialize_f64(value as f64)
    }

    fn serialize_i8(self, value: i8) -> Result<JsValue, Wrong> {
        self.serialize_f64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<JsValue, Wrong> {
        self.serialize_f64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<JsValue, Wrong> {
        self.serialize_f64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<JsValue, Wrong> {
        self.serialize_f64(value as f64)
    }

    fn serialize_char(self, value: char) -> Result<JsValue, Wrong> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<JsValue, Wrong> {
        Ok(value.into())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<JsValue, Wrong> {
        foreign()
    }

    fn serialize_none(self) -> Result<JsValue, Wrong> {
        Ok(JsValue::NULL)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<JsValue, Wrong> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<JsValue, Wrong> {
        Ok(JsValue::NULL)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<JsValue, Wrong> {
        Ok(JsValue::NULL)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, word: &'static str) -> Result<JsValue, Wrong> {
        self.serialize_str(word)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<JsValue, Wrong> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<JsValue, Wrong> {
        foreign()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Wrong> {
        Ok(Items(js_sys::Array::new()))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, Wrong> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<JsValue, Wrong>, Wrong> {
        foreign()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<JsValue, Wrong>, Wrong> {
        foreign()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<JsValue, Wrong>, Wrong> {
        foreign()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, Wrong> {
        Ok(Fields(js_sys::Object::new()))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<JsValue, Wrong>, Wrong> {
        foreign()
    }
}

/// An array in the making.
pub(crate) struct Items(js_sys::Array);

impl SerializeSeq for Items {
    type Ok = JsValue;
    type Error = Wrong;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Wrong> {
        self.0.push(&value.serialize(Writer)?);
        Ok(())
    }

    fn end(self) -> Result<JsValue, Wrong> {
        Ok(self.0.into())
    }
}

impl SerializeTuple for Items {
    type Ok = JsValue;
    type Error = Wrong;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Wrong> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<JsValue, Wrong> {
        SerializeSeq::end(self)
    }
}

/// An object in the making.
pub(crate) struct Fields(js_sys::Object);

impl Fields {
    #[inline(never)]
    fn set(&self, name: &str, value: &JsValue) {
        // A plain object takes every property.
        let _ = js_sys::Reflect::set(&self.0, &name.into(), value);
    }
}

impl SerializeStruct for Fields {
    type Ok = JsValue;
    type Error = Wrong;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Wrong> {
        self.set(name, &value.serialize(Writer)?);
        Ok(())
    }

    fn end(self) -> Result<JsValue, Wrong> {
        Ok(self.0.into())
    }
}
