//! JSON of which only some is wanted, whatever else stands there: what is passed over is never held in memory.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What is taken from a place in JSON; `null` leaves it as it is.
pub(super) trait Taken<'de>: Default {
    /// A field of the object that stands there; its value must be read.
    fn field<M: MapAccess<'de>>(&mut self, _key: &str, map: &mut M) -> Result<(), M::Error> {
        map.next_value::<IgnoredAny>().map(|_| ())
    }

    /// The elements of the list that stands there; all must be read.
    fn list<S: SeqAccess<'de>>(&mut self, seq: &mut S) -> Result<(), S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.other();
        Ok(())
    }

    fn text(&mut self, _text: &str) {
        self.other();
    }

    fn number(&mut self, _number: u64) {
        self.other();
    }

    /// Something else stands there than what is wanted.
    fn other(&mut self) {}
}

/// Text, if any stands there.
#[derive(Default)]
pub(super) struct Word(pub(super) Option<String>);

impl Taken<'_> for Word {
    fn text(&mut self, text: &str) {
        self.0 = Some(text.to_owned());
    }
}

/// A number of a line, if one stands there; lines count from 1.
#[derive(Default)]
pub(super) struct Line(pub(super) Option<u32>);

impl Taken<'_> for Line {
    fn number(&mut self, number: u64) {
        self.0 = u32::try_from(number).ok().filter(|line| *line > 0);
    }
}

#[derive(Default)]
pub(super) struct Lenient<T>(pub(super) T);

impl<'de, T: Taken<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Take(PhantomData)).map(Self)
    }
}

struct Take<T>(PhantomData<T>);

fn other<'de, T: Taken<'de>>() -> T {
    let mut taken = T::default();
    taken.other();
    taken
}

impl<'de, T: Taken<'de>> Visitor<'de> for Take<T> {
    type Value = T;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(other())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Ok(other())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let mut taken = T::default();
        taken.number(number);
        Ok(taken)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Ok(other())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let mut taken = T::default();
        taken.text(text);
        Ok(taken)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<T, S::Error> {
        let mut taken = T::default();
        taken.list(&mut seq)?;
        Ok(taken)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let mut taken = T::default();
        while let Some(key) = map.next_key::<String>()? {
            taken.field(&key, &mut map)?;
        }
        Ok(taken)
    }
}
