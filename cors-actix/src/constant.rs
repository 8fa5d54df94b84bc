//! Constants in the macros. The type of a constant decides which values it may be used for.
//!
//! A macro sees the path of a constant, but not its type. So the generated code calls a method that is implemented for each
//! allowed type. For other types, the method of [`UnknownConstant`] is called, which only reports the type.

use std::time::Duration;

use cors_core::MaxAge;

/// A constant that is the value of a key.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Constant<T: 'static>(pub &'static T);

impl Constant<&'static str> {
    pub const fn cors_list(self) -> &'static [&'static str] {
        std::slice::from_ref(self.0)
    }

    pub const fn cors_max_age(self) -> MaxAge<'static> {
        MaxAge::Text(self.0)
    }
}

impl Constant<&'static [&'static str]> {
    pub const fn cors_list(self) -> &'static [&'static str] {
        self.0
    }
}

impl<const N: usize> Constant<&'static [&'static str; N]> {
    pub const fn cors_list(self) -> &'static [&'static str] {
        *self.0
    }
}

impl<const N: usize> Constant<[&'static str; N]> {
    pub const fn cors_list(self) -> &'static [&'static str] {
        self.0
    }
}

macro_rules! seconds {
    ($($integer:ty)*) => {$(
        impl Constant<$integer> {
            pub const fn cors_max_age(self) -> MaxAge<'static> {
                #[allow(unused_comparisons)]
                let is_negative = *self.0 < 0;
                // A time cannot be negative. The judge refuses this value.
                MaxAge::Seconds(if is_negative { u64::MAX } else { *self.0 as u64 })
            }
        }
    )*};
}

seconds!(u8 u16 u32 u64 usize i32 i64);

impl Constant<Duration> {
    pub const fn cors_max_age(self) -> MaxAge<'static> {
        MaxAge::Seconds(self.0.as_secs())
    }
}

/// A constant of a type that no key accepts. Its methods are never called, because their bounds cause the compile
/// error.
#[doc(hidden)]
pub trait UnknownConstant: Sized {
    type Value;

    fn cors_list(self) -> &'static [&'static str]
    where
        Self::Value: List,
    {
        &[]
    }

    fn cors_max_age(self) -> MaxAge<'static>
    where
        Self::Value: Time,
    {
        MaxAge::Seconds(0)
    }
}

impl<T> UnknownConstant for Constant<T> {
    type Value = T;
}

/// No type implements this trait. It has the message about a constant that is not a list.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a constant of type `{Self}` is not a list of strings",
    label = "expected a `&str`, a `&[&str]` or a `[&str; N]`"
)]
pub trait List {}

/// No type implements this trait. It has the message about a constant that is not a time.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a constant of type `{Self}` is not a time",
    label = "expected a number of seconds, a `Duration`, or a `&str` such as \"10m\""
)]
pub trait Time {}
