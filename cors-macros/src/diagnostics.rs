//! Compile errors in the words of the rules.

use cors_core::Rule;
use proc_macro2::{Span, TokenStream};

/// The mistakes of one attribute, all to be reported at once.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<syn::Error>);

impl Mistakes {
    /// `rule` is broken by `value` at `span`.
    pub(crate) fn add(&mut self, span: Span, rule: Rule, value: &str) {
        self.add_report(span, rule.report(value, None));
    }

    /// As [`add`](Self::add), with a help line that knows more than the rule's.
    pub(crate) fn add_with_help(&mut self, span: Span, rule: Rule, value: &str, help: &str) {
        self.add_report(span, rule.report(value, Some(help)));
    }

    pub(crate) fn add_report(&mut self, span: Span, report: String) {
        self.0.push(syn::Error::new(span, report));
    }

    pub(crate) fn add_error(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}
