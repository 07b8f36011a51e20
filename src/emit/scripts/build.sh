#!/bin/sh
# @NOTICE@
#
# build.sh NAME...: makes sure that the registry has these images as their sources are now.
#
# The tag of a service's image is a key over git's own ids of what the image takes from the repository, its Dockerfile and,
# through that, its bases. Where the registry has that tag, nothing is built. The digest is written down as
# `NAME_IMAGE=REPOSITORY@sha256:...` in $RELEASE_DIR/NAME.env (.release/NAME.env where RELEASE_DIR is not set).
#
# REBUILD=1 builds although the registry has the key: after a change in an image from outside. PUSH=0 builds what the
# registry lacks for this machine only, where run.sh can test it; such a release has tags and cannot be deployed.
# Without buildx, `docker build` and `docker push` are used, which ask the registry more slowly.
#
# Exit codes: 0 done, 2 wrong arguments, 3 a tool is missing, 4 the build or the push failed, 5 the registry cannot be
# asked, or names no digest, 6 a base of a package is not published.
set -euf

root=$(cd "$(dirname "$0")/@ROOT@" && pwd)
cd "$root"
images='@IMAGES_FOLDER@'
release=${RELEASE_DIR:-.release}
push=${PUSH:-1}
attest='@ATTEST@'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

say() { printf 'build.sh: %s\n' "$*" >&2; }
fail() {
    code=$1
    shift
    say "$*"
    exit "$code"
}

# What is known of an image: where it is pushed, its fixed key if it is a base, its bases, those that packages publish, context,
# inputs and secrets.
describe() {
    key='' bases='' published='' inputs='' secrets='' variable_name=''
    case $1 in
@CASES@    *) fail 2 "there is no image '$1'" ;;
    esac
}

# One line per file of an input: git's id where git has the file unchanged, else a fresh one.
list_input() {
    path=$1
    [ -n "$path" ] || path=.
    git -c core.quotePath=false ls-files -s -- "$path" ":(exclude)@OUTPUT@"
    git -c core.quotePath=false ls-files -m -o -- "$path" ":(exclude)@OUTPUT@" ":(exclude)$release" | sort -u |
        while IFS= read -r file; do
            [ -f "$file" ] || { printf 'missing %s\n' "$file"; continue; }
            mode=-
            [ -x "$file" ] && mode=x
            printf '%s %s %s\n' "$mode" "$(git hash-object --no-filters -- "$file")" "$file"
        done
}

list_inputs() {
    git hash-object --no-filters -- "$images/$1/Dockerfile" "$images/$1/Dockerfile.dockerignore"
    printf '%s' "${attest:+attest $attest
}"
    printf '%s\n' "$inputs" | while IFS= read -r input; do
        [ -z "$inputs" ] || list_input "${input#=}"
    done
}

