//! The catalogue of rules: the code, the class and the words of each.

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
    /// In the macros only: harmless at run time, where lists come from databases and repeat themselves.
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

            /// The name by which people and programs know the rule. It does not change between versions.
            pub const fn code(self) -> &'static str {
                match self { $(Rule::$name => $code,)* }
            }

            /// Where the rule applies.
            pub const fn class(self) -> Class {
                match self { $(Rule::$name => Class::$class,)* }
            }

            /// What is wrong; `{}` stands for the value.
            pub(crate) const fn message(self) -> &'static str {
                match self { $(Rule::$name => $message,)* }
            }

            /// Why it matters, in a few words.
            pub const fn reason(self) -> &'static str {
                match self { $(Rule::$name => $reason,)* }
            }

            /// What to do about it, where no corrected value can be computed.
            pub const fn help(self) -> &'static str {
                match self { $(Rule::$name => $help,)* }
            }
        }
    };
}

rules! {
    /// No `origins`, or an empty list.
    OriginMissing Error "origin-missing",
        "`origins` is missing or empty",
        "a policy without origins grants nothing to anyone",
        "name who may: origins = [\"https://app.example.com\"], or origins = \"*\" for everyone";
    /// No scheme, white space, a comma, or nothing at all.
    OriginSyntax Error "origin-syntax",
        "`{}` is not an origin",
        "an origin is a scheme, `://`, a host and perhaps a port, one to an entry, and is compared byte by byte",
        "write one origin to an entry: \"https://app.example.com\"";
    /// A path, a query or a fragment, if only a trailing slash.
    OriginPath Error "origin-path",
        "`{}` has something behind the host",
        "an origin has no path, no query and no fragment, so this never matches",
        "end it at the host or the port: \"https://app.example.com\"";
    /// A user name or a password.
    OriginUserinfo Error "origin-userinfo",
        "`{}` has a user name",
        "browsers send none in an origin, so this never matches",
        "leave out what stands before the `@`: \"https://app.example.com\"";
    /// Upper-case letters.
    OriginUppercase Error "origin-uppercase",
        "`{}` has upper-case letters",
        "browsers send origins in lower case, so this never matches",
        "write it in lower case";
    /// Letters outside ASCII.
    OriginUnicode Error "origin-unicode",
        "`{}` has characters outside ASCII",
        "browsers send international names in their `xn--` form, so this never matches",
        "write the host in its `xn--` form (punycode)";
    /// A host that DNS cannot hold.
    OriginHost Error "origin-host",
        "`{}` has no valid host",
        "labels are 1 to 63 of `a-z`, `0-9`, `-` and `_`, a host at most 253 bytes without a trailing dot",
        "write the host as a browser shows it: \"https://app.example.com\"";
    /// An IPv4 address in another form than four decimal numbers.
    OriginIpv4 Error "origin-ipv4",
        "`{}` has an IPv4 address in a form that no browser sends",
        "browsers send four decimal numbers without leading zeros, so this never matches",
        "write four decimal numbers: \"http://127.0.0.1\"";
    /// An IPv6 address in another form than the compressed one.
    OriginIpv6 Error "origin-ipv6",
        "`{}` has an IPv6 address in a form that no browser sends",
        "browsers send the compressed form, in lower case and in brackets, so this never matches",
        "write the compressed form in brackets: \"http://[::1]\"";
    /// A port that is none.
    OriginPort Error "origin-port",
        "`{}` has no valid port",
        "a port is a number from 1 to 65535 without leading zeros, or `*` for any",
        "write a port from 1 to 65535, or leave out the colon and what follows it";
    /// The port that the scheme has anyway.
    OriginDefaultPort Error "origin-default-port",
        "`{}` names the default port of its scheme",
        "browsers leave the default port out, so this never matches",
        "leave the port out";
    /// A scheme whose documents have another origin.
    OriginScheme Error "origin-scheme",
        "`{}` has a scheme that no request's origin has",
        "files, `data:` and their like are sent as `null`, and a socket's page has `http` or `https`",
        "name the origin of the page that makes the request: \"https://app.example.com\"";
    /// `null`, which every sandboxed frame can be.
    OriginNull Error "origin-null",
        "`null` is no one's origin",
        "any page can make a sandboxed frame that sends `Origin: null`, so this trusts everyone",
        "name real origins; if it must be, say so: allow(null_origin)";
    /// A `*` where it stands for nothing.
    OriginWildcard Error "origin-wildcard",
        "`{}` has a `*` where it cannot stand",
        "`*` stands alone, as the whole leftmost label, or as the whole port",
        "write \"https://*.example.com\", \"http://localhost:*\", or \"*\" for everyone";
    /// `*` beside other origins.
    OriginWildcardMixed Error "origin-wildcard-mixed",
        "`*` stands beside other origins",
        "`*` is everyone already, so the others only look like a limit",
        "write origins = \"*\", or leave `*` out";
    /// The same pattern twice.
    OriginDuplicate Lint "origin-duplicate",
        "`{}` is listed already",
        "the same pattern twice is a slip",
        "remove one of them";
    /// A pattern that another covers.
    OriginRedundant Lint "origin-redundant",
        "`{}` is covered already",
        "another entry stands for all of it, so it changes nothing",
        "remove it, or narrow the other one";
    /// `except` without `origins = "*"`.
    ExceptWithoutWildcard Error "except-without-wildcard",
        "`except` goes with origins = \"*\" only, and names origins",
        "a list of origins leaves out everyone else already",
        "leave `except` out, or write origins = \"*\" and name in `except` who is shut out";
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
        "`{}` is not secure, and `credentials` is on",
        "whoever sits on the network can speak for an http origin and act as the signed-in user",
        "write `https`; if it must be, say so: allow(insecure_origins)";
    /// All of a public suffix with `credentials`.
    CredentialsPublicSuffix Error "credentials-public-suffix",
        "`{}` takes in names that anyone can register, and `credentials` is on",
        "a stranger with a name below that suffix could act as the signed-in user",
        "name your own domain: \"https://*.example.com\"; if it must be, say so: allow(public_suffixes)";
    /// A method that is no token.
    MethodSyntax Error "method-syntax",
        "`{}` is not a method",
        "a method is one word of letters, digits and a few signs",
        "write one method to an entry: methods = [\"PUT\", \"DELETE\"]";
    /// `CONNECT`, `TRACE` or `TRACK`.
    MethodForbidden Error "method-forbidden",
        "`{}` is a method that no page can send",
        "browsers refuse `CONNECT`, `TRACE` and `TRACK` whatever a server says",
        "leave it out";
    /// A known method in another case.
    MethodCase Error "method-case",
        "`{}` is not in upper case",
        "methods are compared byte by byte, so this never matches",
        "write it in upper case";
    /// The same method twice.
    MethodDuplicate Lint "method-duplicate",
        "`{}` is listed already",
        "the same method twice is a slip",
        "remove one of them";
    /// A `*` inside a name.
    MethodWildcard Error "method-wildcard",
        "`{}` has a `*` inside a name",
        "`*` stands for every method only if it is alone; inside a name it is an ordinary character, so this never matches",
        "write every name, or methods = \"*\" for every method";
    /// `*` beside other methods.
    MethodWildcardMixed Error "method-wildcard-mixed",
        "`*` stands beside other methods",
        "`*` is every method already, so the others only look like a limit",
        "write methods = \"*\", or leave `*` out";
    /// A header name that is no token.
    HeaderSyntax Error "header-syntax",
        "`{}` is not a header name",
        "a name is one word of letters, digits and a few signs, without a colon",
        "write one name to an entry: headers = [\"content-type\", \"authorization\"]";
    /// A request header that no page can set.
    HeaderForbidden Error "header-forbidden",
        "`{}` is a header that no page can set",
        "browsers set it themselves and never ask for it in a preflight",
        "leave it out";
    /// A header of the protocol's answers.
    HeaderProtocol Error "header-protocol",
        "`{}` is a response header of CORS itself",
        "`headers` names what a page may send, and this library writes the answers",
        "leave it out; what a page may read goes into `expose`";
    /// The same header twice.
    HeaderDuplicate Lint "header-duplicate",
        "`{}` is listed already",
        "header names are compared without case, and the same name twice is a slip",
        "remove one of them";
    /// A `*` inside a name.
    HeaderWildcard Error "header-wildcard",
        "`{}` has a `*` inside a name",
        "`*` stands for every header only if it is alone; inside a name it is an ordinary character, so this never matches",
        "write every name, or headers = \"*\" for every header";
    /// `*` beside other headers than `authorization`.
    HeaderWildcardMixed Error "header-wildcard-mixed",
        "`*` stands beside other headers",
        "`*` is every header but `authorization` already, so the others only look like a limit",
        "write headers = \"*\" or headers = [\"*\", \"authorization\"], or leave `*` out";
    /// A name in `expose` that is no token.
    ExposeSyntax Error "expose-syntax",
        "`{}` is not a header name",
        "a name is one word of letters, digits and a few signs, without a colon",
        "write one name to an entry: expose = [\"x-total-count\"]";
    /// `set-cookie`, which no page reads.
    ExposeForbidden Error "expose-forbidden",
        "`{}` is a header that no page can read",
        "browsers hide cookies that are being set, whatever a server says",
        "leave it out";
    /// A header of the protocol that says nothing to a page.
    ExposeProtocol Error "expose-protocol",
        "`{}` is a header of CORS itself",
        "`expose` names what a page may read, and this header is not for pages",
        "leave it out; what a page may send goes into `headers`, methods into `methods`";
    /// The same header twice.
    ExposeDuplicate Lint "expose-duplicate",
        "`{}` is listed already",
        "header names are compared without case, and the same name twice is a slip",
        "remove one of them";
    /// A header that every page can read anyway.
    ExposeSafelisted Lint "expose-safelisted",
        "`{}` is readable anyway",
        "every page that may read a response may read this header of it",
        "leave it out";
    /// A `*` inside a name.
    ExposeWildcard Error "expose-wildcard",
        "`{}` has a `*` inside a name",
        "`*` stands for every header only if it is alone; inside a name it is an ordinary character, so this never matches",
        "write every name, or expose = \"*\" for every header";
    /// `*` beside other names in `expose`.
    ExposeWildcardMixed Error "expose-wildcard-mixed",
        "`*` stands beside other headers",
        "`*` is every header already, so the others only look like a limit",
        "write expose = \"*\", or leave `*` out";
    /// Longer than any browser remembers.
    MaxAgeRange Error "max-age-range",
        "`{}` is more than a day",
        "no browser keeps the answer to a preflight longer than 86400 seconds",
        "write max_age = \"1d\" or less";
    /// Not a time.
    MaxAgeSyntax Error "max-age-syntax",
        "`{}` is not a time",
        "it is a number of seconds, or text with a number and one of `s`, `m`, `h`, `d`",
        "write max_age = 600 or max_age = \"10m\"";
    /// Not a 2xx.
    PreflightStatus Error "preflight-status",
        "`{}` is not a success status",
        "browsers take a preflight as granted only where the status is 200 to 299",
        "write preflight_status = 204, or leave it out";
    /// A key that there is none of.
    UnknownKey Macro "unknown-key",
        "there is no key `{}`",
        "to ignore it could leave the policy wider or narrower than you meant",
        "take it out, or write the key that was meant";
    /// A key twice.
    KeyDuplicate Macro "key-duplicate",
        "`{}` is said twice",
        "one of them would be lost",
        "keep one of them";
    /// A value that the key does not take.
    KeyType Macro "key-type",
        "the value of `{}` is of the wrong kind, or missing",
        "each key takes one kind of value",
        "lists take text: origins = [\"https://app.example.com\"]; flags stand alone: credentials";
    /// `policy = …` beside keys of a policy.
    PolicyMixed Macro "policy-mixed",
        "`{}` stands beside `policy`",
        "a named policy says all of it, and keys beside it would change what the name means",
        "put the key into the named policy, or write this handler's policy out";
    /// `deny` beside anything.
    DenyMixed Macro "deny-mixed",
        "`{}` stands beside `deny`",
        "`deny` refuses every cross-origin request, so nothing else can be granted",
        "write #[cors(deny)] alone, or leave `deny` out";
    /// No route attribute below.
    RouteMissing Macro "route-missing",
        "`{}` has no route attribute",
        "the policy goes onto a handler's route, and there is none to put it on",
        "write #[get(\"/path\")] or its like below #[cors(…)]; a route attribute above it is out of reach";
    /// The route attribute stands above `#[cors]`.
    RouteOrder Macro "route-order",
        "`{}` has its route attribute above `#[cors]`",
        "the attribute above takes the function first, and its route is out of reach here",
        "swap the two lines: #[cors(…)] first, the route attribute below it";
    /// The route serves `OPTIONS` itself.
    RouteOptions Macro "route-options",
        "`{}` serves `OPTIONS` itself",
        "preflights are `OPTIONS` requests, and this library answers them for the handler's other methods",
        "leave `OPTIONS` out of the route, or move it to a handler of its own without #[cors]";
    /// A method that the route does not serve.
    MethodUnrouted Macro "method-unrouted",
        "`{}` is not a method of this route",
        "a handler grants its route's own methods, and `methods` may only narrow them",
        "leave `methods` out, or name methods of the route";
    /// `#[cors]` on something else than a function or a module.
    NotAHandler Macro "not-a-handler",
        "`#[cors]` is for handlers and modules of handlers, not for {}",
        "the policy goes onto a route, and this has none",
        "put it above a function with #[get(\"/path\")] or its like, or above an inline module of such functions; a policy for an App goes into .wrap(Cors::new(&POLICY))";
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

/// Some rules: those that one entry of a policy breaks. It can be made in a `const fn`.
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
        Rule::ALL.iter().copied().filter(move |&rule| self.0 & 1 << rule as u32 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_words_and_each_is_one_rule() {
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
    fn a_set_gives_back_what_was_put_in() {
        for &rule in Rule::ALL {
            let set = RuleSet::EMPTY.with(rule, true).with(Rule::OriginMissing, false);
            assert_eq!(set.first(), Some(rule));
            assert!(set.iter().eq([rule]));
        }
    }
}
