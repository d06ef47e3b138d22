# Run by `unshare` like enter.sh, before it is known for which function: the runtime starts at once, and goes on when it has a room.
# A line of the standard input says which: <code> <layers or -> <MB of /tmp>, folders by their names below <scratch>.
# Nothing of this machine stays open in what the function may look into.
# wait.sh <scratch> <bootstraps> <node_modules> <hidden or ''> <interpreter's folder or ''> -- command...
set -e
{
  exec 4<"${0%/*}/wait-room.mounts" 5<"$1" 6<"$2" 7<"$3" 8<"${5:-/dev/null}" 9<"${0%/*}/wait.mounts"
  if [ -n "$4" ]; then mount -t tmpfs -o size=4k,mode=700 cloudyard "$4"; fi
  mount --all --no-canonicalize --fstab /proc/self/fd/9
  if [ -n "$5" ]; then mount --no-canonicalize --bind -o X-mount.mkdir /proc/self/fd/8 /var/lang; fi
  echo start
  read -r code layers size
  if [ "$layers" = - ]; then layers=/var/runtime/empty; else layers=/proc/self/fd/5/$layers; fi
  exec 6<"/proc/self/fd/5/$code" 7<"$layers"
  mount --all --no-canonicalize --fstab /proc/self/fd/4
  if [ "$size" != 512 ]; then mount -o "remount,size=${size}m" /tmp; fi
  exec 0<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
  echo go
} | {
  read -r _
  shift 6
  exec "$@"
}
