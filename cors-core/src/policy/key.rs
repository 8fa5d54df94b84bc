//! The keys of a policy: one vocabulary for the macros, the builder and files.

/// The table of the keys. Each line has the documentation of a key, its variant of [`Key`], its name, the kind of its
/// value (a type of [`Storage`](crate::policy::declaration::Storage)), and how it is written in a macro.
macro_rules! table_of_keys {
    ($callback:ident) => {
        $callback! {
            /// The origins that are granted access: origin patterns, or `*`.
            Origins origins List "origins = [\"https://app.example.com\"], or origins = \"*\" for everyone";
            /// The origins that are refused where `origins` is `*`.
            Except except List "except = [\"https://refused.example\"]";
            /// Whether requests may carry credentials, and pages may read the responses to them.
            Credentials credentials Flag "credentials, without a value";
            /// The methods that a preflight grants.
            Methods methods List "methods = [\"PUT\", \"DELETE\"]";
            /// The request headers that a preflight grants.
            Headers headers List "headers = [\"content-type\"]";
            /// The response headers that a page may read.
            Expose expose List "expose = [\"x-total-count\"]";
            /// How long a browser may keep the answer to a preflight.
            MaxAge max_age MaxAge "max_age = 600, or max_age = \"10m\"";
            /// Whether a refused cross-origin request is answered with 403 before the handler runs.
            Enforce enforce Flag "enforce, without a value";
            /// The status of a granted preflight.
            PreflightStatus preflight_status Status "preflight_status = 200";
            /// Exceptions from rules.
            Allow allow Exceptions
                "allow(insecure_origins); the other exceptions are public_suffixes and null_origin";
        }
    };
}
pub(crate) use table_of_keys;

macro_rules! key {
    ($($(#[doc = $doc:literal])* $variant:ident $name:ident $kind:ident $example:literal;)*) => {
        /// A key of a policy.
        ///
        /// The macros' keys, the methods of [`Builder`](crate::Builder) and the keys of configuration files have these
        /// names.
        ///
        /// ```
        /// use cors_core::Key;
        ///
        /// assert_eq!(Key::MaxAge.name(), "max_age");
        /// assert_eq!(Key::find("expose"), Some(Key::Expose));
        /// // The name in other libraries, and a misspelling.
        /// assert_eq!(Key::nearest("allowed_origins"), Some(Key::Origins));
        /// assert_eq!(Key::nearest("credentails"), Some(Key::Credentials));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Key {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Key {
            /// Every key, in the order in which violations are reported.
            pub const ALL: &[Key] = &[$(Key::$variant,)*];

            /// The key as it is written.
            pub const fn name(self) -> &'static str {
                match self { $(Key::$variant => stringify!($name),)* }
            }

            /// What the key declares, in one sentence.
            ///
            /// ```
            /// use cors_core::Key;
            ///
            /// assert_eq!(Key::Origins.description(), "The origins that are granted access: origin patterns, or `*`.");
            /// ```
            pub const fn description(self) -> &'static str {
                match self { $(Key::$variant => concat!($($doc)*).trim_ascii(),)* }
            }

            /// The name of the enum's variant, for the code that the macros generate.
            #[doc(hidden)]
            pub const fn variant(self) -> &'static str {
                match self { $(Key::$variant => stringify!($variant),)* }
            }

            /// How the key is written in a macro, for help lines.
            #[doc(hidden)]
            pub const fn example(self) -> &'static str {
                match self { $(Key::$variant => $example,)* }
            }
        }
    };
}

table_of_keys!(key);

impl Key {
    /// The key with this name.
    pub fn find(name: &str) -> Option<Key> {
        Key::ALL.iter().copied().find(|key| key.name() == name)
    }

    /// The key that was probably intended with `name`, which is a misspelling or the name in another CORS library.
    pub fn nearest(name: &str) -> Option<Key> {
        let name = name.to_ascii_lowercase().replace('-', "_");
        let elsewhere = match name.as_str() {
            "allow_origin" | "allow_origins" | "allowed_origin" | "allowed_origins" | "origin_patterns"
            | "originpatterns" => Some(Key::Origins),
            "allow_credentials" | "allowcredentials" | "supports_credentials" | "credentialed" => {
                Some(Key::Credentials)
            }
            "allow_methods" | "allowed_methods" | "method" => Some(Key::Methods),
            "allow_headers" | "allowed_headers" | "request_headers" => Some(Key::Headers),
            "expose_headers" | "exposed_headers" | "response_headers" => Some(Key::Expose),
            "maxage" | "max_age_in_seconds" | "ttl" => Some(Key::MaxAge),
            "block_on_origin_mismatch" | "strict" => Some(Key::Enforce),
            _ => None,
        };
        elsewhere.or_else(|| Key::find(nearest_word(&name, Key::ALL.iter().map(|key| key.name()))?))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// The word that was probably intended with the misspelling `written`, if there is one. At most a third of its
/// letters differ.
#[doc(hidden)]
pub fn nearest_word<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_ascii_lowercase().replace('-', "_");
    let distances = words.into_iter().map(|word| (edit_distance(&written, word), word));
    let (distance, word) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= word.len().div_ceil(3)).then_some(word)
}

/// The number of letters to insert, remove or replace to turn one word into the other (Levenshtein distance). The cost
/// is proportional to the product of the lengths, and `written` may come from a client, so only its first 40 characters
/// are read.
pub(crate) fn edit_distance(written: &str, word: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (written.chars().take(40).collect(), word.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_intended_key() {
        for (written, meant) in [
            ("origin", Some(Key::Origins)),
            ("orgins", Some(Key::Origins)),
            ("allowed_origins", Some(Key::Origins)),
            ("credential", Some(Key::Credentials)),
            ("max-age", Some(Key::MaxAge)),
            ("maxAge", Some(Key::MaxAge)),
            ("header", Some(Key::Headers)),
            ("expose_headers", Some(Key::Expose)),
            ("colour", None),
        ] {
            assert_eq!(Key::nearest(written), meant, "{written}");
        }
    }
}
