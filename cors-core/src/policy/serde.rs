//! Policies in files: TOML, JSON, YAML, and whatever else has maps, lists, text, numbers and booleans.
//!
//! ```toml
//! origins = ["https://app.example.com", "https://*.partner.example"]
//! headers = "content-type"
//! credentials = true
//! max_age = "10m"
//! allow = ["insecure_origins"]
//! ```
//!
//! The keys are those of the macros and of the builder. A list takes one text as well. A file is read into a
//! [`Builder`], which holds whatever the file says, valid or not, and is then judged like any other: so a program that
//! wants the [`Violations`](crate::Violations) as data reads a `Builder`, and one that wants words reads a [`Policy`].

use std::fmt;

use ::serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor,
};
use ::serde::ser::{SerializeMap, Serializer};
use ::serde::{Deserialize, Serialize};

use crate::const_text::Text;
use crate::policy::builder::Builder;
use crate::policy::declaration::{OwnedMaxAge, ValueMut, ValueRef};
use crate::policy::exception::{Allow, AllowSet};
use crate::policy::key::Key;
use crate::policy::list::List;
use crate::policy::policy::Policy;
use crate::rules::rule::Rule;
use crate::rules::violation::Violation;

/// Reads and judges. The error's message has a line for each [`Violation`], each with its path.
///
/// ```
/// use cors_core::Policy;
///
/// let policy: Policy = toml::from_str("origins = 'https://app.example.com'\nmax_age = '10m'").unwrap();
/// assert_eq!(policy.max_age(), Some(600));
///
/// let error = toml::from_str::<Policy>("origins = ['https://a.example', 'https://b.example/']").unwrap_err();
/// assert!(error.message().starts_with("origins[1]: origin-path: `https://b.example/`"));
/// ```
impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Builder::deserialize(deserializer)?.build().map_err(D::Error::custom)
    }
}

/// Reads without judging, so that [`Builder::build`] gives the [`Violations`](crate::Violations) as data. Errors are keys
/// that there are none of, keys that are said twice, and values of a kind that the key does not take.
///
/// ```
/// use cors_core::{Builder, Rule};
///
/// let builder: Builder = toml::from_str("origins = ['https://b.example/']\nmethods = 'put'").unwrap();
/// let violations = builder.build().unwrap_err();
/// assert_eq!([violations[0].rule(), violations[1].rule()], [Rule::OriginPath, Rule::MethodCase]);
/// ```
impl<'de> Deserialize<'de> for Builder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PolicyVisitor)
    }
}

struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = Builder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the keys of a CORS policy, such as `origins`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Builder, A::Error> {
        let mut builder = Builder::default();
        let mut said = Vec::new();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            if said.contains(&key) {
                return Err(A::Error::custom(Violation::new(Rule::KeyDuplicate, key, None, key.name())));
            }
            said.push(key);
            match builder.declaration.get_mut(key) {
                ValueMut::List(list) => *list = map.next_value_seed(Texts(key))?,
                ValueMut::Flag(flag) => *flag = map.next_value_seed(Flag(key))?,
                ValueMut::MaxAge(max_age) => *max_age = Some(map.next_value_seed(Time(key))?),
                ValueMut::Status(status) => *status = Some(map.next_value_seed(Status(key))?),
                ValueMut::Exceptions(exceptions) => *exceptions = map.next_value_seed(Exceptions(key))?,
            }
        }
        Ok(builder)
    }
}

/// The name of a [`Key`].
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key of a CORS policy")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        Key::find(name).ok_or_else(|| E::custom(UnknownKey(name)))
    }
}

/// In the words of [`Rule::UnknownKey`], with the nearest key or else all of them.
struct UnknownKey<'a>(&'a str);

impl fmt::Display for UnknownKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = Rule::UnknownKey;
        write!(
            f,
            "{}: {}; {}; help: ",
            rule.code(),
            crate::rules::message::message(rule, self.0),
            rule.reason()
        )?;
        if let Some(key) = Key::nearest(self.0) {
            return write!(f, "write `{key}`");
        }
        let keys: Vec<_> = Key::ALL.iter().map(|key| key.name()).collect();
        write!(f, "the keys are {}", keys.join(", "))
    }
}

/// One text or a list of texts.
struct Texts(Key);

impl<'de> DeserializeSeed<'de> for Texts {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text or a list of texts for `{}`", self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
        Ok(vec![text.into()])
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Vec<String>, E> {
        Ok(vec![text])
    }

    // What a file says of its own length is not believed: the list grows as entries come.
    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<String>, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = entries.next_element_seed(Entry(self.0, texts.len()))? {
            texts.push(text);
        }
        Ok(texts)
    }
}

