
# Docker Compose in the clean environment, with the images of the release. A file `.env` beside the project's is nobody's.
compose() {
    with_images timeout "$limit" docker compose --env-file /dev/null --project-name "$stack" --file "$here/compose.yml" "$@"
}

# Secrets and configs are volumes with one file, and with another beside it that is there when the first is whole.
volumes_there=$line_break$(clean docker volume ls --format '{{.Name}}')$line_break || fail 9 'the engine answers no more'
is_volume() {
    case $volumes_there in *"$line_break$1$line_break"*) ;; *) return 1 ;; esac
}
wanted_objects='@OBJECTS@'
keeper=${stack}_svcc_keeper
# A container that is never started, through which files come into volumes.
open_volumes() {
    set --
    for object in $wanted_objects; do
        is_volume "$object" ||
            clean docker volume create --label svcc.stack="$stack" "$object" >/dev/null || fail 9 'the engine makes no volumes'
        set -- "$@" --volume "$object:/kept/$object"
    done
    clean docker rm --force "$keeper" >/dev/null 2>&1 || :
    [ $# -gt 0 ] || return 0
    clean docker create --quiet --name "$keeper" --network none "$@" @KEEPER@ never >/dev/null ||
        fail 11 'the machine cannot get the image' @KEEPER@
    secrets_there=$line_break
    for object in $wanted_objects; do
        ! clean docker cp --quiet "$keeper:/kept/$object/whole" - >/dev/null 2>&1 ||
            secrets_there="$secrets_there$object$line_break"
    done
}
close_volumes() { clean docker rm --force "$keeper" >/dev/null 2>&1 || :; }
# The header of a file in a `tar` archive: NAME SIZE. Bytes of zero add nothing to the sum, which has eight blanks in its place.
tar_header() {
    numbers=$(printf '%07o %07o %07o %011o %011o' 292 0 0 "$2" 0 | tr -d ' ')
    sum=256
    for byte in $(printf '%s%s0ustar00' "$1" "$numbers" | od -A n -v -t u1); do
        sum=$((sum + byte))
    done
    printf '%s' "$1"
    zeros $((100 - ${#1}))
    printf '%07o\000%07o\000%07o\000%011o\000%011o\000%06o\000 0' 292 0 0 "$2" 0 "$sum"
    zeros 100
    printf 'ustar\00000'
    zeros 247
}
zeros() { [ "$1" -eq 0 ] || dd if=/dev/zero bs="$1" count=1 2>/dev/null; }
# Puts what it reads into a volume: OBJECT SIZE. It never is an argument, nor a file of this machine.
keep_secret() {
    {
        tar_header value "$2"
        cat
        zeros $(((512 - $2 % 512) % 512))
        tar_header whole 0
        zeros 1024
    } | clean docker cp --quiet - "$keeper:/kept/$1"
}
secret_refused() { fail 5 "$object: the engine does not take it: $1"; }
ensure_config() {
    case $secrets_there in *"$line_break$1$line_break"*) return ;; esac
    if [ "$how" = deploy ]; then
        said=$(keep_secret "$1" "$(wc -c <"$2")" <"$2" 2>&1) || fail 7 "config $1: the engine does not take it: $said"
    fi
    say "config $1: $([ "$how" = deploy ] || printf 'would be ')made from $2"
}

# Asked without a keeper, a volume counts as whole; one that is not is found and made when it is deployed.
secrets_there=$volumes_there
if [ "$how" = deploy ]; then
    trap close_volumes EXIT
    open_volumes
fi
say 'secrets'
@SECRETS@
if [ "$how" = preflight ]; then
    [ -z "$refused" ] || fail 5 'not every secret can be had'
    say 'ready to deploy'
    exit 0
fi
@CONFIGS@

# The volume that says that a job is done for this release.
marker() { printf '%s' "${stack}_$1_done_$(release_of "$here/compose.yml")"; }
# The project's containers: `SERVICE ID IMAGE STATE HEALTH, CODE, RESTARTS` in `running`.
read_containers() {
    running=$(clean docker ps --all --quiet --filter "label=com.docker.compose.project=$stack" \
        --filter label=com.docker.compose.oneoff=False) || fail 9 'the engine answers no more'
    # One that goes meanwhile is an error of the whole, and is not in what is printed.
    # shellcheck disable=SC2086
    [ -z "$running" ] || running=$(clean docker inspect --type container --format \
        '{{index .Config.Labels "com.docker.compose.service"}} {{.Id}} {{.Config.Image}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{end}}, exit code {{.State.ExitCode}}, {{.RestartCount}} restarts' \
        $running 2>/dev/null) || :
    running=$line_break$running$line_break
}
is_there() {
    case $running in *"$line_break$1 "*) ;; *) return 1 ;; esac
}
show_log() {
    for container in $(printf '%s' "$running" | sed -n "s/^$1 \\([^ ]*\\) .*/\\1/p" | sed -n 1,3p); do
        say "the last lines of the log of $1:"
        clean timeout 20 docker logs --tail 50 "$container" >&2 || :
    done
}

if [ "$how" = dry-run ]; then
    run_job() {
        is_volume "$(marker "$1")" || say "job $1: would run"
    }
    check_service() {
        declared="$declared $1"
        now=$(printf '%s' "$running" | sed -n "s/^$1 [^ ]* \\([^ ]*\\) .*/\\1/p" | sort -u)
        case $now in
        '') say "service $1: would be created from $2" ;;
        "$2") say "service $1: keeps its image" ;;
        *) say "service $1: would change from $now to $2" ;;
        esac
    }
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
read_containers
if [ "$how" = dry-run ]; then
    declared=''
    run_jobs
    check_services
    for name in $(printf '%s' "$running" | sed 's/ .*//' | sort -u); do
        case "$declared " in *" $name "*) ;; *) say "service $name: would be removed" ;; esac
    done
    [ -z "$refused" ] || fail 5 'not every secret can be had'
    exit 0
