//! Attacks on the lab by a page of another origin, which the user of the lab has opened.

use std::time::Duration;

use cors_core::browser::Response;
use cors_tests::browsers::Outcome;
use cors_tests::{Chromium, Options, Server, skip_unless_all_tests};
use serde_json::json;

use crate::lab_page::LabPage;
use crate::running::{Playground, authority, send};

/// The attacker's page, under any name. The browser of these tests resolves every name to this machine.
fn attacker() -> Server {
    Server::start(|_| Response::new(200).header("content-type", "text/html").header("content-length", "0"))
}

/// The lab judges a policy for its own page. For each of its checks, a request here fails only this check.
#[test]
fn each_check_by_itself_refuses_a_request() {
    let playground = Playground::start();
    let (page, token) = (playground.page(), playground.token());
    let own = authority(&page);
    let port = page.rsplit(':').next().expect("a port");
    let right = [
        ("Host", own.as_str()),
        ("Origin", &page),
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", "application/json"),
        ("Lab-Token", &token),
    ];
    let judge = |headers: &[(&str, &str)]| {
        send(&page, "POST", "/lab/judge", headers, "{\"policy\": \"origins = '*'\", \"method\": \"GET\"}")
    };
    assert!(judge(&right).starts_with("HTTP/1.1 200"), "{}", judge(&right));

    let other_case = token.to_uppercase();
    let (rebound, ip, no_port) = (format!("evil.example:{port}"), format!("127.0.0.1:{port}"), "localhost");
    let (other_port, scheme) = ("http://localhost:1", page.replace("http", "https"));
    let wrong = [
        ("Host", vec![&*rebound, &ip, no_port, ""], "421", "This server is"),
        ("Origin", vec![other_port, "null", "http://evil.example", &scheme, ""], "403", "the Origin header"),
        ("Sec-Fetch-Site", vec!["same-site", "cross-site", "none", ""], "403", "the Sec-Fetch-Site header"),
        (
            "Content-Type",
            vec!["text/plain", "application/x-www-form-urlencoded", "text/plain; application/json", ""],
            "403",
            "the Content-Type header",
        ),
        ("Lab-Token", vec!["", "0", &token[1..], &other_case], "403", "the token"),
    ];
    for (name, values, status, why) in wrong {
        let with = |value: &str| {
            let headers: Vec<(&str, &str)> =
                right.iter().map(|&(other, was)| (other, if other == name { value } else { was })).collect();
            judge(&headers)
        };
        let without: Vec<(&str, &str)> = right.into_iter().filter(|(other, _)| *other != name).collect();
        let mut twice = right.to_vec();
        twice.extend(right.iter().filter(|(other, _)| *other == name));
        // A token that consists of digits has no upper case.
        let values = values.into_iter().filter(|value| *value != token);
        let mut responses: Vec<String> = values.map(with).collect();
        responses.extend([judge(&without), judge(&twice)]);
        for response in responses {
            let is_refused = response.starts_with(&format!("HTTP/1.1 {status}")) && response.contains(why);
            // actix-web itself refuses several `Host` lines.
            assert!(
                is_refused || (name == "Host" && response.starts_with("HTTP/1.1 400")),
                "{name}: {response}"
            );
        }
    }
}

