#!/bin/sh
# For RUSTC_WRAPPER: compiles crates of others without debug information, and this one with just enough to tell its lines, as
# a tracer reads all of it anew for every program that a test starts.
if [ -n "$CARGO_PRIMARY_PACKAGE" ]; then
    exec "$@" -Cdebuginfo=1
else
    exec "$@" -Cdebuginfo=0 -Clink-dead-code=no
fi
