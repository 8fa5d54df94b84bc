//! Generates the expression for a declared policy.

use cors_core::{Key, ValueRef};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;

use crate::diagnostics::Caret;
use crate::judge::policy::Verdict;
use crate::names::unused_name;
use crate::parse::arguments::Arguments;
use crate::parse::value::{Entries, Entry, Flag, MaxAge};

/// The declared policy as an expression that is allowed in a `const`.
///
/// The literals have been judged already. If there are constants, the compiler verifies each value, with the span of the
/// value. The rule about public suffixes cannot be evaluated in a constant, so it is evaluated when the policy is compiled.
///
/// `served` are the methods of the handler's routes; a named policy has none.
pub(crate) fn expression(arguments: &Arguments, served: &[&str], verdict: &Verdict) -> TokenStream {
    let private = arguments.crate_path.private();
    let place = quote!(#private::concat!(#private::file!(), ":", #private::line!()));
    if !has_any_constants(arguments) {
        let declaration = declaration(arguments);
        return quote!(#private::Policy::from_declaration(#declaration, #place));
    }
    let name = declaration_name(arguments);
    let verified = verified(arguments, served, verdict);
    let mut policy = quote!(#private::Policy::from_declaration(#name, #place));
    if arguments.declaration.credentials.may_be_on() && has_constants(arguments, Key::Origins) {
        policy = quote!(#private::Policy::judged_at_start(#policy));
    }
    quote!({
        #verified
        #policy
    })
}

fn declaration(arguments: &Arguments) -> TokenStream {
    let private = arguments.crate_path.private();
    let fields = Key::ALL.iter().map(|&key| {
        let name = Ident::new(key.name(), Span::call_site());
        let value = match arguments.declaration.get(key) {
            ValueRef::List(Entries::Whole(Entry::Constant(constant))) => {
                self::constant(constant, "cors_list", arguments)
            }
            ValueRef::List(list) => {
                let entries = list.as_slice();
                quote!(&[#(#entries),*])
            }
            ValueRef::Flag(flag) => quote!(#flag),
            ValueRef::MaxAge(None) | ValueRef::Status(None) => quote!(#private::None),
            ValueRef::MaxAge(Some(MaxAge::Seconds(seconds))) => {
                quote!(#private::Some(#private::MaxAge::Seconds(#seconds)))
            }
            ValueRef::MaxAge(Some(MaxAge::Text(text))) => {
                quote!(#private::Some(#private::MaxAge::Text(#text)))
            }
            ValueRef::MaxAge(Some(MaxAge::Constant(constant))) => {
                let max_age = self::constant(constant, "cors_max_age", arguments);
                quote!(#private::Some(#max_age))
            }
            ValueRef::Status(Some(status)) => quote!(#private::Some(#status)),
            ValueRef::Exceptions(exceptions) if exceptions.is_empty() => quote!(#private::AllowSet::EMPTY),
            ValueRef::Exceptions(exceptions) => {
                let exceptions =
                    exceptions.iter().map(|allow| Ident::new(allow.variant(), Span::call_site()));
                quote!(#private::AllowSet::of(&[#(#private::Allow::#exceptions),*]))
            }
        };
        quote!(#name: #value,)
    });
    quote!(#private::Declaration { #(#fields)* })
}

/// Calls a method of `Constant`, which is implemented for the types that a constant may have. The compiler reports a constant
/// of another type at the span of the constant.
pub(crate) fn constant(constant: &Expr, method: &str, arguments: &Arguments) -> TokenStream {
    let caret = Caret::of(constant);
    let private = arguments.crate_path.private();
    let mut name = unused_name("__CorsConstant", &arguments.tokens);
    name.set_span(caret.first);
    let method = Ident::new(method, caret.last);
    let call = quote_spanned!(caret.last=> #name(&#constant).#method());
    quote!({
        #[allow(unused_imports)]
        use #private::{Constant as #name, UnknownConstant as _};
        #call
    })
}

fn has_constants(arguments: &Arguments, key: Key) -> bool {
    match arguments.declaration.get(key) {
        ValueRef::List(list) => list.as_slice().iter().any(Entry::is_constant),
        ValueRef::Flag(Flag::Constant(_)) | ValueRef::MaxAge(Some(MaxAge::Constant(_))) => true,
        ValueRef::Flag(Flag::Literal(_))
        | ValueRef::MaxAge(Some(MaxAge::Seconds(_) | MaxAge::Text(_)) | None)
        | ValueRef::Status(_)
        | ValueRef::Exceptions(_) => false,
    }
}

fn has_any_constants(arguments: &Arguments) -> bool {
    Key::ALL.iter().any(|&key| has_constants(arguments, key))
}

fn declaration_name(arguments: &Arguments) -> Ident {
    unused_name("__CORS_DECLARATION", &arguments.tokens)
}

/// The declaration as a constant, and items that stop the compiler if a constant in it breaks a rule. Values that are
/// reported already are omitted.
pub(crate) fn verified(arguments: &Arguments, served: &[&str], verdict: &Verdict) -> TokenStream {
    // Whether the other values are valid may depend on a value that could not be read.
    if !has_any_constants(arguments) || arguments.has_unreadable() {
        return TokenStream::new();
    }
    let private = arguments.crate_path.private();
    let (name, declaration) = (declaration_name(arguments), declaration(arguments));
    let mut tokens = quote!(const #name: #private::Declaration<#private::Borrowed<'static>> = #declaration;);
    // rustc reports an error in a constant at the span of the call, so the call gets the span of the user's tokens: from the
    // first token of the call to the last. The path of the crate may have another span, so it is not part of the call.
    let mut verify = |caret: Caret, function: &str, arguments: TokenStream| {
        let function = Ident::new(function, caret.first);
        let callee = quote_spanned!(caret.first=> Declaration::#function);
        let arguments = quote_spanned!(caret.last=> (&#name, #arguments));
        tokens.extend(quote! {
            #[allow(long_running_const_eval)]
            const _: () = {
                use #private::Declaration;
                #callee #arguments
            };
        });
    };
    for key in Key::ALL.iter().copied().filter(|&key| has_constants(arguments, key)) {
        let variant = Ident::new(key.variant(), Span::call_site());
        let key_tokens = quote!(#private::Key::#variant);
        match arguments.declaration.get(key) {
            ValueRef::List(Entries::Whole(constant)) => {
                let caret = Caret::of(constant);
                verify(caret, "verify_entries", quote!(#key_tokens));
                if key == Key::Origins && !arguments.asks_a_function() {
                    verify(caret, "verify", quote!(#key_tokens, #private::None));
                }
                if key == Key::Methods && !served.is_empty() {
                    verify(caret, "verify_entries_routed", quote!(&[#(#served),*]));
                }
            }
            ValueRef::List(Entries::Each(entries)) => {
                for (index, entry) in entries.iter().enumerate() {
                    if verdict.reported.contains(&(key, Some(index))) {
                        continue;
                    }
                    let caret = Caret::of(entry);
                    verify(caret, "verify", quote!(#key_tokens, #private::Some(#index)));
                    if key == Key::Methods && entry.is_constant() && !served.is_empty() {
                        verify(caret, "verify_routed", quote!(#index, &[#(#served),*]));
                    }
                }
            }
            ValueRef::MaxAge(Some(MaxAge::Constant(constant))) => {
                verify(Caret::of(constant), "verify", quote!(#key_tokens, #private::None));
            }
            ValueRef::Flag(_) | ValueRef::MaxAge(_) | ValueRef::Status(_) | ValueRef::Exceptions(_) => {}
        }
    }
    if let Some(except) = arguments.find(Key::Except)
        && has_constants(arguments, Key::Origins)
    {
        verify(except.name.into(), "verify", quote!(#private::Key::Except, #private::None));
    }
    for (caret, report) in &verdict.with_credentials {
        verify(*caret, "verify_without_credentials", quote!(#report));
    }
    tokens
}
