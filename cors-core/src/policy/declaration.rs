//! One declaration for the macros, the builder, files and the policy.
//!
//! All of them have a value for each [`Key`], but they store the values differently: as tokens in the macros, as
//! borrowed text for the judge, as owned text in the builder, and as checked values in a policy. So [`Declaration`]
//! has one field for each key, and its [`Storage`] defines the types of the fields.
//!
//! Code that treats all keys alike (printing, reading files, writing tokens) goes through [`Key::ALL`] and matches on
//! the kind of the value, so that it needs no line for a new key:
//!
//! ```
//! use cors_core::{AllowSet, Borrowed, Declaration, Key, ValueRef};
//!
//! let declaration: Declaration<Borrowed<'_>> =
//!     Declaration { origins: &["https://app.example.com"], credentials: true, ..Declaration::EMPTY };
//! let declared = Key::ALL.iter().filter(|&&key| match declaration.get(key) {
//!     ValueRef::List(list) => !list.is_empty(),
//!     ValueRef::Flag(flag) => *flag,
//!     ValueRef::MaxAge(max_age) => max_age.is_some(),
//!     ValueRef::Status(status) => status.is_some(),
//!     ValueRef::Exceptions(exceptions) => *exceptions != AllowSet::EMPTY,
//! });
//! assert!(declared.copied().eq([Key::Origins, Key::Credentials]));
//! ```

use std::convert::identity;
use std::fmt;
use std::marker::PhantomData;

use crate::policy::exception::AllowSet;
use crate::policy::key::{Key, table_of_keys};
use crate::policy::list::List;
use crate::policy::max_age::MaxAge;

/// The types of the fields of a [`Declaration`]. There is one type for each kind of key. The table in `key.rs`
/// contains the kind of every key.
#[doc(hidden)]
pub trait Storage {
    /// Origin patterns, methods or header names.
    type List;
    /// Whether the key is present.
    type Flag;
    /// An optional time.
    type MaxAge;
    /// The optional status of a granted preflight.
    type Status;
    /// A set of [`Allow`](crate::Allow).
    type Exceptions;
}

/// Borrowed values as they were declared. The judge reads them, in a constant or at run time.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Borrowed<'a>(PhantomData<&'a str>);

impl<'a> Storage for Borrowed<'a> {
    type List = &'a [&'a str];
    type Flag = bool;
    type MaxAge = Option<MaxAge<'a>>;
    type Status = Option<u64>;
    type Exceptions = AllowSet;
}

/// Owned values as they were declared, which need not be valid. The builder collects them.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Owned;

impl Storage for Owned {
    type List = Vec<String>;
    type Flag = bool;
    type MaxAge = Option<OwnedMaxAge>;
    type Status = Option<u64>;
    type Exceptions = AllowSet;
}

/// A [`MaxAge`] that owns its text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum OwnedMaxAge {
    /// Seconds.
    Seconds(u64),
    /// Text, such as `10m`.
    Text(String),
}

impl OwnedMaxAge {
    /// Parses a time. A text of digits is a number of seconds, because an environment variable has no numbers.
    pub(crate) fn from_text(text: &str) -> Self {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number that does not fit into 64 bits is far more than a day.
            OwnedMaxAge::Seconds(text.parse().unwrap_or(u64::MAX))
        } else {
            OwnedMaxAge::Text(text.into())
        }
    }

    /// The same time with borrowed text.
    pub fn borrow(&self) -> MaxAge<'_> {
        match self {
            OwnedMaxAge::Seconds(seconds) => MaxAge::Seconds(*seconds),
            OwnedMaxAge::Text(text) => MaxAge::Text(text),
        }
    }
}

/// Checked values, as a [`Policy`](crate::Policy) has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked;

impl Storage for Checked {
    type List = List;
    type Flag = bool;
    type MaxAge = Option<u32>;
    type Status = u16;
    type Exceptions = AllowSet;
}

/// The default status of a granted preflight.
pub(crate) const DEFAULT_PREFLIGHT_STATUS: u16 = 204;

