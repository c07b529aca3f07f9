#!/bin/busybox sh
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# The other kernel's first program: sees the host's files through an overlay, then runs tests in it, and powers off.
export PATH=/bin
busybox mkdir -p /proc /sys /over /host /root
busybox mount -t proc proc /proc
busybox --install -s /bin
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for name in $(cat /order); do
    insmod "/modules/$name" || echo "insmod $name failed"
done
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=262144 host /host || poweroff -f
mount -t tmpfs tmpfs /over
mkdir /over/upper /over/work
parts=$(sed -n 's/.*"parts": "\([^"]*\)".*/\1/p' /job)
cp -a "/host$parts/apparmor" /over/apparmor
mount -t overlay -o "lowerdir=/over/apparmor:/host,upperdir=/over/upper,workdir=/over/work" overlay /root ||
    poweroff -f
for name in proc sys dev; do
    mount --move "/$name" "/root/$name"
done
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts -o mode=600,ptmxmode=666 devpts /root/dev/pts
mount -t tmpfs -o mode=1777 tmpfs /root/dev/shm
mount -t tmpfs -o mode=755 tmpfs /root/run
mount -t cgroup2 cgroup2 /root/sys/fs/cgroup
mount -t securityfs securityfs /root/sys/kernel/security
mkdir -m 1777 /root/run/tests
cp /job /root/run/job
ip link set lo up
inside=$(sed -n 's/.*"inside": "\([^"]*\)".*/\1/p' /job)
# The shell stays the first process, which reaps what daemons leave.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/run/tests LANG=C.UTF-8
# shellcheck disable=SC2093
exec switch_root /root /bin/busybox sh -c "/usr/bin/python3 -B '$inside'; busybox poweroff -f"
