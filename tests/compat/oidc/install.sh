#!/usr/bin/env bash
# Installs the OpenID server that the tests run, once, outside the repository; prints where.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=${BRUSCRIPT_OIDC_HOME:-$HOME/.cache/bruscript-oidc}
mkdir -p "$home"
exec 9>"$home/.lock"
flock 9
if ! cmp -s "$here/package.json" "$home/.installed"; then
    cp "$here/package.json" "$home/package.json"
    (cd "$home" && npm install --no-audit --no-fund --ignore-scripts --no-package-lock) >&2
    cp "$here/package.json" "$home/.installed"
fi
echo "$home"
