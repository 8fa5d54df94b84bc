//! The catalogue of rules, with the code, the class and the messages of each.

/// Where a rule applies.
///
/// ```
/// use cors_core::{Class, Rule};
///
/// assert_eq!(Rule::OriginPath.class(), Class::Error);
/// assert_eq!(Rule::OriginDuplicate.class(), Class::Lint);
/// assert_eq!(Rule::RouteMissing.class(), Class::Macro);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// At compile time and at run time.
    Error,
    /// In the macros only. At run time the same list is harmless, because lists from databases may contain duplicates.
    Lint,
    /// In the macros only: about attributes, keys and routes.
    Macro,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $class:ident $code:literal, $message:literal, $reason:literal, $help:literal;)*) => {
        /// One thing that makes a policy invalid.
        ///
        /// ```
        /// use cors_core::Rule;
        ///
        /// assert_eq!(Rule::CredentialsAnyOrigin.code(), "credentials-any-origin");
        /// assert_eq!(Rule::from_code("credentials-any-origin"), Some(Rule::CredentialsAnyOrigin));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// Every rule, in the order of their documentation.
            pub const ALL: &[Rule] = &[$(Rule::$name,)*];

            /// The code of the rule, for example `origin-path`. It does not change between versions.
            pub const fn code(self) -> &'static str {
                match self { $(Rule::$name => $code,)* }
            }

            /// Where the rule applies.
            pub const fn class(self) -> Class {
                match self { $(Rule::$name => Class::$class,)* }
            }

            /// What is wrong. `{}` is replaced by the value.
            pub(crate) const fn message(self) -> &'static str {
                match self { $(Rule::$name => $message,)* }
            }

            /// Why the rule matters, in a few words.
            pub const fn reason(self) -> &'static str {
                match self { $(Rule::$name => $reason,)* }
            }

            /// What to write instead, if no corrected value can be computed.
            pub const fn help(self) -> &'static str {
                match self { $(Rule::$name => $help,)* }
            }
        }
    };
}

