#!/bin/sh
# A rustdoc whose unstable options can be used. Cargo would pass the variable on to the build scripts of all dependencies too.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
