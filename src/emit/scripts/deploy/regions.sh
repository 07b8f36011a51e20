# One region after the other; what fails in one comes to no other.
case ${DEPLOY_REGION:-} in
'')
    for region in @WORDS@; do
        say "region $region"
        DEPLOY_REGION=$region sh "$0" "$@" || {
            code=$?
            say "region $region: failed; the regions after it keep what they run"
            exit "$code"
        }
    done
    exit 0
    ;;
@PATTERNS@) DOCKER_HOST=$DEPLOY_REGION ;;
*) fail 2 "there is no region '$DEPLOY_REGION'" ;;
esac
