#!/bin/sh
# One run of authctl in CI: what it shows goes to the log, and a file for each that wants one beside it. Inputs come by the environment:
#   AUTHCTL            how it is called (authctl on the PATH)
#   AUTHCTL_COMMAND    drift or verify (drift)
#   AUTHCTL_BLUEPRINT  the blueprint (blueprint.yaml)
#   AUTHCTL_OVERLAY    the environment of the blueprint; none unless it is set
#   AUTHCTL_REPORTS    the directory of the files (authctl-reports)
# Ends as authctl does: 0 as asked, 1 could not do it, 2 the answer is no, 3 a target is out of reach.
set -u
command="${AUTHCTL_COMMAND:-drift}"
reports="${AUTHCTL_REPORTS:-authctl-reports}"
case "$command" in
  drift | verify) ;;
  *) echo "AUTHCTL_COMMAND is drift or verify, not $command" >&2; exit 1 ;;
esac
mkdir -p "$reports" || exit 1
set -- "$command" "${AUTHCTL_BLUEPRINT:-blueprint.yaml}" --no-stack
if [ -n "${AUTHCTL_OVERLAY:-}" ]; then set -- "$@" --env "$AUTHCTL_OVERLAY"; fi
# How it is called may be several words: node and a file.
${AUTHCTL:-authctl} "$@" \
  --report "junit=$reports/$command.xml" --report "sarif=$reports/$command.sarif" --report "markdown=$reports/$command.md" --report "json=$reports/$command.json"
code=$?
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$reports/$command.md" ]; then cat "$reports/$command.md" >> "$GITHUB_STEP_SUMMARY"; fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then printf 'exit-code=%s\nsarif=%s\nmarkdown=%s\n' "$code" "$reports/$command.sarif" "$reports/$command.md" >> "$GITHUB_OUTPUT"; fi
exit "$code"
