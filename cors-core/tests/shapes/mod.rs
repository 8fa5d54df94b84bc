//! Shapes of hostile header values, of any size.

/// Repeats `part` up to `size` bytes.
fn filled(part: &str, size: usize) -> String {
    part.repeat(size / part.len())
}

/// Values of `Access-Control-Request-Headers`.
pub fn lists(size: usize) -> Vec<String> {
    let parts = [
        "a,",
        "x-a,",
        "content-type,",
        "content-type, ",
        "Content-Type,",
        "content-typ,",
        "content-type-,",
        ",",
        ", ",
        " ",
        " ,",
        ",\t",
        "\t",
        "a",
        "a ",
        "-",
        "-,",
        "*,",
        "*",
        "authorization,",
        "a,b,c,d,e,f,g,",
        "x-aa,x-a,",
        ";",
        "a;",
        "\"a\",",
        "a:b,",
        "{},",
        "\u{e9},",
        "<script>,",
        "a, a,, ,a,",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,",
    ];
    let repeated = parts.iter().map(|part| filled(part, size));
    let numbered = |order: fn(usize) -> usize| -> String {
        (0..size / 8).map(|number| format!("x-{:05},", order(number))).collect()
    };
    let sorted = numbered(|number| number);
    let reversed = numbered(|number| 99_999 - number);
    let shuffled = numbered(|number| number * 7919 % 100_000);
    let bad_end = format!("{}@", filled("x-a,", size - 1));
    let bad_start = format!("@{}", filled("x-a,", size - 1));
    repeated.chain([sorted, reversed, shuffled, bad_end, bad_start]).collect()
}

/// Values of `Access-Control-Request-Method`.
pub fn methods(size: usize) -> Vec<String> {
    ["P", "PUT,", "PUT ", "put", "*", " P", "!", "\u{e9}", ","].map(|part| filled(part, size)).into()
}

/// Values of `Origin`. The policies of the tests list none of them.
pub fn origins(size: usize) -> Vec<String> {
    let host = |part: &str| format!("https://{}partner.example", filled(part, size));
    let parts = [
        "a.",
        "a",
        "a-.",
        ".",
        "..",
        "1.",
        "%41.",
        "xn--a.",
        "_.",
        "partner.example.",
        "[",
        "@",
        "\u{e9}",
        "a:1@",
    ];
    let hosts = parts.iter().map(|part| host(part));
    let others =
        ["https://", "null", "http://localhost:", ":", "[::", "0", "a://", "https://app.example.com,", "/"];
    let others = others.iter().map(|part| filled(part, size));
    let ports = ["0", "9", "00001", ":1"].map(|part| format!("http://localhost:{}", filled(part, size)));
    let brackets = [format!("http://[{}]", filled("0:", size)), format!("http://[{}1]", filled("f", size))];
    hosts.chain(others).chain(ports).chain(brackets).collect()
}
