#!/bin/sh
# @NOTICE@
#
# deploy.sh [--dry-run] RELEASE_FILE: brings a release to `@ENVIRONMENT@`.
#
# RELEASE_FILE holds a line NAME_IMAGE=REPOSITORY@sha256:... for every built image, as build.sh writes them.
# Doing it twice changes nothing. DEPLOY_TIMEOUT: the most seconds for the services to come up (900 unless set).
#
# Exit codes: 0 deployed, 2 wrong arguments, 3 a tool, the engine or the Swarm manager is missing, 4 the release is
# incomplete, 5 a secret cannot be made, 6 a job failed, 7 the deploy failed or took too long, 8 not what was deployed runs.
set -euf
set +x

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/@ROOT@" && pwd)
cd "$root"
stack='@STACK@'
limit=${DEPLOY_TIMEOUT:-900}
@HOST@
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

dry=''
if [ "${1:-}" = --dry-run ]; then
    dry=1
    shift
fi
[ $# -eq 1 ] || fail 2 'usage: deploy.sh [--dry-run] RELEASE_FILE'
[ -r "$1" ] || fail 2 "there is no release file '$1'"
release=$1

say "checking tools, engine and manager"
for tool in docker timeout env sed grep sort sha256sum@TOOLS@; do
    command -v "$tool" >/dev/null || fail 3 "$tool is not installed"
done
control=$(clean docker info --format '{{.Swarm.ControlAvailable}}' 2>/dev/null) ||
    fail 3 "no engine answers${DOCKER_HOST:+ at $DOCKER_HOST}"
[ "$control" = true ] || fail 3 "the engine${DOCKER_HOST:+ at $DOCKER_HOST} is not a manager of a Swarm"

say "checking the release"
# The digest that the release has for a variable; nothing where it has none.
released() {
    sed -n "s/^$1=\\([^[:space:]]*@sha256:[0-9a-f]\\{64\\}\\)\$/\\1/p" "$release" | sed -n '$p'
}
for variable in@VARIABLES@; do
    [ -n "$(released "$variable")" ] || fail 4 "the release has no digest for $variable"
done
if [ -n "${CI_JOB_TOKEN:-}${GITHUB_TOKEN:-}" ]; then
    say "note: where the registry login is this job's own token, nodes cannot pull once the job has ended: use a deploy token"
fi

# Makes a secret that the Swarm does not have yet from what its source says. The value stays in a variable of this shell
# and goes through a pipe.
ensure_secret() {
    object=$1
    source=$2
    shift 2
    if clean docker secret inspect "$object" >/dev/null 2>&1; then
        say "secret $object: is there"
        return
    fi
    if [ -n "$dry" ]; then
        say "secret $object: would be made from $source"
        return
    fi
    value=''
    case $source in
    swarm) fail 5 "secret $object: is to be made by hand and is not there" ;;
    file)
        [ -r "$1" ] || fail 5 "secret $object: there is no file $1"
        value=$(cat "$1")
        ;;
    env | ci)
        eval "value=\${$1-}"
        # A CI variable of type `file` holds a path.
        if [ "$source" = ci ] && [ -n "$value" ] && [ -f "$value" ]; then value=$(cat "$value"); fi
        [ -n "$value" ] || fail 5 "secret $object: the variable $1 is not set"
        ;;
    generate) value=$(LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | dd bs=1 count="$1" 2>/dev/null) ;;
    vault) value=$(vault kv get -field="$2" "$1") || fail 5 "secret $object: vault has no $1, field $2" ;;
    sops) value=$(sops decrypt --extract "$2" "$1") || fail 5 "secret $object: sops cannot read $1" ;;
    onepassword) value=$(op read --no-newline "$1") || fail 5 "secret $object: 1Password has no $1" ;;
    aws)
        value=$(aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text) ||
            fail 5 "secret $object: AWS has no $1"
        if [ -n "$2" ]; then
            value=$(printf '%s' "$value" | jq -er --arg key "$2" '.[$key]') || fail 5 "secret $object: $1 has no key $2"
        fi
        ;;
    esac
    [ -n "$value" ] || fail 5 "secret $object: the source gives nothing"
    printf '%s' "$value" | clean docker secret create --label svcc.stack="$stack" "$object" - >/dev/null ||
        fail 5 "secret $object: the Swarm does not take it"
    value=''
    say "secret $object: made from $source"
}

say "secrets"
@SECRETS@
# Runs a command in the clean environment, with the images of the release.
with_images() {
    for variable in@VARIABLES@; do
        set -- "$variable=$(released "$variable")" "$@"
    done
    clean "$@"
}

