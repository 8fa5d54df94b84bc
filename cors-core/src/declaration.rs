//! A policy as it was declared, and the judge of it.
//!
//! The judge is a `const fn` over plain text, so that one piece of code gives the verdict on a literal in an attribute, a
//! constant, a call of the builder and a line of a configuration file.

use crate::headers;
use crate::key::Key;
use crate::max_age::MaxAge;
use crate::methods;
use crate::origin_pattern::OriginPattern;
use crate::rules::{Rule, RuleSet};
use crate::text::{after, ends_with, equal, find, is_token};

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

    /// The rules that `key` breaks as a whole.
    pub(crate) const fn judge_key(&self, key: Key) -> RuleSet {
        let none = RuleSet::EMPTY;
        match key {
            Key::Origins => none.with(Rule::OriginMissing, self.origins.is_empty() && !self.dynamic),
            Key::Except => {
                let everyone = self.origins.len() == 1 && equal(self.origins[0].as_bytes(), b"*");
                none.with(Rule::ExceptWithoutWildcard, !self.except.is_empty() && !everyone)
            }
            Key::MaxAge => match self.max_age {
                Some(max_age) => match max_age.seconds() {
                    Ok(_) => none,
                    Err(rule) => none.with(rule, true),
                },
                None => none,
            },
            Key::PreflightStatus => match self.preflight_status {
                Some(status) => none.with(Rule::PreflightStatus, status < 200 || status > 299),
                None => none,
            },
            _ => none,
        }
    }

    /// The rules that entry `index` of `key` breaks; lints only if asked for, since they compare every entry with every
    /// other.
    pub(crate) const fn judge_entry(&self, key: Key, index: usize, lints: bool) -> RuleSet {
        match key {
            Key::Origins => self.judge_origin(index, lints),
            Key::Except => self.judge_except(index, lints),
            Key::Methods => self.judge_method(index, lints),
            Key::Headers => self.judge_header(index, lints),
            Key::Expose => self.judge_expose(index, lints),
            _ => RuleSet::EMPTY,
        }
    }

    const fn judge_origin(&self, index: usize, lints: bool) -> RuleSet {
        let none = RuleSet::EMPTY;
        let pattern = match OriginPattern::parse(self.origins[index]) {
            Ok(pattern) => pattern,
            Err(rule) => return none.with(rule, true),
        };
        if pattern.is_any() {
            return none
                .with(
                    Rule::OriginWildcardMixed,
                    is_first_wildcard(self.origins, index) && has_another(self.origins),
                )
                .with(Rule::OriginDuplicate, lints && stands_before(self.origins, index, false))
                .with(Rule::CredentialsAnyOrigin, self.credentials);
        }
        if pattern.is_null() {
            return none
                .with(Rule::OriginNull, !self.allows(Allow::NullOrigin))
                .with(Rule::OriginDuplicate, lints && stands_before(self.origins, index, false))
                .with(Rule::CredentialsNullOrigin, self.credentials);
        }
        let insecure = self.credentials && pattern.is_insecure() && !self.allows(Allow::InsecureOrigins);
        let rules = none.with(Rule::CredentialsInsecureOrigin, insecure);
        if lints { judge_repetition(rules, self.origins, index, &pattern) } else { rules }
    }

    const fn judge_except(&self, index: usize, lints: bool) -> RuleSet {
        let none = RuleSet::EMPTY;
        match OriginPattern::parse(self.except[index]) {
            Ok(pattern) if pattern.is_any() => none.with(Rule::ExceptWithoutWildcard, true),
            // Under `except`, `null` is refused without being named.
            Ok(pattern) if pattern.is_null() => none.with(Rule::OriginRedundant, lints),
            Ok(pattern) if lints => judge_repetition(none, self.except, index, &pattern),
            Ok(_) => none,
            Err(rule) => none.with(rule, true),
        }
    }

    const fn judge_method(&self, index: usize, lints: bool) -> RuleSet {
        let (none, method) = (RuleSet::EMPTY, self.methods[index].as_bytes());
        if !is_token(method) {
            return none.with(Rule::MethodSyntax, true);
        }
        if methods::is_forbidden(method) {
            return none.with(Rule::MethodForbidden, true);
        }
        none.with(Rule::MethodCase, methods::is_in_wrong_case(method))
            .with(Rule::MethodDuplicate, lints && stands_before(self.methods, index, false))
            .with(
                Rule::MethodWildcardMixed,
                is_first_wildcard(self.methods, index) && has_another(self.methods),
            )
    }

    const fn judge_header(&self, index: usize, lints: bool) -> RuleSet {
        let (none, name) = (RuleSet::EMPTY, self.headers[index].as_bytes());
        if !is_token(name) {
            return none.with(Rule::HeaderSyntax, true);
        }
        if headers::is_forbidden_request(name) {
            return none.with(Rule::HeaderForbidden, true);
        }
        none.with(Rule::HeaderProtocol, headers::is_protocol_response(name))
            .with(Rule::HeaderDuplicate, lints && stands_before(self.headers, index, true))
            .with(
                Rule::HeaderWildcardMixed,
                is_first_wildcard(self.headers, index) && has_wildcard_name(self.headers),
            )
    }

    const fn judge_expose(&self, index: usize, lints: bool) -> RuleSet {
        let (none, name) = (RuleSet::EMPTY, self.expose[index].as_bytes());
        if !is_token(name) {
            return none.with(Rule::ExposeSyntax, true);
        }
        none.with(Rule::ExposeForbidden, headers::is_forbidden_response(name))
            .with(Rule::ExposeProtocol, headers::is_protocol_of_no_use_to_a_page(name))
            .with(Rule::ExposeDuplicate, lints && stands_before(self.expose, index, true))
            .with(Rule::ExposeSafelisted, lints && headers::is_safelisted_response(name))
            .with(
                Rule::ExposeWildcardMixed,
                is_first_wildcard(self.expose, index) && has_another(self.expose),
            )
    }
}

