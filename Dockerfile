# One image that trains and serves. The build stage gets Deno and the packages from npm; the final
# one holds neither Node nor npm and starts the deno binary itself, so that signals reach it.
FROM node:20-bookworm-slim AS build
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1
WORKDIR /app
RUN npm install --global --no-audit --no-fund deno@2.9.5 \
  && install -D "$(readlink -f "$(npm root -g)/deno/deno")" /out/deno
COPY deno.json deno.lock ./
COPY pipeline pipeline
COPY serve serve
RUN deno install --frozen --entrypoint pipeline/main.ts serve/main.ts

FROM debian:bookworm-slim
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
# Numbers, not names: the container may run with any user database.
RUN mkdir -p /app/data /var/lib/recommender && chown 10001:10001 /app/data /var/lib/recommender
COPY --from=build /out/deno /usr/local/bin/deno
COPY --from=build --chown=10001:10001 /deno-dir /deno-dir
COPY --from=build /app /app
COPY pipeline.json pipeline.schema.json /app/
WORKDIR /app
USER 10001:10001
EXPOSE 5000
# Models and the pipeline's store; purchases.
VOLUME ["/var/lib/recommender", "/app/data"]
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
  CMD ["deno", "eval", "const r = await fetch('http://127.0.0.1:5000/health/live'); if (!r.ok) Deno.exit(1)"]
# The server's own permissions, as `deno task serve` gives them: test/container holds them together.
CMD ["deno", "run", "--no-prompt", "--allow-net=0.0.0.0:5000", \
  "--allow-read=/var/lib/recommender/model,/var/lib/recommender/model.versions,/var/lib/recommender/model.events,/app/pipeline,/app/serve", \
  "--allow-write=/var/lib/recommender/model.versions,/var/lib/recommender/model.events", \
  "--allow-env=RECOMMENDER_TOKEN,RECOMMENDER_ALLOW_UNAUTHENTICATED_TRAINING,RECOMMENDER_HOSTS", \
  "--allow-run=/usr/local/bin/deno", "/app/serve/main.ts", \
  "--model", "/var/lib/recommender/model", \
  "--versions", "/var/lib/recommender/model.versions", "--keep", "5", \
  "--events", "/var/lib/recommender/model.events", "--port", "5000", "--host", "0.0.0.0", \
  "--store", "/var/lib/recommender/store"]