#[test]
fn the_endpoints_are_on_the_listener_of_the_lab_only() {
    if skip_unless_all_tests("the_endpoints_are_on_the_listener_of_the_lab_only") {
        return;
    }
    let playground = Playground::start();
    let (page, token) = (playground.page(), playground.token());
    for origin in [playground.api(), playground.stranger()] {
        let host = authority(&origin);
        for host in [host, authority(&page)] {
            for endpoint in ["judge", "prepare", "explain"] {
                let headers = [
                    ("Host", &*host),
                    ("Origin", &page),
                    ("Sec-Fetch-Site", "same-origin"),
                    ("Content-Type", "application/json"),
                    ("Lab-Token", &token),
                ];
                let body = "{\"policy\": \"origins = '*'\", \"method\": \"GET\", \"forget\": false}";
                let response = send(&origin, "POST", &format!("/lab/{endpoint}"), &headers, body);
                assert!(response.starts_with("HTTP/1.1 404"), "{origin}: {endpoint}: {response}");
            }
        }
    }
    // The other listeners do not serve its page and its token either.
    for origin in [playground.api(), playground.stranger()] {
        for path in ["/", "/promises", "/asker", "/rules", "/lab.js"] {
            let response = send(&origin, "GET", path, &[("Host", &authority(&origin))], "");
            assert!(!response.contains(&token), "{origin}{path}");
        }
    }
    // Each start creates another token.
    assert_ne!(Playground::start().token(), token);
}

/// `prepare` keeps only the latest policies, so an attacker who could call it often enough would remove the user's
/// policy.
#[test]
fn a_page_of_another_origin_or_port_cannot_put_a_policy_into_force() {
    if skip_unless_all_tests("a_page_of_another_origin_or_port_cannot_put_a_policy_into_force") {
        return;
    }
    let Some(chromium) = Chromium::start("attacks on the lab", &Options::default()) else { return };
    let playground = Playground::start();
    let attacker = attacker();
    let context = chromium.context();
    let lab = LabPage::open(&context, &playground);
    lab.send();
    let target = lab
        .run("return document.querySelector('[data-exchange=Request] h4 code').textContent.split(' ')[1];");
    let target = target.as_str().expect("a path");
    let is_in_force = || {
        let api = playground.api();
        let response = send(&api, "GET", target, &[("Host", &authority(&api))], "");
        assert!(response.starts_with("HTTP/1.1 200") || response.starts_with("HTTP/1.1 404"), "{response}");
        response.starts_with("HTTP/1.1 200")
    };
    assert!(is_in_force());

    // `localhost` at another port is the same site.
    for host in ["evil.example", "localhost"] {
        let page = context.open(&attacker.url(host, "/"));
        let tried = page.run(&format!(
            "const tries = [];
             for (let n = 0; n < 80; n++) {{
                 const body = JSON.stringify({{ policy: `origins = ['https://a${{n}}.example']`, forget: false }});
                 for (const type of ['text/plain', 'application/json']) {{
                     for (const mode of ['no-cors', 'cors']) {{
                         tries.push(fetch({url}, {{ method: 'POST', mode, body, headers: {{ 'content-type': type }} }})
                             .then(({{ type }}) => type, () => 'failed'));
                     }}
                 }}
                 tries.push(Promise.resolve(navigator.sendBeacon({url}, body)).then(String));
             }}
             return [...new Set(await Promise.all(tries))].sort();",
            url = json!(format!("{}/lab/prepare", playground.page()))
        ));
        // The server answered, but the page cannot read the answers.
        assert_eq!(tried, json!(["failed", "true"]), "{host}");
        let answered = page.wait_for(Duration::from_secs(10), |exchanges| {
            exchanges.iter().find(|exchange| {
                matches!(&exchange.outcome, Some(Outcome::Failed { error, .. }) if error.contains("BLOCKED_BY_RESPONSE"))
            })?;
            Some(())
        });
        assert!(answered.is_some(), "{host}: {:?}", page.exchanges().last());
        assert!(is_in_force(), "{host}");
    }

    // The lab's own page can do it, so the test would detect it.
    lab.run(
        "const token = document.querySelector('meta[name=lab-token]').content;
         for (let n = 0; n < 64; n++) {
             const body = JSON.stringify({ policy: `origins = ['https://a${n}.example']`, forget: false });
             const headers = { 'content-type': 'application/json', 'lab-token': token };
             const { ok } = await fetch('lab/prepare', { method: 'POST', body, headers });
             if (!ok) throw new Error('refused');
         }",
    );
    assert!(!is_in_force());
}

