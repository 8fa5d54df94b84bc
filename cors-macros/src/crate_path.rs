//! The path of the crate cors-actix, which the generated code uses.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

/// The path of cors-actix at the place where the macro is used.
#[derive(Clone)]
pub(crate) struct CratePath(TokenStream);

impl CratePath {
    /// The path that the user wrote.
    pub(crate) fn written(path: &Path) -> Self {
        Self(path.to_token_stream())
    }

    /// Whether the path depends on the module that it is written in.
    pub(crate) fn is_relative(&self) -> bool {
        let first = self.0.clone().into_iter().next();
        matches!(first, Some(TokenTree::Ident(first)) if first == "self" || first == "super")
    }

    /// Splits `path; rest`, the form in which `policy!` passes on its arguments.
    pub(crate) fn split(tokens: TokenStream) -> (Self, TokenStream) {
        let mut tokens = tokens.into_iter();
        let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
        let path = tokens.by_ref().take_while(|token| !is_end(token)).collect();
        (Self(path), tokens.collect())
    }

    /// The module with everything that the generated code uses.
    pub(crate) fn private(&self) -> TokenStream {
        quote!(#self::__private)
    }

    /// The path with the span of the user's tokens, where the compiler then shows errors.
    pub(crate) fn located_at(&self, span: Span) -> Self {
        let located = self.0.clone().into_iter().map(|mut token| {
            // `$crate` refers to a crate only with its original span.
            let is_crate = matches!(&token, TokenTree::Ident(ident) if ident == "$crate");
            token.set_span(if is_crate { token.span().located_at(span) } else { span });
            token
        });
        Self(located.collect())
    }
}

impl Default for CratePath {
    fn default() -> Self {
        Self(quote!(::cors_actix))
    }
}

impl ToTokens for CratePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// Whether the package that is being compiled does not depend on cors-actix under its own name, according to its manifest.
pub(crate) fn is_missing() -> bool {
    // In a unit test, no compiler is running.
    if !proc_macro::is_available() {
        return false;
    }
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let folder = std::env::var_os("CARGO_MANIFEST_DIR");
    let manifest = folder
        .and_then(|folder| std::fs::read_to_string(std::path::Path::new(&folder).join("Cargo.toml")).ok());
    manifest.is_some_and(|manifest| package != "cors-actix" && !names_cors_actix(&manifest))
}

/// Whether a manifest has the key `cors-actix`, in a table of dependencies or as such a table.
fn names_cors_actix(manifest: &str) -> bool {
    let manifest = manifest.replace("cors_actix", "cors-actix");
    manifest.match_indices("cors-actix").any(|(start, name)| {
        let before = manifest[..start].trim_end_matches(['"', '\'']).chars().next_back();
        let after =
            manifest[start + name.len()..].trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']);
        let is_whole = !before.is_some_and(|before| before.is_alphanumeric() || "-_/".contains(before));
        is_whole && after.starts_with(['=', '.', ']'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_dependency_in_a_manifest() {
        for manifest in [
            "[dependencies]\ncors-actix = \"1\"",
            "[dependencies]\ncors_actix={ path = \"..\" }",
            "[dependencies]\n\"cors-actix\" = \"1\"",
            "[dependencies]\ncors-actix.workspace = true",
            "[dev-dependencies.cors-actix]\nversion = \"1\"",
            "[target.'cfg(unix)'.dependencies.\"cors-actix\"]\nversion = \"1\"",
        ] {
            assert!(names_cors_actix(manifest), "{manifest}");
        }
        for manifest in [
            "",
            "[dependencies]\ncors = { package = \"cors-actix\", version = \"1\" }",
            "[dependencies]\ncors = { version = \"1\", package = \"cors-actix\" }",
            "[dependencies]\nmy-cors-actix = \"1\"",
            "[dependencies]\nframework = { path = \"../cors-actix\" }",
            "[dependencies]\ncors-actix-extras = \"1\"",
        ] {
            assert!(!names_cors_actix(manifest), "{manifest}");
        }
    }

    #[test]
    fn splits_the_path_from_the_declaration() {
        let (path, rest) = CratePath::split(quote!(::a::b; origins = "*"));
        assert_eq!(path.private().to_string(), quote!(::a::b::__private).to_string());
        assert_eq!(rest.to_string(), quote!(origins = "*").to_string());
    }
}
