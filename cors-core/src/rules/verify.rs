//! Compile errors for constants in a declaration that break a rule.
//!
//! The macros call these functions in constants, each with the span of the tokens that it is about. A panic in a constant is a
//! compile error at the place of the call.

use crate::const_text::{Text, equal};
use crate::policy::declaration::{Borrowed, Declaration};
use crate::policy::key::Key;
use crate::policy::max_age::MaxAge;
use crate::rules::correction;
use crate::rules::message::report;
use crate::rules::rule::Rule;

/// Lists with constants are searched for repetitions up to this length. The search compares every entry with every other,
/// and the compiler evaluates constants slowly.
const LONGEST_SEARCHED_LIST: usize = 64;

impl Declaration<Borrowed<'_>> {
    /// Stops the compiler if entry `index` of `key`, or `key` as a whole, breaks a rule.
    ///
    /// # Panics
    /// With the message of every rule that is broken.
    #[doc(hidden)]
    #[track_caller]
    pub const fn verify(&self, key: Key, index: Option<usize>) {
        let mut number = Text::<20>::new();
        let (mut rules, value) = match index {
            Some(index) => {
                let list = self.list(key);
                (self.judge_entry(key, index, list.len() <= LONGEST_SEARCHED_LIST), list[index])
            }
            None => {
                let value = match (key, self.max_age) {
                    (Key::MaxAge, Some(MaxAge::Seconds(seconds))) => {
                        number = number.push_number(seconds, 10);
                        number.as_str()
                    }
                    (Key::MaxAge, Some(MaxAge::Text(text))) => text,
                    _ => "",
                };
                (self.judge_key(key), value)
            }
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

    /// Stops the compiler if one of the entries of `key` breaks a rule.
    ///
    /// # Panics
    /// With the message of every rule that the first invalid entry breaks.
    #[doc(hidden)]
    #[track_caller]
    pub const fn verify_entries(&self, key: Key) {
        let mut index = 0;
        while index < self.list(key).len() {
            self.verify(key, Some(index));
            index += 1;
        }
    }

    /// Stops the compiler if method `index` is not one of `served`, the methods of a handler's routes. Methods that are
    /// invalid on every handler are left to [`verify`](Self::verify).
    ///
    /// # Panics
    /// With the message of [`Rule::MethodUnrouted`].
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

    /// Stops the compiler if one of the methods is not one of `served`.
    ///
    /// # Panics
    /// With the message of [`Rule::MethodUnrouted`].
    #[doc(hidden)]
    #[track_caller]
    pub const fn verify_entries_routed(&self, served: &[&str]) {
        let mut index = 0;
        while index < self.methods.len() {
            self.verify_routed(index, served);
            index += 1;
        }
    }

    /// Stops the compiler if `credentials` is `true`. The macros call this function for each violation of a rule
    /// about credentials if the value of `credentials` is a constant.
    ///
    /// # Panics
    /// With `report`, the message of the rule.
    #[doc(hidden)]
    #[track_caller]
    pub const fn verify_without_credentials(&self, report: &str) {
        if self.credentials {
            panic!("{}", report);
        }
    }
}