/// A value of a [`Declaration`], by the kind of its key.
#[doc(hidden)]
pub enum ValueRef<'a, S: Storage> {
    /// Origin patterns, methods or header names.
    List(&'a S::List),
    /// Whether the key is present.
    Flag(&'a S::Flag),
    /// An optional time.
    MaxAge(&'a S::MaxAge),
    /// The optional status of a granted preflight.
    Status(&'a S::Status),
    /// Exceptions from rules.
    Exceptions(&'a S::Exceptions),
}

/// A value of a [`Declaration`] that can be changed, by the kind of its key.
#[doc(hidden)]
pub enum ValueMut<'a, S: Storage> {
    /// Origin patterns, methods or header names.
    List(&'a mut S::List),
    /// Whether the key is present.
    Flag(&'a mut S::Flag),
    /// An optional time.
    MaxAge(&'a mut S::MaxAge),
    /// The optional status of a granted preflight.
    Status(&'a mut S::Status),
    /// Exceptions from rules.
    Exceptions(&'a mut S::Exceptions),
}

/// Selects one of five expressions, in the order of [`Storage`], by the kind of a key.
macro_rules! for_kind {
    (List: $list:expr, $flag:expr, $max_age:expr, $status:expr, $exceptions:expr) => {
        $list
    };
    (Flag: $list:expr, $flag:expr, $max_age:expr, $status:expr, $exceptions:expr) => {
        $flag
    };
    (MaxAge: $list:expr, $flag:expr, $max_age:expr, $status:expr, $exceptions:expr) => {
        $max_age
    };
    (Status: $list:expr, $flag:expr, $max_age:expr, $status:expr, $exceptions:expr) => {
        $status
    };
    (Exceptions: $list:expr, $flag:expr, $max_age:expr, $status:expr, $exceptions:expr) => {
        $exceptions
    };
}

const fn checked_max_age(max_age: Option<MaxAge<'_>>) -> Option<u32> {
    match max_age {
        Some(max_age) => match max_age.seconds() {
            Ok(seconds) => Some(seconds),
            Err(_) => None,
        },
        None => None,
    }
}

const fn checked_status(status: Option<u64>) -> u16 {
    match status {
        Some(status) => status as u16,
        None => DEFAULT_PREFLIGHT_STATUS,
    }
}

macro_rules! declaration {
    ($($(#[$doc:meta])* $variant:ident $name:ident $kind:ident $example:literal;)*) => {
        /// A value for each [`Key`], stored as `S` defines.
        #[doc(hidden)]
        pub struct Declaration<S: Storage> {
            $($(#[$doc])* pub $name: S::$kind,)*
        }

        impl<S: Storage> Declaration<S> {
            /// The value of `key`.
            pub const fn get(&self, key: Key) -> ValueRef<'_, S> {
                match key { $(Key::$variant => ValueRef::$kind(&self.$name),)* }
            }

            /// The value of `key`, for changes.
            pub const fn get_mut(&mut self, key: Key) -> ValueMut<'_, S> {
                match key { $(Key::$variant => ValueMut::$kind(&mut self.$name),)* }
            }

            /// The same declaration in another storage. Each function converts the values of one kind. Its first
            /// argument is the key.
            pub fn map<'a, T: Storage>(
                &'a self,
                mut list: impl FnMut(Key, &'a S::List) -> T::List,
                mut flag: impl FnMut(Key, &'a S::Flag) -> T::Flag,
                mut max_age: impl FnMut(Key, &'a S::MaxAge) -> T::MaxAge,
                mut status: impl FnMut(Key, &'a S::Status) -> T::Status,
                mut exceptions: impl FnMut(Key, &'a S::Exceptions) -> T::Exceptions,
            ) -> Declaration<T> {
                Declaration {
                    $($name: for_kind!($kind: list, flag, max_age, status, exceptions)(Key::$variant, &self.$name),)*
                }
            }
        }

        impl<'a> Declaration<Borrowed<'a>> {
            /// Nothing is declared.
            pub const EMPTY: Self = Declaration { $($name: for_kind!($kind: &[], false, None, None, AllowSet::EMPTY),)* };
        }

        impl Declaration<Checked> {
            /// Converts the values of `declaration`, which has to be judged already.
            pub(crate) const fn of(declaration: &Declaration<Borrowed<'static>>) -> Self {
                Declaration {
                    $($name: for_kind!(
                        $kind: List::Static, identity, checked_max_age, checked_status, identity
                    )(declaration.$name),)*
                }
            }
        }

        impl<S: Storage> Clone for Declaration<S>
        where
            S::List: Clone,
            S::Flag: Clone,
            S::MaxAge: Clone,
            S::Status: Clone,
            S::Exceptions: Clone,
        {
            fn clone(&self) -> Self {
                Declaration { $($name: self.$name.clone(),)* }
            }
        }

        impl<S: Storage> Default for Declaration<S>
        where
            S::List: Default,
            S::Flag: Default,
            S::MaxAge: Default,
            S::Status: Default,
            S::Exceptions: Default,
        {
            fn default() -> Self {
                Declaration { $($name: Default::default(),)* }
            }
        }

        impl<S: Storage> PartialEq for Declaration<S>
        where
            S::List: PartialEq,
            S::Flag: PartialEq,
            S::MaxAge: PartialEq,
            S::Status: PartialEq,
            S::Exceptions: PartialEq,
        {
            fn eq(&self, other: &Self) -> bool {
                $(self.$name == other.$name)&&*
            }
        }

        impl<S: Storage> fmt::Debug for Declaration<S>
        where
            S::List: fmt::Debug,
            S::Flag: fmt::Debug,
            S::MaxAge: fmt::Debug,
            S::Status: fmt::Debug,
            S::Exceptions: fmt::Debug,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Declaration")$(.field(stringify!($name), &self.$name))*.finish()
            }
        }
    };
}

table_of_keys!(declaration);

impl Copy for Declaration<Borrowed<'_>> {}

impl<'a> Declaration<Borrowed<'a>> {
    /// The entries of `key`. The result is empty if the value of the key is not a list.
    pub(crate) const fn list(&self, key: Key) -> &'a [&'a str] {
        match self.get(key) {
            ValueRef::List(list) => list,
            ValueRef::Flag(_) | ValueRef::MaxAge(_) | ValueRef::Status(_) | ValueRef::Exceptions(_) => &[],
        }
    }
}

/// Lists of borrowed text, an intermediate form between owned and borrowed lists.
struct Texts<'a>(PhantomData<&'a str>);

impl<'a> Storage for Texts<'a> {
    type List = Vec<&'a str>;
    type Flag = bool;
    type MaxAge = Option<MaxAge<'a>>;
    type Status = Option<u64>;
    type Exceptions = AllowSet;
}

impl Declaration<Texts<'_>> {
    fn borrow(&self) -> Declaration<Borrowed<'_>> {
        self.map(
            |_, list| list.as_slice(),
            |_, flag| *flag,
            |_, max_age| *max_age,
            |_, status| *status,
            |_, exceptions| *exceptions,
        )
    }
}

impl Declaration<Owned> {
    /// Calls `read` with the same declaration as borrowed text.
    pub fn with_borrowed<R>(&self, read: impl FnOnce(&Declaration<Borrowed<'_>>) -> R) -> R {
        let texts: Declaration<Texts<'_>> = self.map(
            |_, list| list.iter().map(String::as_str).collect(),
            |_, flag| *flag,
            |_, max_age| max_age.as_ref().map(OwnedMaxAge::borrow),
            |_, status| *status,
            |_, exceptions| *exceptions,
        );
        read(&texts.borrow())
    }

    /// Converts the values, which have to be judged already.
    pub(crate) fn checked(&self) -> Declaration<Checked> {
        self.map(
            |_, list| List::from(list.as_slice()),
            |_, flag| *flag,
            |_, max_age| checked_max_age(max_age.as_ref().map(OwnedMaxAge::borrow)),
            |_, status| checked_status(*status),
            |_, exceptions| *exceptions,
        )
    }
}

impl Declaration<Checked> {
    /// Calls `read` with the same declaration as borrowed text.
    pub(crate) fn with_borrowed<R>(&self, read: impl FnOnce(&Declaration<Borrowed<'_>>) -> R) -> R {
        let texts: Declaration<Texts<'_>> = self.map(
            |_, list| list.iter().collect(),
            |_, flag| *flag,
            |_, max_age| max_age.map(|seconds| MaxAge::Seconds(seconds.into())),
            |_, status| Some((*status).into()),
            |_, exceptions| *exceptions,
        );
        read(&texts.borrow())
    }
}
