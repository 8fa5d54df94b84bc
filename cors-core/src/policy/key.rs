//! The keys of a policy: one vocabulary for the macros, the builder and serde.

/// What can be said in a policy, and in `#[cors(…)]`.
///
/// The macros' keys, the methods of [`Builder`](crate::Builder) and the serde fields have these names.
///
/// ```
/// use cors_core::Key;
///
/// assert_eq!(Key::MaxAge.name(), "max_age");
/// assert_eq!(Key::find("expose", Key::OF_A_POLICY), Some(Key::Expose));
/// // What other libraries call it, and a slip of the finger.
/// assert_eq!(Key::nearest("allowed_origins", Key::OF_A_POLICY), Some(Key::Origins));
/// assert_eq!(Key::nearest("credentails", Key::OF_A_POLICY), Some(Key::Credentials));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Key {
    /// Who may: origin patterns, or `*`.
    Origins,
    /// Who may not, where `origins` is `*`.
    Except,
    /// Whether requests may carry cookies, and pages may read what comes back.
    Credentials,
    /// The methods that a preflight grants.
    Methods,
    /// The request headers that a preflight grants.
    Headers,
    /// The response headers that a page may read.
    Expose,
    /// How long a browser may keep the answer to a preflight.
    MaxAge,
    /// Whether a refused cross-origin request is answered with 403 before the handler runs.
    Enforce,
    /// The status of a granted preflight.
    PreflightStatus,
    /// Exceptions from rules.
    Allow,
    /// `#[cors]` only: a function that is asked about other origins.
    OriginFn,
    /// `#[cors]` only: an `async` function that is asked about other origins.
    OriginAsync,
    /// `#[cors]` only: a named policy.
    Policy,
    /// `#[cors]` only: no cross-origin access at all.
    Deny,
}

impl Key {
    /// Every key, those of a policy first.
    pub const ALL: &[Key] = &[
        Key::Origins,
        Key::Except,
        Key::Credentials,
        Key::Methods,
        Key::Headers,
        Key::Expose,
        Key::MaxAge,
        Key::Enforce,
        Key::PreflightStatus,
        Key::Allow,
        Key::OriginFn,
        Key::OriginAsync,
        Key::Policy,
        Key::Deny,
    ];

    /// The keys of a policy: those of the builder and of serde.
    pub const OF_A_POLICY: &[Key] = Key::ALL.split_at(10).0;

    /// The key as it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Key::Origins => "origins",
            Key::Except => "except",
            Key::Credentials => "credentials",
            Key::Methods => "methods",
            Key::Headers => "headers",
            Key::Expose => "expose",
            Key::MaxAge => "max_age",
            Key::Enforce => "enforce",
            Key::PreflightStatus => "preflight_status",
            Key::Allow => "allow",
            Key::OriginFn => "origin_fn",
            Key::OriginAsync => "origin_async",
            Key::Policy => "policy",
            Key::Deny => "deny",
        }
    }

    /// The one of `keys` that is written `name`.
    pub fn find(name: &str, keys: &[Key]) -> Option<Key> {
        keys.iter().copied().find(|key| key.name() == name)
    }

    /// The one of `keys` that `name` was probably meant to be: what other CORS libraries call it, or a slip of the
    /// finger.
    pub fn nearest(name: &str, keys: &[Key]) -> Option<Key> {
        let name = name.to_ascii_lowercase().replace('-', "_");
        let also_known_as = match name.as_str() {
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
            "allowed_origin_fn" => Some(Key::OriginFn),
            "disable" | "disabled" | "none" => Some(Key::Deny),
            _ => None,
        };
        let known = also_known_as.filter(|key| keys.contains(key));
        known.or_else(|| {
            let distances = keys.iter().map(|&key| (edit_distance(&name, key.name()), key));
            let (distance, key) = distances.min_by_key(|(distance, _)| *distance)?;
            (distance <= key.name().len().div_ceil(3)).then_some(key)
        })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// How many letters to change to make one word of the other (Levenshtein). Words from outside are cut, since the
/// work grows with the product of the lengths.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(40).collect(), b.chars().collect());
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
    fn finds_the_key_that_was_meant() {
        for (written, meant) in [
            ("origin", Some(Key::Origins)),
            ("orgins", Some(Key::Origins)),
            ("allowed_origins", Some(Key::Origins)),
            ("credential", Some(Key::Credentials)),
            ("max-age", Some(Key::MaxAge)),
            ("maxAge", Some(Key::MaxAge)),
            ("header", Some(Key::Headers)),
            ("expose_headers", Some(Key::Expose)),
            ("dney", Some(Key::Deny)),
            ("colour", None),
        ] {
            assert_eq!(Key::nearest(written, Key::ALL), meant, "{written}");
        }
        assert_eq!(Key::nearest("dney", Key::OF_A_POLICY), None);
    }
}
