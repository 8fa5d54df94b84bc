//! The macros as functions: what they generate for typical handlers, and what they report about a table of origins.

use std::path::{Path, PathBuf};

use cors_core::{Allow, Builder, Key, Policy, Rule};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::diagnostics::Mistakes;
use crate::expand::module;
use crate::names::{CORS_ABOVE_ROUTE, CORS_OF_MODULE};
use crate::parse::arguments::Arguments;
use crate::parse::key::Macro;
use crate::parse::value::{Entry, MaxAge};
use crate::{attribute, policy_macro};

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Expands the arguments of `policy!`.
fn expand_policy(arguments: TokenStream) -> TokenStream {
    policy_macro::expand(quote!(::cors_actix; #arguments))
}

/// Expands the attributes and macros of this crate in `source`, but not those of actix.
fn expanded(source: &str) -> String {
    let mut tokens: TokenStream = source.parse().expect("tokens");
    loop {
        let file = syn::parse2::<syn::File>(tokens).unwrap_or_else(|error| panic!("{error}"));
        let mut is_done = true;
        tokens = file.items.into_iter().map(|item| expand_item(item, &mut is_done)).collect();
        if is_done {
            return prettyplease::unparse(&syn::parse2(tokens).expect("items"));
        }
    }
}

/// One step of the expansion: the outermost attribute, or else the items inside.
fn expand_item(mut item: syn::Item, is_done: &mut bool) -> TokenStream {
    let attributes = match &mut item {
        syn::Item::Fn(function) => &mut function.attrs,
        syn::Item::Mod(module) => &mut module.attrs,
        syn::Item::Struct(item) => &mut item.attrs,
        syn::Item::Static(item) => {
            let syn::Expr::Macro(call) = &*item.expr else { return item.into_token_stream() };
            *is_done = false;
            let expression = expand_policy(call.mac.tokens.clone());
            *item.expr = syn::parse2(expression).expect("an expression");
            return item.into_token_stream();
        }
        _ => return item.into_token_stream(),
    };
    let ours = |attribute: &syn::Attribute| {
        let name = attribute.path().segments.last().map(|segment| segment.ident.to_string());
        name.is_some_and(|name| name == "cors" || name == CORS_ABOVE_ROUTE || name == CORS_OF_MODULE)
    };
    if let Some(index) = attributes.iter().position(ours) {
        *is_done = false;
        let macro_ = attributes.remove(index);
        let arguments = macro_.meta.require_list().expect("arguments").tokens.clone();
        let item = item.into_token_stream();
        return match &*macro_.path().segments.last().expect("a name").ident.to_string() {
            CORS_OF_MODULE => module::expand_handler(arguments, item),
            CORS_ABOVE_ROUTE => attribute::expand_above_route(arguments, item),
            _ => attribute::expand(arguments, item),
        };
    }
    if let syn::Item::Mod(syn::ItemMod { content: Some((_, items)), .. }) = &mut item {
        let inner = std::mem::take(items);
        let expanded: TokenStream = inner.into_iter().map(|item| expand_item(item, is_done)).collect();
        *items = syn::parse2::<syn::File>(expanded).expect("items").items;
    }
    item.into_token_stream()
}

/// Compares the expansion of `source` with `snapshots/<name>.rs`, or writes that file with `UPDATE_SNAPSHOTS=1`.
///
/// The expansion is not formatted in the project's style, so that a snapshot changes only if the macros change.
fn snapshot(name: &str, source: &str) {
    let path = file(&format!("snapshots/{name}.rs"));
    let commented: String = source.trim().lines().map(|line| format!("// {line}\n")).collect();
    let now = format!("{}\n{}", commented.replace("// \n", "//\n"), expanded(source));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &now).expect("the snapshot can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        now,
        kept,
        "{} differs; UPDATE_SNAPSHOTS=1 cargo test -p cors-macros writes it again",
        path.display()
    );
}

#[test]
fn a_handler_with_one_method() {
    snapshot(
        "one-method",
        r#"
#[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = "1h")]
/// Changes an item.
#[put("/items/{id}", name = "item", wrap = "Compress::default()")]
pub async fn update(id: web::Path<u64>) -> impl Responder {
    format!("item {id}")
}
"#,
    );
}

#[test]
fn a_route_with_several_methods_and_a_guard() {
    snapshot(
        "several-methods",
        r#"
#[cors(origins = "*", expose = ["x-total-count"], methods = ["GET"])]
#[actix_web::route("/items", method = "GET", method = "PURGE", guard = "is_json")]
async fn items() -> impl Responder {
    "items"
}
"#,
    );
}

#[test]
fn a_handler_with_several_paths() {
    snapshot(
        "several-paths",
        r#"
#[cors(policy = policies::PARTNERS)]
#[routes]
#[get("/a", name = "a", wrap = "Compress::default()")]
#[put("/a")]
#[delete("/b", guard = "is_json")]
async fn several() -> impl Responder {
    "several"
}
"#,
    );
}

#[test]
fn constants_and_functions() {
    snapshot(
        "constants",
        r#"
#[cors(origins = [APP, "https://b.example"], credentials, methods = [names::PUT], origin_fn = is_known, enforce)]
#[route("/", method = "GET", method = "PUT")]
async fn handler() -> impl Responder {
    "hello"
}

static PARTNERS: Policy = policy! { origins = [APP], preflight_status = 200, allow(insecure_origins) };
"#,
    );
}

#[test]
fn a_module() {
    snapshot(
        "module",
        r#"
#[cors(origins = ["https://app.example.com"])]
#[scope("/api")]
mod api {
    #[get("/items/{id}")]
    async fn read() -> impl Responder {
        "read"
    }

    mod inner {
        #[cfg(feature = "write")]
        #[actix_web::put("/api/items/{item}")]
        async fn write() -> impl Responder {
            "write"
        }

        #[cors(deny)]
        #[get("/closed")]
        async fn closed() -> impl Responder {
            "closed"
        }
    }
}
"#,
    );
}

/// The codes of the compile errors in an expansion, in their order.
fn codes(expansion: TokenStream) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for token in expansion {
        match token {
            TokenTree::Group(group) => codes.extend(self::codes(group.stream())),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let named = |rule: &&Rule| text.contains(&format!("[{}]\\n", rule.code()));
                codes.extend(Rule::ALL.iter().find(named).map(|rule| rule.code()));
            }
            _ => {}
        }
    }
    codes
}