rules! {
    /// `origins` is missing or empty.
    OriginMissing Error "origin-missing",
        "`origins` is missing or empty",
        "a policy without origins grants nothing",
        "name the origins: origins = [\"https://app.example.com\"], or origins = \"*\" for every origin";
    /// The scheme is missing, the text contains white space or a comma, or it is empty.
    OriginSyntax Error "origin-syntax",
        "`{}` is not an origin",
        "an origin consists of a scheme, `://`, a host and an optional port, and origins are compared byte by byte",
        "write one origin per entry: \"https://app.example.com\"";
    /// The text has a path, a query or a fragment. A trailing slash is a path.
    OriginPath Error "origin-path",
        "`{}` has a path, a query or a fragment after the host",
        "an origin has none of these, so this entry never matches",
        "remove everything after the host and the port: \"https://app.example.com\"";
    /// The text has a user name or a password.
    OriginUserinfo Error "origin-userinfo",
        "`{}` has a user name",
        "browsers never send a user name in an origin, so this entry never matches",
        "remove everything up to the `@`: \"https://app.example.com\"";
    /// The text has upper-case letters.
    OriginUppercase Error "origin-uppercase",
        "`{}` has upper-case letters",
        "browsers send origins in lower case, so this entry never matches",
        "write it in lower case";
    /// The text has characters outside ASCII.
    OriginUnicode Error "origin-unicode",
        "`{}` has characters outside ASCII",
        "browsers send international names in their `xn--` form, so this entry never matches",
        "write the host in its `xn--` form (punycode)";
    /// The host is not valid in DNS.
    OriginHost Error "origin-host",
        "`{}` does not have a valid host",
        "a label has 1 to 63 characters of `a-z`, `0-9`, `-` and `_`, and a host has at most 253 bytes and no trailing dot",
        "write the host in the form that a browser displays: \"https://app.example.com\"";
    /// The IPv4 address is not written as four decimal numbers.
    OriginIpv4 Error "origin-ipv4",
        "`{}` has an IPv4 address in a form that no browser sends",
        "browsers send four decimal numbers without leading zeros, so this entry never matches",
        "write four decimal numbers: \"http://127.0.0.1\"";
    /// The IPv6 address is not written in the compressed form.
    OriginIpv6 Error "origin-ipv6",
        "`{}` has an IPv6 address in a form that no browser sends",
        "browsers send the compressed form, in lower case and in brackets, so this entry never matches",
        "write the compressed form in brackets: \"http://[::1]\"";
    /// The port is not valid.
    OriginPort Error "origin-port",
        "`{}` does not have a valid port",
        "a port is a number from 1 to 65535 without leading zeros, or `*` for any",
        "write a port from 1 to 65535, or remove the colon and the text after it";
    /// The port is the default port of the scheme.
    OriginDefaultPort Error "origin-default-port",
        "`{}` names the default port of its scheme",
        "browsers omit the default port, so this entry never matches",
        "remove the port";
    /// No request has an origin with this scheme.
    OriginScheme Error "origin-scheme",
        "`{}` has a scheme that does not occur in the origins of requests",
        "browsers send `null` for files and `data:` URLs, and the page that opens a WebSocket has `http` or `https`",
        "write the origin of the page that makes the request: \"https://app.example.com\"";
    /// `null`, which is the origin of every sandboxed frame.
    OriginNull Error "origin-null",
        "`null` does not identify an origin",
        "any page can create a sandboxed frame that sends `Origin: null`, so this entry trusts every page",
        "list real origins; if `null` is necessary, permit it with allow(null_origin)";
    /// A `*` in a position where it is not a wildcard.
    OriginWildcard Error "origin-wildcard",
        "`{}` has a `*` in a position where it is not a wildcard",
        "`*` is allowed alone, as the complete leftmost label, or as the complete port",
        "write \"https://*.example.com\", \"http://localhost:*\", or \"*\" for every origin";
    /// `*` together with other origins.
    OriginWildcardMixed Error "origin-wildcard-mixed",
        "`*` is combined with other origins",
        "`*` already includes every origin, so the other entries have no effect",
        "write origins = \"*\", or remove the `*`";
    /// The same pattern is listed twice.
    OriginDuplicate Lint "origin-duplicate",
        "`{}` is listed twice",
        "the second entry has no effect, so it is probably a mistake",
        "remove one of them";
    /// Another entry covers the pattern.
    OriginRedundant Lint "origin-redundant",
        "`{}` is covered by another entry",
        "the other entry matches every origin that this entry matches",
        "remove this entry, or make the other entry narrower";
    /// `except` without `origins = "*"`.
    ExceptWithoutWildcard Error "except-without-wildcard",
        "`except` requires origins = \"*\", and lists origins",
        "a list of origins already excludes all other origins",
        "remove `except`, or write origins = \"*\" and list the excluded origins in `except`";
    /// `*` with `credentials`.
    CredentialsAnyOrigin Error "credentials-any-origin",
        "`*` cannot be combined with `credentials`",
        "every site on the web could act as the signed-in user",
        "list the origins you trust: origins = [\"https://app.example.com\"]";
    /// `null` with `credentials`.
    CredentialsNullOrigin Error "credentials-null-origin",
        "`null` cannot be combined with `credentials`",
        "any page can send `Origin: null` from a sandboxed frame and act as the signed-in user",
        "list the origins you trust: origins = [\"https://app.example.com\"]";
    /// Plain `http` with `credentials`.
    CredentialsInsecureOrigin Error "credentials-insecure-origin",
        "`{}` is not secure, and the policy has `credentials`",
        "an attacker on the network can modify an http page, which then acts as the signed-in user",
        "write `https`; if http is necessary, permit it with allow(insecure_origins)";
    /// A pattern for all names below a public suffix, with `credentials`.
    CredentialsPublicSuffix Error "credentials-public-suffix",
        "`{}` includes names that anyone can register, and the policy has `credentials`",
        "a page under such a name could act as the signed-in user",
        "write your own domain: \"https://*.example.com\"; if the suffix is yours, permit it with allow(public_suffixes)";
    /// The method is not a token.
    MethodSyntax Error "method-syntax",
        "`{}` is not a method",
        "a method is one word of letters, digits and certain symbols",
        "write one method per entry: methods = [\"PUT\", \"DELETE\"]";
    /// `CONNECT`, `TRACE` or `TRACK`.
    MethodForbidden Error "method-forbidden",
        "`{}` is a method that no page can send",
        "browsers never send `CONNECT`, `TRACE` or `TRACK`, whatever a server grants",
        "remove it";
    /// A registered method that is not in upper case.
    MethodCase Error "method-case",
        "`{}` is not in upper case",
        "methods are compared byte by byte, so this entry never matches",
        "write it in upper case";
    /// The same method is listed twice.
    MethodDuplicate Lint "method-duplicate",
        "`{}` is listed twice",
        "the second entry has no effect, so it is probably a mistake",
        "remove one of them";
    /// A `*` inside a name.
    MethodWildcard Error "method-wildcard",
        "`{}` has a `*` inside a name",
        "`*` is a wildcard for every method only as the whole entry; inside a name it is an ordinary character, so this entry never matches",
        "write every name, or methods = \"*\" for every method";
    /// `*` together with other methods.
    MethodWildcardMixed Error "method-wildcard-mixed",
        "`*` is combined with other methods",
        "`*` already includes every method, so the other entries have no effect",
        "write methods = \"*\", or remove the `*`";
    /// The header name is not a token.
    HeaderSyntax Error "header-syntax",
        "`{}` is not a header name",
        "a name is one word of letters, digits and certain symbols, without a colon",
        "write one name per entry: headers = [\"content-type\", \"authorization\"]";
    /// A request header that no page can set.
    HeaderForbidden Error "header-forbidden",
        "`{}` is a header that no page can set",
        "the browser sets it and never asks for it in a preflight",
        "remove it";
    /// A response header of the CORS protocol.
    HeaderProtocol Error "header-protocol",
        "`{}` is a response header of the CORS protocol",
        "`headers` lists the request headers that a page may send, and this library sets the response headers",
        "remove it; list the response headers that a page may read in `expose`";
    /// The same header is listed twice.
    HeaderDuplicate Lint "header-duplicate",
        "`{}` is listed twice",
        "header names are case-insensitive, and the second entry has no effect",
        "remove one of them";
    /// A `*` inside a name.
    HeaderWildcard Error "header-wildcard",
        "`{}` has a `*` inside a name",
        "`*` is a wildcard for every header only as the whole entry; inside a name it is an ordinary character, so this entry never matches",
        "write every name, or headers = \"*\" for every header";
    /// `*` together with headers other than `authorization`.
    HeaderWildcardMixed Error "header-wildcard-mixed",
        "`*` is combined with other headers",
        "`*` already includes every header except `authorization`, so the other entries have no effect",
        "write headers = \"*\" or headers = [\"*\", \"authorization\"], or remove the `*`";
    /// A name in `expose` is not a token.
    ExposeSyntax Error "expose-syntax",
        "`{}` is not a header name",
        "a name is one word of letters, digits and certain symbols, without a colon",
        "write one name per entry: expose = [\"x-total-count\"]";
    /// `set-cookie`, which no page can read.
    ExposeForbidden Error "expose-forbidden",
        "`{}` is a header that no page can read",
        "browsers never show this header to a page, whatever a server grants",
        "remove it";
    /// A header of the protocol that is of no use to a page.
    ExposeProtocol Error "expose-protocol",
        "`{}` is a header of the CORS protocol",
        "`expose` lists the response headers that a page may read, and this header is of no use to a page",
        "remove it; list request headers in `headers` and methods in `methods`";
    /// The same header is listed twice.
    ExposeDuplicate Lint "expose-duplicate",
        "`{}` is listed twice",
        "header names are case-insensitive, and the second entry has no effect",
        "remove one of them";
    /// A header that every page can read.
    ExposeSafelisted Lint "expose-safelisted",
        "`{}` is always readable",
        "every page that can read the response can read this header",
        "remove it";
    /// A `*` inside a name.
    ExposeWildcard Error "expose-wildcard",
        "`{}` has a `*` inside a name",
        "`*` is a wildcard for every header only as the whole entry; inside a name it is an ordinary character, so this entry never matches",
        "write every name, or expose = \"*\" for every header";
    /// `*` together with other names in `expose`.
    ExposeWildcardMixed Error "expose-wildcard-mixed",
        "`*` is combined with other headers",
        "`*` already includes every header, so the other entries have no effect",
        "write expose = \"*\", or remove the `*`";
    /// The time is longer than any browser caches an answer.
    MaxAgeRange Error "max-age-range",
        "`{}` is more than a day",
        "no browser caches the answer to a preflight for more than 86400 seconds",
        "write max_age = \"1d\" or less";
    /// The text is not a time.
    MaxAgeSyntax Error "max-age-syntax",
        "`{}` is not a time",
        "a time is a number of seconds, or a text with a number and one of the units `s`, `m`, `h`, `d`",
        "write max_age = 600 or max_age = \"10m\"";
    /// The status is not from 200 to 299.
    PreflightStatus Error "preflight-status",
        "`{}` is not a success status",
        "browsers accept the answer to a preflight only if its status is from 200 to 299",
        "write preflight_status = 204, or remove it";
    /// The key does not exist.
    UnknownKey Macro "unknown-key",
        "unknown key `{}`",
        "ignoring the key could make the policy wider or narrower than intended",
        "remove it, or write the intended key";
    /// The key occurs twice.
    KeyDuplicate Macro "key-duplicate",
        "duplicate key `{}`",
        "one of the two values would be lost",
        "keep only one";
    /// The key does not accept the value.
    KeyType Macro "key-type",
        "the value of `{}` has the wrong type or is missing",
        "each key accepts one type of value",
        "a list contains texts: origins = [\"https://app.example.com\"]; a flag has no value: credentials";
    /// Two keys or two entries without a comma between them.
    CommaMissing Macro "comma-missing",
        "there is no comma before `{}`",
        "keys are separated by commas, and so are the entries of a list",
        "write a comma before it";
    /// `policy = …` together with other keys.
    PolicyMixed Macro "policy-mixed",
        "`{}` cannot be combined with `policy`",
        "a named policy is complete, and other keys would change its meaning in this place",
        "add the key to the named policy, or write a complete policy for this handler";
    /// `deny` together with other keys.
    DenyMixed Macro "deny-mixed",
        "`{}` cannot be combined with `deny`",
        "`deny` refuses every cross-origin request, so nothing else can be granted",
        "write only #[cors(deny)], or remove `deny`";
    /// There is no route attribute below `#[cors]`.
    RouteMissing Macro "route-missing",
        "`{}` has no route attribute",
        "the policy applies to the route of a handler, and this function has no route",
        "write a route attribute such as #[get(\"/path\")] below #[cors(…)]; an attribute above it is not visible here";
    /// The route attribute is above `#[cors]`.
    RouteOrder Macro "route-order",
        "`{}` has its route attribute above `#[cors]`",
        "the compiler expands the attribute above first, and its route is not visible here",
        "swap the two lines: first #[cors(…)], then the route attribute";
    /// The route itself serves `OPTIONS`.
    RouteOptions Macro "route-options",
        "`{}` serves `OPTIONS` itself",
        "preflights are `OPTIONS` requests, and this library answers them for the handler's other methods",
        "remove `OPTIONS` from the route, or move it to a separate handler without #[cors]";
    /// A method that the route does not serve.
    MethodUnrouted Macro "method-unrouted",
        "`{}` is not a method of this route",
        "a handler grants the methods of its route, and `methods` can only narrow them",
        "remove `methods`, or list methods of the route";
    /// `#[cors]` on something other than a function or a module.
    NotAHandler Macro "not-a-handler",
        "`#[cors]` is for handlers and modules of handlers, not for {}",
        "the policy applies to a route, and this item has no route",
        "write it above a function with a route attribute such as #[get(\"/path\")], or above an inline module of such functions; for an App, write .wrap(Cors::new(&POLICY))";
}

