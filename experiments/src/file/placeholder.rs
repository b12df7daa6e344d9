//! Stand-ins for values that could not be read.
//!
//! When a field of a struct is wrong, the fields after it should be checked as well, and for that serde needs some
//! value of the field's type. A stand-in is made by letting the type read itself from a source that answers
//! every question with something plain. It never leaves `read`, which fails because the mistake is on record. A type
//! that accepts none of the plain answers gets none, and its struct is given up at this field.

use super::fault::Fault;
use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use std::cell::Cell;

/// What is answered when a type asks for anything or for a string: numbers, and quantities in the units of the field.
const ANSWERS: [Answer; 12] = [
    Answer::Whole,
    Answer::Text("1"),
    Answer::Text("1 s"),
    Answer::Text("1 B"),
    Answer::Text("1 bit/s"),
    Answer::Text("1 Hz"),
    Answer::Text("1 W"),
    Answer::Text("1 J"),
    Answer::Text("1 B/s"),
    Answer::Text("1 cycle"),
    Answer::Text("1 /s"),
    Answer::List,
];

#[derive(Clone, Copy)]
enum Answer {
    Whole,
    Text(&'static str),
    List,
}

/// Questions answered for one stand-in before giving up; types may be recursive.
const BUDGET: u32 = 2_000;

/// Deepest stand-in.
const DEPTH: u32 = 8;

/// Some value of the type, if one is easily made.
pub(super) fn stand_in<'de, T: Deserialize<'de>>() -> Option<T> {
    any_answer(0, &Cell::new(BUDGET))
}

fn any_answer<'de, T: Deserialize<'de>>(depth: u32, budget: &Cell<u32>) -> Option<T> {
    (0..ANSWERS.len()).find_map(|style| T::deserialize(StandIn { style, depth, budget }).ok())
}

#[derive(Clone, Copy)]
struct StandIn<'b> {
    style: usize,
    depth: u32,
    budget: &'b Cell<u32>,
}

impl StandIn<'_> {
    fn spend(self) -> Result<(), Fault> {
        let left = self.budget.get();
        if left == 0 || self.depth > DEPTH {
            return Err(Fault::Recorded);
        }
        self.budget.set(left - 1);
        Ok(())
    }

    fn deeper(self) -> Self {
        StandIn { depth: self.depth + 1, ..self }
    }

    fn text(self) -> &'static str {
        match ANSWERS[self.style] {
            Answer::Text(text) => text,
            Answer::Whole | Answer::List => "name",
        }
    }
}

macro_rules! ones {
    ($($method:ident $visit:ident $value:expr,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.spend()?;
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for StandIn<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.spend()?;
        match ANSWERS[self.style] {
            Answer::Whole => visitor.visit_u64(1),
            Answer::Text(text) => visitor.visit_str(text),
            Answer::List => visitor.visit_seq(Parts { of: self, left: 0 }),
        }
    }

    ones! {
        deserialize_bool visit_bool false,
        deserialize_i8 visit_i8 1,
        deserialize_i16 visit_i16 1,
        deserialize_i32 visit_i32 1,
        deserialize_i64 visit_i64 1,
        deserialize_i128 visit_i128 1,
        deserialize_u8 visit_u8 1,
        deserialize_u16 visit_u16 1,
        deserialize_u32 visit_u32 1,
        deserialize_u64 visit_u64 1,
        deserialize_u128 visit_u128 1,
        deserialize_f32 visit_f32 1.0,
        deserialize_f64 visit_f64 1.0,
        deserialize_char visit_char 'a',
        deserialize_bytes visit_bytes b"",
        deserialize_byte_buf visit_bytes b"",
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.spend()?;
        visitor.visit_str(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        self.spend()?;
        if name == super::raw::RAW {
            // A place and a text, as for a real node.
            return visitor.visit_newtype_struct(self);
        }
        visitor.visit_newtype_struct(self.deeper())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(Parts { of: self, left: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.spend()?;
        visitor.visit_seq(Parts { of: self.deeper(), left: length })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(Empty)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.spend()?;
        if variants.is_empty() {
            return Err(Fault::custom("no variants"));
        }
        let name = variants[self.style % variants.len()];
        visitor.visit_enum(Variant { name, of: self.deeper() })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

/// As many stand-ins as are asked for.
struct Parts<'b> {
    of: StandIn<'b>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.of).map(Some)
    }

    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        any_answer(self.of.depth, self.of.budget).map(Some).ok_or(Fault::Recorded)
    }
}

/// A map without entries.
struct Empty;

impl<'de> MapAccess<'de> for Empty {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, _: S) -> Result<Option<S::Value>, Fault> {
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, _: S) -> Result<S::Value, Fault> {
        Err(Fault::Recorded)
    }
}

struct Variant<'b> {
    name: &'static str,
    of: StandIn<'b>,
}

impl<'de, 'b> EnumAccess<'de> for Variant<'b> {
    type Error = Fault;
    type Variant = StandIn<'b>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, StandIn<'b>), Fault> {
        let name: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.of))
    }
}

impl<'de> VariantAccess<'de> for StandIn<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        self.spend()?;
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}
