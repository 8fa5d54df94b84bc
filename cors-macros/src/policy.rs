//! `policy!`, and the expression that a declared policy becomes.

use cors_core::{Allow, Key};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::arguments::{Arguments, Place, Text, Time};
use crate::diagnostics::Mistakes;
use crate::judge::judge;

/// `policy! { … }`
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let arguments = Arguments::parse(tokens, Place::Policy, &mut mistakes);
    if !arguments.deny {
        judge(&arguments, Span::call_site(), &mut mistakes);
    }
    if mistakes.is_empty() {
        return expression(&arguments);
    }
    let errors = mistakes.into_tokens();
    quote!({ #errors ::cors_actix::__private::Policy::deny() })
}

/// The declared policy as an expression that can stand in a `const`.
///
/// The judge has seen every literal. Where there are constants, each entry is verified by the compiler once more, at its
/// own place, and the rule about public suffixes, which no constant can be judged by, when the policy is first used.
pub(crate) fn expression(arguments: &Arguments) -> TokenStream {
    let private = quote!(::cors_actix::__private);
    let list = |key: Key| {
        let entries = arguments.list(key);
        quote!(&[#(#entries),*])
    };
    let [origins, except, methods, headers, expose] =
        [Key::Origins, Key::Except, Key::Methods, Key::Headers, Key::Expose].map(list);
    let Arguments { credentials, enforce, .. } = arguments;
    let max_age = match &arguments.max_age {
        None => quote!(#private::None),
        Some(Time::Seconds(seconds)) => quote!(#private::Some(#private::MaxAge::Seconds(#seconds))),
        Some(Time::Text(text)) => quote!(#private::Some(#private::MaxAge::Text(#text))),
    };
    let preflight_status = match arguments.preflight_status {
        None => quote!(#private::None),
        Some(status) => quote!(#private::Some(#status)),
    };
    let allow = arguments.allow.iter().map(|allow| match allow {
        Allow::InsecureOrigins => quote!(#private::Allow::InsecureOrigins),
        Allow::PublicSuffixes => quote!(#private::Allow::PublicSuffixes),
        _ => quote!(#private::Allow::NullOrigin),
    });
    let dynamic = arguments.origin_fn.is_some() || arguments.origin_async.is_some();
    let verified = verified(arguments);
    let judged_at_start =
        (arguments.credentials && has_constants(arguments, Key::Origins)).then(|| quote!(.judged_at_start()));
    quote!({
        const __CORS_DECLARATION: #private::Declaration<'static> = #private::Declaration {
            origins: #origins,
            except: #except,
            credentials: #credentials,
            methods: #methods,
            headers: #headers,
            expose: #expose,
            max_age: #max_age,
            enforce: #enforce,
            preflight_status: #preflight_status,
            allow: &[#(#allow),*],
            dynamic: #dynamic,
        };
        #verified
        #private::Policy::from_declaration(
            __CORS_DECLARATION,
            #private::concat!(#private::file!(), ":", #private::line!()),
        ) #judged_at_start
    })
}

fn has_constants(arguments: &Arguments, key: Key) -> bool {
    arguments.list(key).iter().any(|text| matches!(text, Text::Constant(_)))
}

fn verified(arguments: &Arguments) -> TokenStream {
    let mut tokens = TokenStream::new();
    let lists = [Key::Origins, Key::Except, Key::Methods, Key::Headers, Key::Expose];
    if !lists.iter().any(|&key| has_constants(arguments, key)) {
        return tokens;
    }
    for key in lists {
        let name = match key {
            Key::Origins => quote!(Origins),
            Key::Except => quote!(Except),
            Key::Methods => quote!(Methods),
            Key::Headers => quote!(Headers),
            _ => quote!(Expose),
        };
        if let Some(span) = arguments.span_of(key) {
            tokens.extend(quote_spanned!(span=> const _: () = __CORS_DECLARATION.verify(
                ::cors_actix::__private::Key::#name, ::cors_actix::__private::None);));
        }
        for (index, text) in arguments.list(key).iter().enumerate() {
            tokens.extend(quote_spanned!(text.span()=> const _: () = __CORS_DECLARATION.verify(
                ::cors_actix::__private::Key::#name, ::cors_actix::__private::Some(#index));));
        }
    }
    tokens
}
