# syntax=docker/dockerfile:1
# What every process of Slipway runs in. Neither build caches by mount nor VOLUME: Railway's builder
# refuses the one without an id of its own, and the other altogether.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-trixie AS build
COPY --from=ghcr.io/astral-sh/uv:0.13.8 /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
# Before the code, so that a change in the code does not install everything anew.
COPY requirements.lock /build/requirements.lock
RUN uv venv --python python3 /opt/slipway \
    && uv pip sync --python /opt/slipway/bin/python --require-hashes /build/requirements.lock

FROM python:${PYTHON}-slim-trixie
# Debian removes the old version whenever it publishes a new one: a pinned one stops to build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 slipway \
    && useradd --uid 10001 --gid slipway --create-home slipway \
    && install --directory --owner=slipway --group=slipway /var/lib/slipway
COPY --from=build /opt/slipway /opt/slipway
# .dockerignore names what comes along. It belongs to root: no agent can change the code.
COPY . /app
WORKDIR /app
RUN /opt/slipway/bin/python -m compileall -q .
ENV PATH=/opt/slipway/bin:$PATH \
    PORT=8080 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SLIPWAY_ENV=production \
    SLIPWAY_STATE_DIR=/var/lib/slipway
USER 10001:10001
EXPOSE 8080
# Life, not readiness: a worker that waits for a server that is away must not be replaced. It answers
# only once it has reached Temporal, for which it has two minutes.
HEALTHCHECK --interval=10s --timeout=5s --start-period=130s --start-interval=1s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=3); c.request('GET', '/healthz'); assert c.getresponse().status == 200"]
# The first process of a container inherits orphans; agents leave some, and Python buries none.
ENTRYPOINT ["tini", "--"]
CMD ["python", "worker.py"]
