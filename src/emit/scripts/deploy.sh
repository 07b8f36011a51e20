#!/bin/sh
# @NOTICE@
#
# deploy.sh [--dry-run | --preflight] RELEASE_FILE: brings a release to `@ENVIRONMENT@`, or says why not.
#
# RELEASE_FILE holds a line NAME_IMAGE=REPOSITORY@sha256:... for every built image, as build.sh writes them.
# --dry-run prints what would be done; --preflight checks all that can be checked before, secrets at their sources too.
# Both change nothing. Deploying the same release twice changes nothing either.
#
# Variables: DEPLOY_TIMEOUT, the most seconds for each of the jobs, and for the services to come up (900 unless set);
# DEPLOY_PENDING, for how many seconds a task may find no node (60 unless set); REGISTRY_USER and REGISTRY_PASSWORD, a
# login that lives as long as the services do; DOCKER_HOST, DOCKER_CONTEXT and DOCKER_CONFIG as Docker knows them.
#
# Exit codes:
#   0 deployed                            8 another image than the release's runs
#   2 wrong arguments                     9 no engine answers
#   3 a tool is missing                  10 the engine is no manager of a Swarm
#   4 the release lacks an image         11 the registry refuses the login, or lacks an image
#   5 a secret cannot be made            12 the services did not settle in time
#   6 a job failed                       13 an update is paused
#   7 the Swarm does not take the stack  14 an update failed and was rolled back
#                                        15 no node has room for a task
set -euf
set +x

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/@ROOT@" && pwd)
stack='@STACK@'
registry='@REGISTRY@'
limit=${DEPLOY_TIMEOUT:-900}
patience=${DEPLOY_PENDING:-60}
line_break='
'
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

# Variables that hold secrets stay in this shell: what it starts does not get them.
keep_here() {
    for variable in "$@"; do
        eval "value=\${$variable-}"
        unset "$variable"
        eval "$variable=\$value"
    done
    value=''
}
keep_here REGISTRY_PASSWORD@HIDDEN@

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

say 'checking tools, engine and manager'
for tool in docker timeout env sed grep sort date tr dd sha256sum@TOOLS@; do
    command -v "$tool" >/dev/null || fail 3 "$tool is not installed"
done
control=$(clean timeout 60 docker info --format '{{.ServerVersion}} {{.Swarm.ControlAvailable}}' 2>/dev/null) ||
    fail 9 "no engine answers${DOCKER_HOST:+ at $DOCKER_HOST}"
case $control in
' '*) fail 9 "no engine answers${DOCKER_HOST:+ at $DOCKER_HOST}" ;;
*' true') ;;
*) fail 10 "the engine${DOCKER_HOST:+ at $DOCKER_HOST} is not a manager of a Swarm" ;;
esac

say 'checking the release'
# The digest that the release has for a variable; nothing where it has none.
released() {
    sed -n "s/^$1=\\([^[:space:]]*@sha256:[0-9a-f]\\{64\\}\\)\$/\\1/p" "$release" | sed -n '$p'
}
missing=''
for variable in@VARIABLES@; do
    [ -n "$(released "$variable")" ] || missing="$missing $variable"
done
[ -z "$missing" ] || fail 4 "the release has no digest for$missing"

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
    for variable in@VARIABLES@; do
        image=$(released "$variable")
        said=$(clean timeout 60 docker buildx imagetools inspect "$image" 2>&1 >/dev/null) && continue
        case $said in
        *'not found'* | *denied* | *nauthorized* | *orbidden*)
            fail 11 "$image is not in the registry, or the login may not read it: $said"
            ;;
        *) say "note: whether the registry has $image cannot be seen from here" ;;
        esac
    done
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

# Makes a secret that the Swarm does not have yet from what its source says: OBJECT WHERE SOURCE ARGUMENT... WHERE is the
# source in words. The value stays in a variable of this shell and goes through a pipe; a file goes as it is.
ensure_secret() {
    object=$1
    where=$2
    shift 2
    if clean docker secret inspect "$object" >/dev/null 2>&1; then
        say "secret $object: is there"
        return
    fi
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
            said=$(clean docker secret create --label svcc.stack="$stack" "$object" "$2" 2>&1) || is_there "$said"
        else
            value=$(read_source "$@") || fail 5 "secret $object: cannot be made from $where"
            [ -n "$value" ] || fail 5 "secret $object: $where gives nothing"
            said=$(printf '%s' "$value" | clean docker secret create --label svcc.stack="$stack" "$object" - 2>&1) ||
                is_there "$said"
            value=''
        fi
        say "secret $object: made from $where"
        ;;
    esac
}
# Somebody else may just have made it.
is_there() {
    clean docker secret inspect "$object" >/dev/null 2>&1 || fail 5 "secret $object: the Swarm does not take it: $1"
}
refused=''
refuse() {
    say "$1"
    [ "$how" != deploy ] || exit 5
    refused=1
}

say 'secrets'
@SECRETS@
if [ "$how" = preflight ]; then
    [ -z "$refused" ] || fail 5 'not every secret can be had'
    say 'ready to deploy'
    exit 0
