# A loop over the images is meant where there is one only.
# shellcheck disable=SC2043
set -euf
set +x

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/@ROOT@" && pwd)
stack='@STACK@'
registry='@REGISTRY@'
limit=${DEPLOY_TIMEOUT:-900}
line_break='
'
say() { printf 'deploy.sh: %s\n' "$*" >&2; }
fail() {
    code=$1
    shift
    say "$*"
    exit "$code"
}

# Docker in a clean environment: an empty value in a stack file would otherwise become the deployer's own variable, and
# the credentials of this shell are nothing that other programs should see.
clean() {
    env -i PATH="$PATH" HOME="${HOME:-/}" ${DOCKER_HOST:+"DOCKER_HOST=$DOCKER_HOST"} \
        ${DOCKER_CONTEXT:+"DOCKER_CONTEXT=$DOCKER_CONTEXT"} ${DOCKER_CONFIG:+"DOCKER_CONFIG=$DOCKER_CONFIG"} \
        ${DOCKER_TLS_VERIFY:+"DOCKER_TLS_VERIFY=$DOCKER_TLS_VERIFY"} \
        ${DOCKER_CERT_PATH:+"DOCKER_CERT_PATH=$DOCKER_CERT_PATH"} ${SSH_AUTH_SOCK:+"SSH_AUTH_SOCK=$SSH_AUTH_SOCK"} "$@"
}

# Variables that hold secrets stay in this shell: what it starts does not get them.
keep_here() {
    for variable in "$@"; do
        eval "value=\${$variable-}"
        unset "$variable"
        eval "$variable=\$value"
    done
    value=''
}
@HOST@keep_here REGISTRY_PASSWORD@HIDDEN@

how=deploy
case ${1:-} in
--dry-run | --preflight)
    how=${1#--}
    shift
    ;;
esac
[ $# -eq 1 ] || fail 2 'usage: deploy.sh [--dry-run | --preflight] RELEASE_FILE'
[ -r "$1" ] || fail 2 "there is no release file '$1'"
release=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$root"

say 'checking tools and engine'
for tool in docker timeout env sed grep sort uniq date tr wc dd od sha256sum@TOOLS@; do
    command -v "$tool" >/dev/null || fail 3 "$tool is not installed"
done
at=${DOCKER_HOST:+" at $DOCKER_HOST"}
[ -n "$at" ] || at=${DOCKER_CONTEXT:+" in the context $DOCKER_CONTEXT"}
@CHECK_ENGINE@

say 'checking the release'
# The digest that the release has for a variable; nothing where it has none.
released() {
    sed -n "s/^$1=\\([^[:space:]]*@sha256:[0-9a-f]\\{64\\}\\)\$/\\1/p" "$release" | sed -n '$p'
}
missing=''
for variable in@VARIABLES@; do
    eval "$variable=\$(released $variable)"
    eval "image=\$$variable"
    [ -n "$image" ] || missing="$missing $variable"
done
[ -z "$missing" ] || fail 4 "the release has no digest for$missing"
# Runs a command in the clean environment, with the images of the release.
with_images() {
    for variable in@VARIABLES@; do
        eval "image=\$$variable"
        set -- "$variable=$image" "$@"
    done
    clean "$@"
}
# What names a release to a job: the images, and the file that describes the job.
release_of() {
    {
        for variable in@VARIABLES@; do
            eval "printf '%s\n' \"\$$variable\""
        done
        cat "$1"
    } | sha256sum | cut -c1-12
}

# Asks the registry for images, some at a time: a line for each that it does not show, `no` or `unknown` first.
ask_registry() {
    asked=0
    for image in "$@"; do
        {
            if ! said=$(clean timeout 60 docker buildx imagetools inspect "$image" 2>&1 >/dev/null); then
                case $said in
                *'not found'* | *denied* | *nauthorized* | *orbidden*) printf 'no %s: %s\n' "$image" "$said" ;;
                *) printf 'unknown %s\n' "$image" ;;
                esac
            fi
        } &
        asked=$((asked + 1))
        [ $((asked % 8)) -ne 0 ] || wait
    done
    wait
}
if [ -n "$registry" ]; then
    say "checking the registry $registry"
    if [ -n "$REGISTRY_PASSWORD" ] && [ "$how" = deploy ]; then
        printf '%s' "$REGISTRY_PASSWORD" |
            clean docker login --username "${REGISTRY_USER:-}" --password-stdin "$registry" >/dev/null ||
            fail 11 "the registry $registry refuses the login of REGISTRY_USER"
    fi
    # Whose login it is stands at its beginning, in base64.
    if [ -n "${CI_JOB_TOKEN:-}" ] && {
        [ "$REGISTRY_PASSWORD" = "$CI_JOB_TOKEN" ] || [ "$REGISTRY_PASSWORD" = "${CI_REGISTRY_PASSWORD:-$CI_JOB_TOKEN}" ] ||
            grep -q '"auth": *"Z2l0bGFiLWNpLXRva2Vu' "${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json" 2>/dev/null
    }; then
        say 'warning: the registry login is a token that dies with this job, and nodes cannot pull later; use a deploy token'
    elif [ -n "${GITHUB_TOKEN:-}" ] && [ -z "$REGISTRY_PASSWORD" ]; then
        say 'warning: where the registry login is the token of this job, it dies with it, and nodes cannot pull later'
    fi
    images=$(for variable in@VARIABLES@; do eval "printf '%s\n' \"\$$variable\""; done | sort -u)
    # shellcheck disable=SC2086
    said=$(ask_registry $images)
    case $line_break$said in
    *"${line_break}no "*)
        printf '%s\n' "$said" | sed -n 's/^no /  /p' >&2
        fail 11 'these images are not in the registry, or the login may not read them'
        ;;
    *"${line_break}unknown "*)
        printf '%s\n' "$said" | sed -n 's/^unknown /deploy.sh: note: it cannot be seen from here whether the registry has /p' >&2
        ;;
    esac
