//! `policy!`: reads the declaration, judges it, and expands it.

use proc_macro2::TokenStream;
use quote::quote;

use crate::crate_path::CratePath;
use crate::diagnostics::Mistakes;
use crate::expand::policy;
use crate::judge;
use crate::names::unused_name;
use crate::parse::arguments::Arguments;
use crate::parse::key::Macro;

/// Expands the arguments of `policy!`, which has put the path of cors-actix and a semicolon before them.
pub(crate) fn expand(arguments: TokenStream) -> TokenStream {
    let (crate_path, declaration) = CratePath::split(arguments);
    let mut mistakes = Mistakes::default();
    let mut arguments = Arguments::parse(declaration, Macro::Policy, &mut mistakes);
    arguments.crate_path = crate_path;
    let verdict = judge::policy::judge(&arguments, &mut mistakes);
    let private = arguments.crate_path.private();
    if mistakes.is_empty() {
        let policy = policy::expression(&arguments, &[], &verdict);
        let name = unused_name("__CORS_POLICY", &arguments.tokens);
        // The policy is a constant, so that the compiler evaluates it in every context.
        return quote!({
            const #name: #private::Policy = #policy;
            #name
        });
    }
    let errors = mistakes.into_tokens();
    let verified = policy::verified(&arguments, &[], &verdict);
    quote!({ #errors #verified #private::Policy::deny() })
}
