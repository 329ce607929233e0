# shellcheck shell=bash
# Runs the images as compose.yml does, and shows what they must do. Started by run.sh, in a network
# namespace of its own, with $work and $postgres.
set -euo pipefail
: "${work:?run.sh says where}" "${postgres?run.sh says where}"
ip link set lo up
rm -rf "$work/state" && mkdir -p "$work/state"/{volume,data,versions,postgres}
chown 10001:10001 "$work/state"/{volume,data,versions}

podman() {
  command podman --root "$work/root" --runroot "$work/run" --storage-driver vfs --log-level error \
    --runtime "$(command -v runc)" --cgroup-manager cgroupfs "$@"
}
fail() { echo "test:container: $1" >&2; exit 1; }
finish() {
  local code=$?
  if [ "$code" != 0 ]; then
    for name in server serving retrain; do podman logs --tail 15 "test-$name" 2>&1 | sed "s/^/$name: /" || true; done
  fi
  for name in server serving retrain; do podman rm -f -i -t 1 "test-$name" > /dev/null 2>&1 || true; done
  stop_postgres > /dev/null 2>&1 || true
}
trap finish EXIT
# shellcheck source=test/container/postgres.sh
source test/container/postgres.sh

# Every container as compose.yml has it: nothing can be written but the volumes, no capability.
options=(--network host --no-healthcheck --read-only --read-only-tmpfs=false --cap-drop all
  --security-opt no-new-privileges --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --tmpfs /tmp
  --add-host recommender:127.0.0.1 --add-host db:127.0.0.1)
state=(-v "$work/state/volume:/var/lib/recommender" -v "$work/state/data:/app/data")
start() { # NAME IMAGE options of podman -- options of the program
  local name=test-$1 image=localhost/recommender:$2 own=()
  shift 2
  while [ "$1" != -- ]; do own+=("$1"); shift; done
  podman rm -f -i -t 1 "$name" > /dev/null
  podman run -d --name "$name" "${options[@]}" "${own[@]}" "$image" "${@:2}" > /dev/null
}
url=http://localhost:5000
wait_for() { # PATH
  for _ in $(seq 600); do
    curl --silent --fail --output /dev/null "$url$1" && return
    sleep 0.2
  done
  fail "$url$1 does not answer"
}
customer='{"user_id_hash":"b9cbac77a336d62efd54404d2bccaecd"}'
reco() {
  curl --silent --show-error --fail -d "$customer" -H "Content-Type:application/json" -X POST "$url/reco"
}
is_list() {
  node -e '
    const [{ score, catalog_item_name, catalog_item_id, brand_name }] = JSON.parse(process.argv[1]);
    for (const list of [score, catalog_item_name, catalog_item_id, brand_name])
      if (list.length !== 5) throw new Error("not a top-5");' "$1" || fail "/reco answers $1"
}
# Sends SIGTERM, and wants the program's own end, with 0, in two seconds.
stop() { # NAME WHAT
  local from code ms
  from=$(date +%s%N)
  podman kill --signal TERM "test-$1" > /dev/null
  code=$(podman wait --interval 20ms "test-$1")
  ms=$((($(date +%s%N) - from) / 1000000))
  [ "$code" = 0 ] || fail "$2 ends with $code on SIGTERM"
  [ "$ms" -le 2000 ] || fail "$2 takes $ms ms to end on SIGTERM"
  echo "$2: ended $ms ms after SIGTERM, with 0"
}
# A line of the process that the container's first process is, as the kernel says it.
status_of() { sed -n "s/^$2:\s*//p" "/proc/$(podman inspect --format '{{.State.Pid}}' "test-$1")/status"; }