/// The rows of a table `codes-or-ok <tab> literal`.
fn rows(table: &str) -> Vec<(Vec<String>, syn::LitStr)> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows = lines.map(|line| {
        let (codes, text) = line.split_once('\t').unwrap_or_else(|| panic!("no tab: {line:?}"));
        let text = syn::parse_str(text).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        (codes.split(' ').filter(|code| *code != "ok").map(String::from).collect(), text)
    });
    rows.collect()
}

/// Uses the tables with which the builder, constants and serde are tested.
#[test]
fn the_macros_judge_origins_as_the_builder_and_serde_do() {
    for (table, key) in [("origins", quote!()), ("origins-with-credentials", quote!(, credentials))] {
        let table = std::fs::read_to_string(file(&format!("../cors-core/tests/{table}.txt")));
        let rows = rows(&table.expect("the table of origins"));
        assert!(rows.len() > 20);
        for (expected, text) in rows {
            let arguments = quote!(origins = [#text] #key);
            assert_eq!(codes(expand_policy(arguments.clone())), expected, "policy!: {:?}", text.value());
            let item = quote!(
                #[get("/")]
                async fn handler() -> &'static str {
                    ""
                }
            );
            assert_eq!(codes(attribute::expand(arguments, item)), expected, "#[cors]: {:?}", text.value());
        }
    }
}

/// Parses the printed form of a policy as `policy!` does.
fn read_back(printed: &str) -> Builder {
    let tokens: TokenStream = printed.parse().unwrap_or_else(|error| panic!("{printed}: {error}"));
    assert_eq!(codes(expand_policy(tokens.clone())), [""; 0], "{printed}");
    let arguments = Arguments::parse(tokens, Macro::Policy, &mut Mistakes::default());
    let texts = |key| -> Vec<String> {
        let text = |text: &Entry| match text {
            Entry::Literal(literal) => literal.value(),
            Entry::Constant(_) => panic!("{printed}"),
        };
        arguments.list(key).iter().map(text).collect()
    };
    let builder = Policy::builder()
        .origins(texts(Key::Origins))
        .except(texts(Key::Except))
        .credentials(arguments.declaration.credentials.may_be_on())
        .methods(texts(Key::Methods))
        .headers(texts(Key::Headers))
        .expose(texts(Key::Expose))
        .enforce(arguments.declaration.enforce.may_be_on())
        .preflight_status(arguments.declaration.preflight_status.map_or(204, |status| status as u16))
        .allow(arguments.declaration.allow.iter());
    match &arguments.declaration.max_age {
        None => builder,
        Some(MaxAge::Seconds(_) | MaxAge::Constant(_)) => panic!("{printed}"),
        Some(MaxAge::Text(text)) => builder.max_age(&*text.value()),
    }
}

#[test]
fn the_macro_reads_a_printed_policy() {
    let listed = || Policy::builder().origins(["https://*.example.com:*", "http://[::1]:3000"]);
    for builder in [
        Policy::builder().origins("*"),
        Policy::builder().origins("*").except(["https://a.example"]).methods("*").headers("*").expose("*"),
        Policy::builder().origins("null").allow([Allow::NullOrigin]),
        listed().credentials(true).enforce(true).preflight_status(200).max_age(0),
        listed().max_age(90).methods(["PUT", "m-search", "!#$%&'+-.^_`|~"]).headers(["*", "Authorization"]),
        listed().max_age(86_400).expose(["x-'a'", "`x-b`", "%$"]),
        Policy::builder()
            .origins(["http://*.com", "https://*.github.io"])
            .credentials(true)
            .allow([Allow::PublicSuffixes, Allow::InsecureOrigins]),
    ] {
        let policy = builder.build().unwrap();
        assert_eq!(read_back(&policy.to_string()).build().as_ref(), Ok(&policy), "{policy}");
    }
    assert_eq!(read_back(&Policy::development().to_string()).build().unwrap(), Policy::development());
}

/// The examples of the rules that only the macros have: (code, wrong example, right example).
fn shown_as_text(page: &str) -> Vec<(&str, &str, &str)> {
    let sections = page.split("\n## ").map(|section| section.strip_prefix("## ").unwrap_or(section));
    let shown = sections.filter_map(|section| {
        let code = section.lines().next()?;
        let (block, _) = section.split_once("```text\n// wrong\n")?.1.split_once("```")?;
        let (wrong, right) =
            block.split_once("// right\n").unwrap_or_else(|| panic!("{code} has no right example"));
        Some((code, wrong, right))
    });
    shown.collect()
}

/// The codes of the mistakes in a call of `policy!`, in a `static` with one, or in an attribute with or without its handler.
fn codes_of_source(source: &str) -> Vec<&'static str> {
    let handler = "#[get(\"/\")] async fn handler() -> impl Responder { \"…\" }";
    let item = syn::parse_str(source).or_else(|_| syn::parse_str(&format!("{source} {handler}")));
    match item.unwrap_or_else(|error| panic!("{error}: {source}")) {
        syn::Item::Macro(call) => codes(expand_policy(call.mac.tokens)),
        syn::Item::Static(declared) => {
            let syn::Expr::Macro(call) = *declared.expr else { panic!("{source}") };
            codes(expand_policy(call.mac.tokens))
        }
        item => codes(expand_item(item, &mut false)),
    }
}

