//! The syntaxes in which a policy can be declared, and the translation of help lines into them.

use crate::policy::exception::Allow;
use crate::policy::key::Key;

/// The syntax of a declaration. The help of a violation is written in this syntax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `#[cors(…)]` and `policy! { … }`.
    Macro,
    /// Calls of the builder.
    #[default]
    Builder,
    /// A file, or another source of serde.
    #[cfg_attr(not(feature = "serde"), allow(dead_code, reason = "only serde reads files"))]
    File,
}

impl Syntax {
    /// Translates `help` into this syntax. `help` is written in the syntax of the macros, with values such as
    /// `origins = ["https://app.example.com"]` and `allow(null_origin)`.
    pub(crate) fn translate(self, help: &str) -> String {
        if self == Syntax::Macro {
            return help.into();
        }
        let (mut translated, mut rest) = (String::with_capacity(help.len()), help);
        while let Some(next) = rest.chars().next() {
            let starts_a_word =
                !translated.ends_with(|c: char| c.is_ascii_alphanumeric() || "_-.`".contains(c));
            match starts_a_word.then(|| assignment(rest)).flatten() {
                Some((key, value, length)) => {
                    translated.push_str(&self.assign(key, value));
                    rest = &rest[length..];
                }
                None => {
                    translated.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        translated
    }

    fn assign(self, key: Key, value: &str) -> String {
        let exception = Allow::find(value).filter(|_| key == Key::Allow);
        match (self, exception) {
            (Syntax::Macro, Some(_)) => format!("{key}({value})"),
            (Syntax::Macro | Syntax::File, None) => format!("{key} = {value}"),
            (Syntax::Builder, Some(allow)) => format!(".{key}([Allow::{}])", allow.variant()),
            (Syntax::Builder, None) => format!(".{key}({value})"),
            (Syntax::File, Some(_)) => format!("{key} = [\"{value}\"]"),
        }
    }
}

/// The key and the value at the start of `help`, and their length, if it starts with `key = value` or `allow(value)`.
fn assignment(help: &str) -> Option<(Key, &str, usize)> {
    let key = Key::ALL.iter().copied().find(|key| {
        let behind = help.strip_prefix(key.name());
        behind.is_some_and(|behind| behind.starts_with(" = ") || behind.starts_with('('))
    })?;
    let behind = &help[key.name().len()..];
    if let Some(value) = behind.strip_prefix('(') {
        let end = value.find(')')?;
        return Some((key, &value[..end], key.name().len() + end + 2));
    }
    let value = &behind[3..];
    let end = match value.as_bytes() {
        [b'[', ..] => value.find(']')? + 1,
        [b'"', ..] => value[1..].find('"')? + 2,
        _ => value.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(value.len()),
    };
    Some((key, &value[..end], key.name().len() + 3 + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_written_in_the_syntax_of_the_declaration() {
        for (macros, builder, file) in [
            ("leave it out", "leave it out", "leave it out"),
            (
                "write origins = [\"https://a.example\"], or origins = \"*\" for everyone",
                "write .origins([\"https://a.example\"]), or .origins(\"*\") for everyone",
                "write origins = [\"https://a.example\"], or origins = \"*\" for everyone",
            ),
            (
                "write max_age = 600 or max_age = \"10m\"",
                "write .max_age(600) or .max_age(\"10m\")",
                "write max_age = 600 or max_age = \"10m\"",
            ),
            (
                "declare it: allow(null_origin)",
                "declare it: .allow([Allow::NullOrigin])",
                "declare it: allow = [\"null_origin\"]",
            ),
            ("leave `except` out", "leave `except` out", "leave `except` out"),
        ] {
            assert_eq!(Syntax::Macro.translate(macros), macros);
            assert_eq!(Syntax::Builder.translate(macros), builder);
            assert_eq!(Syntax::File.translate(macros), file);
        }
    }
}