fi

# The marks of the newest releases of a job stay, so that a release that comes back does not run it again; others go.
forget_old_marks() {
    listed=$(clean docker volume ls --filter "label=svcc.job=${stack}_$1" --format '{{.Name}}') || return 0
    [ -n "$listed" ] || return 0
    # shellcheck disable=SC2086
    clean docker volume inspect --format '{{index .Labels "svcc.made"}} {{.Name}}' $listed 2>/dev/null |
        sort -r | sed '1,@MARKS@d; s/^[^ ]* //' |
        while read -r old; do
            clean docker volume rm "$old" >/dev/null 2>&1 || :
        done
}
# Runs a job to its end, once per release, with the services that it refers to up.
bring_to_end() {
    marker=$(marker "$1")
    if is_volume "$marker"; then
        say "job $1: done for this release"
        return
    fi
    for need in $2; do
        is_there "$need" && continue
        say "job $1: bringing up the service $need"
        compose up --detach --no-build --no-deps --wait "$need" >&2 || {
            read_containers
            show_log "$need"
            fail 6 "job $1: the service $need does not come up"
        }
    done
    say "job $1: running"
    clean docker rm --force "${stack}_job_$1" >/dev/null 2>&1 || :
    compose --profile jobs run --rm --no-deps --no-TTY --name "${stack}_job_$1" "$1" </dev/null >&2 || {
        code=$?
        clean docker rm --force "${stack}_job_$1" >/dev/null 2>&1 || :
        [ "$code" -ne 124 ] || fail 6 "job $1: not done within $limit seconds"
        fail 6 "job $1: failed with exit code $code"
    }
    clean docker volume create --label svcc.job="${stack}_$1" --label svcc.made="$(date +%s)" "$marker" >/dev/null ||
        fail 6 "job $1: the engine does not keep that it is done"
    forget_old_marks "$1"
    say "job $1: done"
}
run_jobs

