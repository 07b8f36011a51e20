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
# REGISTRY_USER and REGISTRY_PASSWORD, a login; DOCKER_HOST, DOCKER_CONTEXT and DOCKER_CONFIG as Docker knows them.
#
# Exit codes:
#   0 deployed                             7 compose does not take the project
#   2 wrong arguments                      8 another image than the release's runs
#   3 a tool is missing                    9 no engine answers
#   4 the release lacks an image          10 the engine is older than 26
#   5 a secret cannot be made             11 the registry refuses the login, or lacks an image
#   6 a job failed                        12 the services did not settle in time, or are not well
