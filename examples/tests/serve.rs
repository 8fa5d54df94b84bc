//! The example program `serve`, run as a separate process.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

const TRUSTED: &str = "https://app.example.com";
const OTHER: &str = "https://other.example";

/// A directory that is removed at the end of the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("serve-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serve"));
        command.args(arguments).current_dir(&self.0);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The running program.
struct Program {
    child: Child,
    address: String,
    errors: Receiver<String>,
}

impl Program {
    fn start(directory: &Directory, arguments: &[&str]) -> Self {
        let mut command = directory.command(arguments);
        let command = command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, errors) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)))
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").expect("the line that says where");
        Self { address: address.to_owned(), child, errors }
    }

    fn error(&self) -> String {
        self.errors.recv_timeout(Duration::from_secs(20)).expect("a line on standard error")
    }

    /// A line that starts with the time of day, without it.
    #[track_caller]
    fn event(&self) -> String {
        let line = self.error();
        let (time, rest) = line.split_once(' ').expect("a time");
        assert!(time.len() == 9 && time.ends_with('Z'), "{line}");
        rest.to_owned()
    }

    #[track_caller]
    fn is_replaced(&self) -> String {
        let event = self.event();
        let changes = event.strip_prefix("policy.toml: the new policy is in force: ");
        changes.unwrap_or_else(|| panic!("{event}")).to_owned()
    }

    /// The head and the body of a response.
    fn send(&self, start: &str, headers: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let address = &self.address;
        write!(stream, "{start} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }

    fn grants(&self, origin: &str) -> bool {
        let (head, _) = self.send("GET /", &format!("origin: {origin}\r\n"));
        assert!(head.starts_with("http/1.1 200"), "{head}");
        head.contains(&format!("\r\naccess-control-allow-origin: {origin}\r\n"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn only_origin(origin: &str) -> String {
    format!("origins = ['{origin}']\n")
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

#[test]
fn every_path_and_method_answers_what_the_handler_saw() {
    let directory = Directory::new("answers");
    directory.write(
        "policy.toml",
        "origins = ['https://app.example.com']\nmethods = ['PUT']\nexpose = ['x-total-count']",
    );
    let program = Program::start(&directory, &["--policy", "policy.toml"]);
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let (head, body) =
            program.send(&format!("{method} /a/b?c=d"), &format!("origin: {TRUSTED}\r\nx-own: 1\r\n"));
        assert!(head.starts_with("http/1.1 200"), "{head}");
        for line in [
            "content-type: application/json",
            "x-request-id: ",
            "x-total-count: 100",
            "access-control-allow-origin: https://app.example.com",
            "access-control-expose-headers: x-total-count",
            "vary: origin",
        ] {
            assert!(head.contains(&format!("\r\n{line}")), "{line}: {head}");
        }
        let seen: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&seen["method"], &seen["path"], &seen["query"]),
            (&method.into(), &"/a/b".into(), &"c=d".into())
        );
        assert_eq!(seen["headers"]["x-own"], "1");
    }
    let preflight = format!("origin: {TRUSTED}\r\naccess-control-request-method: PUT\r\n");
    let (head, body) = program.send("OPTIONS /", &preflight);
    assert!(head.starts_with("http/1.1 204") && body.is_empty(), "{head}");
    assert!(head.contains("\r\naccess-control-allow-methods: put"), "{head}");
    let (head, body) = program.send("OPTIONS /", &preflight.replace(TRUSTED, OTHER));
    assert!(head.starts_with("http/1.1 403") && body.is_empty() && !head.contains("cors-refusal"), "{head}");
}

#[test]
fn it_explains_refusals_with_the_flag_explain() {
    let directory = Directory::new("explains");
    directory.write("policy.toml", &only_origin(TRUSTED));
    let program = Program::start(&directory, &["--policy", "policy.toml", "--explain"]);
    let (head, body) =
        program.send("OPTIONS /", &format!("origin: {OTHER}\r\naccess-control-request-method: GET\r\n"));
    assert!(head.contains("\r\ncors-refusal: origin-not-allowed:"), "{head}");
    assert!(body.contains("add \"https://other.example\" to `origins`"), "{body}");
}

#[test]
fn all_formats_are_read_by_their_extension() {
    let directory = Directory::new("formats");
    for (name, text) in [
        ("a.toml", "origins = 'https://app.example.com'"),
        ("a.json", r#"{"origins": "https://app.example.com"}"#),
        ("a.yaml", "origins: https://app.example.com"),
        ("a.yml", "origins: [https://app.example.com]"),
        ("A.TOML", "origins = 'https://app.example.com'"),
    ] {
        directory.write(name, text);
        let program = Program::start(&directory, &["--policy", name]);
        assert!(program.grants(TRUSTED) && !program.grants(OTHER), "{name}");
    }
}

#[test]
fn the_example_policies_are_valid_or_invalid_as_documented() {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let directory = Directory::new("policies");
    let mut count = 0;
    for entry in fs::read_dir(policies).unwrap() {
        let path = entry.unwrap().path();
        let output = directory.run(&["--policy", path.to_str().unwrap(), "--check"]);
        assert_eq!(output.status.success(), !path.ends_with("invalid.toml"), "{path:?}: {output:?}");
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn checking_prints_a_line_for_each_violation() {
    let directory = Directory::new("check");
    let origins = ["https://a.example", "https://b.example/", "c.example"];
    directory.write("policy.toml", &format!("origins = {origins:?}\nmethods = ['put']\nmax_age = '2d'\n"));
    let json = serde_json::json!({ "origins": origins, "methods": ["put"], "max_age": "2d" });
    directory.write("policy.json", &json.to_string());
    directory.write("policy.yaml", &json.to_string());
    for name in ["policy.toml", "policy.json", "policy.yaml"] {
        let output = directory.run(&["--policy", name, "--check"]);
        assert_eq!((output.status.code(), lines(&output.stderr)), (Some(1), vec![]), "{output:?}");
        let starts = [
            format!("{name}: origins[1]: origin-path: "),
            format!("{name}: origins[2]: origin-syntax: "),
            format!("{name}: methods[0]: method-case: "),
            format!("{name}: max_age: max-age-range: "),
        ];
        let lines = lines(&output.stdout);
        assert_eq!(lines.len(), starts.len(), "{lines:#?}");
        for (line, start) in lines.iter().zip(starts) {
            assert!(line.starts_with(&start), "{line}");
        }
    }
    directory.write("good.toml", &only_origin(TRUSTED));
    let output = directory.run(&["--policy", "good.toml", "--check"]);
    assert_eq!(
        (output.status.code(), lines(&output.stdout), lines(&output.stderr)),
        (Some(0), vec![], vec![])
    );
}

#[test]
fn a_file_without_a_policy_is_reported_in_one_line() {
    let directory = Directory::new("no-policy");
    for (name, text, part) in [
        ("syntax.toml", "origins = [\n'https://a.example'\n", "line 2: "),
        ("syntax.json", "{\"origins\": ", "line 1"),
        ("syntax.yaml", "origins: [a\nb: c: d", "line"),
        ("key.toml", "# one\norigin = 'https://a.example'", "unknown-key"),
        ("kind.toml", "origins = 1", "origins"),
        ("empty.toml", "", "origins: origin-missing: "),
        ("empty.yaml", "", "empty.yaml: "),
        ("number.json", "1", "number.json: "),
    ] {
        directory.write(name, text);
        for (arguments, check) in [(&["--policy", name, "--check"][..], true), (&["--policy", name], false)] {
            let output = directory.run(arguments);
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            let [said, other] = [&output.stdout, &output.stderr].map(|bytes| lines(bytes));
            let (said, other) = if check { (said, other) } else { (other, said) };
            assert_eq!((said.len(), other.len()), (1, 0), "{output:?}");
            assert!(said[0].starts_with(&format!("{name}: ")) && said[0].contains(part), "{said:?}");
        }
    }
}

#[test]
fn an_error_at_the_start_is_one_line_and_a_failure() {
    let directory = Directory::new("faults");
    directory.write("good.toml", &only_origin(TRUSTED));
    directory.write("policy.ini", "");
    directory.write("policy", "");
    fs::write(directory.0.join("binary.toml"), [0xff, 0xfe]).unwrap();
    fs::create_dir(directory.0.join("directory.toml")).unwrap();
    let program = Program::start(&directory, &["--policy", "good.toml"]);
    let mut faults =
        vec![(vec!["--policy", "good.toml", "--listen", &program.address], program.address.as_str())];
    faults.push((vec!["--policy", "good.toml", "--listen", "nowhere"], "nowhere: "));
    for name in
        ["missing.toml", "missing/policy.toml", "policy.ini", "policy", "binary.toml", "directory.toml"]
    {
        faults.push((vec!["--policy", name], name));
        faults.push((vec!["--policy", name, "--check"], name));
        faults.push((vec!["--policy", name, "--watch"], name));
    }
    for (arguments, start) in faults {
        let output = directory.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let said = lines(&output.stderr);
        assert_eq!((said.len(), output.stdout.len()), (1, 0), "{arguments:?}: {output:?}");
        assert!(said[0].starts_with(start), "{said:?}");
    }
}

#[test]
fn a_changed_file_is_used_if_it_is_valid() {
    let directory = Directory::new("watch");
    directory.write("policy.toml", &only_origin(TRUSTED));
    let program = Program::start(&directory, &["--policy", "policy.toml", "--watch"]);
    assert!(program.grants(TRUSTED) && !program.grants(OTHER));

    // The file is overwritten.
    directory.write("policy.toml", &only_origin(OTHER));
    program.is_replaced();
    assert!(!program.grants(TRUSTED) && program.grants(OTHER));

    directory.write("policy.toml", "origins = ['https://app.example.com/']\nmethods = ['put']");
    assert!(program.error().starts_with("policy.toml: origins[0]: origin-path: "));
    assert!(program.error().starts_with("policy.toml: methods[0]: method-case: "));
    assert_eq!(program.event(), "policy.toml: the old policy stays in force");
    assert!(!program.grants(TRUSTED) && program.grants(OTHER));

    // The file is replaced, as many editors do.
    directory.write("policy.toml.new", &only_origin(TRUSTED));
    fs::rename(directory.0.join("policy.toml.new"), directory.0.join("policy.toml")).unwrap();
    program.is_replaced();
    assert!(program.grants(TRUSTED) && !program.grants(OTHER));

    // The new file is watched too.
    directory.write("policy.toml", &only_origin(OTHER));
    program.is_replaced();
    assert!(!program.grants(TRUSTED) && program.grants(OTHER));

    fs::remove_file(directory.0.join("policy.toml")).unwrap();
    assert!(program.error().starts_with("policy.toml: No such file"));
    assert_eq!(program.event(), "policy.toml: the old policy stays in force");
    assert!(program.grants(OTHER));
    directory.write("policy.toml", &only_origin(TRUSTED));
    program.is_replaced();
    assert!(program.grants(TRUSTED) && !program.grants(OTHER));
}

/// Orchestrators keep versions in directories and replace a symbolic link.
#[cfg(unix)]
#[test]
fn a_changed_symbolic_link_is_followed() {
    use std::os::unix::fs::symlink;
    let directory = Directory::new("link");
    for (version, origin) in [("1", TRUSTED), ("2", OTHER)] {
        fs::create_dir(directory.0.join(version)).unwrap();
        directory.write(&format!("{version}/policy.toml"), &only_origin(origin));
    }
    symlink("1", directory.0.join("current")).unwrap();
    symlink("current/policy.toml", directory.0.join("policy.toml")).unwrap();
    let program = Program::start(&directory, &["--policy", "policy.toml", "--watch"]);
    assert!(program.grants(TRUSTED));
    directory.write("1/policy.toml", &format!("{}max_age = '1h'\n", only_origin(TRUSTED)));
    program.is_replaced();
    symlink("2", directory.0.join("next")).unwrap();
    fs::rename(directory.0.join("next"), directory.0.join("current")).unwrap();
    program.is_replaced();
    assert!(program.grants(OTHER) && !program.grants(TRUSTED));
}

#[test]
fn a_change_is_printed_with_what_it_adds_and_removes() {
    let directory = Directory::new("changes");
    directory.write("policy.toml", &format!("{}max_age = '10m'\n", only_origin(TRUSTED)));
    let program = Program::start(&directory, &["--policy", "policy.toml", "--watch"]);
    directory.write("policy.toml", &format!("{}max_age = '10m'\n", only_origin(OTHER)));
    assert_eq!(
        program.is_replaced(),
        "origins: 1 added (https://other.example), 1 removed (https://app.example.com); for up to 600 seconds, browsers may \
         act on answers to preflights that the former policy gave; without `enforce`, the handler runs for such requests"
    );
}

#[cfg(unix)]
#[test]
fn a_signal_makes_the_program_read_the_file_again() {
    let directory = Directory::new("signal");
    directory.write("policy.toml", &only_origin(TRUSTED));
    let program = Program::start(&directory, &["--policy", "policy.toml"]);
    directory.write("policy.toml", &only_origin(OTHER));
    let hangup = || {
        let status = Command::new("kill").args(["-HUP", &program.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    };
    hangup();
    assert!(program.is_replaced().starts_with("origins: 1 added (https://other.example), 1 removed"));
    assert!(program.grants(OTHER) && !program.grants(TRUSTED));
    hangup();
    assert_eq!(program.is_replaced(), "nothing changed");
}

#[test]
fn a_wrong_address_is_reported_with_what_to_write() {
    let directory = Directory::new("listen");
    directory.write("policy.toml", &only_origin(TRUSTED));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    for (address, message) in [
        ("8080", "8080: the address needs a host and a port; help: write --listen 127.0.0.1:8080".to_owned()),
        (
            &*taken,
            format!(
                "{taken}: another program uses this port; help: stop that program, or write --listen 127.0.0.1:0 for a free \
                 port"
            ),
        ),
    ] {
        let output = directory.run(&["--policy", "policy.toml", "--listen", address]);
        assert!(!output.status.success());
        assert_eq!(lines(&output.stderr), [message]);
    }
}