say "deploying the project $stack"
said=$(compose up --detach --no-build --remove-orphans --quiet-pull 2>&1) || {
    printf '%s\n' "$said" >&2
    fail 7 'compose does not take the project'
}

# Puts a service among those that are `wrong` or `unsettled`: NAME IMAGE KIND COUNT.
look_at() {
    containers=$(printf '%s' "$running" | sed -n "s/^$1 //p")
    if [ -z "$containers" ]; then
        [ "$4" -eq 0 ] || found 8 "$1" 'is not there'
        return
    fi
    others=$(printf '%s\n' "$containers" | sed 's/^[^ ]* \([^ ]*\) .*/\1/' | grep -vFx "$2" | sed -n 1p) || others=''
    if [ -n "$others" ]; then
        found 8 "$1" "runs $others, not $2"
        return
    fi
    well=0
    states=$(printf '%s\n' "$containers" | sed 's/^[^ ]* [^ ]* //')
    while read -r state; do
        case $3,$state in
        service,'running unhealthy,'*) found 12 "$1" "is not healthy: $state" && return ;;
        service,'running starting,'*) ;;
        service,'running '*) well=$((well + 1)) ;;
        job,'exited , exit code 0,'*) well=$((well + 1)) ;;
        job,'exited '*) found 6 "$1" "the job failed: $state" && return ;;
        *,'exited '* | *,'dead '*) found 12 "$1" "does not run: $state" && return ;;
        esac
    done <<STATES
$states
STATES
    [ "$well" -ge "$4" ] || unsettled="$unsettled $1"
}
found() {
    [ -n "$verdict" ] || verdict=$1
    wrong="$wrong $2"
    reasons="$reasons$2: $3$line_break"
}

say 'waiting for the services'
since=$(date +%s)
calm=0
told=''
seen=''
while :; do
    verdict='' wrong='' unsettled='' reasons=''
    read_containers
    check_services
    [ -z "$verdict" ] || break
    if [ -z "$unsettled" ]; then
        # A container that crashes at once is up for a moment too, and its count of restarts grows.
        [ "$running" = "$seen" ] || calm=0
        seen=$running
        calm=$((calm + 1))
        [ "$calm" -lt 4 ] || break
    else
        calm=0
        if [ "$unsettled" != "$told" ]; then
            say "not settled yet:$unsettled"
            told=$unsettled
        fi
        if [ $(($(date +%s) - since)) -ge "$limit" ]; then
            for name in $unsettled; do
                say "$name: is not up"
                show_log "$name"
            done
            fail 12 "not settled within $limit seconds:$unsettled"
        fi
    fi
    sleep 2
done
if [ -n "$verdict" ]; then
    for name in $wrong; do
        show_log "$name"
    done
    printf '%s' "$reasons" | sed 's/^/deploy.sh: /' >&2
    fail "$verdict" "the release does not run in @ENVIRONMENT@"
fi

# Those of the deploy before stay, for who goes back to it.
say 'removing superseded secrets and configs'
close_volumes
noted=${stack}_svcc_objects
before=$(clean docker volume inspect --format '{{index .Labels "svcc.objects"}}' "$noted" 2>/dev/null) || before=''
for object in $(clean docker volume ls --filter "label=svcc.stack=$stack" --format '{{.Name}}'); do
    case " $wanted_objects $before " in
    *" $object "*) ;;
    *) ! clean docker volume rm "$object" >/dev/null 2>&1 || say "$object: removed" ;;
    esac
done
if [ "$before" != "$wanted_objects" ]; then
    clean docker volume rm "$noted" >/dev/null 2>&1 || :
    clean docker volume create --label "svcc.objects=$wanted_objects" "$noted" >/dev/null || :
fi
say 'the release runs in @ENVIRONMENT@'
