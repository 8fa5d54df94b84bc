//! Detects a route attribute above `#[cors]`. It has to be below.
//!
//! The attribute above has been expanded already, so it can only be found in the source file.

use proc_macro2::Span;
use syn::Attribute;
use syn::parse::Parser;

use crate::parse::routes::is_route;

/// Reads the source file, if the compiler provides its path.
pub(crate) fn route_is_above() -> bool {
    // In a unit test, no compiler is running.
    if !proc_macro::is_available() {
        return false;
    }
    let span = Span::call_site().unwrap();
    let source = span.local_file().and_then(|file| std::fs::read_to_string(file).ok());
    source.is_some_and(|source| {
        attributes_at_end(before(&source, span.line(), span.column())).any(|a| is_route(&a))
    })
}

/// The source before a line and column, both counted from 1.
fn before(source: &str, line: usize, column: usize) -> &str {
    let lines: usize = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let columns: usize = source[lines..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    &source[..lines + columns]
}

/// The attributes at the end of a piece of source, the last one first. Comments between them are skipped.
fn attributes_at_end(mut source: &str) -> impl Iterator<Item = Attribute> {
    std::iter::from_fn(move || {
        loop {
            source = source.trim_end();
            let line = source.rfind('\n').unwrap_or(0);
            if !source[line..].trim_start().starts_with("//") {
                break;
            }
            source = &source[..line];
        }
        // Uses the shortest piece that parses as an attribute, because a string in the attribute may contain `#[`.
        let starts = source.ends_with(']').then(|| source.rmatch_indices("#[").take(8));
        let read = |start| Attribute::parse_outer.parse_str(&source[start..]).ok()?.pop();
        let (start, attribute) =
            starts?.find_map(|(start, _)| read(start).map(|attribute| (start, attribute)))?;
        source = &source[..start];
        Some(attribute)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends_with_route(source: &str) -> bool {
        attributes_at_end(source).any(|attribute| is_route(&attribute))
    }

    #[test]
    fn finds_a_route_attribute_directly_above() {
        for source in [
            "#[get(\"/\")]\n",
            "fn a() {}\n#[actix_web::get(\"/\")] ",
            "#[get(\"/\")]\n/// Words.\n#[allow(x)]\n\n// More.\n",
            "#[route(\n    \"/{id:[0-9]}#[\",\n    method = \"GET\",\n)]\n",
        ] {
            assert!(ends_with_route(source), "{source:?}");
        }
    }

    #[test]
    fn ignores_an_attribute_that_belongs_to_another_item() {
        for source in [
            "",
            "#[allow(x)]\n",
            "#[get(\"/\")]\nasync fn a() -> &'static str { \"\" }\n\n",
            "#[get(\"/\")] async fn a() {}\n#[allow(x)]",
            "// #[get(\"/\")]\n",
            "let x = y[0]",
        ] {
            assert!(!ends_with_route(source), "{source:?}");
        }
    }

    #[test]
    fn counts_lines_and_columns_from_one() {
        assert_eq!(before("ä b\nc", 1, 3), "ä ");
        assert_eq!(before("a\nb\nc", 3, 1), "a\nb\n");
        assert_eq!(before("a", 9, 9), "a");
    }
}