/// One entry of a list, which knows its place for the message.
struct Entry(Key, usize);

impl<'de> DeserializeSeed<'de> for Entry {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Entry {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text for `{}[{}]`", self.0, self.1)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }
}

/// The value is text and should be something else: said with so much of it as a person can read.
fn not_text<E: Error>(text: &str, expected: &dyn Expected) -> E {
    let shown = Text::<1024>::new().push_visible(text);
    E::invalid_type(Unexpected::Str(shown.as_str()), expected)
}

struct Flag(Key);

impl<'de> DeserializeSeed<'de> for Flag {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Flag {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "true or false for `{}`", self.0)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<bool, E> {
        Ok(flag)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        Err(not_text(text, &self))
    }
}

/// A time. A number below zero is kept as text, so that it is reported together with everything else.
struct Time(Key);

impl<'de> DeserializeSeed<'de> for Time {
    type Value = OwnedMaxAge;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<OwnedMaxAge, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Time {
    type Value = OwnedMaxAge;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seconds, or a text such as \"10m\", for `{}`", self.0)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<OwnedMaxAge, E> {
        Ok(OwnedMaxAge::Seconds(seconds))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<OwnedMaxAge, E> {
        match u64::try_from(seconds) {
            Ok(seconds) => self.visit_u64(seconds),
            Err(_) => self.visit_str(&seconds.to_string()),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<OwnedMaxAge, E> {
        Ok(OwnedMaxAge::Text(text.into()))
    }
}

struct Status(Key);

impl<'de> DeserializeSeed<'de> for Status {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Status {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a status from 200 to 299 for `{}`", self.0)
    }

    fn visit_u64<E: Error>(self, status: u64) -> Result<u64, E> {
        Ok(status)
    }

    fn visit_i64<E: Error>(self, status: i64) -> Result<u64, E> {
        u64::try_from(status).map_err(|_| E::invalid_value(Unexpected::Signed(status), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        Err(not_text(text, &self))
    }
}

/// One exception or a list of them.
struct Exceptions(Key);

impl<'de> DeserializeSeed<'de> for Exceptions {
    type Value = AllowSet;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<AllowSet, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Exceptions {
    type Value = AllowSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list for `{}` of", self.0)?;
        for (i, allow) in Allow::ALL.iter().enumerate() {
            write!(f, "{} \"{}\"", if i == 0 { "" } else { "," }, allow.name())?;
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<AllowSet, E> {
        match Allow::find(name) {
            Some(allow) => Ok(AllowSet::of(&[allow])),
            None => Err(self.unknown(name)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<AllowSet, A::Error> {
        let (mut exceptions, mut index) = (AllowSet::EMPTY, 0);
        while let Some(name) = entries.next_element_seed(Entry(self.0, index))? {
            match Allow::find(&name) {
                Some(allow) => exceptions.insert(allow),
                None => return Err(self.unknown(&name)),
            }
            index += 1;
        }
        Ok(exceptions)
    }
}

impl Exceptions {
    fn unknown<E: Error>(&self, name: &str) -> E {
        let name = Text::<1024>::new().push_visible(name);
        E::invalid_value(Unexpected::Str(name.as_str()), self)
    }
}

/// Writes the keys that say something. What is written reads back as an equal policy, but for
/// [`Policy::deny`], which names no origins and which no file can say.
///
/// ```
/// use cors_core::Policy;
///
/// let policy = Policy::builder().origins("*").max_age("1h").build().unwrap();
/// assert_eq!(serde_json::to_string(&policy).unwrap(), r#"{"origins":"*","max_age":3600}"#);
/// ```
impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for &key in Key::ALL {
            let name = key.name();
            match self.declaration.get(key) {
                ValueRef::List(list) if list.is_empty() => {}
                ValueRef::List(list) => map.serialize_entry(name, list)?,
                ValueRef::Flag(false) => {}
                ValueRef::Flag(true) => map.serialize_entry(name, &true)?,
                ValueRef::MaxAge(None) => {}
                ValueRef::MaxAge(Some(seconds)) => map.serialize_entry(name, seconds)?,
                ValueRef::Status(&Policy::PREFLIGHT_STATUS) => {}
                ValueRef::Status(status) => map.serialize_entry(name, status)?,
                ValueRef::Exceptions(exceptions) if exceptions.is_empty() => {}
                ValueRef::Exceptions(exceptions) => {
                    let names: Vec<_> = exceptions.iter().map(Allow::name).collect();
                    map.serialize_entry(name, &names)?;
                }
            }
        }
        map.end()
    }
}

impl Serialize for List {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_any() { serializer.serialize_str("*") } else { serializer.collect_seq(self.iter()) }
    }
}