impl Rule {
    /// The rule that has this code.
    pub fn from_code(code: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.code() == code)
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.code())
    }
}

/// A set of rules, for example the rules that an entry of a policy breaks. It can be built in a `const fn`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleSet(u64);

const _: () = assert!(Rule::ALL.len() <= 64, "a RuleSet holds 64 rules");

impl RuleSet {
    pub(crate) const EMPTY: RuleSet = RuleSet(0);

    pub(crate) const fn with(self, rule: Rule, broken: bool) -> RuleSet {
        if broken { RuleSet(self.0 | 1 << rule as u32) } else { self }
    }

    pub(crate) const fn without(self, rule: Rule) -> RuleSet {
        RuleSet(self.0 & !(1 << rule as u32))
    }

    /// The first rule, in the order of [`Rule::ALL`].
    pub(crate) const fn first(self) -> Option<Rule> {
        if self.0 == 0 { None } else { Some(Rule::ALL[self.0.trailing_zeros() as usize]) }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Rule> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let rule = rest.first()?;
            rest.0 &= rest.0 - 1;
            Some(rule)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_consist_of_words() {
        for &rule in Rule::ALL {
            assert!(rule.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit()));
            assert_eq!(Rule::from_code(rule.code()), Some(rule));
        }
    }

    #[test]
    fn every_rule_has_a_section_and_every_section_a_rule() {
        let sections = include_str!("rules.md").lines().filter_map(|line| line.strip_prefix("## "));
        assert!(sections.eq(Rule::ALL.iter().map(|rule| rule.code())));
    }

    #[test]
    fn a_set_contains_the_rules_that_were_added() {
        for &rule in Rule::ALL {
            let set = RuleSet::EMPTY.with(rule, true).with(Rule::OriginMissing, false);
            assert_eq!(set.first(), Some(rule));
            assert!(set.iter().eq([rule]));
        }
    }
}