/// Whether the entry at `index` is `*`, and none before it. A mixed list is reported there, once; that keeps the judge
/// linear in a list of a million `*`.
const fn is_first_wildcard(list: &[&str], index: usize) -> bool {
    if !equal(list[index].as_bytes(), b"*") {
        return false;
    }
    let mut i = index;
    while i > 0 {
        i -= 1;
        if equal(list[i].as_bytes(), b"*") {
            return false;
        }
    }
    true
}

/// Whether `list` has an entry that is not `*`.
const fn has_another(list: &[&str]) -> bool {
    let mut i = 0;
    while i < list.len() {
        if !equal(list[i].as_bytes(), b"*") {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `*` would grant an entry of `list` anyway.
const fn has_wildcard_name(list: &[&str]) -> bool {
    let mut i = 0;
    while i < list.len() {
        let name = list[i].as_bytes();
        if !equal(name, b"*") && !headers::is_non_wildcard_request(name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether the entry at `index` stands further up too.
const fn stands_before(list: &[&str], index: usize, ignore_case: bool) -> bool {
    let entry = list[index].as_bytes();
    let mut i = 0;
    while i < index {
        let other = list[i].as_bytes();
        if equal(other, entry) || (ignore_case && other.eq_ignore_ascii_case(entry)) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `other` may be a pattern that covers more than itself, `pattern` too. Only a wildcard does, and it covers what
/// ends as it does, unless it is for any port.
const fn may_cover(other: &[u8], pattern: &[u8]) -> bool {
    match find(other, b'*') {
        Some(star) => ends_with(other, b":*") || ends_with(pattern, after(other, star + 1)),
        None => false,
    }
}

const fn judge_repetition(
    rules: RuleSet,
    list: &[&str],
    index: usize,
    pattern: &OriginPattern<'_>,
) -> RuleSet {
    if stands_before(list, index, false) {
        return rules.with(Rule::OriginDuplicate, true);
    }
    let mut i = 0;
    while i < list.len() {
        // To parse takes the compiler milliseconds, and every entry is compared with every other.
        if may_cover(list[i].as_bytes(), pattern.as_str().as_bytes())
            && let Ok(other) = OriginPattern::parse(list[i])
            && !other.is_any()
            && !equal(list[i].as_bytes(), pattern.as_str().as_bytes())
            && other.covers(pattern)
        {
            return rules.with(Rule::OriginRedundant, true);
        }
        i += 1;
    }
    rules
}
