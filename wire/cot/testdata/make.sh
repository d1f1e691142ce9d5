#!/bin/sh
# Records what the npm codec @tak-ps/node-cot makes of events/*.xml and of the
# protobuf that this package makes of them (ours/*.pb, by go test -run
# TestOurProtobuf -update), in node-cot.json; and the descriptor of the .proto
# files, in tak.desc. The .proto files in proto/ are those of the same package.
# Needs Node.js with npm, and protobuf-compiler; recorded with node-cot 12.23.0
# on Node.js 20 and protoc 3.21.12 (Debian 12).
set -e
cd "$(dirname "$0")"
here=$(pwd)
version=12.23.0
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

(cd .. && go test -run TestOurProtobuf -update)
cp record.mjs "$dir"
(cd "$dir" && npm install --silent --ignore-scripts "@tak-ps/node-cot@$version" && node record.mjs "$here" "$version")
protoc -I proto --descriptor_set_out=tak.desc --include_imports takmessage.proto
