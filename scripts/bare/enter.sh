#!/bin/sh
# enter.sh ROOT COMMAND [ARGUMENT…]: runs a command with ROOT as the whole file system, with /proc, /sys and a /dev of its
# own. To be run in mount and process namespaces of its own (unshare --mount --pid --fork): they end with the command,
# and what is mounted here is gone, however it ends.
set -eu
root=$1
shift

mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r name major minor <<END
$device
END
  mknod -m 666 "dev/$name" c "$major" "$minor"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0:stdin 1:stdout 2:stderr; do
  ln -s "/proc/self/fd/${number%:*}" "dev/${number#*:}"
done

# Not chroot alone: "ip netns exec" wants / to be a mount, and nothing of the machine's shall be in reach.
mkdir -p outside
pivot_root . outside
cd /
umount -l outside
rmdir outside
# Not by exec: this shell is process 1, and takes in those whose parents are gone.
"$@"
