//! What is wrong with a policy, as data and as words.

use std::fmt;

use crate::correction;
use crate::declaration::Declaration;
use crate::key::Key;
use crate::rules::Rule;
use crate::text::{Text, equal, slice};

/// One rule broken at one place.
///
/// It prints as one line; `{:#}` gives the block that the compiler shows. The fields are there for programs that say it
/// in their own words, such as a service that shows its tenants what is wrong with theirs.
///
/// ```
/// use cors_core::{Key, Policy, Rule};
///
/// let violations = Policy::builder()
///     .origins(["https://a.example", "https://b.example/"])
///     .build()
///     .unwrap_err();
/// let violation = &violations[0];
/// assert_eq!(violation.rule(), Rule::OriginPath);
/// assert_eq!((violation.key(), violation.index()), (Key::Origins, Some(1)));
/// assert_eq!(violation.value(), "https://b.example/");
/// assert_eq!(violation.correction(), Some("https://b.example"));
/// assert!(violation.to_string().starts_with("origins[1]: origin-path: `https://b.example/` has something"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    rule: Rule,
    key: Key,
    index: Option<usize>,
    value: Box<str>,
    correction: Option<Box<str>>,
}

impl Violation {
    /// A violation at a place of one's own, for readers of other formats.
    #[doc(hidden)]
    pub fn new(rule: Rule, key: Key, index: Option<usize>, value: impl Into<Box<str>>) -> Self {
        let value = value.into();
        let correction = correction::of(rule, key, &value).map(|text| text.as_str().into());
        Self { rule, key, index, value, correction }
    }

    /// The rule that is broken.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The rule's code: `origin-path`.
    pub fn code(&self) -> &'static str {
        self.rule.code()
    }

    /// The key under which it is broken.
    pub fn key(&self) -> Key {
        self.key
    }

    /// The entry of the key's list, counted from 0; `None` where the key as a whole is wrong.
    pub fn index(&self) -> Option<usize> {
        self.index
    }

    /// The value that is wrong, as it was written.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The value that was probably meant.
    pub fn correction(&self) -> Option<&str> {
        self.correction.as_deref()
    }

    /// Where it is: `origins[1]`.
    pub fn path(&self) -> String {
        match self.index {
            Some(index) => format!("{}[{index}]", self.key),
            None => self.key.name().into(),
        }
    }

    /// What is wrong, in one sentence, with the value.
    pub fn message(&self) -> String {
        message(self.rule, &self.value)
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        push_help(Text::<1024>::new(), self.rule, self.correction()).as_str().into()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f.write_str(report(self.rule, &self.value, self.correction(), None).as_str());
        }
        let (path, code, reason) = (self.path(), self.rule.code(), self.rule.reason());
        write!(f, "{path}: {code}: {}; {reason}; help: {}", self.message(), self.help())
    }
}

/// What is wrong with `value`, in one sentence.
pub(crate) fn message(rule: Rule, value: &str) -> String {
    push_message(Text::<2048>::new(), rule, value).as_str().into()
}

const fn push_message<const N: usize>(mut text: Text<N>, rule: Rule, value: &str) -> Text<N> {
    let template = rule.message().as_bytes();
    let (mut from, mut i) = (0, 0);
    while i + 1 < template.len() {
        if template[i] == b'{' && template[i + 1] == b'}' {
            text = text.push(slice(template, from, i)).push_visible(value);
            from = i + 2;
        }
        i += 1;
    }
    text.push(slice(template, from, template.len()))
}

const fn push_help<const N: usize>(text: Text<N>, rule: Rule, correction: Option<&str>) -> Text<N> {
    let Some(correction) = correction else { return text.push_str(rule.help()) };
    let text = text.push_str("write \"").push_str(correction).push_str("\"");
    match rule {
        Rule::CredentialsInsecureOrigin => {
            text.push_str("; if it must be http, say so: allow(insecure_origins)")
        }
        _ => text,
    }
}

/// The block that the compiler shows: what, why, what to write instead, and where to read more.
pub(crate) const fn report(
    rule: Rule,
    value: &str,
    correction: Option<&str>,
    help: Option<&str>,
) -> Text<4096> {
    let text = push_message(Text::new(), rule, value).push_str(" [").push_str(rule.code()).push_str("]\n");
    let text = text.push_str(rule.reason()).push_str("\nhelp: ");
    let text = match help {
        Some(help) => text.push_str(help),
        None => push_help(text, rule, correction),
    };
    text.push_str("\nmore: cors_actix::rules#").push_str(rule.code())
}

