# An example of a worker with a coding agent and a toolchain: copy it, and put yours in. The agents
# of a playbook are looked for on this image's PATH.
#   docker build --tag slipway .
#   docker build --tag slipway-with-agents --file deploy/agent-image.Dockerfile .
ARG SLIPWAY=slipway:latest

FROM node:24-trixie-slim AS node

# hadolint ignore=DL3006
FROM ${SLIPWAY}
ARG CLAUDE_CODE=2.1.329
USER 0:0
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
# A compiler and make, for the tests of the projects that are worked on.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && npm install --global "@anthropic-ai/claude-code@${CLAUDE_CODE}" \
    && npm cache clean --force
USER 10001:10001
