//! Compile errors with the messages of the rules.

use cors_core::Rule;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

/// The tokens that an error is shown under: from the start of the first to the end of the last.
#[derive(Clone, Copy)]
pub(crate) struct Caret {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Caret {
    /// All of `tokens`, or the whole attribute or macro if there are none.
    pub(crate) fn of(tokens: &impl ToTokens) -> Self {
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Self { first, last: spans.last().unwrap_or(first) }
    }

    /// The whole attribute or macro.
    pub(crate) fn whole() -> Self {
        Span::call_site().into()
    }
}

impl From<Span> for Caret {
    fn from(span: Span) -> Self {
        Self { first: span, last: span }
    }
}

/// The mistakes in one attribute or macro. All of them are reported at once.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<syn::Error>);

impl Mistakes {
    /// Reports that `value`, at `caret`, breaks `rule`.
    pub(crate) fn add(&mut self, caret: impl Into<Caret>, rule: Rule, value: &str) {
        self.add_report(caret, rule.report(value, None));
    }

    /// As [`add`](Self::add), with another help line than the rule's.
    pub(crate) fn add_with_help(&mut self, caret: impl Into<Caret>, rule: Rule, value: &str, help: &str) {
        self.add_report(caret, rule.report(value, Some(help)));
    }

    pub(crate) fn add_report(&mut self, caret: impl Into<Caret>, report: String) {
        let Caret { first, last } = caret.into();
        let mut tokens = quote_spanned!(first=> _);
        tokens.extend(quote_spanned!(last=> _));
        self.0.push(syn::Error::new_spanned(tokens, report));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}
