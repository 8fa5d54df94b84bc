//! Exceptions from rules: the values of `allow(…)`.

use crate::policy::key::nearest_word;

/// The table of the exceptions. A new exception needs one line here, and a check in the judge.
macro_rules! exceptions {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// An exception from a rule, which the policy has to declare explicitly.
        ///
        /// ```
        /// use cors_core::{Allow, Policy};
        ///
        /// let policy = Policy::builder()
        ///     .origins(["http://printer.internal"])
        ///     .credentials(true)
        ///     .allow([Allow::InsecureOrigins])
        ///     .build();
        /// assert!(policy.is_ok());
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Allow {
            $($(#[$doc])* $variant,)*
        }

        impl Allow {
            /// Every exception.
            pub const ALL: &[Allow] = &[$(Allow::$variant,)*];

            /// The exception as it is written in a policy.
            pub const fn name(self) -> &'static str {
                match self { $(Allow::$variant => $name,)* }
            }

            /// The name of the enum's variant, for the code that the macros generate.
            #[doc(hidden)]
            pub const fn variant(self) -> &'static str {
                match self { $(Allow::$variant => stringify!($variant),)* }
            }
        }
    };
}

exceptions! {
    /// Allows `http` origins with credentials: [`Rule::CredentialsInsecureOrigin`](crate::Rule::CredentialsInsecureOrigin).
    InsecureOrigins "insecure_origins";
    /// Allows patterns for all subdomains of a public suffix with credentials:
    /// [`Rule::CredentialsPublicSuffix`](crate::Rule::CredentialsPublicSuffix).
    PublicSuffixes "public_suffixes";
    /// Allows `null` as an origin: [`Rule::OriginNull`](crate::Rule::OriginNull).
    NullOrigin "null_origin";
}

impl Allow {
    /// The exception with this name.
    pub fn find(name: &str) -> Option<Allow> {
        Allow::ALL.iter().copied().find(|allow| allow.name() == name)
    }

    /// The name of the exception that is most similar to the misspelled `name`.
    #[doc(hidden)]
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest_word(name, Allow::ALL.iter().map(|allow| allow.name()))
    }
}

/// A set of exceptions, which can be stored in a constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
pub struct AllowSet(u32);

const _: () = assert!(Allow::ALL.len() <= 32, "an AllowSet holds 32 exceptions");

impl AllowSet {
    /// No exception.
    pub const EMPTY: AllowSet = AllowSet(0);

    /// The exceptions of `list`. It may contain duplicates.
    pub const fn of(list: &[Allow]) -> AllowSet {
        let (mut set, mut i) = (0, 0);
        while i < list.len() {
            set |= 1 << list[i] as u32;
            i += 1;
        }
        AllowSet(set)
    }

    /// Whether `allow` is in the set.
    pub const fn has(self, allow: Allow) -> bool {
        self.0 & 1 << allow as u32 != 0
    }

    /// Adds `allow`.
    pub fn insert(&mut self, allow: Allow) {
        self.0 |= 1 << allow as u32;
    }

    /// Whether the set has no exception.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The exceptions of the set, in the order of [`Allow::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Allow> {
        Allow::ALL.iter().copied().filter(move |&allow| self.has(allow))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_contains_exactly_the_inserted_exceptions() {
        for &allow in Allow::ALL {
            let set = AllowSet::of(&[allow, allow]);
            assert!(set.iter().eq([allow]) && !set.is_empty());
            for &other in Allow::ALL {
                assert_eq!(set.has(other), other == allow);
            }
            let mut inserted = AllowSet::EMPTY;
            inserted.insert(allow);
            assert_eq!(inserted, set);
        }
    }
}