fi

# Runs a command in the clean environment, with the images of the release.
with_images() {
    for variable in@VARIABLES@; do
        set -- "$variable=$(released "$variable")" "$@"
    done
    clean "$@"
}

# What names a release to a job: the images and the job itself.
release_of() {
    { for variable in@VARIABLES@; do released "$variable"; done && cat "$here/jobs/$1.stack.yml"; } | sha256sum | cut -c1-12
}

# Names of secrets and configs that no service uses any more, nor would after a rollback: KIND LABEL.
superseded() {
    listed=$(clean docker "$1" ls --filter "label=$2=$stack" --format '{{.Name}}') || return 0
    for object in $listed; do
        case " $kept " in *" $object "*) ;; *) printf '%s\n' "$object" ;; esac
    done
}
used() {
    services=$(clean docker service ls --filter "label=com.docker.stack.namespace=$stack" --format '{{.Name}}') || return 1
    [ -n "$services" ] || return 0
    # shellcheck disable=SC2016,SC2086
    clean docker service inspect --format '{{define "used"}}{{range .TaskTemplate.ContainerSpec.Secrets}}{{.SecretName}} {{end}}{{range .TaskTemplate.ContainerSpec.Configs}}{{.ConfigName}} {{end}}{{end}}{{template "used" .Spec}}{{with .PreviousSpec}}{{template "used" .}}{{end}}' \
        $services | tr '\n' ' '
}
wanted_objects='@OBJECTS@'

if [ "$how" = dry-run ]; then
    would_run() {
        marker=${stack}_$1_done_$(release_of "$1")
        clean docker config inspect "$marker" >/dev/null 2>&1 || say "job $1: would run"
    }
    would_update() {
        service=${stack}_$1
        declared="$declared $service"
        now=$(clean docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' "$service" 2>/dev/null) || now=''
        case $now in
        '') say "service $1: would be created from $2" ;;
        *"${2##*@}"*) say "service $1: keeps its image" ;;
        *) say "service $1: would change from $now to $2" ;;
        esac
    }
    run_job() { would_run "$1"; }
    check_service() { would_update "$@"; }
    declared=''
else
    run_job() { bring_to_end "$@"; }
    check_service() { look_at "$@"; }
fi
run_jobs() {
@JOBS@
}
check_services() {
@CHECKS@
}
if [ "$how" = dry-run ]; then
    run_jobs
    check_services
    there=$(clean docker service ls --filter "label=com.docker.stack.namespace=$stack" --format '{{.Name}}')
    for service in $there; do
        case " $declared @JOB_SERVICES@ " in *" $service "*) ;; *) say "service ${service#"${stack}_"}: would be removed" ;; esac
    done
    [ -z "$refused" ] || fail 5 'not every secret can be had'
    exit 0
fi

# What went wrong with a service: its tasks' errors, and the log of the one that failed last.
show_tasks() {
    clean docker service ps --no-trunc --format '  {{.Name}} {{.CurrentState}} {{.Error}}' "$1" 2>/dev/null |
        grep -v ' Running ' | sed -n '1,10p' >&2 || :
    failing=$(clean docker service ps --no-trunc --format '{{.ID}} {{.CurrentState}}' "$1" 2>/dev/null |
        sed -n 's/^\([^ ]*\) \(Failed\|Rejected\|Starting\) .*/\1/p' | sed -n 1p) || failing=''
    if [ -n "$failing" ]; then
        say "the last lines of that task's log:"
        clean timeout 20 docker service logs --raw --tail 50 "$failing" >&2 2>/dev/null || :
    fi
}

postponed=''
# Runs a job to its end, once per release. One that refers to services which are not there yet waits for them.
bring_to_end() {
    service=${stack}_$1
    marker=${stack}_$1_done_$(release_of "$1")
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
    with_images timeout "$limit" docker stack deploy --with-registry-auth --detach=true \
        --compose-file "$here/jobs/$job.stack.yml" "$stack" >&2 || fail 6 "job $1: the Swarm does not take it"
    since=$(date +%s)
    while :; do
        state=$(clean docker service ps --format '{{.CurrentState}}' "$service" 2>/dev/null | sed -n '1s/ .*//p')
        case $state in
        Complete) break ;;
        Failed | Rejected | Orphaned | Remove | Shutdown)
            show_tasks "$service"
            fail 6 "job $1: $state"
            ;;
        esac
        if [ $(($(date +%s) - since)) -ge "$limit" ]; then
            show_tasks "$service"
            fail 6 "job $1: not done within $limit seconds"
        fi
        sleep 1
    done
    for old in $(clean docker config ls --filter "label=svcc.job=$service" --format '{{.Name}}'); do
        clean docker config rm "$old" >/dev/null 2>&1 || :
    done
    printf 'done\n' | clean docker config create --label svcc.job="$service" "$marker" - >/dev/null ||
        fail 6 "job $1: the Swarm does not keep that it is done"
    say "job $1: done"
}
waiting=''
run_jobs
if [ -n "$waiting" ]; then
    say 'first deploy: bringing up what the jobs need'
    with_images timeout "$limit" docker stack deploy --with-registry-auth --detach=true \
        --compose-file "$here/compose.stack.yml" "$stack" >&2 || fail 7 'the Swarm does not take the stack'
    postponed=1
    run_jobs
