//! Origins that a careless check accepts instead of the trusted one.

use cors_core::Origin;

/// An origin that the server should not trust.
pub struct Stranger {
    pub kind: Kind,
    pub origin: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A made-up origin, which the server cannot know.
    MadeUp,
    /// The origin of sandboxed frames, `data:` URLs and local files.
    Null,
    /// The trusted host with text after it. A check that compares only the start of the origin accepts it.
    Suffix,
    /// The trusted domain with text before it. A check that compares only the end of the origin accepts it.
    Prefix,
    /// The trusted host without TLS.
    Http,
}

/// The origins from which the scan sends requests. `trusted` is the origin of the page. All of them differ from it
/// and from each other.
pub fn strangers(trusted: &str) -> Vec<Stranger> {
    let mut strangers = vec![
        Stranger { kind: Kind::MadeUp, origin: "https://cors-doctor.example".to_owned() },
        Stranger { kind: Kind::Null, origin: "null".to_owned() },
    ];
    if let Some(trusted) = Origin::parse(trusted.as_bytes()) {
        let (scheme, host) = (trusted.scheme(), trusted.host());
        let port = trusted.port().map(|port| format!(":{port}")).unwrap_or_default();
        // The owner of a registered domain controls all its subdomains, so the look-alike changes the registered part.
        let domain = psl::domain_str(host).unwrap_or(host);
        strangers.extend([
            Stranger { kind: Kind::Suffix, origin: format!("{scheme}://{host}.cors-doctor.example{port}") },
            Stranger { kind: Kind::Prefix, origin: format!("{scheme}://cors-doctor-{domain}{port}") },
        ]);
        if scheme == "https" {
            strangers.push(Stranger { kind: Kind::Http, origin: format!("http://{host}{port}") });
        }
    }
    // An IP address with text around it is not an origin. A trusted `null` is not a stranger.
    strangers.retain(|stranger| {
        stranger.origin != trusted
            && (stranger.kind == Kind::Null || Origin::parse(stranger.origin.as_bytes()).is_some())
    });
    strangers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(trusted: &str) -> Vec<String> {
        strangers(trusted).into_iter().map(|stranger| stranger.origin).skip(1).collect()
    }

    #[test]
    fn each_look_alike_is_an_origin_that_another_person_can_register() {
        assert_eq!(
            origins("https://app.example.com:8443"),
            [
                "null",
                "https://app.example.com.cors-doctor.example:8443",
                "https://cors-doctor-example.com:8443",
                "http://app.example.com:8443",
            ]
        );
        assert_eq!(
            origins("https://me.github.io")[2],
            "https://cors-doctor-me.github.io",
            "github.io is a public suffix"
        );
        assert_eq!(
            origins("http://localhost:3000"),
            ["null", "http://localhost.cors-doctor.example:3000", "http://cors-doctor-localhost:3000"]
        );
    }

    #[test]
    fn text_that_is_not_an_origin_is_left_out() {
        assert_eq!(origins("http://127.0.0.1"), ["null", "http://127.0.0.1.cors-doctor.example"]);
        assert_eq!(origins("http://[::1]:1"), ["null"]);
        assert_eq!(origins("null"), [""; 0]);
    }
}
