#!/usr/bin/env bash
# For RUSTC_WORKSPACE_WRAPPER: compiles the crates of the workspace for the very processor of this machine. What they
# depend on stays as it was built. Cargo tells the two apart by the wrapper, so ordinary builds stay as they are, too.
exec "$@" -C target-cpu=native
