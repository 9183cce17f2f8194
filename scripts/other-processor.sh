#!/usr/bin/env bash
# Is the digest of a run the same on a processor without AVX and FMA? Runs scenarios natively and under
# `qemu-x86_64 -cpu Nehalem`, and compares.
#
#     scripts/other-processor.sh [--ticks N] [SCENARIO.json ...]
#
# Without scenarios: all that are shipped. --ticks shortens every run to N ticks, without warm-up; what a scenario
# schedules must lie before that. Needs an x86-64 machine. Exit code 1 if a digest differs.
set -euo pipefail

options=()
if [[ ${1-} == --ticks ]]; then
    options=(--ticks "${2:?--ticks needs a number}" --set warmup_ticks=0)
    shift 2
fi
for scenario in "$@"; do
    test -f "$scenario" || { echo "$scenario is no file" >&2; exit 2; }
done
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
(($#)) || set -- $(ls "$root"/scenarios/*.json | grep -v '\.schema\.json$')

if ! command -v qemu-x86_64 >/dev/null; then
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
        echo "qemu-x86_64 is missing: install QEMU's user-mode emulation (Debian: apt-get install qemu-user)" >&2
        exit 2
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends qemu-user >/dev/null
fi

manifest=$root/Cargo.toml
cargo build --quiet --release --manifest-path "$manifest" --bin wormsim
target=$(cargo metadata --manifest-path "$manifest" --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
wormsim=$target/release/wormsim

output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

# digest NAME SCENARIO COMMAND...: the digest of a run, and the seconds that it took.
digest() {
    local place=$output/$1 scenario=$2 start=$SECONDS
    shift 2
    # 4: the queues of the scenario grow without bound, which is no failure here.
    "$@" run "$scenario" "${options[@]}" --quiet --json --out "$place" >"$place.json" || [[ $? == 4 ]]
    rm -r "$place"
    sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p' "$place.json"
    echo $((SECONDS - start))
}

differ=0
for scenario in "$@"; do
    { read -r native; read -r native_s; } < <(digest native "$scenario" "$wormsim")
    { read -r other; read -r other_s; } < <(digest other "$scenario" qemu-x86_64 -cpu Nehalem "$wormsim")
    verdict=same
    [[ -n $native && $native == "$other" ]] || { verdict="DIFFERENT: $other"; differ=1; }
    printf '%-24s %s %s (%d s, emulated %d s)\n' "$(basename "$scenario" .json)" "$native" "$verdict" "$native_s" "$other_s"
done
exit $differ
