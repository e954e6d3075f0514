# One file for amd64 and arm64, and three images:
#
#   docker build .                   the program alone, run by a user without rights
#   docker build --target root .     the same without USER, for container actions of GitHub, Gitea
#                                    and Forgejo, and wherever results go to files of root
#   docker build --target alpine .   beside a shell, for CI systems that start one in the image
#
# The release brings programs that are built already, in the place of the first stage:
# --build-context build=FOLDER, with FOLDER/out/runbell-linux-amd64 and -arm64.

# The build stage makes a static binary: Alpine's own C library is musl.
FROM docker.io/library/rust:1.95-alpine AS build
ARG TARGETARCH
# A branch of Alpine keeps the latest version of a package alone, so none can be named.
# hadolint ignore=DL3018
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
# Files of others are named without the registry's folder, as packaging/build has it: sixteen
# kilobytes less.
RUN cargo fetch --locked \
 && sources=$(echo "${CARGO_HOME}"/registry/src/*/) \
 && cargo build --locked --release --package runbell --bin runbell \
    --config "target.'cfg(target_env=\"musl\")'.rustflags=['--remap-path-prefix=${sources}=']" \
 && install -D target/release/runbell "/out/runbell-linux-${TARGETARCH}"

FROM docker.io/library/alpine:3.22 AS alpine
ARG TARGETARCH
ARG VERSION=dev
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="runbell" \
      org.opencontainers.image.description="Tell DingTalk, WeCom, Lark, email or a webhook how a pipeline run ended." \
      org.opencontainers.image.source="https://github.com/runbell/runbell" \
      org.opencontainers.image.url="https://github.com/runbell/runbell" \
      org.opencontainers.image.documentation="https://github.com/runbell/runbell/blob/main/docs/README.md" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.vendor="the runbell project" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY LICENSE-MIT LICENSE-APACHE /licenses/
COPY --from=build --chmod=755 /out/runbell-linux-${TARGETARCH} /bin/runbell
ENTRYPOINT ["/bin/runbell"]

# The binary and the licences, nothing else: no shell, no certificates (they are compiled in).
FROM scratch AS root
ARG TARGETARCH
ARG VERSION=dev
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="runbell" \
      org.opencontainers.image.description="Tell DingTalk, WeCom, Lark, email or a webhook how a pipeline run ended." \
      org.opencontainers.image.source="https://github.com/runbell/runbell" \
      org.opencontainers.image.url="https://github.com/runbell/runbell" \
      org.opencontainers.image.documentation="https://github.com/runbell/runbell/blob/main/docs/README.md" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.vendor="the runbell project" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY LICENSE-MIT LICENSE-APACHE /licenses/
COPY --from=build --chmod=755 /out/runbell-linux-${TARGETARCH} /bin/runbell
ENTRYPOINT ["/bin/runbell"]

# A number, because an image without a list of users knows no names.
FROM root AS plain
USER 65532:65532
