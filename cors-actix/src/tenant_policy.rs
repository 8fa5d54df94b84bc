//! A policy whose origins depend on the tenant that a request is for.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use cors_core::{
    CompiledPolicy, Decision, Field, Request as _, RequestHeader, TenantOrigins, split_port, target_authority,
};

use crate::request::RequestView;

/// A policy whose origins depend on the tenant that a request is for: a table of [`TenantOrigins`], and a function that
/// finds the tenant of a request.
///
/// It can be used wherever a policy can be used: `Cors::new(&TENANTS)`, `Cors::fallback(&TENANTS)`, `#[cors(policy =
/// TENANTS)]`, `OriginGuard::new(&TENANTS)`, with `static TENANTS: LazyLock<TenantPolicy>`.
///
/// ```
/// use actix_web::{App, HttpRequest, Responder, get};
/// use cors_actix::{Cors, Policy, TenantOrigins, TenantPolicy, policy};
///
/// static POLICY: Policy = policy! { origins = ["https://app.example.com"], credentials };
///
/// let origins = TenantOrigins::new(&POLICY)?;
/// origins.set("acme", ["https://acme.example", "https://*.acme.dev"])?;
/// // https://acme.api.example.com/orders is for the tenant `acme`.
/// let tenants = TenantPolicy::by_host(&origins, |host| host.strip_suffix(".api.example.com"));
///
/// #[get("/orders")]
/// async fn orders(request: HttpRequest) -> impl Responder {
///     let tenants = request.app_data::<TenantPolicy>().expect("it is app data");
///     match tenants.tenant(request.head()) {
///         Some(tenant) => format!("the orders of {tenant}"),
///         None => "no tenant".into(),
///     }
/// }
/// let app = App::new().app_data(tenants.clone()).wrap(Cors::new(&tenants)).service(orders);
/// # Ok::<(), cors_actix::Violations>(())
/// ```
///
/// **The handler must use the data of the same tenant.** If it takes the tenant from another place, such as a header that
/// a page can set, a page of one tenant can use the data of another one. [`TenantPolicy::tenant`] is the tenant that the
/// decision is about.
///
/// For a request without a tenant, or with an unknown tenant, only the origins of the policy are allowed. The
/// function also runs for preflights, which have the URL of the request but not the headers that the page sets.
#[derive(Clone)]
pub struct TenantPolicy(Arc<Inner>);

struct Inner {
    origins: TenantOrigins,
    find: Box<FindTenant>,
    /// The request headers that the function reads.
    headers: Vec<HeaderName>,
}

type FindTenant = dyn for<'r> Fn(&'r RequestHead) -> Option<Cow<'r, str>> + Send + Sync;

impl TenantPolicy {
    /// The tenant depends on the host of the URL. `tenant` gets the host without the port: `acme.api.example.com`.
    ///
    /// Browsers send a host in lower case. The host is taken from the request's target if it has one (`:authority` in HTTP/2,
    /// and an absolute URL in HTTP/1.1), and otherwise from the `Host` header. Behind a proxy that replaces it, use
    /// [`by_header`](Self::by_header) with the header in which the proxy sends the original host.
    ///
    /// ```
    /// # use cors_actix::{Policy, TenantOrigins, TenantPolicy, policy};
    /// # static POLICY: Policy = policy! { origins = ["https://app.example.com"] };
    /// # let origins = TenantOrigins::new(&POLICY)?;
    /// let tenants = TenantPolicy::by_host(&origins, |host| host.strip_suffix(".api.example.com"));
    /// // If every tenant has a host of its own, the host is the name of the tenant.
    /// let tenants = TenantPolicy::by_host(&origins, |host| Some(host));
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    pub fn by_host(
        origins: &TenantOrigins,
        tenant: impl Fn(&str) -> Option<&str> + Send + Sync + 'static,
    ) -> Self {
        Self::with(origins, [], move |head| tenant(host_of(head)?).map(Cow::Borrowed))
    }

    /// The tenant depends on the path of the URL. `tenant` gets the path as it was sent: `/t/acme/orders`. Characters may
    /// be percent-encoded.
    ///
    /// ```
    /// # use cors_actix::{Policy, TenantOrigins, TenantPolicy, policy};
    /// # static POLICY: Policy = policy! { origins = ["https://app.example.com"] };
    /// # let origins = TenantOrigins::new(&POLICY)?;
    /// let tenants = TenantPolicy::by_path(&origins, |path| path.strip_prefix("/t/")?.split('/').next());
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    pub fn by_path(
        origins: &TenantOrigins,
        tenant: impl Fn(&str) -> Option<&str> + Send + Sync + 'static,
    ) -> Self {
        Self::with(origins, [], move |head| tenant(head.uri.path()).map(Cow::Borrowed))
    }

