#!/bin/sh
# @NOTICE@
#
# run.sh SERVICE TEST: runs a test in the very image that is deployed, with the services that it needs up beside it.
#
# Images are those of $RELEASE_DIR/*.env (.release/*.env unless set), by digest, as build.sh writes them. Secrets are
# made up for the run. JUnit files of a test that has a `report` land in .report/SERVICE-TEST.
#
# Exit codes: 0 passed, 1 failed, 2 wrong arguments, 3 docker is missing, 4 an image is not known, 5 a service beside
# the test does not come up, 124 too slow.
set -eu

root=$(cd "$(dirname "$0")/@ROOT@" && pwd)
cd "$root"
release=${RELEASE_DIR:-.release}
work=$(mktemp -d)
# Not the number of this process: in containers that share an engine, others have the same.
run=svcc-test-${work##*[./]}
containers=''

say() { printf 'run.sh: %s\n' "$*" >&2; }
fail() {
    code=$1
    shift
    say "$*"
    exit "$code"
}
# Called by the trap.
# shellcheck disable=SC2329
finish() {
    for container in $containers; do
        docker rm --force --volumes "$container" >/dev/null 2>&1 || :
    done
    docker network rm "$run" >/dev/null 2>&1 || :
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

[ $# -eq 2 ] || fail 2 'usage: run.sh SERVICE TEST'
docker version >/dev/null 2>&1 || fail 3 'no docker engine answers'

# The image of a variable, by digest.
released() {
    reference=$(cat "$release"/*.env 2>/dev/null | sed -n "s/^$1=//p" | sed -n '$p')
    [ -n "$reference" ] || fail 4 "no file in $release has a digest for $1"
    printf '%s' "$reference"
}

# A made-up value, the same for each service of this run that has the secret.
secret() {
    [ -f "$work/secret-$1" ] || LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | dd bs=1 count=32 >"$work/secret-$1" 2>/dev/null
    chmod 0444 "$work/secret-$1"
    printf '%s' "$work/secret-$1"
}

# create NAME ARGUMENT...: a container of this run, not yet started. Files are copied in, not mounted, as the engine may
# be on another machine.
create() {
    name=$1
    shift
    docker create --name "$run-$name" "$@" >/dev/null || fail 5 "$name cannot be created"
    containers="$containers $run-$name"
}

# put NAME SOURCE TARGET: with the folders above it, which `docker cp` does not make for a single file.
put() {
    rm -rf "$work/put"
    mkdir -p "$work/put$(dirname "$3")"
    cp -R "$2" "$work/put$3"
    docker cp --quiet "$work/put/." "$run-$1:/" || fail 5 "$1: $3 cannot be put in place"
}

start() {
    docker start "$run-$1" >/dev/null || fail 5 "$1 does not start"
}

# Waits until a container is healthy; until it runs, where nothing says how to ask.
await() {
    tries=0
    while :; do
        state=$(docker inspect --format '{{.State.Status}}{{if .State.Health}}, {{.State.Health.Status}}{{end}}' "$run-$1")
        case $state in 'running, healthy' | running) return 0 ;; esac
        tries=$((tries + 1))
        case $tries,$state in
        120,* | *,exited* | *,dead*)
            docker logs --tail 40 "$run-$1" >&2 || :
            fail 5 "$1 does not come up: $state"
            ;;
        esac
        sleep 1
    done
}

# attach SECONDS: runs the test. In the background, as a shell that waits for a program hears no signal.
attach() {
    limit=$1 code=0
    timeout "$limit" docker start --attach "$run-test" &
    wait "$!" || code=$?
}

# Ends with the test's verdict. Where it failed, what the services beside it said last is told.
verdict() {
    [ "$code" -ne 0 ] || exit 0
    if [ "$code" -eq 124 ]; then
        say "the test is not done after $limit seconds"
    else
        code=1
    fi
    for container in $containers; do
        [ "$container" != "$run-test" ] || continue
        say "the last that ${container#"$run-"} said:"
        docker logs --tail 40 "$container" >&2 || :
    done
    exit "$code"
}

docker network create "$run" >/dev/null || fail 5 'no network can be made'
case "$1 $2" in
@CASES@*) fail 2 "there is no test '$2' of '$1'" ;;
esac
