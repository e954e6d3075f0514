# The build stage makes a static binary: Alpine's own C library is musl.
FROM docker.io/library/rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN cargo build --locked --release --package runbell --bin runbell \
 && install -D target/release/runbell /out/runbell

# `docker build --target alpine`: the same program next to a shell, for CI systems that start one
# in the image, such as GitLab.
FROM docker.io/library/alpine:3.22 AS alpine
COPY LICENSE-MIT LICENSE-APACHE /licenses/
COPY --from=build /out/runbell /bin/runbell
ENTRYPOINT ["/bin/runbell"]

# The image is the binary and the licences, nothing else: no shell, no certificates (they are
# compiled in). No USER: container actions must reach files that belong to root.
FROM scratch
LABEL org.opencontainers.image.title="runbell" \
      org.opencontainers.image.description="Tell DingTalk, WeCom, Lark, email or a webhook how a pipeline run ended." \
      org.opencontainers.image.source="https://github.com/runbell/runbell" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY LICENSE-MIT LICENSE-APACHE /licenses/
COPY --from=build /out/runbell /bin/runbell
ENTRYPOINT ["/bin/runbell"]
