//! Policies from files and from the environment: TOML, JSON, YAML, and every other format with maps.
//!
//! ```toml
//! origins = ["https://app.example.com", "https://*.partner.example"]
//! headers = "content-type"
//! credentials = true
//! max_age = "10m"
//! allow = ["insecure_origins"]
//! ```
//!
//! The keys are those of the macros and of the builder. A file is read into a [`Builder`], which can contain invalid
//! values, and is then judged like any other policy: a program that needs the [`Violations`](crate::Violations) as data
//! reads a `Builder`, and a program that needs only a message reads a [`Policy`].

use std::fmt;

use ::serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use ::serde::ser::{SerializeMap, Serializer};
use ::serde::{Deserialize, Serialize};

use crate::const_text::Text;
use crate::policy::builder::Builder;
use crate::policy::declaration::{Owned, OwnedMaxAge, ValueMut, ValueRef};
use crate::policy::exception::{Allow, AllowSet};
use crate::policy::key::Key;
use crate::policy::list::List;
use crate::policy::policy::Policy;
use crate::policy::values::split_at_commas;
use crate::rules::rule::Rule;
use crate::rules::syntax::Syntax;
use crate::rules::violation::Violation;

/// Reads a policy and judges it. The message of the error has a line with the path for each [`Violation`].
///
/// Every value may also be text, so that environment variables can be read: `true` and `false`, integers, and lists
/// with commas between the entries. White space around an entry is removed. Empty text and `null` mean that the key is
/// not given.
///
/// Use `Option<Policy>` for an optional policy. [`Policy`] has no `Default`, because a policy has to list the trusted
/// origins. Do not combine `Option` with `#[serde(flatten)]`: serde then turns every error into `None`. Flatten a
/// [`Builder`] instead, because it can be empty, and call [`Builder::build`].
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

/// Reads a policy without judging it. [`Builder::build`] then returns the [`Violations`](crate::Violations) as data.
/// Unknown keys, duplicate keys, and values of a kind that the key does not accept are errors.
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
        // With the names of the keys, `#[serde(flatten)]` passes on only these keys, so that two flattened structs work in
        // any order.
        deserializer.deserialize_struct("Policy", NAMES, PolicyVisitor)
    }
}

const NAMES: &[&str] = &{
    let (mut names, mut i) = ([""; Key::ALL.len()], 0);
    while i < names.len() {
        names[i] = Key::ALL[i].name();
        i += 1;
    }
    names
};

struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = Builder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the keys of a CORS policy, such as `origins`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Builder, A::Error> {
        let mut builder = Builder::default();
        builder.syntax = Syntax::File;
        let mut declared = Vec::new();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            if declared.contains(&key) {
                return Err(A::Error::custom(Violation::new(Rule::KeyDuplicate, key, None, key.name())));
            }
            declared.push(key);
            map.next_value_seed(Setting { key, value: builder.declaration.get_mut(key) })?;
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

/// The message of [`Rule::UnknownKey`], with the most similar key, or with all keys.
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

/// Sets the value of a key. In sources where everything is text, such as environment variables, numbers and flags are
/// texts, and a list is one text with commas. Empty text and `null` leave the value as it is.
struct Setting<'a> {
    key: Key,
    value: ValueMut<'a, Owned>,
}

