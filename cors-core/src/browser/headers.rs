//! Header lists, and how the standard reads values from them: as bytes, and never panicking.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

pub(super) use crate::const_text::is_token;

/// A header list: names and values, in order, as often as they came.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-header-list>.
pub type HeaderList = Vec<(String, Vec<u8>)>;

/// What was found is no list of tokens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotAList;

/// Every value that goes by `name`, in order, without the tabs and spaces around it: a header value has
/// none, and a list that did not come over a wire may.
/// <https://fetch.spec.whatwg.org/#header-value>
pub(super) fn values<'a>(headers: &'a [(String, Vec<u8>)], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| trim(value))
}

/// The values that go by `name`, joined by a comma and a space: lines that came twice are one value.
/// <https://fetch.spec.whatwg.org/#concept-header-list-get>
pub(super) fn get(headers: &[(String, Vec<u8>)], name: &str) -> Option<Vec<u8>> {
    let mut values = values(headers, name);
    let mut joined = values.next()?.to_vec();
    for value in values {
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(value);
    }
    Some(joined)
}

/// Each name once, sorted and in lower case, with its values joined.
/// <https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine>
pub(super) fn sort_and_combine(headers: &[(String, Vec<u8>)]) -> HeaderList {
    let mut combined: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, value) in headers {
        match combined.entry(name.to_ascii_lowercase()) {
            Entry::Vacant(first) => drop(first.insert(trim(value).to_vec())),
            Entry::Occupied(mut joined) => {
                joined.get_mut().extend_from_slice(b", ");
                joined.get_mut().extend_from_slice(trim(value));
            }
        }
    }
    combined.into_iter().collect()
}

/// The elements of a header whose syntax is a list of tokens. No header is an empty list, as nothing
/// here asks for the difference.
/// <https://fetch.spec.whatwg.org/#extract-header-list-values>
pub(super) fn extract_list<'a>(
    headers: &'a [(String, Vec<u8>)],
    name: &'a str,
) -> Result<Vec<&'a str>, NotAList> {
    let mut list = Vec::new();
    for value in values(headers, name) {
        for element in value.split(|&byte| byte == b',').map(trim) {
            // Whoever receives a `#list` skips its empty elements.
            // https://httpwg.org/specs/rfc9110.html#abnf.extension.recipient
            if element.is_empty() {
                continue;
            }
            if !is_token(element) {
                return Err(NotAList);
            }
            list.push(std::str::from_utf8(element).map_err(|_| NotAList)?);
        }
    }
    Ok(list)
}

/// Only a tab and a space are white space here, as in HTTP's `OWS`.
pub(super) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// For messages and parameters, where bytes that are no text need not survive.
pub(super) fn lossy(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(lines: &[&str]) -> HeaderList {
        lines.iter().map(|line| ("a".to_owned(), line.as_bytes().to_vec())).collect()
    }

    #[test]
    fn joins_doubled_lines_whatever_their_case() {
        let headers = vec![("A".to_owned(), b" 1\t".to_vec()), ("a".to_owned(), b"2".to_vec())];
        assert_eq!(get(&headers, "a").unwrap(), b"1, 2");
        assert_eq!(get(&headers, "b"), None);
        assert_eq!(get(&list(&["", ""]), "a").unwrap(), b", ");
    }

    #[test]
    fn reads_lists_of_tokens() {
        assert_eq!(extract_list(&list(&[]), "a"), Ok(vec![]));
        assert_eq!(extract_list(&list(&[""]), "a"), Ok(vec![]));
        assert_eq!(extract_list(&list(&[",PUT ,\t, x-a,", "*"]), "a"), Ok(vec!["PUT", "x-a", "*"]));
        for bad in ["PUT GET", "PUT;", "\"PUT\"", "PUT, (x)", "a\u{b}", "é"] {
            assert_eq!(extract_list(&list(&["ok", bad]), "a"), Err(NotAList), "{bad:?}");
        }
    }
}
