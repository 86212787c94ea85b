#!/bin/sh
# room.sh CGROUP yes|no: the first process of the namespaces in which a dockerd runs, with cgroup v1 if need be. Says
# `ready` when the room is furnished. When its stdin ends it ends everything in the room and removes the control groups
# below CGROUP.
set -eu

# What a dockerd writes outside of its own directories stays in here.
mount -t tmpfs -o mode=755 run /run
mkdir /run/etc /run/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work etc /etc
[ "$2" = no ] || "$(dirname "$0")/cgroup_v1.sh"
echo ready

# While a shell waits, it reaps whatever became its child.
cat >/dev/null || :
# From the first process of a namespace this spares only itself.
kill -KILL -1 2>/dev/null || :
for _ in $(seq 100); do
  groups=$(find /sys/fs/cgroup -mindepth 2 -depth -type d -path "*/$1*" 2>/dev/null) || :
  [ -n "$groups" ] || break
  echo "$groups" | xargs rmdir 2>/dev/null || sleep 0.05
done