#[test]
fn the_macros_report_the_examples_of_the_rules() {
    let page = std::fs::read_to_string(file("../cors-core/src/rules/rules.md")).expect("the page");
    let shown = shown_as_text(&page);
    assert_eq!(shown.len(), page.matches("```text").count());
    for (code, wrong, right) in shown {
        // The attribute above is expanded first, so this test cannot see it.
        let expected = if code == "route-order" { "route-missing" } else { code };
        let wrong = if code == "route-order" { wrong.split_once('\n').expect("two lines").1 } else { wrong };
        assert_eq!(codes_of_source(wrong), [expected], "{wrong}");
        assert_eq!(codes_of_source(right), [] as [&str; 0], "{right}");
    }
}

/// The messages of the compile errors in an expansion.
fn messages(expansion: TokenStream) -> Vec<String> {
    let mut messages = Vec::new();
    for token in expansion {
        match token {
            TokenTree::Group(group) => messages.extend(self::messages(group.stream())),
            TokenTree::Literal(literal) => {
                let text = syn::parse2::<syn::LitStr>(literal.into_token_stream()).map(|text| text.value());
                messages.extend(text.ok().filter(|text| text.contains("\nhelp: ")));
            }
            _ => {}
        }
    }
    messages
}

#[test]
fn a_mistake_has_one_message_that_says_what_to_write() {
    let app = "origins = \"https://app.example.com\"";
    for (declaration, help) in [
        ("origins = std::env::var(\"ORIGINS\")", "Policy::builder().origins_from_str(&text)"),
        (
            "origins = std::env::var(\"ORIGINS\").unwrap().split(',')",
            "Policy::builder().origins_from_str(&text)",
        ),
        ("origins = origins()", "Policy::builder().origins_from_str(&text)"),
        ("origins = [origins()[0]]", "Policy::builder().origins_from_str(&text)"),
        ("{app}, methods = config.methods", "Policy::builder().methods_from_str(&text)"),
        ("{app}, headers = if true { A } else { B }", "Policy::builder().headers_from_str(&text)"),
        ("{app}, max_age = Duration::from_secs(60)", "Policy::builder().max_age(value)"),
        ("{app}, credentials = is_production()", "Policy::builder().credentials(value)"),
        ("{app}, enforce = !true", "write enforce"),
        ("origins = &[\"https://a.example\"]", "write origins = ["),
        ("origins = vec![\"https://a.example\"]", "write origins = ["),
        ("origins = (\"https://a.example\", \"https://b.example\")", "write origins = ["),
        ("origins = [\"https://a.example\"; 2]", "write origins = ["),
        ("origins = 'a'", "write origins = ["),
        ("origins = [\"https://a.example\" \"https://b.example\"]", "write a comma before it, and brackets"),
        ("origins = [A, A B]", "write a comma before it"),
        ("origins = \"https://a.example\" \"https://b.example\"", "and brackets around several strings"),
        ("{app} credentials", "write a comma before it"),
        ("{app}, credentials max_age = 60", "write a comma before it"),
        ("{app}, allow(insecure_origins public_suffixes)", "write a comma before it"),
        ("{app}, allow(insecure_origins) credentials", "write a comma before it"),
        ("origins: \"*\"", "write origins = ["),
        ("origins \"*\"", "write origins = ["),
        ("origins(\"*\")", "write origins = ["),
        ("origins == \"*\"", "write origins = ["),
        ("origins", "write origins = ["),
        ("Origins = \"*\"", "did you mean `origins`?"),
        ("\"origins\" = \"*\"", "each part starts with a key"),
        ("{app}, enforce(true)", "write enforce"),
        ("{app}, credentials: false", "write credentials"),
        ("{app},, enforce", "each part starts with a key"),
        ("\"https://a.example\"", "each part starts with a key"),
        ("{app}, max_age = 10m", "max_age = \"10m\""),
        ("{app}, max_age = 1.5", "max_age = \"10m\""),
        ("{app}, max_age = 600_u32", "max_age = \"10m\""),
        ("{app}, max_age = \"10 minutes\"", "max_age = \"10m\""),
        ("{app}, preflight_status = \"200\"", "write preflight_status = 200"),
        ("{app}, preflight_status = 404", "write preflight_status = 204"),
        ("{app}, allow(insecure_origin)", "did you mean allow(insecure_origins)?"),
        ("{app}, allow(\"public_suffixes\")", "did you mean allow(public_suffixes)?"),
        ("{app}, allow = [null_origin]", "write allow(insecure_origins)"),
        ("{app}, allow(everything)", "write allow(insecure_origins)"),
        ("{app}, deny", "it goes into #[cors(…)]"),
        ("allowed_origin = A", "did you mean `origins`?"),
        ("{app}, supports_credentials", "did you mean `credentials`?"),
    ] {
        let declaration = declaration.replace("{app}", app);
        let messages = messages(expand_policy(declaration.parse().expect("tokens")));
        assert_eq!(messages.len(), 1, "{declaration}: {messages:#?}");
        assert!(messages[0].contains(help), "{declaration}: {}", messages[0]);
    }
}

