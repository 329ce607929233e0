#!/usr/bin/env bash
# Builds the image and tries it, on a machine that has neither a container engine nor an image
# registry: the base images are put together from Debian's packages and from the Node at hand.
#
#   test/container/build.sh WORK_FOLDER
#
# Needs root and Debian's packages buildah, podman, mmdebstrap, runc. Takes some minutes, 3 GB.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(realpath -m "${1:?"usage: test/container/build.sh WORK_FOLDER"}")
mkdir -p "$work"

port=5000
name=recommender-test
debian=docker.io/library/debian:bookworm-slim
node=docker.io/library/node:20-bookworm-slim
# chroot isolation and plain copies work inside virtual machines and containers too.
export BUILDAH_ISOLATION=chroot
storage=(--root "$work/root" --runroot "$work/run" --storage-driver vfs)
in_storage() { "$1" "${storage[@]}" "${@:2}"; }

for command in buildah podman mmdebstrap runc node npm curl; do
  command -v "$command" > /dev/null || { echo "$command is missing: install its package" >&2; exit 1; }
done

# Stands in for debian:bookworm-slim. A network with a certificate authority of its own has that
# on this machine: it goes into the stand-in, so that the Dockerfile stays clean of it.
make_debian() {
  local container
  [ -e "$work/debian.tar" ] || mmdebstrap --variant=minbase --include=ca-certificates bookworm "$work/debian.tar"
  container=$(in_storage buildah from scratch)
  in_storage buildah add -q "$container" "$work/debian.tar" /
  for authority in /usr/local/share/ca-certificates/*.crt; do
    [ -e "$authority" ] || continue
    in_storage buildah copy -q "$container" "$authority" /usr/local/share/ca-certificates/
  done
  in_storage buildah run "$container" -- update-ca-certificates
  in_storage buildah config --cmd bash \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    --env DENO_TLS_CA_STORE=system "$container"
  in_storage buildah commit -q --rm "$container" "$debian"
}

# Stands in for node:20-bookworm-slim: the Node and npm of this machine.
make_node() {
  local container
  container=$(in_storage buildah from --pull-never "$debian")
  in_storage buildah copy -q "$container" "$(readlink -f "$(command -v node)")" /usr/local/bin/node
  in_storage buildah copy -q "$container" "$(readlink -f "$(npm root -g)/npm")" /usr/local/lib/node_modules/npm
  for command in npm npx; do
    in_storage buildah run "$container" -- ln -s "../lib/node_modules/npm/bin/$command-cli.js" "/usr/local/bin/$command"
  done
  in_storage buildah commit -q --rm "$container" "$node"
}

in_storage buildah inspect --type image "$debian" > /dev/null 2>&1 || make_debian
in_storage buildah inspect --type image "$node" > /dev/null 2>&1 || make_node
in_storage buildah bud --pull-never --format docker -q -t recommender:test .

# As compose.yml runs it, but on the machine's own network, which needs no bridge.
mkdir -p "$work/volume" "$work/data"
chown 10001:10001 "$work/volume" "$work/data"
in_storage podman rm -f -i "$name" > /dev/null
in_storage podman --runtime "$(command -v runc)" --cgroup-manager cgroupfs run -d --name "$name" \
  --network host --no-healthcheck --read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges \
  --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
  --tmpfs /tmp -v "$work/volume:/var/lib/recommender" -v "$work/data:/app/data" \
  -e RECOMMENDER_ALLOW_UNAUTHENTICATED_TRAINING=1 localhost/recommender:test > /dev/null
finish() {
  in_storage podman logs "$name" > "$work/log.txt" 2>&1 || true
  in_storage podman rm -f -t 5 "$name" > /dev/null || true
}
trap finish EXIT

for _ in $(seq 60); do
  curl --silent --fail "http://localhost:$port/health/live" > /dev/null && break
  sleep 0.5
done
echo "train: $(curl --silent --show-error --fail --max-time 300 "http://localhost:$port/train")"
answer=$(curl --silent --show-error --fail -d '{"user_id_hash":"b9cbac77a336d62efd54404d2bccaecd"}' \
  -H "Content-Type:application/json" -X POST "http://localhost:$port/reco")
echo "reco: $answer"
node -e '
  const [{ score, catalog_item_id }] = JSON.parse(process.argv[1]);
  if (score.length !== 5 || catalog_item_id.length !== 5) throw new Error("not a top-5");
' "$answer"
# The image's own health check, run by hand: podman would want systemd for it.
check=$(sed -n 's/^  CMD \(\["deno", "eval".*\)$/\1/p' Dockerfile)
mapfile -t check < <(node -p 'JSON.parse(process.argv[1]).join("\n")' "$check")
in_storage podman --runtime "$(command -v runc)" --cgroup-manager cgroupfs exec "$name" "${check[@]}"
user=$(in_storage podman --runtime "$(command -v runc)" --cgroup-manager cgroupfs exec "$name" id -u)
[ "$user" = 10001 ] || { echo "the server runs as user $user, not 10001" >&2; exit 1; }
started=$(date +%s)
in_storage podman stop -t 15 "$name" > /dev/null
echo "stopped in $(($(date +%s) - started)) s"
echo "the image builds, trains, serves and stops"
