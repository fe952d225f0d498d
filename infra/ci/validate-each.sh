#!/bin/sh
# The pre-commit hook: each blueprint that is about to be committed is validated. Contacts nothing, and needs no secret.
set -u
code=0
for file in "$@"; do
  ${AUTHCTL:-authctl} validate "$file" --no-stack || code=1
done
exit "$code"
