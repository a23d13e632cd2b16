# The action's image: Python, the gate, and git with ssh, for the workspace and for a store that is a repository.
# The base is an argument so that a mirror, or a digest, can take the place of the public image.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ARG UV_VERSION=0.13.9
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore "uv==${UV_VERSION}"
WORKDIR /source
ENV UV_PROJECT_ENVIRONMENT=/opt/contract-gate \
    UV_PYTHON=/usr/local/bin/python3 \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
# Libraries first: they change less often than the gate, and stay in their own layer.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project
COPY README.md LICENSE CHANGELOG.md ./
COPY gate gate
RUN uv sync --locked --no-dev --no-editable
# Isolated: neither the workspace, which is the working directory, nor the job's PYTHON* variables can put a module before ours.
RUN printf '#!/opt/contract-gate/bin/python -I\nfrom gate.__main__ import main\n\nmain()\n' > /opt/contract-gate/bin/contract-gate \
    && chmod 0755 /opt/contract-gate/bin/contract-gate \
    && find /opt/contract-gate -name '*.pyi' -delete

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Contract Gate" \
      org.opencontainers.image.description="Blocks the deploy of a service whose version breaks a contract." \
      org.opencontainers.image.licenses="Apache-2.0"
# Without Perl's library, which git's package brings along: it is for sending mail and for Subversion, and takes 45 MB.
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends \
        -o Dpkg::Options::="--path-exclude=/usr/share/perl/*" \
        -o Dpkg::Options::="--path-exclude=/usr/lib/*/perl/*" \
        ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=build /opt/contract-gate /opt/contract-gate
# Tells the gate that `localhost` is not where the job's steps run.
ENV CONTRACT_GATE_IMAGE=1
ENTRYPOINT ["/opt/contract-gate/bin/contract-gate"]
