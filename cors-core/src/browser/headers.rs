//! Header lists, and how the standard reads values from them. Values are bytes, and no value causes a panic.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::const_text::is_token;
use crate::fetch_standard::white_space::trim;

/// A header list: names and values in the order in which they arrived. A name can occur several times.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-header-list>.
pub type HeaderList = Vec<(String, Vec<u8>)>;

/// The value is not a list of tokens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotAList;

/// Every value of the header `name`, in order. Tabs and spaces around a value are not part of it, and a list that did
/// not come from a real connection may still have them.
/// <https://fetch.spec.whatwg.org/#header-value>
pub(super) fn values<'a>(headers: &'a [(String, Vec<u8>)], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| trim(value))
}

/// The values of the header `name`, joined by a comma and a space.
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

/// The elements of a header whose syntax is a list of tokens. A missing header is an empty list, because no caller
/// needs the difference.
/// <https://fetch.spec.whatwg.org/#extract-header-list-values>
pub(super) fn extract_list<'a>(
    headers: &'a [(String, Vec<u8>)],
    name: &'a str,
) -> Result<Vec<&'a str>, NotAList> {
    let mut list = Vec::new();
    for value in values(headers, name) {
        for element in value.split(|&byte| byte == b',').map(trim) {
            // A recipient of a list ignores empty elements.
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

/// The value as text for messages, in which invalid UTF-8 is replaced.
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
    fn joins_lines_of_one_name_in_any_case() {
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