#[test]
fn a_form_of_another_page_gets_a_refusal_with_a_reason() {
    if skip_unless_all_tests("a_form_of_another_page_gets_a_refusal_with_a_reason") {
        return;
    }
    let Some(chromium) = Chromium::start("a form sent to the lab", &Options::default()) else { return };
    let playground = Playground::start();
    let attacker = attacker();
    let page = chromium.context().open(&attacker.url("localhost", "/"));
    page.navigate_by(&format!(
        "const form = Object.assign(document.createElement('form'), {{ method: 'POST', enctype: 'text/plain', action: {url} }});
         form.append(Object.assign(document.createElement('input'), {{ name: '{{\"policy\":\"origins = [\\'*\\']\",\"x\":\"', value: '\"}}' }}));
         document.body.append(form);
         form.submit();",
        url = json!(format!("{}/lab/judge", playground.page()))
    ));
    let shown = page.evaluate("document.body.innerText");
    let shown = shown.as_str().unwrap_or_default();
    assert!(shown.contains("The lab accepts requests"), "{shown}");
    assert!(shown.contains("the Origin header is not the lab's origin"), "{shown}");
}

#[test]
fn dns_rebinding_does_not_give_access() {
    let Some(chromium) = Chromium::start("DNS rebinding against the lab", &Options::default()) else {
        return;
    };
    let playground = Playground::start();
    // The browser resolves every name to this machine, as it does after an attacker has changed the address of a
    // name.
    let port = playground.page().rsplit(':').next().expect("a port").to_owned();
    let rebound = format!("http://evil.example:{port}");
    let page = chromium.context().open(&rebound);
    let text = page.evaluate("document.body.innerText");
    assert_eq!(
        text,
        format!("This server is {} and has no other name. Open that address.\n", playground.page())
    );
    let token = playground.token();
    let found = page.run(&format!(
        "const statuses = [];
         for (const path of ['/', '/lab.js', '/promises', '/promises.json', '/rules', '/asker', '/ask.js', '/lab/setting.json']) {{
             const response = await fetch(path);
             statuses.push(response.status);
             if ((await response.text()).includes({token})) throw new Error(path);
         }}
         for (const endpoint of ['judge', 'prepare', 'explain']) {{
             const headers = {{ 'content-type': 'application/json', 'lab-token': {token} }};
             statuses.push((await fetch(`/lab/${{endpoint}}`, {{ method: 'POST', headers, body: '{{}}' }})).status);
         }}
         return [...new Set(statuses)];",
        token = json!(token)
    ));
    assert_eq!(found, json!([421]));
}