start server recommender "${state[@]}" -e RECOMMENDER_ALLOW_UNAUTHENTICATED_TRAINING=1 --
wait_for /health/live
[[ "$(status_of server Uid)" =~ ^10001[[:space:]] ]] || fail "it runs as user $(status_of server Uid)"
[ "$(status_of server CapEff)$(status_of server CapBnd)" = 00000000000000000000000000000000 ] || fail "it has capabilities"
[ "$(status_of server NoNewPrivs)" = 1 ] || fail "it may gain privileges"
if podman exec test-server deno eval 'Deno.writeTextFileSync("/app/serve/x", "")' > /dev/null 2>&1; then
  fail "its root can be written"
fi
podman exec test-server deno eval 'try { Deno.statSync("/bin/sh") } catch { Deno.exit(0) } Deno.exit(1)' || fail "there is a shell"
echo "the server runs as user 10001 on a read-only root, without capabilities, privileges to gain or a shell"
# The image's own health check, run by hand: podman would want systemd for it.
mapfile -t check < <(podman image inspect --format '{{range .HealthCheck.Test}}{{println .}}{{end}}' localhost/recommender:recommender | sed '/^CMD$/d;/^$/d')
[ "${#check[@]}" -gt 2 ] || fail "the image has no health check"
podman exec test-server "${check[@]}" || fail "the image's health check finds it ill"
podman exec test-server "${check[@]::${#check[@]}-1}" http://127.0.0.1:5000/health/ready 2> /dev/null && fail "the health check takes 503 for healthy"
echo "the image's health check tells a healthy server from one that is not"
[ "$(curl --silent --show-error --fail --max-time 300 "$url/train")" = "training complete!" ] || fail "/train does not train"
from_file=$(reco)
is_list "$from_file"
echo "both calls answer: /train; /reco $from_file"
stop server "the server"

# One that takes long.
sed 's/"factors": 16/"factors": 256/; s/"iterations": 15/"iterations": 500/; s/"earlyStopping": true/"earlyStopping": false/' \
  pipeline.json > "$work/state/long.json"
start server recommender "${state[@]}" -e RECOMMENDER_ALLOW_UNAUTHENTICATED_TRAINING=1 \
  -v "$work/state/long.json:/etc/long.json:ro" -- --config /etc/long.json
wait_for /health/ready
[ "$(reco)" = "$from_file" ] || fail "after a restart it answers otherwise"
echo "started anew, it answers from the volume's model at once"
training=$(curl --silent --show-error --fail -X POST "$url/v1/train" | node -p 'JSON.parse(require("fs").readFileSync(0)).id')
until stage=$(curl --silent --fail "$url/v1/train/$training") && [[ "$stage" = *'"stage":"train"'* ]]; do
  [[ "$stage" = *'"running"'* ]] || fail "a training that should take long is: $stage"
  sleep 0.2
done
stop server "the server, while it trains"

# What the image was relieved of is used by no solver.
podman run --rm "${options[@]}" "${state[@]}" --entrypoint deno localhost/recommender:recommender task pipeline run --only train \
  --store /var/lib/recommender/store --set train.solver=tfjs --set train.factors=8 --set train.iterations=2 > "$work/state/tfjs.log" 2>&1 ||
  fail "the solver tfjs does not train in the image: $(tail -3 "$work/state/tfjs.log")"
echo "the solver tfjs trains in the image too"

start serving serve -v "$work/state/volume/model:/var/lib/recommender/model:ro" -v "$work/state/versions:/var/lib/recommender" --
wait_for /health/ready
[ "$(reco)" = "$from_file" ] || fail "the image that only serves answers otherwise"
[ "$(curl --silent --output /dev/null --write-out '%{http_code}' -X POST "$url/v1/train")" = 404 ] || fail "the image that only serves offers training"
echo "the image that only serves gives the same list, and offers no training"
stop serving "the server that only serves"

if [ -n "$postgres" ]; then
  show_database
else
  echo "skipped: compose.yml's database and schedule: PostgreSQL is missing; Debian's package postgresql brings it"
fi
echo "the images build, train, serve and stop"
