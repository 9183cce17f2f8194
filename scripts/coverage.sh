#!/usr/bin/env bash
# Line coverage of the library by cargo-tarpaulin's ptrace engine, in the programs that tests start, too.
#
#     scripts/coverage.sh
#
# Prints how many lines the tests run, and leaves an LCOV file of each part in target/coverage/lines. In parts, as a test
# program that started another one under the engine's eyes often ends by a segmentation fault in what it does itself after
# that, and then counts for nothing: those that start programs are traced with them, without the tests that do both.
# Left out for their time are tests that let every call to the disk fail, crash, determinism, the memory tests, most of
# fork, resume and run_directory, and the longest of compare; bad_input, whose programs run under `timeout`, and what needs
# a browser, a full disk, pandas or real data cannot be traced here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export RUSTC_WRAPPER=$PWD/scripts/own-debug-info.sh
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/coverage
parts=$target/lines
rm -rf "$parts"

# part NAME OPTION... -- ARGUMENT...: what tests with these options of tarpaulin and arguments of theirs run.
part() {
    local place=$parts/$1
    shift
    mkdir -p "$place"
    cargo tarpaulin --engine ptrace --profile coverage --skip-clean --target-dir "$target" --timeout 1500 \
        --exclude-files 'tests/*' 'benches/*' 'examples/*' 'fuzz/*' --out Lcov --output-dir "$place" \
        "$@" --test-threads 1
}

part unit --lib -- \
    --skip a_run_with_any_call_failing_ends_in_a_clear_error_and_can_go_on \
    --skip a_machine_that_stops_between_any_two_calls_loses_nothing \
    --skip a_run_that_is_replaced_is_there_until_the_new_one_is \
    --skip a_finished_run_that_is_made_longer_is_never_half_of_each
part models --test models --
part inputs --test inputs -- fuzz_corpus:: mutated_scenarios:: scenario_meaning:: scenario_schema::
part recovery --test runs -- recovery:: --skip the_program_runs_on_from_a_run_directory_and_resolves_it
part programs --follow-exec --test program -- commands:: readme:: report:: sweep::
part logs --follow-exec --test runs -- logs::
part terminal --follow-exec --test terminal --
part comparisons --follow-exec --test program -- compare:: \
    --skip wormholes_pay_for_a_hot_spot_and_not_for_uniform_traffic
part advice --follow-exec --test program -- advice:: --skip what_there_can_be_no_advice_on_is_refused
part verification --follow-exec --test runs -- verify:: --skip what_cannot_be_verified_is_refused
part unfinished --follow-exec --test runs -- \
    what_the_past_depends_on_is_not_changed a_trace_keeps_its_start a_length_below_the_newest_checkpoint_is_refused \
    what_cannot_be_resumed_is_refused_and_not_touched

awk -F '[:,]' '
    $1 == "SF" { file = $2 }
    $1 == "DA" && file ~ /(^|\/)src\// && file !~ /src\/main\.rs$/ { times[file ":" $2] += $3 }
    END {
        for (line in times) { all++; met += times[line] > 0 }
        printf "%d of %d lines: %.2f %%\n", met, all, 100 * met / all
    }' "$parts"/*/lcov.info