fi

# Docker's own waiting never ends where a new service crashes for ever, and calls a rolled-back update a success; so it
# is not used, and what runs is read back.
say "deploying the stack $stack"
with_images timeout "$limit" docker stack deploy --with-registry-auth --prune --detach=true \
    --compose-file "$here/compose.stack.yml" "$stack" >&2 || fail 7 'the Swarm does not take the stack'

# Puts a service among those that are `wrong` or `unsettled`: NAME IMAGE KIND.
look_at() {
    service=${stack}_$1
    line=${specs#*"$line_break$service "}
    if [ "$line" = "$specs" ]; then
        found 8 "$1" 'is not there'
        return
    fi
    line=${line%%"$line_break"*}
    image=${line%% *}
    state=${line#* }
    case $state in
    paused | rollback_paused)
        found 13 "$1" "the update is $state"
        return
        ;;
    rollback_completed)
        found 14 "$1" "the update failed and was rolled back; it runs $image"
        return
        ;;
    updating | rollback_started)
        unsettled="$unsettled $1"
        return
        ;;
    esac
    case $image in
    *"${2##*@}"*) ;;
    *)
        found 8 "$1" "runs $image, not $2"
        return
        ;;
    esac
    line=${counts#*"$line_break$service "}
    line=${line%%"$line_break"*}
    case $3 in
    service) [ "${line%%/*}" = "${line##*/}" ] || unsettled="$unsettled $1" ;;
    job)
        state=$(clean docker service ps --format '{{.CurrentState}}' "$service" 2>/dev/null | sed -n '1s/ .*//p')
        case $state in
        Complete) ;;
        Failed | Rejected | Orphaned) found 6 "$1" "the job is $state" ;;
        *) unsettled="$unsettled $1" ;;
        esac
        ;;
    esac
}
found() {
    [ -n "$verdict" ] || verdict=$1
    wrong="$wrong $2"
    reasons="$reasons$2: $3$line_break"
}

say 'waiting for the services'
since=$(date +%s)
stuck_since=''
calm=0
told=''
while :; do
    verdict='' wrong='' unsettled='' reasons=''
    services=$(clean docker service ls --filter "label=com.docker.stack.namespace=$stack" --format '{{.Name}} {{.Replicas}}') ||
        fail 9 'the engine answers no more'
    counts=$line_break$(printf '%s\n' "$services" | sed 's/ (.*//')$line_break
    names=$(printf '%s\n' "$services" | sed 's/ .*//')
    # shellcheck disable=SC2086
    specs=$line_break$(clean docker service inspect --format \
        '{{.Spec.Name}} {{.Spec.TaskTemplate.ContainerSpec.Image}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}' \
        $names 2>/dev/null)$line_break || :
    check_services
    [ -z "$verdict" ] || break
    now=$(date +%s)
    if [ -z "$unsettled" ]; then
        # A task that crashes at once is up for a moment too.
        calm=$((calm + 1))
        [ "$calm" -lt 4 ] || break
    else
        calm=0
        if [ "$unsettled" != "$told" ]; then
            say "not settled yet:$unsettled"
            told=$unsettled
        fi
        homeless=$(clean docker stack ps --no-trunc --filter desired-state=running \
            --format '{{.CurrentState}} {{.Name}} {{.Error}}' "$stack" 2>/dev/null | grep '^Pending .*no suitable node') || homeless=''
        if [ -z "$homeless" ]; then
            stuck_since=''
        elif [ -z "$stuck_since" ]; then
            stuck_since=$now
        elif [ $((now - stuck_since)) -ge "$patience" ]; then
            printf '  %s\n' "$homeless" >&2
            fail 15 "no node has room for a task for $patience seconds; not settled:$unsettled"
        fi
        if [ $((now - since)) -ge "$limit" ]; then
            for name in $unsettled; do
                say "$name: is not up"
                show_tasks "${stack}_$name"
            done
            fail 12 "not settled within $limit seconds:$unsettled"
        fi
    fi
    sleep 2
done
if [ -n "$verdict" ]; then
    for name in $wrong; do
        show_tasks "${stack}_$name"
    done
    printf '%s' "$reasons" | sed 's/^/deploy.sh: /' >&2
    fail "$verdict" "the release does not run in @ENVIRONMENT@"
fi

# What a rollback of a service would need stays: its previous secrets and configs.
say 'removing superseded secrets and configs'
kept=$(used) || fail 9 'the engine answers no more'
kept="$kept $wanted_objects"
for object in $(superseded secret svcc.stack); do
    ! clean docker secret rm "$object" >/dev/null 2>&1 || say "secret $object: removed"
done
for object in $(superseded config com.docker.stack.namespace); do
    ! clean docker config rm "$object" >/dev/null 2>&1 || say "config $object: removed"
done
say 'the release runs in @ENVIRONMENT@'