fi

# Prints the value of a secret: SOURCE ARGUMENT... What a client says of an error goes to standard error.
read_source() {
    case $1 in
    file)
        [ -s "$2" ] && [ -r "$2" ] && cat "$2"
        ;;
    env | ci)
        eval "value=\${$2-}"
        [ -n "$value" ] || return 1
        # A CI variable of type `file` holds a path.
        if [ "$1" = ci ] && [ -f "$value" ]; then cat "$value"; else printf '%s' "$value"; fi
        ;;
    generate) LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom 2>/dev/null | dd bs=1 count="$2" 2>/dev/null ;;
    vault) vault kv get -field="$3" "$2" ;;
    sops) sops decrypt --extract "$3" "$2" ;;
    onepassword) op read --no-newline "$2" ;;
    aws)
        value=$(aws secretsmanager get-secret-value --secret-id "$2" --query SecretString --output text) || return 1
        if [ -n "$3" ]; then
            printf '%s' "$value" | jq -er --arg key "$3" '.[$key]'
        else
            printf '%s' "$value"
        fi
        ;;
    esac
}

# Makes a secret that is not there yet from what its source says: OBJECT WHERE SOURCE ARGUMENT... WHERE is the source in
# words. The value stays in a variable of this shell and goes through a pipe; a file goes as it is.
ensure_secret() {
    object=$1
    where=$2
    shift 2
    case $secrets_there in
    *"$line_break$object$line_break"*)
        say "secret $object: is there"
        return
        ;;
    esac
    if [ "$1" = swarm ]; then
        refuse "secret $object: is to be made by hand, and is not there"
        return
    fi
    case $how in
    dry-run) say "secret $object: would be made from $where" ;;
    preflight)
        if [ "$1" = generate ] || read_source "$@" >/dev/null; then
            say "secret $object: is not there yet; $where has it"
        else
            refuse "secret $object: cannot be made from $where"
        fi
        ;;
    deploy)
        # Read to the end before a secret is made: half a value is none.
        if [ "$1" = file ]; then
            [ -s "$2" ] && [ -r "$2" ] || fail 5 "secret $object: cannot be made from $where"
            said=$(keep_secret "$object" "$(wc -c <"$2")" <"$2" 2>&1) || secret_refused "$said"
        else
            value=$(read_source "$@") || fail 5 "secret $object: cannot be made from $where"
            [ -n "$value" ] || fail 5 "secret $object: $where gives nothing"
            size=$(printf '%s' "$value" | wc -c)
            said=$(printf '%s' "$value" | keep_secret "$object" "$size" 2>&1) || secret_refused "$said"
            value=''
        fi
        say "secret $object: made from $where"
        ;;
    esac
}
refused=''
refuse() {
    say "$1"
    [ "$how" != deploy ] || exit 5
    refused=1
}