#[test]
fn no_page_shows_the_lab_in_a_frame_or_uses_its_frames() {
    if skip_unless_all_tests("no_page_shows_the_lab_in_a_frame_or_uses_its_frames") {
        return;
    }
    let Some(chromium) = Chromium::start("framing the lab", &Options::default()) else { return };
    let playground = Playground::start();
    let attacker = attacker();
    let (page_origin, stranger) = (playground.page(), playground.stranger());
    let urls = [
        format!("{page_origin}/"),
        format!("{page_origin}/promises"),
        format!("{page_origin}/rules"),
        format!("{page_origin}/asker"),
        format!("{stranger}/promises"),
        format!("{stranger}/asker"),
    ];
    for url in &urls {
        // The page is on the site of the page that it shows, so that the frame is in the same process and its address
        // is known.
        let host = if url.starts_with(&page_origin) { "localhost" } else { "127.0.0.1" };
        let page = chromium.context().open(&attacker.url(host, "/"));
        page.run(&format!(
            "const frame = document.createElement('iframe');
             const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
             frame.src = {};
             document.body.append(frame);
             await loaded;",
            json!(url)
        ));
        let tree = page.call("Page.getFrameTree", &json!({}));
        assert_eq!(
            tree["frameTree"]["childFrames"][0]["frame"]["url"], "chrome-error://chromewebdata/",
            "{url}"
        );
    }

    // The page for frames does not send requests for a page that opens it in a window.
    let page = chromium.context().open(&attacker.url("127.0.0.1", "/"));
    let script = format!(
        "(async () => {{
             const opened = open({url});
             const answer = new Promise((resolve) => addEventListener('message', ({{ data }}) => resolve(data)));
             for (let n = 0; n < 30; n++) {{
                 await new Promise((resolve) => setTimeout(resolve, 50));
                 const {{ port1, port2 }} = new MessageChannel();
                 port1.onmessage = ({{ data }}) => postMessage(data);
                 opened.postMessage({{ url: {target}, method: 'GET', headers: [], credentials: 'omit' }}, '*', [port2]);
             }}
             return Promise.race([answer, new Promise((resolve) => setTimeout(() => resolve('no answer'), 500))]);
         }})()",
        url = json!(format!("{stranger}/asker")),
        target = json!(format!("{}/public", playground.api()))
    );
    let params =
        json!({ "expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true });
    assert_eq!(page.call("Runtime.evaluate", &params)["result"]["value"], "no answer");
}

#[test]
fn a_script_in_the_policy_or_in_the_fragment_is_text() {
    if skip_unless_all_tests("a_script_in_the_policy_or_in_the_fragment_is_text") {
        return;
    }
    let Some(chromium) = Chromium::start("a script in the lab's policy", &Options::default()) else { return };
    let playground = Playground::start();
    let context = chromium.context();
    let scripts = [
        "<img src=x onerror='window.hit=1'>",
        "</textarea><script>window.hit=1</script>",
        "<svg onload=window.hit=1>",
        "javascript:window.hit=1",
        "${window.hit=1}{{constructor.constructor('window.hit=1')()}}",
    ];
    for script in scripts {
        let policy = format!(
            "origins = [{}, \"https://{}\"]\n{} = 1\n",
            json!(script),
            script.replace('"', ""),
            "credentials"
        );
        for policy in [policy, format!("origins = [{}]\n", json!(script)), script.to_owned()] {
            let fragment: Vec<(&str, &str)> = vec![
                ("policy", &policy),
                ("who", script),
                ("method", script),
                ("credentials", script),
                ("body", script),
                ("headers", script),
            ];
            let fragment = fragment.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value)));
            let url = format!("{}/#{}", playground.page(), fragment.collect::<Vec<_>>().join("&"));
            let lab = LabPage::open_url(&context, &url);
            assert_eq!(lab.policy(), policy.replace("\r\n", "\n"));
            lab.send();
            let found = lab.run(
                "return [window.hit ?? null, document.querySelectorAll('img, svg, script:not([src=\"lab.js\"])').length,
                         document.querySelectorAll('main [onerror], main [onload], a[href^=javascript]').length];",
            );
            assert_eq!(found, json!([null, 0, 0]), "{policy}");
        }
    }

    // The request under a valid policy contains the script, which the server returns.
    let lab = LabPage::open(&context, &playground);
    lab.write_policy("origins = \"*\"\nmethods = \"*\"\nheaders = \"*\"\n");
    lab.set("headers", "x-script: <img src=x onerror='window.hit=1'>");
    lab.send();
    assert!(lab.text("#result").contains("x-script: <img src=x onerror='window.hit=1'>"));
    assert_eq!(
        lab.run("return [window.hit ?? null, document.querySelectorAll('img').length];"),
        json!([null, 0])
    );

    // If a script were inserted, the content security policy would block it.
    let blocked = lab.run(
        "const violated = new Promise((resolve) => addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective)));
         const script = document.createElement('script');
         try { script.textContent = 'window.hit = 1'; } catch {}
         document.body.append(script);
         return [await violated, window.hit ?? null];",
    );
    assert_eq!(blocked, json!(["require-trusted-types-for", null]));
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
