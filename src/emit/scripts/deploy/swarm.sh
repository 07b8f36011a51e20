
patience=${DEPLOY_PENDING:-60}
# What the Swarm has, with a line break before and after each name.
secrets_there=$line_break$(clean docker secret ls --format '{{.Name}}')$line_break || fail 9 'the engine answers no more'
configs_there=$line_break$(clean docker config ls --format '{{.Name}}')$line_break || fail 9 'the engine answers no more'
keep_secret() { clean docker secret create --label svcc.stack="$stack" "$1" -; }
# Somebody else may just have made it.
secret_refused() {
    clean docker secret inspect "$object" >/dev/null 2>&1 || fail 5 "secret $object: the Swarm does not take it: $1"
}

say 'secrets'
@SECRETS@
if [ "$how" = preflight ]; then
    [ -z "$refused" ] || fail 5 'not every secret can be had'
    say 'ready to deploy'
    exit 0
fi

# The config that says that a job is done for this release.
marker() { printf '%s' "${stack}_$1_done_$(release_of "$here/jobs/$1.stack.yml")"; }
is_done() {
    case $configs_there in *"$line_break$1$line_break"*) ;; *) return 1 ;; esac
}
# All services of the stack: `NAME IMAGE UPDATE` in `specs`, `NAME RUNNING/WANTED ...` in `counts`.
read_services() {
    counts=$(clean docker service ls --filter "label=com.docker.stack.namespace=$stack" --format '{{.Name}} {{.Replicas}}') ||
        fail 9 'the engine answers no more'
    names=$(printf '%s\n' "$counts" | sed 's/ .*//')
    counts=$line_break$counts$line_break
    specs=$line_break
    [ -n "$names" ] || return 0
    # One that goes meanwhile is an error of the whole, and is not in what is printed.
    # shellcheck disable=SC2086
    specs=$line_break$(clean docker service inspect --format \
        '{{.Spec.Name}} {{.Spec.TaskTemplate.ContainerSpec.Image}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}' \
        $names 2>/dev/null)$line_break || :
}
# The rest of a service's line in a list; fails where there is none: NAME LIST.
line_of() {
    line=${2#*"$line_break$1 "}
    [ "$line" != "$2" ] || return 1
    line=${line%%"$line_break"*}
}
# How far a job is: `Complete`, `Failed`, or another state of its newest task.
job_state() {
    state=$(clean docker service ls --filter "name=$1" --format '{{.Name}} {{.Replicas}}' | sed -n "s/^$1 .*(\\([0-9/]*\\) completed)\$/\\1/p")
    if [ -n "$state" ] && [ "${state%/*}" = "${state#*/}" ] && [ "${state%/*}" != 0 ]; then
        printf 'Complete\n'
        return
    fi
    # Of each task the newest, and of these one that failed.
    newest=$(clean docker service ps --no-trunc --format '{{.Name}} {{.DesiredState}} {{.CurrentState}}' "$1" 2>/dev/null |
        sort -u -s -k 1,1 | sed 's/^[^ ]* \([^ ]*\) \([^ ]*\).*/\1 \2/') || newest=''
    failed=$(printf '%s\n' "$newest" | sed -n 's/^[^ ]* \(Failed\|Rejected\|Orphaned\|Remove\)$/\1/p' | sed -n 1p)
    [ -n "$failed" ] || failed=$(printf '%s\n' "$newest" | sed -n '1s/.* //p')
    printf '%s\n' "$failed"
}
wanted_objects='@OBJECTS@'

if [ "$how" = dry-run ]; then
    would_run() {
        is_done "$(marker "$1")" || say "job $1: would run"
    }
    would_update() {
        service=${stack}_$1
        declared="$declared $service"
        line_of "$service" "$specs" || line=''
        line=${line%% *}
        case $line in
        '') say "service $1: would be created from $2" ;;
        *"${2##*@}"*) say "service $1: keeps its image" ;;
        *) say "service $1: would change from $line to $2" ;;
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
    read_services
    run_jobs
    check_services
    for service in $names; do
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

# The marks of the newest releases of a job stay, so that a release that comes back does not run it again; others go.
forget_old_marks() {
    listed=$(clean docker config ls --filter "label=svcc.job=$1" --format '{{.ID}}') || return 0
    [ -n "$listed" ] || return 0
    # shellcheck disable=SC2086
    clean docker config inspect --format '{{.CreatedAt.Format "2006-01-02T15:04:05.000000000"}} {{.Spec.Name}}' $listed 2>/dev/null |
        sort -r | sed '1,@MARKS@d; s/^[^ ]* //' |
        while read -r old; do
            clean docker config rm "$old" >/dev/null 2>&1 || :
        done
}

