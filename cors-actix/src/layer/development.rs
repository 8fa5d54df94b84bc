//! The warning about the development policy.

use std::fmt::Display;

use cors_core::Policy;

/// Logs a warning if `policy` is [`Policy::development`]. `subject` is the start of the message.
pub(crate) fn warn_about_development_policy(subject: impl Display, policy: &Policy) {
    if *policy == Policy::development() {
        log::warn!(
            "{subject} the development policy: every page on this machine may do anything, with the credentials of any user"
        );
    }
}
