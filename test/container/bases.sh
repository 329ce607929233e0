# shellcheck shell=bash disable=SC2154
# Base images, put together from Debian's packages and the Node at hand, where no image registry can
# be reached. Sourced by build.sh: `in_storage` runs a tool on the storage of $work.

node_image=docker.io/library/node:20-bookworm-slim
distroless_image=gcr.io/distroless/cc-debian12:nonroot

# A network with a certificate authority of its own has that on this machine: it goes into the
# stand-in, so that the Dockerfile stays clean of it.
set_certificates() {
  local container=$1 bundle=$work/ca-certificates.crt
  [ -e "$bundle" ] || cat /etc/ssl/certs/ca-certificates.crt > "$bundle"
  in_storage buildah copy -q "$container" "$bundle" /etc/ssl/certs/ca-certificates.crt > /dev/null
  in_storage buildah config \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    --env DENO_TLS_CA_STORE=system "$container"
}

# Stands in for node:20-bookworm-slim: the Node and npm of this machine.
make_node() {
  local container
  [ -e "$work/debian.tar" ] || mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$work/debian.tar"
  container=$(in_storage buildah from scratch)
  in_storage buildah add -q "$container" "$work/debian.tar" / > /dev/null
  in_storage buildah copy -q "$container" "$(readlink -f "$(command -v node)")" /usr/local/bin/node > /dev/null
  in_storage buildah copy -q "$container" "$(readlink -f "$(npm root -g)/npm")" /usr/local/lib/node_modules/npm > /dev/null
  set_certificates "$container"
  for command in npm npx; do
    in_storage buildah run "$container" -- ln -s "../lib/node_modules/npm/bin/$command-cli.js" "/usr/local/bin/$command"
  done
  in_storage buildah config --cmd bash "$container"
  in_storage buildah commit -q --rm "$container" "$node_image" > /dev/null
}

# Stands in for distroless' cc: the packages that it is made of, unpacked, without a shell.
make_distroless() {
  local container
  [ -e "$work/distroless.tar" ] || mmdebstrap --quiet --variant=extract \
    --include=base-files,netbase,tzdata,media-types,libc6,libgcc-s1,libstdc++6,libgomp1,libssl3,ca-certificates \
    bookworm "$work/distroless.tar"
  container=$(in_storage buildah from scratch)
  in_storage buildah add -q "$container" "$work/distroless.tar" / > /dev/null
  set_certificates "$container"
  in_storage buildah config --user 65532 --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$container"
  in_storage buildah commit -q --rm "$container" "$distroless_image" > /dev/null
}

make_bases() {
  in_storage buildah inspect --type image "$node_image" > /dev/null 2>&1 || make_node
  in_storage buildah inspect --type image "$distroless_image" > /dev/null 2>&1 || make_distroless
}
