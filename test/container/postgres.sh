# shellcheck shell=bash disable=SC2154
# PostgreSQL from Debian's package in place of its image, and the services of compose.yml that go with
# it. Sourced by show.sh.

as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); }
start_postgres() {
  local data=$work/state/postgres
  chown postgres "$data"
  chmod a+x "$work" "$work/state"
  as_postgres "$postgres/initdb" -D "$data/db" --auth=scram-sha-256 --auth-local=trust -E UTF8 --locale=C > /dev/null
  as_postgres "$postgres/pg_ctl" -D "$data/db" -l "$data/log" -w start \
    -o "-c listen_addresses=127.0.0.1 -c port=5432 -c unix_socket_directories=$data -c fsync=off" > /dev/null
  as_postgres createdb -h "$data" shop
}
stop_postgres() { as_postgres "$postgres/pg_ctl" -D "$work/state/postgres/db" -m immediate stop; }

# What a service of compose.yml has under a key, as lines.
of_service() { # SERVICE KEY
  node -e '
    const [service, key] = process.argv.slice(1);
    const text = require("fs").readFileSync("compose.yml", "utf8");
    const part = new RegExp(`^  ${service}:\\n((?:    .*\\n|\\n)+)`, "m").exec(text)[1];
    const list = new RegExp(`^    ${key}: (\\[[^\\]]*\\])`, "m").exec(part)[1];
    for (const each of JSON.parse(list.replace(/,\s*\]$/, "]"))) console.log(each.replace(/\$\{\w+:-(.*?)\}/g, "$1"));' "$1" "$2"
}

show_database() {
  local password=pass-of-the-test entrypoint command
  rm -rf "$work/state/data"/*
  mapfile -t entrypoint < <(of_service sample entrypoint)
  mapfile -t command < <(of_service sample command)
  podman run --rm "${options[@]}" -v "$work/state/data:/app/data" \
    --entrypoint "$(as_json "${entrypoint[@]}")" localhost/recommender:recommender "${command[@]}" > "$work/state/sample.log" 2>&1 ||
    fail "the service sample fails: $(tail -3 "$work/state/sample.log")"
  start_postgres
  sed "s|/sample/|$work/state/data/|" compose/purchases.sql |
    as_postgres env RECOMMENDER_PGPASSWORD=$password psql -q -h "$work/state/postgres" -d shop -v ON_ERROR_STOP=1
  echo "PostgreSQL holds $(as_postgres psql -At -h "$work/state/postgres" -d shop -c 'SELECT count(*) FROM purchases') purchases of the sample shop, by compose/purchases.sql"

  rm -rf "$work/state/volume"/* "$work/state/data"/*
  mapfile -t command < <(of_service recommender command)
  start server recommender "${state[@]}" -e RECOMMENDER_TOKEN=$password-token -e RECOMMENDER_HOSTS=recommender \
    -e PGPASSWORD=$password -v "$PWD/compose/pipeline.json:/etc/recommender/pipeline.json:ro" -- "${command[@]}"
  wait_for /health/live
  mapfile -t entrypoint < <(of_service retrain entrypoint)
  mapfile -t command < <(of_service retrain command)
  start retrain recommender -e RECOMMENDER_TOKEN=$password-token \
    --entrypoint "$(as_json "${entrypoint[@]}")" -- "${command[@]}"
  wait_for /health/ready
  from_database=$(reco)
  is_list "$from_database"
  # The same purchases, but for the rows that are none: the same list.
  [ "$from_database" = "$from_file" ] || fail "from PostgreSQL it answers $from_database"
  echo "the schedule had the server train at its start, from PostgreSQL: the same list"
  for _ in $(seq 300); do podman logs test-retrain 2>&1 | grep -q "The next training is at" && break; sleep 0.2; done
  podman logs test-retrain 2>&1 | grep "The next training is at" || fail "the schedule names no next turn"
  stop retrain "the schedule"

  # Next night: the store knows what is unchanged; a database that is away fails the training alone.
  start retrain recommender -e RECOMMENDER_TOKEN=$password-token \
    --entrypoint "$(as_json "${entrypoint[@]}")" -- --once
  [ "$(podman wait test-retrain)" = 0 ] || fail "a second training fails"
  stop_postgres > /dev/null
  curl --silent -H "Authorization: Bearer $password-token" "$url/train" > "$work/state/away.json"
  grep -q '"status":500' "$work/state/away.json" || fail "without the database /train answers $(cat "$work/state/away.json")"
  [ "$(reco)" = "$from_file" ] || fail "without the database it answers no list"
  echo "trained again by --once; without the database /train says: $(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).detail' "$work/state/away.json")"
  for name in server retrain; do podman logs "test-$name" > "$work/state/$name.log" 2>&1; done
  if grep -r -l --binary-files=text "$password" "$work/state"/{volume,data,versions} "$work/state"/*.log "$work/state/away.json"; then
    fail "a password is in a file or log"
  fi
  echo "neither the database's password nor the token is in a file or log"
  stop server "the server"
}
as_json() { node -p 'JSON.stringify(process.argv.slice(1))' -- "$@"; }
