//! Policies from the sources of real programs: files, the environment, and the crates that read both.

use cors_actix::{Builder, OriginPatternBuf, Policy, Rule};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The policy that every source of this file has.
fn expected() -> Policy {
    Policy::builder()
        .origins(["https://app.example.com", "https://*.partner.example"])
        .credentials(true)
        .methods(["PUT", "DELETE"])
        .headers(["content-type", "authorization"])
        .expose("x-total-count")
        .max_age(600)
        .enforce(true)
        .preflight_status(200)
        .build()
        .unwrap()
}

/// The keys of the policy as environment variables.
const VARIABLES: [(&str, &str); 9] = [
    ("ORIGINS", "https://app.example.com, https://*.partner.example"),
    ("CREDENTIALS", "true"),
    ("METHODS", "PUT,DELETE"),
    ("HEADERS", "content-type,authorization,"),
    ("EXPOSE", "x-total-count"),
    ("MAX_AGE", "600"),
    ("ENFORCE", "true"),
    ("PREFLIGHT_STATUS", "200"),
    ("EXCEPT", ""),
];

fn variables(prefix: &str) -> Vec<(String, String)> {
    VARIABLES.iter().map(|(name, value)| (format!("{prefix}{name}"), (*value).to_owned())).collect()
}

#[derive(Deserialize)]
struct Nested {
    listen: String,
    cors: Policy,
}

#[derive(Deserialize)]
struct Flattened {
    listen: String,
    #[serde(flatten)]
    cors: Policy,
}

#[derive(Deserialize)]
struct Listen {
    listen: String,
}

/// Two flattened structs, the policy first.
#[derive(Deserialize)]
struct PolicyFirst {
    #[serde(flatten)]
    cors: Policy,
    #[serde(flatten)]
    server: Listen,
}

/// Two flattened structs, the policy second.
#[derive(Deserialize)]
struct PolicySecond {
    #[serde(flatten)]
    server: Listen,
    #[serde(flatten)]
    cors: Policy,
}

/// Reads all shapes of the settings with `nested` and `flat`, the same source with and without a table for the policy.
#[track_caller]
fn agree(nested: impl FnOnce() -> Nested, flat: [Flat; 3]) {
    let nested = nested();
    assert_eq!((nested.listen.as_str(), nested.cors), ("[::]:80", expected()));
    for Flat { listen, cors } in flat {
        assert_eq!((listen.as_str(), cors), ("[::]:80", expected()));
    }
}

struct Flat {
    listen: String,
    cors: Policy,
}

impl From<Flattened> for Flat {
    fn from(settings: Flattened) -> Self {
        Self { listen: settings.listen, cors: settings.cors }
    }
}

impl From<PolicyFirst> for Flat {
    fn from(settings: PolicyFirst) -> Self {
        Self { listen: settings.server.listen, cors: settings.cors }
    }
}

impl From<PolicySecond> for Flat {
    fn from(settings: PolicySecond) -> Self {
        Self { listen: settings.server.listen, cors: settings.cors }
    }
}

/// The three flattened shapes, each read by one of the functions.
macro_rules! flat {
    ($read:ident) => {
        [$read::<Flattened>().into(), $read::<PolicyFirst>().into(), $read::<PolicySecond>().into()]
    };
}

#[test]
fn toml() {
    const KEYS: &str = r#"
        origins = ["https://app.example.com", "https://*.partner.example"]
        credentials = true
        methods = "PUT, DELETE"
        headers = ["content-type", "authorization"]
        expose = "x-total-count"
        max_age = "10m"
        enforce = true
        preflight_status = 200
    "#;
    fn read<T: DeserializeOwned>() -> T {
        toml::from_str(&format!("listen = '[::]:80'\n{KEYS}")).unwrap()
    }
    let nested = || toml::from_str(&format!("listen = '[::]:80'\n[cors]\n{KEYS}")).unwrap();
    agree(nested, flat!(read));
}

const JSON: &str = r#"
    "origins": ["https://app.example.com", "https://*.partner.example"],
    "except": null,
    "credentials": true,
    "methods": ["PUT", "DELETE"],
    "headers": "content-type, authorization",
    "expose": "x-total-count",
    "max_age": 600,
    "enforce": true,
    "preflight_status": 200
"#;

