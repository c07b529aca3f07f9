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
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/run/tests LANG=C.UTF-8
if grep -q '"systemd": true' /job; then
    # What this machine starts by itself and has set is left out, and whatever it is, the other one is no container.
    rm -rf /root/.dockerenv /root/lib/systemd/*-generators /root/lib/systemd/system/*.wants \
        /root/etc/systemd/*.d /root/etc/systemd/*/*.wants /root/etc/systemd/*/*.d
    mkdir -p /root/run/systemd/system /root/run/systemd/logind.conf.d
    printf '[Login]\nUserStopDelaySec=0\n' >/root/run/systemd/logind.conf.d/at-once.conf
    ln -s /dev/null /root/run/systemd/system/modprobe@.service
    cat >/root/run/systemd/system/tests.service <<END
[Unit]
DefaultDependencies=no
Wants=dbus.socket systemd-logind.service
After=dbus.socket systemd-logind.service
[Service]
Environment=PATH=$PATH HOME=$HOME TMPDIR=$TMPDIR LANG=$LANG
ExecStart=/usr/bin/python3 -B '$inside'
ExecStopPost=/bin/busybox poweroff -f
StandardOutput=file:/dev/console
END
    exec switch_root /root /lib/systemd/systemd --unit=tests.service --log-target=console --show-status=0
fi
# The shell stays the first process, which reaps what daemons leave.
# shellcheck disable=SC2093
exec switch_root /root /bin/busybox sh -c "/usr/bin/python3 -B '$inside'; busybox poweroff -f"