    /// The tenant depends on a request header. `tenant` gets its value, and `Vary` lists the header.
    ///
    /// Preflights need the header too, so use this for a header that a proxy sets on every request. The proxy must replace
    /// the value that a client sends. A request with several lines of the header has no tenant.
    ///
    /// ```
    /// # use cors_actix::{Policy, TenantOrigins, TenantPolicy, policy};
    /// use actix_web::http::header::HeaderName;
    ///
    /// # static POLICY: Policy = policy! { origins = ["https://app.example.com"] };
    /// # let origins = TenantOrigins::new(&POLICY)?;
    /// let tenants = TenantPolicy::by_header(&origins, HeaderName::from_static("x-tenant"), |tenant| Some(tenant));
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    pub fn by_header(
        origins: &TenantOrigins,
        header: HeaderName,
        tenant: impl Fn(&str) -> Option<&str> + Send + Sync + 'static,
    ) -> Self {
        let name = header.clone();
        Self::with(origins, [header], move |head| tenant(only_line(head, &name)?).map(Cow::Borrowed))
    }

    /// The tenant depends on several parts of the request, or its name is computed. `headers` are all request headers that
    /// `tenant` reads, apart from `Host`. `Vary` lists them, so that a cache does not send the response for one tenant to
    /// another tenant.
    ///
    /// ```
    /// # use cors_actix::{Policy, TenantOrigins, TenantPolicy, policy};
    /// # static POLICY: Policy = policy! { origins = ["https://app.example.com"] };
    /// # let origins = TenantOrigins::new(&POLICY)?;
    /// let tenants = TenantPolicy::by_request(&origins, [], |head| {
    ///     let path = head.uri.path().strip_prefix("/t/")?;
    ///     Some(path.split('/').next()?.to_lowercase().into())
    /// });
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    pub fn by_request(
        origins: &TenantOrigins,
        headers: impl IntoIterator<Item = HeaderName>,
        tenant: impl for<'r> Fn(&'r RequestHead) -> Option<Cow<'r, str>> + Send + Sync + 'static,
    ) -> Self {
        Self::with(origins, headers, tenant)
    }

    fn with(
        origins: &TenantOrigins,
        headers: impl IntoIterator<Item = HeaderName>,
        find: impl for<'r> Fn(&'r RequestHead) -> Option<Cow<'r, str>> + Send + Sync + 'static,
    ) -> Self {
        let headers = headers.into_iter().collect();
        Self(Arc::new(Inner { origins: origins.clone(), find: Box::new(find), headers }))
    }

    /// The tenant of a request, known or unknown. The decision is about this tenant, so a handler must use the data of
    /// this tenant.
    pub fn tenant<'r>(&self, head: &'r RequestHead) -> Option<Cow<'r, str>> {
        (self.0.find)(head)
    }

    /// The table of tenants.
    pub fn origins(&self) -> &TenantOrigins {
        &self.0.origins
    }

    pub(crate) fn policy(&self) -> &CompiledPolicy {
        self.0.origins.policy()
    }

    /// The names of the request headers that the tenant depends on.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        self.0.headers.iter().map(HeaderName::as_str)
    }

    /// The decision, with the origins of the request's tenant.
    pub(crate) fn reconsider(&self, decision: Decision, request: &RequestView<'_>) -> Decision {
        let tenant = self.tenant(request.head());
        self.0.origins.reconsider(decision, request.field(RequestHeader::Origin), tenant.as_deref())
    }
}

impl fmt::Debug for TenantPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantPolicy")
            .field("origins", &self.0.origins)
            .field("headers", &self.0.headers)
            .finish_non_exhaustive()
    }
}

/// The value of a header that has exactly one line, if it is text.
fn only_line<'r>(head: &'r RequestHead, name: &HeaderName) -> Option<&'r str> {
    match head.headers.get_all(name).as_slice() {
        [line] => HeaderValue::to_str(line).ok(),
        _ => None,
    }
}

/// The host that the request was sent to, without its port.
fn host_of(head: &RequestHead) -> Option<&str> {
    let target = head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let lines = head.headers.get_all(header::HOST).map(HeaderValue::as_bytes);
    let authority = target_authority(target, Field::from_lines(lines))?;
    std::str::from_utf8(split_port(authority).0).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::http::Version;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_host_has_no_port() {
        for (sent, host) in [
            ("acme.example", "acme.example"),
            ("acme.example:8080", "acme.example"),
            ("[::1]:8080", "[::1]"),
            ("[::1]", "[::1]"),
            ("", ""),
        ] {
            let request = TestRequest::default().insert_header((header::HOST, sent)).to_srv_request();
            assert_eq!(host_of(request.head()), Some(host), "{sent}");
        }
    }

    #[test]
    fn the_host_of_an_absolute_target_takes_precedence_over_the_header() {
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            let request = TestRequest::with_uri("http://acme.example:8080/orders").version(version);
            let request = request.insert_header((header::HOST, "globex.example")).to_srv_request();
            assert_eq!(host_of(request.head()), Some("acme.example"), "{version:?}");
        }
    }

    #[test]
    fn a_request_without_exactly_one_host_header_has_no_host() {
        let two = TestRequest::default().append_header((header::HOST, "a.example"));
        let two = two.append_header((header::HOST, "b.example")).to_srv_request();
        assert_eq!(host_of(two.head()), None);
        assert_eq!(host_of(TestRequest::default().to_srv_request().head()), None);
    }
}