#[test]
fn a_mistake_in_an_attribute_has_one_message_that_says_what_to_write() {
    let item = quote!(
        #[get("/")]
        async fn handler() -> &'static str {
            ""
        }
    );
    for (arguments, help) in [
        ("", "name the origins"),
        ("\"https://a.example\"", "each part starts with a key"),
        ("policy = \"PARTNERS\"", "policy = PARTNERS, with the path of a policy"),
        ("policy(PARTNERS)", "policy = PARTNERS, with the path of a policy"),
        ("origin_fn = is_known()", "origin_fn = is_known, with the path of a function"),
        ("origin_fn = |_, _| true", "origin_fn = is_known, with the path of a function"),
        ("origin_fn = is_known, vary = x_tenant()", "vary = [\"x-tenant\"]"),
        ("origin_fn = is_known, vary = [\"x tenant\"]", "write one name per entry: vary = [\"x-tenant\"]"),
        ("policy = PARTNERS, vary = [\"x-tenant\"]", "`vary`"),
        ("deny = \"all\"", "deny, without a value"),
        ("origins = \"*\", crate = \"cors\"", "crate = path::to::cors_actix"),
    ] {
        let arguments: TokenStream = arguments.parse().expect("tokens");
        let messages = messages(attribute::expand(arguments.clone(), item.clone()));
        assert_eq!(messages.len(), 1, "{arguments}: {messages:#?}");
        assert!(messages[0].contains(help), "{arguments}: {}", messages[0]);
    }
}

