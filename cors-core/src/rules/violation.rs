//! The violations of a policy, as data and as text.

use std::fmt;

use crate::const_text::Text;
use crate::policy::key::Key;
use crate::rules::correction;
use crate::rules::message::{message, push_help, reason, report};
use crate::rules::rule::Rule;
use crate::rules::syntax::Syntax;

/// A rule that is broken in one place of a policy.
///
/// [`Display`](fmt::Display) writes one line, and `{:#}` writes the block that the compiler shows. The accessors are
/// for programs that write their own messages, such as a service that shows its tenants the mistakes in their settings.
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
/// assert!(violation.to_string().starts_with("origins[1]: origin-path: `https://b.example/` has a path"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    rule: Rule,
    key: Key,
    index: Option<usize>,
    value: Box<str>,
    correction: Option<Box<str>>,
    syntax: Syntax,
}

impl Violation {
    /// Creates a violation, for code outside of this crate that reads policies itself.
    #[doc(hidden)]
    pub fn new(rule: Rule, key: Key, index: Option<usize>, value: impl Into<Box<str>>) -> Self {
        let value = value.into();
        let correction = correction::of(rule, key, &value).map(|text| text.as_str().into());
        Self { rule, key, index, value, correction, syntax: Syntax::Macro }
    }

    pub(crate) fn set_syntax(&mut self, syntax: Syntax) {
        self.syntax = syntax;
    }

    /// The rule that is broken.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The rule's code: `origin-path`.
    pub fn code(&self) -> &'static str {
        self.rule.code()
    }

    /// The key whose value breaks the rule.
    pub fn key(&self) -> Key {
        self.key
    }

    /// The index of the entry in the key's list, from 0. `None` if the key as a whole breaks the rule.
    pub fn index(&self) -> Option<usize> {
        self.index
    }

    /// The wrong value as it was written.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The value that was probably intended, if it can be computed.
    pub fn correction(&self) -> Option<&str> {
        self.correction.as_deref()
    }

    /// The place of the violation: `origins[1]`.
    pub fn path(&self) -> String {
        match self.index {
            Some(index) => format!("{}[{index}]", self.key),
            None => self.key.name().into(),
        }
    }

    /// What is wrong, in one sentence that contains the value.
    pub fn message(&self) -> String {
        message(self.rule, &self.value)
    }

    /// Why it matters.
    pub fn reason(&self) -> &'static str {
        reason(self.rule, &self.value)
    }

    /// What to write instead, in the syntax of the declaration: Rust for the builder, `key = value` for files.
    pub fn help(&self) -> String {
        self.syntax
            .translate(push_help(Text::<1024>::new(), self.rule, &self.value, self.correction()).as_str())
    }
}

impl std::error::Error for Violation {}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            let help = self.help();
            return f.write_str(report(self.rule, &self.value, None, Some(&help)).as_str());
        }
        let (path, code, reason) = (self.path(), self.rule.code(), self.reason());
        write!(f, "{path}: {code}: {}; {reason}; help: {}", self.message(), self.help())
    }
}

/// All violations of a policy: at least one [`Violation`], in the order of the keys.
///
/// It [dereferences](std::ops::Deref) to a [`slice`], and it is an [`Error`](std::error::Error) with one violation
/// per line.
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
    /// Returns `None` if the list is empty.
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

/// Writes one violation per line, and at most a hundred, so that a long list of wrong origins does not fill a log.
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

/// Writes the same text as `Display`, because `unwrap`, and `?` in `main`, print this.
impl fmt::Debug for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an invalid CORS policy\n{self}")
    }
}

impl std::error::Error for Violations {}
