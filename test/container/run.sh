#!/usr/bin/env bash
# `deno task test:container [WORK_FOLDER]`: builds both images and tries them as compose.yml runs them,
# on a machine that has neither a container engine nor an image registry. Says each step that it has
# shown. Where a program is missing it says which, and ends with 0: nothing was shown.
#
# Takes some minutes and 4 GB. A work folder that is named is kept, with the base images in it.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "test:container: skipped: $1"; exit 0; }
[ "$(id -u)" = 0 ] || skip "it needs root"
declare -A package=([buildah]=buildah [podman]=podman [runc]=runc [mmdebstrap]=mmdebstrap
  [unshare]=util-linux [ip]=iproute2 [setpriv]=util-linux
  [curl]=curl [node]=nodejs [npm]=npm)
for command in "${!package[@]}"; do
  command -v "$command" > /dev/null || skip "$command is missing; Debian's package ${package[$command]} brings it"
done
postgres=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2> /dev/null | sort -V | tail -1 || true)
unshare --net true 2> /dev/null || skip "no network namespace can be made here"

if [ $# -gt 0 ]; then
  work=$(realpath -m "$1")
  mkdir -p "$work"
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
export work postgres
# chroot isolation and plain copies work inside virtual machines and containers too.
export BUILDAH_ISOLATION=chroot
in_storage() { "$1" --root "$work/root" --runroot "$work/run" --storage-driver vfs --log-level error "${@:2}"; }

# shellcheck source=test/container/bases.sh
source test/container/bases.sh
make_bases > "$work/bases.log" 2>&1 || {
  tail -3 "$work/bases.log"
  skip "no base image can be put together from Debian's packages"
}
echo "base images are there"

# What is built may be no larger: in MB, as registries count without compression.
declare -A limit=([recommender]=280 [serve]=160)
for target in recommender serve; do
  in_storage buildah bud --pull-never --format docker --layers -q --target "$target" -t "recommender:$target" . \
    > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }
  bytes=$(in_storage podman image inspect --format '{{.Size}}' "localhost/recommender:$target")
  echo "image $target: $((bytes / 1000000)) MB"
  [ "$bytes" -le "${limit[$target]}000000" ] || {
    echo "image $target is larger than ${limit[$target]} MB: see what came in" >&2
    exit 1
  }
done

# A network of its own, with nothing but loopback: no port is in anybody's way, and what runs in it
# fetches nothing.
unshare --net --mount bash test/container/show.sh