/// The expansion of `#[cors]` above a handler with these attributes and this return type, and the handler itself.
fn above_handler(arguments: &str, attributes: &str, output: &str) -> (TokenStream, TokenStream) {
    let item = format!("{attributes} async fn handler() {output} {{ \"\" }}");
    let item: syn::ItemFn = syn::parse_str(&item).unwrap_or_else(|error| panic!("{item}: {error}"));
    let item = item.into_token_stream();
    let arguments = arguments.parse().unwrap_or_else(|error| panic!("{arguments}: {error}"));
    (attribute::expand(arguments, item.clone()), item)
}

#[test]
fn a_route_that_cannot_have_a_policy_is_reported() {
    for (attributes, expected) in [
        ("#[get(\"/\")]", &[] as &[&str]),
        ("#[actix_web::get(\"/\")]", &[]),
        ("#[rocket::get(\"/\")]", &["route-missing"]),
        ("#[options(\"/\")]", &["route-options"]),
        ("#[route(\"/\", method = \"GET\", method = \"OPTIONS\")]", &["route-options"]),
        ("#[trace(\"/\")]", &["method-forbidden"]),
        ("#[route(\"/\", method = \"GET\", method = \"CONNECT\")]", &["method-forbidden"]),
        ("", &["route-missing"]),
    ] {
        let (expansion, _) = above_handler("origins = \"*\"", attributes, "-> &'static str");
        assert_eq!(codes(expansion), expected, "{attributes}");
    }
}

