//! A JSON schema of policy files. Editors use it to complete and check them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::policy::builder::Builder;
use crate::policy::declaration::{Declaration, Owned, ValueRef};
use crate::policy::exception::Allow;
use crate::policy::key::Key;
use crate::policy::max_age::MaxAge;
use crate::policy::policy::Policy;

/// The schema of a policy in a file (feature `schemars`).
///
/// It describes the keys and the kinds of their values as they are written in TOML, JSON and YAML. It does not contain the
/// rules: a policy that matches the schema is judged when it is read. The text forms of flags and numbers, which exist for
/// environment variables, are not in the schema.
///
/// ```
/// use cors_core::Policy;
///
/// let schema = schemars::schema_for!(Policy);
/// assert_eq!(schema.get("required").unwrap()[0], "origins");
/// ```
impl JsonSchema for Policy {
    fn schema_name() -> Cow<'static, str> {
        "Policy".into()
    }

    fn schema_id() -> Cow<'static, str> {
        "cors_core::Policy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Builder::json_schema(generator);
        schema.insert("required".into(), [Key::Origins.name()].as_slice().into());
        schema
    }
}

/// The schema of [`Policy`], in which no key is required (feature `schemars`).
impl JsonSchema for Builder {
    fn schema_name() -> Cow<'static, str> {
        "PolicyBuilder".into()
    }

    fn schema_id() -> Cow<'static, str> {
        "cors_core::Builder".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let declaration = Declaration::<Owned>::default();
        let properties = Key::ALL.iter().map(|&key| {
            let mut value = match declaration.get(key) {
                ValueRef::List(_) => json_schema!({
                    "anyOf": [
                        { "type": "array", "items": { "type": "string" } },
                        { "type": "string", "description": "Entries with commas between them." },
                    ],
                }),
                ValueRef::Flag(_) => json_schema!({ "type": "boolean" }),
                ValueRef::MaxAge(_) => json_schema!({
                    "anyOf": [
                        { "type": "integer", "minimum": 0, "maximum": MaxAge::LONGEST },
                        { "type": "string", "pattern": "^[0-9]+[smhd]?$" },
                    ],
                }),
                ValueRef::Status(_) => json_schema!({ "type": "integer", "minimum": 200, "maximum": 299 }),
                ValueRef::Exceptions(_) => {
                    let names: Vec<&str> = Allow::ALL.iter().map(|allow| allow.name()).collect();
                    json_schema!({ "type": "array", "items": { "enum": names } })
                }
            };
            value.insert("description".into(), key.description().into());
            (key.name().to_owned(), value.into())
        });
        let properties: serde_json::Map<String, serde_json::Value> = properties.collect();
        json_schema!({
            "type": "object",
            "description": "A CORS policy: which origins are granted what.",
            "properties": properties,
            "additionalProperties": false,
        })
    }
}