# Whether git has what the inputs are now. What it ignores is made before the build, and no news to it.
is_dirty() {
    printf '%s\n' "$inputs" | while IFS= read -r input; do
        [ -n "$inputs" ] || continue
        path=${input#=}
        [ -n "$path" ] || path=.
        git diff --quiet HEAD -- "$path" ":(exclude)@OUTPUT@" || echo changed
        git ls-files -o --exclude-standard -- "$path" ":(exclude)@OUTPUT@" ":(exclude)$release"
    done
}

# Whether what a program said tells of a network or a registry that may be well again in a moment.
is_trouble() {
    grep -qiE 'connection (refused|reset)|broken pipe|i/o timeout|timed? ?out|TLS handshake|no such host|temporary failure|unexpected EOF|(status|status code|error):? (429|5[0-9][0-9])|toomanyrequests|too many requests|service unavailable|bad gateway|internal server error' "$1"
}

# again N TEXT: waits before another attempt, or says that there is none.
again() {
    [ "$1" -lt 3 ] || return 1
    say "$2; trying again"
    sleep $(($1 * 3))
}

# Asks the registry for the digest of a reference: in $digest, empty where it does not have it.
ask() {
    digest='' attempt=1
    until ask_once "$1" >"$work/answer" 2>"$work/said"; do
        # What is not there, or not to be seen, is built; the push tells whether it may be.
        { [ "$push" = 1 ] && is_trouble "$work/said"; } || return 0
        if ! again "$attempt" "the registry does not answer for $1"; then
            cat "$work/said" >&2
            fail 5 "the registry cannot be asked for $1"
        fi
        attempt=$((attempt + 1))
    done
    digest=$(cat "$work/answer")
}

ask_once() {
    if [ "$buildx" = 1 ]; then
        docker buildx imagetools inspect "$1" >"$work/inspected" || return 1
        sed -n 's/^Digest: *//p' "$work/inspected" | sed -n 1p
    else
        docker pull --quiet "$1" >/dev/null || return 1
        name=${1%:*}
        docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" |
            sed -n "s|^${name#docker.io/}@||p" | sed -n 1p
    fi
}

# run PROGRAM ARGUMENT...: what it says goes to this script's error output, and to $work/said.
run() {
    { "$@" 2>&1 && : >"$work/done"; } | tee "$work/said" >&2
    [ -e "$work/done" ] || return 1
    rm "$work/done"
}

build_once() {
    describe "$1"
    set -- --tag "$2" --label "org.opencontainers.image.revision=$(git rev-parse HEAD)" \
        --file "$images/$1/Dockerfile"
    for secret in $secrets; do
        variable=$(printf '%s' "$secret" | tr 'a-z-' 'A-Z_')
        set -- "$@" --secret "id=$secret,env=$variable"
    done
    [ "$rebuild" != 1 ] || set -- "$@" --pull --no-cache
    if [ "$buildx" = 1 ]; then
        options=--provenance=false
        [ -n "$key" ] || options=${attest:-$options}
        if [ "$push" = 1 ]; then
            options="$options --push"
        else
            options='--provenance=false --load'
        fi
        # Several words.
        # shellcheck disable=SC2086
        run docker buildx build $options "$@" "$context"
    else
        run env DOCKER_BUILDKIT=1 docker build "$@" "$context" || return 1
        [ "$push" != 1 ] || run docker push "$reference"
    fi
}

build() {
    say "$1: building $reference"
    attempt=1
    until build_once "$1" "$reference"; do
        is_trouble "$work/said" || fail 4 "$1: the build of $reference failed"
        again "$attempt" "$1: the network or the registry is in trouble" ||
            fail 4 "$1: the build or the push of $reference failed $attempt times"
        attempt=$((attempt + 1))
    done
    describe "$1"
}

ensure() {
    describe "$1"
    for base in $bases; do
        ensure "$base" ''
    done
    describe "$1"
    rebuild=$2
    tag=$key
    if [ -z "$tag" ]; then
        listing=$(list_inputs "$1")
        tag=$(printf '%s\n' "$listing" | git hash-object --stdin | cut -c 1-12)
        if [ -n "$(is_dirty)" ]; then
            say "$1: the working tree differs from the commit, so the key says so"
            tag=$tag-dirty
        fi
    fi
    reference=$repository:$tag
    digest=''
    [ "$rebuild" = 1 ] || ask "$reference"
    if [ -n "$digest" ]; then
        say "$1: the registry has $reference"
    elif [ "$push" != 1 ] && [ "$rebuild" != 1 ] && docker image inspect "$reference" >/dev/null 2>&1; then
        say "$1: this machine has $reference"
    else
        for base in $published; do
            ask "$base"
            [ -n "$digest" ] ||
                fail 6 "$1: $base is not in its registry, or this login may not read it; the pipeline of its package publishes it"
        done
        digest=''
        build "$1"
        [ "$push" != 1 ] || ask "$reference"
    fi
    case $push$digest in
    1sha256:*) image=$repository@$digest ;;
    1*) fail 5 "$1: the registry names no digest of $reference" ;;
    *sha256:*) image=$repository@$digest ;;
    *) image=$reference ;;
    esac
    if [ -z "$key" ]; then
        mkdir -p "$release"
        printf '%s=%s\n' "$variable_name" "$image" >"$release/$1.env"
    fi
}

[ $# -gt 0 ] || fail 2 'usage: build.sh NAME...'
for tool in docker git; do
    command -v "$tool" >/dev/null || fail 3 "$tool is not installed"
done
buildx=1
docker buildx version >/dev/null 2>&1 || buildx=0
if [ -n "$attest" ] && [ "$push" = 1 ]; then
    [ "$buildx" = 1 ] || fail 3 'attestations need buildx'
    # The engine's own builder keeps images in a way that has no place for them.
    case "$(docker buildx inspect | sed -n 's/^Driver: *//p') $(docker info --format '{{.DriverStatus}}')" in
    'docker '*io.containerd.snapshotter*) ;;
    'docker '*) fail 3 'this builder cannot attest: docker buildx create --use --driver docker-container' ;;
    esac
fi
git rev-parse --verify --quiet HEAD >/dev/null || fail 3 'there is no git commit here'

for name in "$@"; do
    ensure "$name" "${REBUILD:-}"
done