#[test]
fn a_handler_that_actix_rejects_is_left_to_actix() {
    for (attributes, output, is_left) in [
        ("#[put(\"/\")]", "-> &'static str", false),
        ("#[routes] #[get(\"/\")] #[put(\"/\")]", "-> &'static str", false),
        ("#[put(\"/\", method = \"GET\")]", "-> &'static str", true),
        ("#[route(\"/\")]", "-> &'static str", true),
        ("#[get(\"/\")]", "", true),
        ("#[routes]", "-> &'static str", true),
        ("#[get(\"/a\")] #[post(\"/b\")]", "-> &'static str", true),
    ] {
        let (expansion, item) = above_handler("origins = \"*\"", attributes, output);
        assert_eq!(codes(expansion.clone()), [""; 0], "{attributes}");
        assert_eq!(expansion.to_string().ends_with(&item.to_string()), is_left, "{attributes}");
    }
}

#[test]
fn only_some_keys_can_be_combined_with_a_named_policy_or_deny() {
    for (arguments, expected) in [
        ("policy = PARTNERS", &[] as &[&str]),
        ("policy = PARTNERS, trial = STRICT", &[]),
        ("policy = PARTNERS, credentials", &["policy-mixed"]),
        ("policy = PARTNERS, trial = STRICT, credentials", &["policy-mixed"]),
        ("policy = PARTNERS, deny", &["deny-mixed"]),
        ("deny, trial = STRICT", &["deny-mixed"]),
    ] {
        let (expansion, _) = above_handler(arguments, "#[get(\"/\")]", "-> &'static str");
        assert_eq!(codes(expansion), expected, "{arguments}");
    }
}

#[test]
fn a_rule_that_depends_on_a_constant_is_left_to_the_compiler() {
    for declaration in [
        "origins = [A], except = [\"https://a.example\"]",
        "origins = [\"https://b.example\", A], except = [\"https://a.example\"]",
        "origins = [\"https://b.example\"], except = [A]",
        "origins = [\"*\", A]",
        "origins = \"*\", methods = [\"*\", A]",
        "origins = \"*\", headers = [\"*\", A]",
        "origins = \"*\", expose = [\"*\", A]",
        "origins = [A]",
    ] {
        assert_eq!(codes(expand_policy(declaration.parse().unwrap())), [""; 0], "{declaration}");
    }
    for (declaration, expected) in [
        ("origins = [\"https://b.example\"], except = [\"https://a.example\"]", "except-without-wildcard"),
        ("origins = [\"*\", \"https://a.example\"]", "origin-wildcard-mixed"),
        ("origins = origins(), except = [\"https://a.example\"]", "key-type"),
    ] {
        assert_eq!(codes(expand_policy(declaration.parse().unwrap())), [expected], "{declaration}");
    }
}

#[test]
fn a_rule_about_credentials_is_a_condition_if_credentials_is_a_constant() {
    let expand = |origin: &str| expand_policy(quote!(origins = [#origin], credentials = IS_ON));
    let is_error = |expansion: &TokenStream| expansion.to_string().contains("compile_error");
    let insecure = expand("http://a.example");
    assert_eq!(codes(insecure.clone()), ["credentials-insecure-origin"]);
    assert!(!is_error(&insecure));
    // Whatever the constant is, this is a mistake, and it is reported once.
    let path = expand("https://a.example/");
    assert_eq!(codes(path.clone()), ["origin-path"]);
    assert!(is_error(&path));
    // No other constant means credentials.
    let enforced = expand_policy(quote!(origins = ["http://a.example"], credentials, enforce = IS_ON));
    assert!(is_error(&enforced));
    let granted = expand_policy(quote!(origins = ["http://a.example"], enforce = IS_ON));
    assert_eq!(codes(granted), [""; 0]);
}
