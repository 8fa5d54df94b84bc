#!/usr/bin/env bash
# Measures the compile time of `#[cors]`: a crate of 200 annotated handlers, and the same crate without the attributes.
#
#   tests/compile-cost/measure.sh [handlers] [runs]
#
# The script prints the median time of `cargo check` and of a release build of the crate. Its dependencies are
# built before the measurement. It needs no network, and an otherwise idle machine.
set -euo pipefail

handlers=${1:-200}
runs=${2:-5}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR="${COST_TARGET_DIR:-$work/target}" CARGO_INCREMENTAL=0 CARGO_TERM_QUIET=true

# Four kinds of handlers, which alternate.
handler() {
    local i=$1 route attribute
    case $((i % 4)) in
        0) route='get("/items/'$i'/{id}")'; attribute='origins = "*", expose = ["x-total-count"]' ;;
        1) route='put("/items/'$i'/{id}")'; attribute='origins = ["https://app.example.com", "https://*.partner.example"], headers = ["content-type", "authorization"], credentials, max_age = "1h"' ;;
        2) route='route("/items/'$i'/{id}", method = "GET", method = "DELETE")'; attribute='policy = NAMED' ;;
        3) route='post("/items/'$i'/{id}")'; attribute='origins = [APP, "https://admin.example.com"], headers = ["content-type"]' ;;
    esac
    printf '#[cors(%s)]\n#[actix_web::%s]\nasync fn handler_%s(id: web::Path<u64>) -> impl Responder {\n    format!("item {id}")\n}\n\n' \
        "$attribute" "$route" "$i"
}

generate() {
    local name=$1
    mkdir -p "$work/$name/src"
    cat > "$work/$name/Cargo.toml" <<TOML
[package]
name = "$name"
version = "0.0.0"
edition = "2024"

[dependencies]
actix-web = { version = "4.18", default-features = false, features = ["macros"] }
cors-actix = { path = "$root/cors-actix" }

[workspace]
TOML
    cp "$root/Cargo.lock" "$work/$name/Cargo.lock"
    {
        echo 'use actix_web::{App, HttpServer, Responder, web};'
        echo 'use cors_actix::{Policy, cors, policy};'
        echo
        echo 'pub const APP: &str = "https://app.example.com";'
        echo 'pub static NAMED: Policy = policy! { origins = ["https://app.example.com"], credentials };'
        echo
        for ((i = 0; i < handlers; i++)); do handler "$i"; done
        echo '#[actix_web::main]'
        echo 'async fn main() -> std::io::Result<()> {'
        echo '    HttpServer::new(|| App::new()'
        for ((i = 0; i < handlers; i++)); do echo "        .service(handler_$i)"; done
        echo '    ).bind("127.0.0.1:0")?.run().await'
        echo '}'
    } > "$work/$name/src/main.rs"
}

generate with_cors
generate without_cors
sed -i -e '/^#\[cors(/d' -e 's/^use cors_actix::.*/use cors_actix::{Policy, policy};/' "$work/without_cors/src/main.rs"

# Builds the crate without its dependencies once, and prints the seconds.
once() {
    local name=$1 start
    shift
    touch "$work/$name/src/main.rs"
    start=$(date +%s.%N)
    (cd "$work/$name" && cargo "$@" --offline)
    echo "$(date +%s.%N) $start" | awk '{ printf "%.2f\n", $1 - $2 }'
}

measure() {
    local what=$1 without with
    shift
    once without_cors "$@" > /dev/null
    once with_cors "$@" > /dev/null
    : > "$work/without" && : > "$work/with"
    # The builds take turns, so that other work on the machine affects both.
    for ((run = 0; run < runs; run++)); do
        once without_cors "$@" >> "$work/without"
        once with_cors "$@" >> "$work/with"
    done
    without=$(sort -n "$work/without" | sed -n "$((runs / 2 + 1))p")
    with=$(sort -n "$work/with" | sed -n "$((runs / 2 + 1))p")
    awk -v what="$what" -v a="$without" -v b="$with" -v n="$handlers" 'BEGIN {
        printf "%-16s %8.2f s without, %8.2f s with: ratio %.2f, %.1f ms a handler\n", what, a, b, b / a, (b - a) * 1000 / n
    }'
}

echo "$handlers handlers, median of $runs runs, $(rustc --version), $(nproc) cores"
measure "cargo check" check
measure "release build" build --release
