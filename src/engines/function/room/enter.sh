# Run by `unshare` in name spaces of its own: makes a function's view of the file system as on Lambda, then becomes its runtime.
# enter.sh <code> <layers> <bootstraps> <node_modules> <hidden or ''> <options of /tmp> <interpreter's folder or ''> -- command...
set -e
# What extensions write leaves by 4.
exec 0<"$1" 5<"$2" 6<"$3" 7<"$4" 8<"${7:-/dev/null}"
cd "${0%/*}"
exec 9< enter.mounts
if [ -n "$5" ]; then mount -t tmpfs -o ro,size=4k,mode=755 cloudyard "$5"; fi
mount --all --no-canonicalize --fstab /proc/self/fd/9
if [ -n "$7" ]; then mount --no-canonicalize --bind -o X-mount.mkdir /proc/self/fd/8 /var/lang; fi
mount -t tmpfs -o "$6" cloudyard /tmp
. ./still.sh
exec 0</dev/null 5<&- 6<&- 7<&- 8<&- 9<&-
shift 8
cd /var/task
unset OLDPWD
exec "$@"
