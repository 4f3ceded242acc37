#!/bin/sh
# Boots systemd as PID 1 of its own namespaces, over this machine's files, of which it changes none.
#
# `unshare --mount --pid --fork --kill-child --uts --ipc boot.sh FOLDER` calls it. FOLDER is empty; FOLDER/shared will be the one folder that both see,
# as /shared. What is written elsewhere goes into a tmpfs that ends with the last process. CGROUP is the group that holds all processes. The
# network is the machine's own, so that its loopback addresses are reached.
set -eu
folder=$1
if [ -z "${IN_GROUP:-}" ]; then
    mount --make-rprivate /
    mount -t tmpfs tmpfs "$folder"
    mkdir "$folder/groups" "$folder/upper" "$folder/work" "$folder/root"
    mount -t cgroup2 cgroup2 "$folder/groups"
    mkdir "$folder/groups/$CGROUP"
    echo 0 > "$folder/groups/$CGROUP/cgroup.procs"
    cd /
    IN_GROUP=yes exec unshare --cgroup "$0" "$folder"
fi
umount "$folder/groups"
root=$folder/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount -o bind,ro "$root/proc/sys" "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for name in run tmp dev; do mount -t tmpfs -o mode=0755 tmpfs "$root/$name"; done
chmod 1777 "$root/tmp"
for name in null zero full random urandom tty; do
    touch "$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/shared" "$root/left" "$root/opt/libraries" "$root/opt/source"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount --bind "$SHARED" "$root/shared"
mount -o bind,ro "$LIBRARIES" "$root/opt/libraries"
mount -o bind,ro "$SOURCE" "$root/opt/source"
if [ "$PYTHON" != /usr ]; then # a Python in somebody's home is out of the service's reach
    mkdir -p "$root/opt/python"
    mount -o bind,ro "$PYTHON" "$root/opt/python"
    echo /opt/python/lib > "$root/etc/ld.so.conf.d/causerie-test.conf"
    ldconfig -r "$root" -f /etc/ld.so.conf
fi
# Of the distribution's units only the journal's are started: others load modules into the kernel or mount what all share.
rm -rf "$root/etc/systemd/system" "$root/etc/machine-id" "$root/usr/lib/systemd/system/"*.wants
mkdir "$root/etc/systemd/system"
printf '[Unit]\nDescription=Tests\nWants=systemd-journald.service\n' > "$root/etc/systemd/system/tests.target"
ln -s /dev/null "$root/etc/systemd/system/systemd-journald-audit.socket"
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nAudit=no\nStorage=volatile\nReadKMsg=no\n' > "$root/etc/systemd/journald.conf.d/tests.conf"
echo 0123456789abcdef0123456789abcdef > "$root/etc/machine-id"
cd "$root"
pivot_root . left
umount -l /left
mount --make-rshared / # as systemd makes it outside of containers: credentials are mounted that way
exec env -i container=causerie-tests PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --unit=tests.target --log-target=null --show-status=no
