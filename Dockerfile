# authctl as an image, from the package as it is published, with the opa that policies are checked and built by:
#
#   npm pack && docker build -t authctl .
#   docker run --rm --read-only --tmpfs /tmp --volume "$PWD:/work:ro" --env-file targets.env authctl plan blueprint.yaml
#
# It runs as nobody in particular and writes nothing but what a command is told to write (`--report`, the journal in AUTHCTL_STATE_DIR).
ARG BASE=docker.io/library/node:22-slim
ARG OPA=docker.io/openpolicyagent/opa:1.22.0

FROM ${OPA} AS opa

FROM ${BASE}
COPY authctl-*.tgz /tmp/authctl.tgz
# Where packages come through a certificate of one's own.
ARG NODE_EXTRA_CA_CERTS
RUN npm install --global --omit=dev --no-audit --no-fund --loglevel=error /tmp/authctl.tgz && rm -rf /tmp/authctl.tgz /root/.npm
COPY --from=opa /opa /usr/local/bin/opa
USER node
WORKDIR /work
ENTRYPOINT ["authctl"]
