//! The warning about the development policy.

use std::fmt::Display;

use cors_core::Policy;

/// Warns in the log if `policy` is [`Policy::development`]. `subject` is what has it.
pub(crate) fn warn_about_development_policy(subject: impl Display, policy: &Policy) {
    if *policy == Policy::development() {
        log::warn!(
            "{subject} the development policy: every page on this machine may do anything, with the credentials of any user"
        );
    }
}
