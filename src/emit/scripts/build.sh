#!/bin/sh
# @NOTICE@
#
# build.sh NAME...: makes sure that the registry has these images as their sources are now.
#
# The tag of a service's image is a key over git's own ids of what the image takes from the repository, its Dockerfile and,
# through that, its bases. Where the registry has that tag, nothing is built. The digest is written down as
# `NAME_IMAGE=REPOSITORY@sha256:...` in $RELEASE_DIR/NAME.env (.release/NAME.env where RELEASE_DIR is not set).
# REBUILD=1 builds although the registry has the key: after a change in an image from outside.
#
# Exit codes: 0 done, 2 wrong arguments, 3 a tool is missing, 4 the build or the push failed, 5 the registry has no digest,
# 6 a base of a package is not published.
set -euf

root=$(cd "$(dirname "$0")/@ROOT@" && pwd)
cd "$root"
images='@IMAGES_FOLDER@'
release=${RELEASE_DIR:-.release}

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
    printf '%s\n' "$inputs" | while IFS= read -r input; do
        [ -z "$inputs" ] || list_input "${input#=}"
    done
}

# Whether git has what the inputs are now.
is_dirty() {
    printf '%s\n' "$inputs" | while IFS= read -r input; do
        [ -n "$inputs" ] || continue
        path=${input#=}
        [ -n "$path" ] || path=.
        git diff --quiet HEAD -- "$path" ":(exclude)@OUTPUT@" || echo dirty
    done
}

digest_of() {
    docker buildx imagetools inspect "$1" 2>/dev/null | sed -n 's/^Digest: *//p' | sed -n 1p
}

build_once() {
    describe "$1"
    set -- buildx build --push --provenance=false --tag "$2" \
        --label "org.opencontainers.image.revision=$(git rev-parse HEAD)" \
        --file "$images/$1/Dockerfile"
    for secret in $secrets; do
        variable=$(printf '%s' "$secret" | tr 'a-z-' 'A-Z_')
        set -- "$@" --secret "id=$secret,env=$variable"
    done
    [ "$rebuild" != 1 ] || set -- "$@" --pull --no-cache
    docker "$@" "$context" >&2
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
    [ "$rebuild" = 1 ] || digest=$(digest_of "$reference")
    if [ -n "$digest" ]; then
        say "$1: the registry has $reference"
    else
        for base in $published; do
            [ -n "$(digest_of "$base")" ] ||
                fail 6 "$1: $base is not in its registry, or this login may not read it; the pipeline of its package publishes it"
        done
        say "$1: building $reference"
        attempt=1
        until build_once "$1" "$reference"; do
            [ "$attempt" -lt 3 ] || fail 4 "$1: the build or the push of $reference failed $attempt times"
            say "$1: trying again"
            sleep $((attempt * 3))
            attempt=$((attempt + 1))
        done
        describe "$1"
        digest=$(digest_of "$reference")
    fi
    case $digest in
    sha256:*) ;;
    *) fail 5 "$1: the registry names no digest of $reference" ;;
    esac
    if [ -z "$key" ]; then
        mkdir -p "$release"
        printf '%s=%s@%s\n' "$variable_name" "$repository" "$digest" >"$release/$1.env"
    fi
}

[ $# -gt 0 ] || fail 2 'usage: build.sh NAME...'
for tool in docker git; do
    command -v "$tool" >/dev/null || fail 3 "$tool is not installed"
done
docker buildx version >/dev/null 2>&1 || fail 3 'docker has no buildx'
git rev-parse --verify --quiet HEAD >/dev/null || fail 3 'there is no git commit here'

for name in "$@"; do
    ensure "$name" "${REBUILD:-}"
done
