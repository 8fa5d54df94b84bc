//! A second implementation of what the library decides, to compare with.
//!
//! It is written from the Fetch standard, the URL standard, RFC 7239 and the documentation of the policy's keys, for clarity
//! and not for speed: a policy is lists of strings, and every question is answered by looking at all of them. It shares no
//! code with the library.

pub mod forwarded;
pub mod origin;
pub mod policy;
pub mod request;

/// The members of a comma-separated list, without the spaces and tabs around them.
pub fn members(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| byte == b',').map(trim)
}

/// `text` without spaces and tabs at both ends.
pub fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(first) = text.iter().position(|byte| !is_space(byte)) else { return b"" };
    let last = text.iter().rposition(|byte| !is_space(byte)).expect("there is a first");
    &text[first..=last]
}

/// [`token`](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// The position of the colon before the port, if there is one. The colons of an IPv6 address are in brackets.
pub fn port_colon(authority: &str) -> Option<usize> {
    let after_address = authority.rfind(']').unwrap_or(0);
    authority[after_address..].rfind(':').map(|colon| after_address + colon)
}

/// Whether `port` is 1 to 65535 in the form in which a browser writes it.
pub fn is_port(port: &str) -> bool {
    port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port)
}

/// The [default port](https://url.spec.whatwg.org/#default-port) of a scheme.
pub fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "http" => Some("80"),
        "https" => Some("443"),
        _ => None,
    }
}