if [ -n "$dry" ]; then
    for variable in@VARIABLES@; do
        say "would run $variable=$(released "$variable")"
    done
    say "would deploy the stack $stack from $here/compose.stack.yml"
    exit 0
fi

# A config object marks that a job is done for this release, so that deploying it twice runs the job once.
of_release=$(for variable in@VARIABLES@; do released "$variable"; done | sha256sum | cut -c1-12)
postponed=''

# Runs a job to its end, once per release. One that refers to services which are not there yet waits for them.
run_job() {
    service=${stack}_$1
    marker=${stack}_$1_done_$of_release
    if clean docker config inspect "$marker" >/dev/null 2>&1; then
        say "job $1: done for this release"
        return
    fi
    for need in $2; do
        clean docker service inspect "${stack}_$need" >/dev/null 2>&1 && continue
        [ -z "$postponed" ] || fail 6 "job $1: needs the service $need, which is not there"
        say "job $1: waits for the service $need"
        waiting=1
        return
    done
    say "job $1: running"
    clean docker service rm "$service" >/dev/null 2>&1 || :
    job=$1
    with_images docker stack deploy --with-registry-auth --detach=true --compose-file "$here/jobs/$job.stack.yml" "$stack" >&2 ||
        fail 6 "job $1: the Swarm does not take it"
    waited=0
    while :; do
        state=$(clean docker service ps --format '{{.CurrentState}}' "$service" 2>/dev/null | sed -n '1s/ .*//p')
        case $state in
        Complete) break ;;
        Failed | Rejected | Orphaned | Remove | Shutdown)
            clean docker service ps --no-trunc --format '  {{.Name}} {{.CurrentState}} {{.Error}}' "$service" >&2 || :
            clean docker service logs --tail 50 "$service" >&2 2>/dev/null || :
            fail 6 "job $1: $state"
            ;;
        esac
        [ "$waited" -lt "$limit" ] || fail 6 "job $1: not done within $limit seconds"
        sleep 1
        waited=$((waited + 1))
    done
    for old in $(clean docker config ls --filter "label=svcc.job=$service" --format '{{.Name}}'); do
        clean docker config rm "$old" >/dev/null 2>&1 || :
    done
    printf 'done\n' | clean docker config create --label svcc.job="$service" "$marker" - >/dev/null ||
        fail 6 "job $1: the Swarm does not keep that it is done"
    say "job $1: done"
}
run_jobs() {
@JOBS@
}
waiting=''
run_jobs
if [ -n "$waiting" ]; then
    say "first deploy: bringing up what the jobs need"
    with_images docker stack deploy --with-registry-auth --detach=true \
        --compose-file "$here/compose.stack.yml" "$stack" >&2 || fail 7 "the Swarm does not take the stack"
    postponed=1
    run_jobs
fi

say "deploying the stack $stack"
with_images timeout "$limit" docker stack deploy --with-registry-auth --prune --detach=false \
    --compose-file "$here/compose.stack.yml" "$stack" >&2 || deployed=$?
case ${deployed:-0} in
0) ;;
124) say "the services did not settle within $limit seconds" ;;
*) say "docker stack deploy ended with $deployed" ;;
esac

# Docker's own exit code is 0 for an update that was rolled back, so what runs is read back.
say "reading back"
wrong=''
check_service() {
    service=${stack}_$1
    wanted=$2
    spec=$(clean docker service inspect "$service" \
        --format '{{.Spec.TaskTemplate.ContainerSpec.Image}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}' 2>/dev/null) ||
        spec=''
    image=${spec%% *}
    state=${spec#* }
    running=$(clean docker service ls --filter "name=$service" --format '{{.Name}} {{.Replicas}}' |
        sed -n "s/^$service \\([0-9]*\\)\\/\\([0-9]*\\).*/\\1 \\2/p")
    why=''
    case $image in *"${wanted##*@}"*) ;; *) why="runs $image, not $wanted" ;; esac
    [ -n "$spec" ] || why='is not there'
    case $state in paused | rollback_*) why="the update is $state" ;; esac
    if [ "$3" = up ] && [ "${running%% *}" != "${running##* }" ]; then why="only ${running%% *} of ${running##* } are up"; fi
    [ -n "$why" ] || return 0
    say "$1: $why"
    clean docker service ps --no-trunc --format '  {{.Name}} {{.CurrentState}} {{.Error}}' "$service" 2>/dev/null |
        grep -v 'Running' | head -n 10 >&2 || :
    clean docker service logs --tail 20 "$service" >&2 2>/dev/null || :
    wrong=1
}
@CHECKS@
[ "${deployed:-0}" -eq 0 ] || exit 7
[ -z "$wrong" ] || fail 8 "not what was deployed runs"
say "the release runs in @ENVIRONMENT@"
