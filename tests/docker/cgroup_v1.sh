#!/bin/sh
# Makes /sys/fs/cgroup what Docker 17.0x needs: a hierarchy of cgroup v1 for each controller that can be had. To be run
# in a mount namespace of its own. Says what there is and what is not; fails without `devices`, as Docker does.
set -eu
if ! grep -q ' - cgroup .*[ ,]devices' /proc/self/mountinfo; then
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  for controller in devices freezer memory cpu cpuacct cpuset blkio pids; do
    mkdir "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null ||
      rmdir "/sys/fs/cgroup/$controller"
  done
fi
there= missing=
for controller in devices freezer memory cpu cpuacct cpuset blkio pids; do
  if grep -q " - cgroup .*[ ,]$controller\(,\|\$\)" /proc/self/mountinfo; then
    there="$there $controller"
  else
    missing="$missing $controller"
  fi
done
echo "cgroup v1 here:${there:- nothing}${missing:+; not:$missing}"
case "$there " in
*" devices "*) ;;
*)
  echo "This machine has no cgroup v1: Docker 17.0x cannot run on it" >&2
  exit 1
  ;;
esac
