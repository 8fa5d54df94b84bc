//! A policy as it was declared, before it is judged.

use crate::policy::key::Key;
use crate::policy::max_age::MaxAge;

/// An exception from a rule, said in so many words.
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
    /// `http` origins with credentials: [`Rule::CredentialsInsecureOrigin`].
    InsecureOrigins,
    /// All names below a public suffix with credentials: [`Rule::CredentialsPublicSuffix`].
    PublicSuffixes,
    /// `null` as an origin: [`Rule::OriginNull`].
    NullOrigin,
}

impl Allow {
    /// Every exception.
    pub const ALL: &[Allow] = &[Allow::InsecureOrigins, Allow::PublicSuffixes, Allow::NullOrigin];

    /// The exception as it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Allow::InsecureOrigins => "insecure_origins",
            Allow::PublicSuffixes => "public_suffixes",
            Allow::NullOrigin => "null_origin",
        }
    }

    /// The exception that is written `name`.
    pub fn find(name: &str) -> Option<Allow> {
        Allow::ALL.iter().copied().find(|allow| allow.name() == name)
    }
}

/// A policy as text, before it is judged: what the macros generate and what the builder collects.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Declaration<'a> {
    pub origins: &'a [&'a str],
    pub except: &'a [&'a str],
    pub credentials: bool,
    pub methods: &'a [&'a str],
    pub headers: &'a [&'a str],
    pub expose: &'a [&'a str],
    pub max_age: Option<MaxAge<'a>>,
    pub enforce: bool,
    pub preflight_status: Option<u64>,
    pub allow: &'a [Allow],
    /// Whether a function is asked about origins, so that `origins` may be left out.
    pub dynamic: bool,
}

impl<'a> Declaration<'a> {
    #[doc(hidden)]
    pub const EMPTY: Declaration<'a> = Declaration {
        origins: &[],
        except: &[],
        credentials: false,
        methods: &[],
        headers: &[],
        expose: &[],
        max_age: None,
        enforce: false,
        preflight_status: None,
        allow: &[],
        dynamic: false,
    };

    pub(crate) const fn allows(&self, allow: Allow) -> bool {
        let mut i = 0;
        while i < self.allow.len() {
            if self.allow[i] as u8 == allow as u8 {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The entries of `key`, where it is a list.
    pub(crate) const fn list(&self, key: Key) -> &'a [&'a str] {
        match key {
            Key::Origins => self.origins,
            Key::Except => self.except,
            Key::Methods => self.methods,
            Key::Headers => self.headers,
            Key::Expose => self.expose,
            _ => &[],
        }
    }
}
