//! The judge of declared policies.
//!
//! The judge is a `const fn` that reads plain text, so that the same code judges a literal in an attribute, a constant, a
//! call of the builder and a line of a configuration file.

use crate::const_text::{after, ends_with, equal, find, is_token};
use crate::fetch_standard::{headers, methods};
use crate::origin::pattern::OriginPattern;
#[cfg(feature = "public-suffix")]
use crate::origin::public_suffix;
use crate::policy::declaration::{Borrowed, Declaration, ValueRef};
use crate::policy::exception::Allow;
use crate::policy::key::Key;
use crate::policy::max_age::MaxAge;
use crate::rules::rule::{Rule, RuleSet};
use crate::rules::violation::Violation;

impl Declaration<Borrowed<'_>> {
    /// Every violation, in the order of the keys. `lints` is `true` in the macros only (see
    /// [`Class::Lint`](crate::Class::Lint)).
    #[doc(hidden)]
    pub fn violations(&self, lints: bool) -> Vec<Violation> {
        let mut violations = Vec::new();
        for &key in Key::ALL {
            for rule in self.judge_key(key).iter() {
                violations.push(Violation::new(rule, key, None, self.value(key)));
            }
            for (index, entry) in self.list(key).iter().enumerate() {
                for rule in self.judge_entry(key, index, lints).iter() {
                    violations.push(Violation::new(rule, key, Some(index), *entry));
                }
                violations.extend(self.public_suffix_violation(key, index));
            }
        }
        violations
    }

    /// The violations of [`Rule::CredentialsPublicSuffix`]. It is the one rule that the compiler cannot evaluate,
    /// because the public suffix list cannot be used in a `const fn`.
    pub(crate) fn public_suffix_violations(&self) -> Vec<Violation> {
        let origins = 0..self.origins.len();
        origins.filter_map(|index| self.public_suffix_violation(Key::Origins, index)).collect()
    }

    fn public_suffix_violation(&self, key: Key, index: usize) -> Option<Violation> {
        if key != Key::Origins || !self.credentials {
            return None;
        }
        let origin = self.origins[index];
        let pattern = OriginPattern::parse(origin).ok()?;
        let rule = Rule::CredentialsPublicSuffix;
        self.covers_public_suffix(&pattern).then(|| Violation::new(rule, key, Some(index), origin))
    }

    /// Whether `pattern` breaks [`Rule::CredentialsPublicSuffix`].
    #[cfg(feature = "public-suffix")]
    fn covers_public_suffix(&self, pattern: &OriginPattern<'_>) -> bool {
        self.credentials
            && !self.allow.has(Allow::PublicSuffixes)
            && pattern.subdomains_of().is_some_and(public_suffix::has_foreign_subdomains)
    }

    #[cfg(not(feature = "public-suffix"))]
    fn covers_public_suffix(&self, _: &OriginPattern<'_>) -> bool {
        false
    }

    /// The value of `key` as a whole, for a message.
    fn value(&self, key: Key) -> String {
        match self.get(key) {
            ValueRef::List(list) => list.join(", "),
            ValueRef::Flag(flag) => flag.to_string(),
            ValueRef::MaxAge(None) | ValueRef::Status(None) => String::new(),
            ValueRef::MaxAge(Some(MaxAge::Seconds(seconds))) => seconds.to_string(),
            ValueRef::MaxAge(Some(MaxAge::Text(text))) => (*text).into(),
            ValueRef::Status(Some(status)) => status.to_string(),
            ValueRef::Exceptions(exceptions) => {
                exceptions.iter().map(Allow::name).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The rules that `key` breaks as a whole.
    pub(crate) const fn judge_key(&self, key: Key) -> RuleSet {
        let none = RuleSet::EMPTY;
        match key {
            Key::Origins => none.with(Rule::OriginMissing, self.origins.is_empty()),
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
            Key::Credentials | Key::Methods | Key::Headers | Key::Expose | Key::Enforce | Key::Allow => none,
        }
    }

    /// The rules that entry `index` of `key` breaks. Lints are optional, because they compare every entry with every
    /// other entry.
    pub(crate) const fn judge_entry(&self, key: Key, index: usize, lints: bool) -> RuleSet {
        match key {
            Key::Origins => self.judge_origin(index, lints),
            Key::Except => self.judge_except(index, lints),
            Key::Methods => self.judge_method(index, lints),
            Key::Headers => self.judge_header(index, lints),
            Key::Expose => self.judge_expose(index, lints),
            Key::Credentials | Key::MaxAge | Key::Enforce | Key::PreflightStatus | Key::Allow => {
                RuleSet::EMPTY
            }
        }
    }

    const fn judge_origin(&self, index: usize, lints: bool) -> RuleSet {
        let none = RuleSet::EMPTY;
        match OriginPattern::parse(self.origins[index]) {
            Ok(pattern) => self.judge_pattern(index, &pattern, lints),
            Err(rule) => none.with(rule, true),
        }
    }

    /// The rules that entry `index` of `origins` breaks, apart from its syntax.
    const fn judge_pattern(&self, index: usize, pattern: &OriginPattern<'_>, lints: bool) -> RuleSet {
        let none = RuleSet::EMPTY;
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
                .with(Rule::OriginNull, !self.allow.has(Allow::NullOrigin))
                .with(Rule::OriginDuplicate, lints && stands_before(self.origins, index, false))
                .with(Rule::CredentialsNullOrigin, self.credentials);
        }
        let insecure = self.credentials && pattern.is_insecure() && !self.allow.has(Allow::InsecureOrigins);
        let rules = none.with(Rule::CredentialsInsecureOrigin, insecure);
        if lints { judge_repetition(rules, self.origins, index, pattern) } else { rules }
    }

    const fn judge_except(&self, index: usize, lints: bool) -> RuleSet {
        let none = RuleSet::EMPTY;
        match OriginPattern::parse(self.except[index]) {
            Ok(pattern) if pattern.is_any() => none.with(Rule::ExceptWithoutWildcard, true),
            // With `except`, `null` is always refused, so listing it has no effect.
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
        if has_wildcard_in_a_name(method) {
            return none.with(Rule::MethodWildcard, true);
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
        if has_wildcard_in_a_name(name) {
            return none.with(Rule::HeaderWildcard, true);
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
        if has_wildcard_in_a_name(name) {
            return none.with(Rule::ExposeWildcard, true);
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

#[cfg(feature = "tenants")]
impl<'a> Declaration<Borrowed<'a>> {
    /// The patterns of `origins`, if they break no rule. Each is parsed once, because a server may judge a million tenants
    /// when it starts.
    pub(crate) fn valid_origins(&self) -> Option<Vec<OriginPattern<'a>>> {
        let pattern = |(index, origin): (usize, &&'a str)| {
            let pattern = OriginPattern::parse(origin).ok()?;
            let is_valid = self.judge_pattern(index, &pattern, false).first().is_none()
                && !self.covers_public_suffix(&pattern);
            is_valid.then_some(pattern)
        };
        self.origins.iter().enumerate().map(pattern).collect()
    }
}

/// Whether the name contains a `*` and other characters, so that the `*` is not a wildcard.
const fn has_wildcard_in_a_name(name: &[u8]) -> bool {
    name.len() > 1 && find(name, b'*').is_some()
}

/// Whether the entry at `index` is the first `*`. A mixed list is reported once, at this entry. This keeps the cost
/// linear for a list of a million `*`.
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

/// Whether `list` has an entry, other than `*`, that `*` includes.
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

/// Whether the entry at `index` also occurs before `index`.
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

/// A cheap check whether `other` may cover `pattern`. Only wildcard patterns cover other patterns, and the end of both
/// has to be equal unless `other` matches any port.
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
        // Parsing takes the compiler milliseconds, and every entry is compared with every other entry.
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
