//! Names for what the macros generate.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

/// `name`, or a longer one if `tokens` have it: items have no hygiene, and what a user calls so must stay visible to the
/// tokens that come from the user.
pub(crate) fn unlike(name: &str, tokens: &TokenStream) -> Ident {
    let mut name = name.to_owned();
    while has(tokens.clone(), &name) {
        name.push('_');
    }
    Ident::new(&name, Span::call_site())
}

fn has(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => has(group.stream(), name),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn steps_aside_for_what_is_there() {
        assert_eq!(unlike("A", &quote!(b { c(a) })), "A");
        assert_eq!(unlike("A", &quote!(b { c(A, A_) })), "A__");
    }
}
