//! The arguments of the builder's methods: one text or a collection of texts, and times.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use crate::policy::declaration::OwnedMaxAge;
use crate::policy::max_age::MaxAge;

/// One text or a collection of texts, for the lists of [`Builder`](crate::Builder): `"*"`, `["a", "b"]`, a
/// `Vec<String>`, a `HashSet<String>`, …
///
/// An iterator has to be collected first: `.collect::<Vec<_>>()`.
///
/// ```
/// use std::collections::BTreeSet;
/// use cors_core::Policy;
///
/// let tenants: BTreeSet<String> = ["https://a.example".into(), "https://b.example".into()].into();
/// let policy = Policy::builder().origins(&tenants).headers("content-type").methods(&["PUT", "DELETE"]).build()?;
/// assert_eq!(policy.origins().len(), 2);
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a text nor a collection of texts",
    label = "expected a text, an array, a slice, a `Vec`, a `HashSet` or a `BTreeSet` of texts",
    note = "an iterator has to be collected first: `.collect::<Vec<_>>()`",
    note = "texts that are separated by commas: `origins_from_str`, `methods_from_str`, `headers_from_str`"
)]
pub trait IntoTexts {
    #[doc(hidden)]
    fn into_texts(self) -> Vec<String>;
}

macro_rules! one_text {
    ($($type:ty),*) => {$(
        impl IntoTexts for $type {
            fn into_texts(self) -> Vec<String> {
                vec![self.into()]
            }
        }
    )*};
}

one_text!(&str, String, &String, Cow<'_, str>, Box<str>);

macro_rules! texts {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> IntoTexts for $type {
            fn into_texts(self) -> Vec<String> {
                self.into_iter().map(Into::into).collect()
            }
        }
    )*};
}

texts!(
    [T: Into<String>, const N: usize] [T; N],
    [T: Into<String>] Vec<T>,
    [T: Into<String>] Box<[T]>,
    [T: Into<String>] BTreeSet<T>,
);

macro_rules! borrowed_texts {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> IntoTexts for $type {
            fn into_texts(self) -> Vec<String> {
                self.iter().map(|text| text.as_ref().into()).collect()
            }
        }
    )*};
}

borrowed_texts!(
    [T: AsRef<str>, const N: usize] &[T; N],
    [T: AsRef<str>] &[T],
    [T: AsRef<str>] &Vec<T>,
    [T: AsRef<str>] &BTreeSet<T>,
);

/// The texts are sorted, because a `HashSet` has no order, and messages and answers should be the same in each run.
impl<T: Into<String>, S> IntoTexts for HashSet<T, S> {
    fn into_texts(self) -> Vec<String> {
        let mut texts: Vec<String> = self.into_iter().map(Into::into).collect();
        texts.sort_unstable();
        texts
    }
}

impl<T: AsRef<str>, S> IntoTexts for &HashSet<T, S> {
    fn into_texts(self) -> Vec<String> {
        let mut texts: Vec<String> = self.iter().map(|text| text.as_ref().into()).collect();
        texts.sort_unstable();
        texts
    }
}

/// Splits a line at its commas. White space around a text and empty texts are ignored.
pub(crate) fn split_at_commas(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(str::trim).filter(|text| !text.is_empty())
}

/// An optional time for [`Builder::max_age`](crate::Builder::max_age): seconds as a `u32`, `i32`, `u64` or `usize`, a
/// [`Duration`], text such as `"10m"` or `"600"`, and an `Option` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time",
    label = "expected seconds, a `Duration`, text such as \"10m\", or an `Option` of these"
)]
pub trait IntoMaxAge {
    #[doc(hidden)]
    fn into_max_age(self) -> Option<OwnedMaxAge>;
}

macro_rules! seconds {
    ($($type:ty),*) => {$(
        impl IntoMaxAge for $type {
            fn into_max_age(self) -> Option<OwnedMaxAge> {
                // A negative number is kept as text, so that `build` reports it.
                Some(match u64::try_from(self) {
                    Ok(seconds) => OwnedMaxAge::Seconds(seconds),
                    Err(_) => OwnedMaxAge::Text(self.to_string()),
                })
            }
        }
    )*};
}

seconds!(u32, i32, u64, usize);

impl IntoMaxAge for Duration {
    fn into_max_age(self) -> Option<OwnedMaxAge> {
        Some(OwnedMaxAge::Seconds(self.as_secs()))
    }
}

impl IntoMaxAge for &str {
    fn into_max_age(self) -> Option<OwnedMaxAge> {
        Some(OwnedMaxAge::from_text(self))
    }
}

impl IntoMaxAge for String {
    fn into_max_age(self) -> Option<OwnedMaxAge> {
        self.as_str().into_max_age()
    }
}

impl IntoMaxAge for &String {
    fn into_max_age(self) -> Option<OwnedMaxAge> {
        self.as_str().into_max_age()
    }
}

impl IntoMaxAge for MaxAge<'_> {
    fn into_max_age(self) -> Option<OwnedMaxAge> {
        match self {
            MaxAge::Seconds(seconds) => seconds.into_max_age(),
            MaxAge::Text(text) => text.into_max_age(),
        }
    }
}

impl<T: IntoMaxAge> IntoMaxAge for Option<T> {
    fn into_max_age(self) -> Option<OwnedMaxAge> {
        self.and_then(T::into_max_age)
    }
}