#[test]
fn json() {
    fn read<T: DeserializeOwned>() -> T {
        serde_json::from_str(&format!(r#"{{"listen":"[::]:80",{JSON}}}"#)).unwrap()
    }
    let nested = || serde_json::from_str(&format!(r#"{{"listen":"[::]:80","cors":{{{JSON}}}}}"#)).unwrap();
    agree(nested, flat!(read));
}

#[test]
fn json5() {
    const KEYS: &str = "
        // JSON5 allows comments and keys without quotes.
        origins: ['https://app.example.com', 'https://*.partner.example',],
        credentials: true, methods: 'PUT, DELETE', headers: ['content-type', 'authorization'],
        expose: 'x-total-count', max_age: 600, enforce: true, preflight_status: 200,
    ";
    fn read<T: DeserializeOwned>() -> T {
        json5::from_str(&format!("{{listen: '[::]:80', {KEYS}}}")).unwrap()
    }
    let nested = || json5::from_str(&format!("{{listen: '[::]:80', cors: {{{KEYS}}}}}")).unwrap();
    agree(nested, flat!(read));
}

#[test]
fn yaml() {
    const KEYS: &str = "{origins: [https://app.example.com, 'https://*.partner.example'], except: ~, credentials: true, \
        methods: [PUT, DELETE], headers: [content-type, authorization], expose: x-total-count, max_age: 10m, \
        enforce: true, preflight_status: 200}";
    fn read<T: DeserializeOwned>() -> T {
        let keys = KEYS.strip_prefix('{').unwrap();
        serde_norway::from_str(&format!("{{listen: '[::]:80', {keys}")).unwrap()
    }
    let nested = || serde_norway::from_str(&format!("listen: '[::]:80'\ncors: {KEYS}")).unwrap();
    agree(nested, flat!(read));
}

#[test]
fn config_with_a_file_and_the_environment() {
    fn read<T: DeserializeOwned>(prefix: &str) -> T {
        let mut variables = variables(prefix);
        variables.push(("APP_LISTEN".into(), "[::]:80".into()));
        let environment = config::Environment::with_prefix("APP").prefix_separator("_").separator("__");
        let file = "listen = 'from the file'\norigins = ['https://from.the.file.example']";
        let settings = config::Config::builder()
            .add_source(config::File::from_str(file, config::FileFormat::Toml))
            .add_source(environment.source(Some(variables.into_iter().collect())));
        settings.build().unwrap().try_deserialize().unwrap()
    }
    fn flat<T: DeserializeOwned>() -> T {
        read("APP_")
    }
    agree(|| read("APP_CORS__"), flat!(flat));
}

#[test]
#[allow(clippy::result_large_err, reason = "the error of figment")]
fn figment_with_a_file_and_the_environment() {
    fn read<T: DeserializeOwned>(prefix: &'static str) -> T {
        let mut read = None;
        figment::Jail::expect_with(|jail| {
            use figment::providers::{Env, Format, Json};
            jail.set_env("APP_LISTEN", "\"[::]:80\"");
            for (name, value) in variables(prefix) {
                jail.set_env(name, value);
            }
            let file =
                Json::string(r#"{"listen":"from the file","origins":["https://from.the.file.example"]}"#);
            let settings = figment::Figment::from(file).merge(Env::prefixed("APP_").split("__"));
            read = Some(settings.extract()?);
            Ok(())
        });
        read.unwrap()
    }
    fn flat<T: DeserializeOwned>() -> T {
        read("APP_")
    }
    agree(|| read("APP_CORS__"), flat!(flat));
}

#[test]
fn envy() {
    fn read<T: DeserializeOwned>() -> T {
        let mut variables = variables("APP_");
        variables.push(("APP_LISTEN".into(), "[::]:80".into()));
        envy::prefixed("APP_").from_iter(variables).unwrap()
    }
    let policy: Policy = envy::prefixed("CORS_").from_iter(variables("CORS_")).unwrap();
    agree(|| Nested { listen: "[::]:80".into(), cors: policy }, flat!(read));
}

/// Every source reports the code, the key and the entry.
#[test]
fn errors_keep_the_code_the_key_and_the_entry() {
    const WRONG: &str = "https://a.example,https://b.example/";
    const CODE: &str = "origins[1]: origin-path: `https://b.example/`";
    let variables = || [("APP_CORS__ORIGINS".to_owned(), WRONG.to_owned())];
    let environment = config::Environment::with_prefix("APP").prefix_separator("_").separator("__");
    let config = config::Config::builder().add_source(environment.source(Some(variables().into())));
    #[derive(Debug, Deserialize)]
    struct Settings {
        #[serde(rename = "cors")]
        _cors: Policy,
    }
    let config = config.build().unwrap().try_deserialize::<Settings>().unwrap_err().to_string();
    let figment =
        figment::Figment::from(("cors.origins", WRONG)).extract::<Settings>().unwrap_err().to_string();
    let envy =
        envy::from_iter::<_, Policy>([("ORIGINS".to_owned(), WRONG.to_owned())]).unwrap_err().to_string();
    let json5 =
        json5::from_str::<Settings>(&format!("{{cors: {{origins: '{WRONG}'}}}}")).unwrap_err().to_string();
    for message in [config, figment, envy, json5] {
        assert!(message.contains(CODE), "{message}");
    }
}

/// Tests the statements of the guide about `#[serde(flatten)]`. These are limits of serde. If they change, the guide
/// has to change.
#[test]
fn flattening_hides_the_errors_that_the_guide_lists() {
    // Unknown keys.
    let flat: Flattened = toml::from_str("listen = ''\norigins = '*'\nenforced = true").unwrap();
    assert!(!flat.cors.enforce());
    let nested = toml::from_str::<Nested>("listen = ''\n[cors]\norigins = '*'\nenforced = true");
    assert!(nested.err().unwrap().to_string().contains("unknown-key"));

    // Errors in an `Option`.
    #[derive(Deserialize)]
    struct Optional {
        #[serde(flatten)]
        cors: Option<Policy>,
    }
    let optional: Optional = toml::from_str("origins = 'https://a.example/'").unwrap();
    assert_eq!(optional.cors, None);
    #[derive(Deserialize)]
    struct Collected {
        #[serde(flatten)]
        cors: Builder,
    }
    let collected: Collected = toml::from_str("origins = 'https://a.example/'").unwrap();
    assert_eq!(collected.cors.build().unwrap_err()[0].rule(), Rule::OriginPath);

    // Numbers of another flattened struct, where everything is text.
    #[derive(Debug, Deserialize)]
    struct Port {
        #[serde(rename = "port")]
        _port: u16,
    }
    #[derive(Debug, Deserialize)]
    struct Server {
        #[serde(flatten)]
        _cors: Policy,
        #[serde(flatten)]
        _port: Port,
    }
    let variables = [("ORIGINS", "*"), ("PORT", "80")].map(|(name, value)| (name.into(), value.into()));
    let error = envy::from_iter::<_, Server>(variables).unwrap_err().to_string();
    assert!(error.contains("80") && error.contains("u16"), "{error}");
}

#[test]
fn clap_parses_origin_patterns_and_shows_the_help_of_the_rule() {
    #[derive(clap::Parser)]
    struct Arguments {
        #[arg(long = "origin")]
        origins: Vec<OriginPatternBuf>,
    }
    use clap::Parser;
    let origins = ["server", "--origin", "https://a.example", "--origin", "http://localhost:*"];
    let arguments = Arguments::try_parse_from(origins).unwrap();
    let policy = Policy::builder().origins(arguments.origins).build().unwrap();
    assert!(policy.allows_origin("http://localhost:5173"));

    let error =
        Arguments::try_parse_from(["server", "--origin", "HTTPS://a.example"]).err().unwrap().to_string();
    assert!(error.contains("origin-uppercase") && error.contains("write \"https://a.example\""), "{error}");
}

/// The schema accepts what is read, and rejects a misspelled key and a value of the wrong kind before the file is read.
#[test]
fn the_json_schema_describes_the_files_that_are_read() {
    let schema = schemars::schema_for!(Policy).to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let check = |file: &str| {
        let file: serde_json::Value = toml::from_str(file).unwrap();
        (validator.is_valid(&file), serde_json::from_value::<Policy>(file).is_ok())
    };
    for file in [
        "origins = '*'",
        "origins = 'https://a.example, https://b.example'",
        "origins = ['https://a.example']\ncredentials = true\nmax_age = 600\nallow = ['insecure_origins']",
        "origins = '*'\nexcept = ['https://a.example']\nmethods = 'PUT'\nheaders = ['x-a']\nexpose = '*'",
        "origins = ['https://a.example']\nmax_age = '10m'\nenforce = true\npreflight_status = 200",
    ] {
        assert_eq!(check(file), (true, true), "{file}");
    }
    for file in [
        "headers = ['x-a']",
        "origins = 5",
        "origins = '*'\nenforced = true",
        "origins = '*'\nmax_age = 'soon'",
        "origins = '*'\nmax_age = 90000",
        "origins = '*'\npreflight_status = 404",
        "origins = '*'\nallow = ['insecure']",
        "origins = '*'\nmethods = [1]",
    ] {
        assert_eq!(check(file), (false, false), "{file}");
    }
}

#[derive(Deserialize, schemars::JsonSchema)]
#[allow(dead_code)]
struct Settings {
    /// The address of the server.
    listen: String,
    cors: Option<Policy>,
}

#[test]
fn a_schema_of_settings_contains_the_schema_of_the_policy() {
    let schema = schemars::schema_for!(Settings).to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let is_valid = |file: &str| validator.is_valid(&toml::from_str::<serde_json::Value>(file).unwrap());
    assert!(is_valid("listen = '[::]:80'"));
    assert!(is_valid("listen = '[::]:80'\n[cors]\norigins = '*'"));
    assert!(!is_valid("listen = '[::]:80'\n[cors]\norigin = '*'"));
    assert!(schema.to_string().contains("The response headers that a page may read."));
}
