# Run by `unshare` in name spaces of its own: makes a function's view of the file system as on Lambda, then becomes its runtime.
# enter.sh <code> <layers> <bootstraps> <node_modules or ''> <hidden or ''> <MB of /tmp> <interpreter's folder or ''> -- command...
set -e
exec 4<"$1" 5<"$2" 6<"$3" 7<"${4:-/dev/null}" 8<"${7:-/dev/null}"
bind() { mount --no-canonicalize --bind "/proc/self/fd/$1" "$2"; }
if [ -n "$5" ]; then mount -t tmpfs -o size=4k,mode=700 cloudyard "$5"; fi
mount -t tmpfs -o size=1m,mode=755 cloudyard /var
mkdir -p /var/task /var/runtime /var/lang /var/node_modules
bind 4 /var/task
bind 6 /var/runtime
bind 5 /opt
if [ -n "$4" ]; then bind 7 /var/node_modules; fi
if [ -n "$7" ]; then bind 8 /var/lang; fi
mount -t tmpfs -o "size=$6m,mode=1777" cloudyard /tmp
exec 4<&- 5<&- 6<&- 7<&- 8<&-
shift 8
cd /var/task
exec "$@"