postponed=''
# Runs a job to its end, once per release. One that refers to services which are not there yet waits for them.
bring_to_end() {
    service=${stack}_$1
    marker=$(marker "$1")
    if is_done "$marker"; then
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
        state=$(job_state "$service")
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
    # The label of the stack: with it, `docker stack rm` forgets what its jobs did.
    printf 'done\n' | clean docker config create --label svcc.job="$service" \
        --label com.docker.stack.namespace="$stack" "$marker" - >/dev/null ||
        fail 6 "job $1: the Swarm does not keep that it is done"
    configs_there="$configs_there$marker$line_break"
    forget_old_marks "$service"
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
    if ! line_of "$service" "$specs"; then
        found 8 "$1" 'is not there'
        return
    fi
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
        unsettle "$1"
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
    case $3 in
    service)
        # How many are wanted says the Swarm; how many run, the tasks that are to: on a node that is lost one still counts
        # as running for the Swarm.
        line_of "$service" "$counts" || line=0/0
        line=${line%% *}
        wanted=${line##*/}
        line_of "$service" "$running" || line=0
        [ "$line" -ge "$wanted" ] || unsettle "$1"
        ;;
    job)
        state=$(job_state "$service")
        case $state in
        Complete) ;;
        Failed | Rejected | Orphaned | Remove) found 6 "$1" "the job is $state" ;;
        *) unsettle "$1" ;;
        esac
        ;;
    esac
}
found() {
    [ -n "$verdict" ] || verdict=$1
    wrong="$wrong $2"
    reasons="$reasons$2: $3$line_break"
}
unsettle() {
    unsettled="$unsettled $1"
    case $imageless in *"$line_break${stack}_$1$line_break"*) lacking="$lacking $1" ;; esac
}

say 'waiting for the services'
since=$(date +%s)
stuck_since=''
calm=0
told=''
while :; do
    verdict='' wrong='' unsettled='' reasons='' lacking=''
    read_services
    tasks=$(clean docker stack ps --no-trunc --format '{{.Name}} {{.DesiredState}} {{.CurrentState}} {{.Error}}' "$stack" 2>/dev/null) ||
        tasks=''
    # The part of a task's name behind its last dot is its slot or its node.
    running=$line_break$(printf '%s\n' "$tasks" | sed -n 's/^\([^ ]*\)\.[^. ]* Running Running .*/\1/p' | sort | uniq -c |
        sed 's/^ *\([0-9]*\) \(.*\)/\2 \1/')$line_break
    # A node tries again every few seconds, so that there is always a task that just failed so.
    imageless=$line_break$(printf '%s\n' "$tasks" |
        sed -n 's/^\([^ ]*\)\.[^. ]* [^ ]* Rejected .*seconds\{0,1\} ago .*No such image: .*/\1/p' | sort -u)$line_break
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
        homeless=$(printf '%s\n' "$tasks" | grep ' Running Pending .*no suitable node') || homeless=''
        if [ -z "$homeless$lacking" ]; then
            stuck_since=''
        elif [ -z "$stuck_since" ]; then
            stuck_since=$now
        elif [ $((now - stuck_since)) -ge "$patience" ]; then
            if [ -n "$lacking" ]; then
                for name in $lacking; do show_tasks "${stack}_$name"; done
                fail 11 "a node cannot get the image for $patience seconds:$lacking"
            fi
            printf '%s\n' "$homeless" | sed 's/^/  /' >&2
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

# Names of secrets and configs that no service uses any more, nor would after a rollback: KIND LABEL. What a job did is kept.
superseded() {
    listed=$(clean docker "$1" ls --filter "label=$2=$stack" --format '{{.Name}}') || return 0
    for object in $listed; do
        case " $kept " in *" $object "*) ;; *) printf '%s\n' "$object" ;; esac
    done
}
used() {
    # shellcheck disable=SC2016,SC2086
    [ -z "$names" ] || clean docker service inspect --format '{{define "used"}}{{range .TaskTemplate.ContainerSpec.Secrets}}{{.SecretName}} {{end}}{{range .TaskTemplate.ContainerSpec.Configs}}{{.ConfigName}} {{end}}{{end}}{{template "used" .Spec}}{{with .PreviousSpec}}{{template "used" .}}{{end}}' \
        $names | tr '\n' ' '
}
# What a rollback of a service would need stays: its previous secrets and configs.
say 'removing superseded secrets and configs'
kept=$(used) || fail 9 'the engine answers no more'
kept="$kept $wanted_objects $(clean docker config ls --filter label=svcc.job --format '{{.Name}}' | tr '\n' ' ')"
for object in $(superseded secret svcc.stack); do
    ! clean docker secret rm "$object" >/dev/null 2>&1 || say "secret $object: removed"
done
for object in $(superseded config com.docker.stack.namespace); do
    ! clean docker config rm "$object" >/dev/null 2>&1 || say "config $object: removed"
done
say 'the release runs in @ENVIRONMENT@'
