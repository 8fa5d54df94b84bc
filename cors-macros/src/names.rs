//! Names that the macros generate.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

/// The attribute that `#[cors]` puts directly above the route attribute if another macro is between the two.
pub(crate) const CORS_ABOVE_ROUTE: &str = "__cors_above_route";

/// The attribute that `#[cors]` on a module puts on each handler of the module.
pub(crate) const CORS_OF_MODULE: &str = "__cors_of_module";

/// Returns `name`, with underscores appended if `tokens` contain that name.
///
/// Items have no hygiene, so a generated item must not shadow a name that the user's tokens refer to.
pub(crate) fn unused_name(name: &str, tokens: &TokenStream) -> Ident {
    let mut name = name.to_owned();
    while contains(tokens.clone(), &name) {
        name.push('_');
    }
    Ident::new(&name, Span::call_site())
}

fn contains(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => contains(group.stream(), name),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_used_name_gets_underscores() {
        assert_eq!(unused_name("A", &quote!(b { c(a) })), "A");
        assert_eq!(unused_name("A", &quote!(b { c(A, A_) })), "A__");
    }
}
