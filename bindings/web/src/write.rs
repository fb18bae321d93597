//! Rust values to JSON: fields in their order, `null` for none. The companion of [`read`](crate::read), small for the same
//! reason. No number with a fraction crosses.

use core::fmt::{self, Display};

use serde::ser::{self, Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};
use taste_core::decimal;

/// Something that has no place in what crosses here.
#[derive(Debug)]
struct Foreign;

impl Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no plain value")
    }
}

impl core::error::Error for Foreign {}

/// A value as JSON. Of all that crosses there is nothing that cannot be written; if there were, it would be nothing.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    let mut text = String::new();
    match value.serialize(Writer(&mut text)) {
        Ok(()) => text,
        Err(_) => String::new(),
    }
}

impl ser::Error for Foreign {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

struct Writer<'a>(&'a mut String);

/// What has no counterpart in what crosses here.
fn foreign<T>() -> Result<T, Foreign> {
    Err(Foreign)
}

#[inline(never)]
fn string(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    for sign in text.chars() {
        match sign {
            '"' | '\\' => out.extend(['\\', sign]),
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                out.extend([sign as usize >> 4, sign as usize & 15].map(|digit| char::from(HEX[digit])));
            }
            _ => out.push(sign),
        }
    }
    out.push('"');
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Foreign;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeTupleStruct = Impossible<(), Foreign>;
    type SerializeTupleVariant = Impossible<(), Foreign>;
    type SerializeMap = Impossible<(), Foreign>;
    type SerializeStructVariant = Impossible<(), Foreign>;

    fn serialize_bool(self, value: bool) -> Result<(), Foreign> {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f64(self, _: f64) -> Result<(), Foreign> {
        foreign()
    }

    fn serialize_f32(self, _: f32) -> Result<(), Foreign> {
        foreign()
    }

    fn serialize_u8(self, value: u8) -> Result<(), Foreign> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Foreign> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Foreign> {
        self.serialize_u64(value.into())
    }

    /// What may pass 2⁵³ is a decimal string already (`taste_ballot::json::decimal`); times and counts do not.
    fn serialize_u64(self, value: u64) -> Result<(), Foreign> {
        self.0.push_str(&decimal(value));
        Ok(())
    }

    fn serialize_i8(self, _: i8) -> Result<(), Foreign> {
        foreign()
    }

    fn serialize_i16(self, _: i16) -> Result<(), Foreign> {
        foreign()
    }

    fn serialize_i32(self, _: i32) -> Result<(), Foreign> {
        foreign()
    }

    fn serialize_i64(self, _: i64) -> Result<(), Foreign> {
        foreign()
    }

    fn serialize_char(self, value: char) -> Result<(), Foreign> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Foreign> {
        string(self.0, value);
        Ok(())
    }

    /// As the default does, without a copy of the machinery for each type.
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Foreign> {
        self.serialize_str(&value.to_string())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Foreign> {
        foreign()
    }

    fn serialize_none(self) -> Result<(), Foreign> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Foreign> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Foreign> {
        self.0.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Foreign> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, word: &'static str) -> Result<(), Foreign> {
        self.serialize_str(word)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Foreign> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Foreign> {
        foreign()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a>, Foreign> {
        self.0.push('[');
        Ok(Parts { out: self.0, first: true })
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Foreign> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<(), Foreign>, Foreign> {
        foreign()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Foreign>, Foreign> {
        foreign()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), Foreign>, Foreign> {
        foreign()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Foreign> {
        self.0.push('{');
        Ok(Parts { out: self.0, first: true })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Foreign>, Foreign> {
        foreign()
    }
}

/// A list or an object in the making.
struct Parts<'a> {
    out: &'a mut String,
    first: bool,
}

impl Parts<'_> {
    #[inline(never)]
    fn comma(&mut self) {
        if !core::mem::replace(&mut self.first, false) {
            self.out.push(',');
        }
    }

    #[inline(never)]
    fn name(&mut self, name: &str) {
        self.comma();
        string(self.out, name);
        self.out.push(':');
    }
}

impl SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = Foreign;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Foreign> {
        self.comma();
        value.serialize(Writer(self.out))
    }

    fn end(self) -> Result<(), Foreign> {
        self.out.push(']');
        Ok(())
    }
}

impl ser::SerializeTuple for Parts<'_> {
    type Ok = ();
    type Error = Foreign;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Foreign> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Foreign> {
        SerializeSeq::end(self)
    }
}

impl SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Foreign;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Foreign> {
        self.name(name);
        value.serialize(Writer(self.out))
    }

    fn end(self) -> Result<(), Foreign> {
        self.out.push('}');
        Ok(())
    }
}