/// All that is wrong with a policy: at least one [`Violation`], in the order of the keys.
///
/// A [`slice`] of them by [`Deref`](std::ops::Deref), and an [`Error`](std::error::Error) that prints one to a line.
///
/// ```
/// use cors_core::Policy;
///
/// let violations = Policy::builder().origins(["https://a.example/", "HTTPS://b.example"]).build().unwrap_err();
/// assert_eq!(violations.len(), 2);
/// for violation in &violations {
///     println!("{} at {}", violation.code(), violation.path());
/// }
/// assert_eq!(violations.to_string().lines().count(), 2);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// `None` where there are none.
    #[doc(hidden)]
    pub fn of(violations: Vec<Violation>) -> Option<Self> {
        (!violations.is_empty()).then_some(Self(violations))
    }
}

impl std::ops::Deref for Violations {
    type Target = [Violation];

    fn deref(&self) -> &[Violation] {
        &self.0
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// One to a line. Of a list that is wrong from end to end, the first hundred: nobody reads on, and a log has to hold it.
impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 100;
        for (i, violation) in self.0.iter().take(SHOWN).enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            fmt::Display::fmt(violation, f)?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

/// The same words as `Display`, since this is what `unwrap` and `?` in `main` print.
impl fmt::Debug for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an invalid CORS policy\n{self}")
    }
}

impl std::error::Error for Violations {}

impl Declaration<'_> {
    /// Every violation. The lints are the macros' (see [`Class::Lint`](crate::Class::Lint)).
    #[doc(hidden)]
    pub fn violations(&self, lints: bool) -> Vec<Violation> {
        let mut violations = Vec::new();
        for &key in Key::OF_A_POLICY {
            for rule in self.judge_key(key).iter() {
                violations.push(Violation::new(rule, key, None, self.value(key, None)));
            }
            for (index, entry) in self.list(key).iter().enumerate() {
                for rule in self.judge_entry(key, index, lints).iter() {
                    violations.push(Violation::new(rule, key, Some(index), *entry));
                }
                #[cfg(feature = "public-suffix")]
                if key == Key::Origins && crate::public_suffix::is_broken(self, entry) {
                    violations.push(Violation::new(Rule::CredentialsPublicSuffix, key, Some(index), *entry));
                }
            }
        }
        violations
    }

    fn value(&self, key: Key, index: Option<usize>) -> String {
        match (key, index) {
            (Key::MaxAge, _) => match self.max_age {
                Some(crate::MaxAge::Seconds(seconds)) => seconds.to_string(),
                Some(crate::MaxAge::Text(text)) => text.into(),
                None => String::new(),
            },
            (Key::PreflightStatus, _) => self.preflight_status.unwrap_or_default().to_string(),
            _ => self.list(key).join(", "),
        }
    }

    /// Stops the compiler if entry `index` of `key`, or `key` as a whole, breaks a rule.
    ///
    /// # Panics
    /// With the words of every rule that is broken, at the place of the caller: in a `const`, that is a compile error with
    /// its caret there.
    #[doc(hidden)]
    #[track_caller]
    pub const fn verify(&self, key: Key, index: Option<usize>) {
        let (mut rules, value) = match index {
            Some(index) => (self.judge_entry(key, index, true), self.list(key)[index]),
            None => (self.judge_key(key), ""),
        };
        if rules.first().is_none() {
            return;
        }
        let mut text = Text::<4096>::new();
        while let Some(rule) = rules.first() {
            let correction = correction::of(rule, key, value);
            let correction = match &correction {
                Some(text) => Some(text.as_str()),
                None => None,
            };
            text = text.push(report(rule, value, correction, None).as_bytes());
            rules = rules.without(rule);
            if rules.first().is_some() {
                text = text.push_str("\nand ");
            }
        }
        panic!("{}", text.as_str());
    }

    /// Stops the compiler if method `index` is none of `served`, which a handler's route takes. Methods that are wrong
    /// anywhere are left to [`verify`](Self::verify).
    ///
    /// # Panics
    /// With the words of [`Rule::MethodUnrouted`].
    #[doc(hidden)]
    #[track_caller]
    pub const fn verify_routed(&self, index: usize, served: &[&str]) {
        let method = self.methods[index];
        let mut i = 0;
        while i < served.len() {
            if equal(served[i].as_bytes(), method.as_bytes()) {
                return;
            }
            i += 1;
        }
        if self.judge_entry(Key::Methods, index, false).first().is_none() {
            panic!("{}", report(Rule::MethodUnrouted, method, None, None).as_str());
        }
    }
}
