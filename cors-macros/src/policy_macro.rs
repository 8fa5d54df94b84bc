//! `policy!`: reads the declaration, judges it, and expands it.

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostics::Mistakes;
use crate::expand::policy;
use crate::judge;
use crate::names::unused_name;
use crate::parse::arguments::Arguments;
use crate::parse::key::Macro;

/// Expands `policy! { … }`.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let arguments = Arguments::parse(tokens, Macro::Policy, &mut mistakes);
    let verdict = judge::policy::judge(&arguments, &mut mistakes);
    let private = quote!(::cors_actix::__private);
    if mistakes.is_empty() {
        let policy = policy::expression(&arguments, &[], &verdict);
        let name = unused_name("__CORS_POLICY", &arguments.tokens);
        // A constant, so that the compiler evaluates it in every context.
        return quote!({
            const #name: #private::Policy = #policy;
            #name
        });
    }
    let errors = mistakes.into_tokens();
    let verified = policy::verified(&arguments, &[], &verdict);
    quote!({ #errors #verified #private::Policy::deny() })
}
