#!/bin/sh
# What CodeArts runs. The program lies beside this file, one for each kind of processor, and the
# fields of the form are variables already.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
case $(uname -m) in
  x86_64 | amd64) program=$folder/runbell-linux-amd64 ;;
  aarch64 | arm64) program=$folder/runbell-linux-arm64 ;;
  *)
    echo "runbell: there is no program for $(uname -m); 没有适用于 $(uname -m) 的程序" >&2
    exit 2
    ;;
esac
# A ZIP made on some systems forgets that this may be run.
[ -x "$program" ] || chmod +x "$program"
exec "$program"
