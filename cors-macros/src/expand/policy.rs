//! The expression that a declared policy becomes.

use cors_core::{Key, ValueRef};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::diagnostics::Caret;
use crate::judge::policy::Reported;
use crate::names::unused_name;
use crate::parse::arguments::{Arguments, Text, Time};

/// The declared policy as an expression that can stand in a `const`.
///
/// The judge has seen every literal. Where there are constants, each entry is verified by the compiler, at its own place,
/// and the rule about public suffixes, which no constant can be judged by, when the policy is first used.
///
/// `served` are the methods of the handler's route; a policy with a name has none.
pub(crate) fn expression(arguments: &Arguments, served: &[&str]) -> TokenStream {
    let private = quote!(::cors_actix::__private);
    let place = quote!(#private::concat!(#private::file!(), ":", #private::line!()));
    if !has_any_constants(arguments) {
        let declaration = declaration(arguments);
        return quote!(#private::Policy::from_declaration(#declaration, #place));
    }
    let name = declaration_name(arguments);
    let verified = verified(arguments, served, &Reported::new());
    let mut policy = quote!(#private::Policy::from_declaration(#name, #place));
    if arguments.declaration.credentials && has_constants(arguments, Key::Origins) {
        policy = quote!(#private::Policy::judged_at_start(#policy));
    }
    quote!({
        #verified
        #policy
    })
}

fn declaration(arguments: &Arguments) -> TokenStream {
    let private = quote!(::cors_actix::__private);
    let fields = Key::ALL.iter().map(|&key| {
        let name = Ident::new(key.name(), Span::call_site());
        let value = match arguments.declaration.get(key) {
            ValueRef::List(list) => quote!(&[#(#list),*]),
            ValueRef::Flag(flag) => quote!(#flag),
            ValueRef::MaxAge(None) | ValueRef::Status(None) => quote!(#private::None),
            ValueRef::MaxAge(Some(Time::Seconds(seconds))) => {
                quote!(#private::Some(#private::MaxAge::Seconds(#seconds)))
            }
            ValueRef::MaxAge(Some(Time::Text(text))) => quote!(#private::Some(#private::MaxAge::Text(#text))),
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

fn has_constants(arguments: &Arguments, key: Key) -> bool {
    arguments.list(key).iter().any(Text::is_constant)
}

fn has_any_constants(arguments: &Arguments) -> bool {
    Key::ALL.iter().any(|&key| has_constants(arguments, key))
}

fn declaration_name(arguments: &Arguments) -> Ident {
    unused_name("__CORS_DECLARATION", &arguments.tokens)
}

/// The declaration as a constant, and items that stop the compiler where a constant in it breaks a rule. What is
/// `reported` is not said again.
pub(crate) fn verified(arguments: &Arguments, served: &[&str], reported: &Reported) -> TokenStream {
    // What could not be read may be what the rest depends on.
    if !has_any_constants(arguments) || arguments.has_unreadable() {
        return TokenStream::new();
    }
    let private = quote!(::cors_actix::__private);
    let (name, declaration) = (declaration_name(arguments), declaration(arguments));
    let mut tokens = quote!(const #name: #private::Declaration<#private::Borrowed<'static>> = #declaration;);
    // Compile errors in constants are shown where they would be in the user's own code, so that is what the spans say it
    // is. The caret goes from the first token of the call to the last.
    let mut verify = |caret: Caret, function: &str, what: TokenStream| {
        let function = Ident::new(function, caret.first);
        let call = quote_spanned! {caret.first=>
            const _: () = ::cors_actix::__private::Declaration::#function
        };
        let arguments = quote_spanned!(caret.last=> (&#name, #what););
        tokens.extend([call, arguments]);
    };
    for key in Key::ALL.iter().copied().filter(|&key| has_constants(arguments, key)) {
        let key_name = Ident::new(key.variant(), Span::call_site());
        for (index, text) in arguments.list(key).iter().enumerate() {
            if reported.contains(&(key, Some(index))) {
                continue;
            }
            let caret = Caret::of(text);
            verify(caret, "verify", quote!(#private::Key::#key_name, #private::Some(#index)));
            if key == Key::Methods && text.is_constant() && !served.is_empty() {
                verify(caret, "verify_routed", quote!(#index, &[#(#served),*]));
            }
        }
    }
    if let Some(except) = arguments.find(Key::Except)
        && has_constants(arguments, Key::Origins)
    {
        verify(except.name.into(), "verify", quote!(#private::Key::Except, #private::None));
    }
    tokens
}
