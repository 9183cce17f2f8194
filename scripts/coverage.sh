#!/usr/bin/env bash
# Line coverage of the library by cargo-tarpaulin's ptrace engine, in the programs that tests start, too.
#
#     scripts/coverage.sh [FOLDER]
#
# Prints how many lines the tests run, and leaves an LCOV file of each part in FOLDER. In parts, as a test program that
# started another one under the engine's eyes often ends by a segmentation fault in what it does itself after that, and
# then counts for nothing: those that start programs are traced with them, without the tests that do both. Tests that let
# every call to the disk fail are left out for their time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export RUSTC_WRAPPER=$PWD/scripts/own-debug-info.sh
parts=${1:-$(mktemp -d)}
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/coverage

# part NAME OPTION... -- ARGUMENT...: what tests with these options of tarpaulin and arguments of theirs run.
part() {
    local place=$parts/$1
    shift
    mkdir -p "$place"
    cargo tarpaulin --engine ptrace --profile coverage --skip-clean --target-dir "$target" --timeout 1500 \
        --exclude-files 'tests/*' 'benches/*' 'examples/*' 'fuzz/*' --out Lcov --output-dir "$place" \
        "$@" --test-threads 1
}

part unit --lib -- --skip any_call_failing --skip between_any_two_calls --skip until_the_new_one_is \
    --skip never_half_of_each
part inside $(printf -- ' --test %s' boyan_littman bottlenecks conservation failures fuzz_corpus generators graphml journal \
    mutated_scenarios queues recovery routers routing_values scenario_meaning scenario_schema sharded_rows snapshot \
    topology_builder) -- --skip the_program_runs_on
part programs --follow-exec $(printf -- ' --test %s' commands logs readme report sweep terminal) --
part comparisons --follow-exec --test compare -- --skip wormholes_pay
part advice --follow-exec --test advice -- --skip what_there_can
part verification --follow-exec --test verify -- --skip what_cannot_be_verified
part unfinished --follow-exec --test fork --test resume -- what_the_past a_trace_keeps a_length_below what_cannot

awk -F '[:,]' '
    $1 == "SF" { file = $2 }
    $1 == "DA" && file ~ /(^|\/)src\// { line = file ":" $2; if ($3 > times[line]) times[line] = $3; times[line] += 0 }
    END {
        for (line in times) { all++; met += times[line] > 0 }
        printf "%d of %d lines: %.2f %%\n", met, all, 100 * met / all
    }' "$parts"/*/lcov.info
