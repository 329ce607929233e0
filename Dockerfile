# Two images, without Node, npm or a shell:
#   docker build -t recommender .                                trains and serves
#   docker build --target serve -t recommender-serve .           serves what was trained elsewhere
# Options of the server are added behind the image's name: docker run recommender --rate-limit 50
FROM node:20-bookworm-slim AS build
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1
WORKDIR /app
RUN npm install --global --no-audit --no-fund deno@2.9.5 \
  && install -D "$(readlink -f "$(npm root -g)/deno/deno")" /out/deno \
  && install -d -o 10001 -g 10001 /out/empty
COPY deno.json deno.lock pipeline.json pipeline.schema.json ./
COPY pipeline pipeline
COPY serve serve
# Types and source maps are for editors, tests and builds of tfjs for browsers for nobody here, and
# libraries for musl not for Debian. Emptied folders stay: Deno takes a package whose folder is
# missing for one that is still to be fetched.
RUN deno install --frozen --entrypoint pipeline/main.ts serve/main.ts serve/retrain/main.ts \
  && find "$DENO_DIR/npm" -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
  && find "$DENO_DIR/npm" -type f -path '*/@tensorflow/*' \( -name '*_test.js' -o -name '*.min.js' -o -name '*.fesm.js' -o -name '*.es2017.js' \) -delete \
  && find "$DENO_DIR/npm" -path '*-musl/*/*' -delete

# What only training uses.
FROM build AS serving
RUN find "$DENO_DIR/npm" \( -path '*/@duckdb/*/*/*' -o -path '*/@tensorflow/*/*/*' \) -delete

FROM gcr.io/distroless/cc-debian12:nonroot AS base
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
COPY --from=build /out/deno /usr/local/bin/deno
# Numbers, not names: the container may run with any user database.
COPY --from=build --chown=10001:10001 /out/empty /var/lib/recommender
WORKDIR /app
USER 10001:10001
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
  CMD ["deno", "run", "--no-prompt", "--allow-net=127.0.0.1:5000", "/app/serve/health.ts", "http://127.0.0.1:5000/health/live"]

FROM base AS serve
COPY --from=serving /deno-dir /deno-dir
COPY --from=serving /app /app
# Models.
VOLUME ["/var/lib/recommender"]
# The server's own permissions, as `deno task serve` gives them: test/container holds them together.
ENTRYPOINT ["deno", "run", "--no-prompt", "--allow-net=0.0.0.0:5000", \
  "--allow-read=/var/lib/recommender/model,/var/lib/recommender/model.versions,/var/lib/recommender/model.events,/app/pipeline,/app/serve", \
  "--allow-write=/var/lib/recommender/model.versions,/var/lib/recommender/model.events", \
  "--allow-env=RECOMMENDER_TOKEN,RECOMMENDER_ALLOW_UNAUTHENTICATED_TRAINING,RECOMMENDER_HOSTS", \
  "/app/serve/main.ts", \
  "--model", "/var/lib/recommender/model", \
  "--versions", "/var/lib/recommender/model.versions", "--keep", "5", \
  "--events", "/var/lib/recommender/model.events", "--no-training", "--port", "5000", "--host", "0.0.0.0"]

# The last one is what is built where no target is named.
FROM base AS recommender
COPY --from=build /deno-dir /deno-dir
COPY --from=build /app /app
COPY --from=build --chown=10001:10001 /out/empty /app/data
# Models and the pipeline's store; purchases.
VOLUME ["/var/lib/recommender", "/app/data"]
ENTRYPOINT ["deno", "run", "--no-prompt", "--allow-net=0.0.0.0:5000", \
  "--allow-read=/var/lib/recommender/model,/var/lib/recommender/model.versions,/var/lib/recommender/model.events,/app/pipeline,/app/serve", \
  "--allow-write=/var/lib/recommender/model.versions,/var/lib/recommender/model.events", \
  "--allow-env=RECOMMENDER_TOKEN,RECOMMENDER_ALLOW_UNAUTHENTICATED_TRAINING,RECOMMENDER_HOSTS", \
  "--allow-run=/usr/local/bin/deno", "/app/serve/main.ts", \
  "--model", "/var/lib/recommender/model", \
  "--versions", "/var/lib/recommender/model.versions", "--keep", "5", \
  "--events", "/var/lib/recommender/model.events", "--port", "5000", "--host", "0.0.0.0", \
  "--store", "/var/lib/recommender/store"]