impl<'de> DeserializeSeed<'de> for Setting<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Setting<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key;
        match &self.value {
            ValueMut::List(_) => write!(f, "a text or a list of texts for `{key}`"),
            ValueMut::Flag(_) => write!(f, "true or false for `{key}`"),
            ValueMut::MaxAge(_) => write!(f, "seconds, or a text such as \"10m\", for `{key}`"),
            ValueMut::Status(_) => write!(f, "a status from 200 to 299 for `{key}`"),
            ValueMut::Exceptions(_) => {
                write!(f, "a list for `{key}` of")?;
                for (i, allow) in Allow::ALL.iter().enumerate() {
                    write!(f, "{} \"{}\"", if i == 0 { "" } else { "," }, allow.name())?;
                }
                Ok(())
            }
        }
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        match self.value {
            ValueMut::Flag(value) => *value = flag,
            ValueMut::List(_) | ValueMut::MaxAge(_) | ValueMut::Status(_) | ValueMut::Exceptions(_) => {
                return Err(E::invalid_type(Unexpected::Bool(flag), &self));
            }
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match self.value {
            ValueMut::MaxAge(max_age) => *max_age = Some(OwnedMaxAge::Seconds(number)),
            ValueMut::Status(status) => *status = Some(number),
            ValueMut::List(_) | ValueMut::Flag(_) | ValueMut::Exceptions(_) => {
                return Err(E::invalid_type(Unexpected::Unsigned(number), &self));
            }
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        if let Ok(number) = u64::try_from(number) {
            return self.visit_u64(number);
        }
        match self.value {
            // A negative time is kept as text, so that it is reported together with the other violations.
            ValueMut::MaxAge(max_age) => *max_age = Some(OwnedMaxAge::Text(number.to_string())),
            ValueMut::Status(_) => return Err(E::invalid_value(Unexpected::Signed(number), &self)),
            ValueMut::List(_) | ValueMut::Flag(_) | ValueMut::Exceptions(_) => {
                return Err(E::invalid_type(Unexpected::Signed(number), &self));
            }
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if text.trim().is_empty() {
            return Ok(());
        }
        match (self.value, text) {
            (ValueMut::List(list), text) => *list = split_at_commas(text).map(String::from).collect(),
            (ValueMut::Flag(flag), "true") => *flag = true,
            (ValueMut::Flag(flag), "false") => *flag = false,
            (ValueMut::MaxAge(max_age), text) => *max_age = Some(OwnedMaxAge::from_text(text)),
            (ValueMut::Status(status), text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                *status = Some(text.parse().unwrap_or(u64::MAX));
            }
            (ValueMut::Exceptions(exceptions), text) => {
                *exceptions = AllowSet::EMPTY;
                for (index, name) in split_at_commas(text).enumerate() {
                    exceptions.insert(exception(self.key, index, name)?);
                }
            }
            (value @ (ValueMut::Flag(_) | ValueMut::Status(_)), text) => {
                // A readable part of the text.
                let shown = Text::<1024>::new().push_visible(text);
                return Err(E::invalid_type(Unexpected::Str(shown.as_str()), &Setting { value, ..self }));
            }
        }
        Ok(())
    }

    // The length that a file declares is not trusted. The list grows when an entry is read.
    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let key = self.key;
        match self.value {
            ValueMut::List(list) => {
                list.clear();
                while let Some(text) = entries.next_element_seed(Entry(key, list.len()))? {
                    list.push(text);
                }
            }
            ValueMut::Exceptions(exceptions) => {
                *exceptions = AllowSet::EMPTY;
                let mut index = 0;
                while let Some(name) = entries.next_element_seed(Entry(key, index))? {
                    exceptions.insert(exception(key, index, &name)?);
                    index += 1;
                }
            }
            ValueMut::Flag(_) | ValueMut::MaxAge(_) | ValueMut::Status(_) => {
                return Err(A::Error::invalid_type(Unexpected::Seq, &self));
            }
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The exception `name`, which is entry `index` of `key`.
fn exception<E: Error>(key: Key, index: usize, name: &str) -> Result<Allow, E> {
    Allow::find(name).ok_or_else(|| {
        let shown = Text::<1024>::new().push_visible(name);
        let known: Vec<_> = Allow::ALL.iter().map(|allow| allow.name()).collect();
        let near = Allow::nearest(name).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
        E::custom(format_args!(
            "{key}[{index}]: there is no exception \"{}\"; the exceptions are \"{}\"{near}",
            shown.as_str(),
            known.join("\", \""),
        ))
    })
}

/// One entry of a list, with its index for the message.
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

/// Writes the keys whose values differ from their defaults. Reading the result creates an equal policy. The one
/// exception is [`Policy::deny`], which has no origins and cannot be declared in a file.
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
