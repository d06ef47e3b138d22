# Run by `unshare` like enter.sh, before it is known for which function: the runtime starts at once, and goes on when it has a room.
# A line of the standard input says which: <code> <layers or -> <MB of /tmp, which has 512>, folders by their names below <scratch>.
# Nothing of this machine stays open in what the function may look into.
# wait.sh <scratch> <bootstraps> <node_modules> <hidden or ''> <options of /tmp> <interpreter's folder or ''> -- command...
set -e
# The shell itself says nothing, above all not how the runtime has ended.
exec 9>&2 2>/dev/null
{
  exec 2>&9
  exec 5<"$1" 6<"$2" 7<"$3" 8<"${6:-/dev/null}"
  cd "${0%/*}"
  exec 4< wait-room.mounts 9< wait.mounts
  if [ -n "$4" ]; then mount -t tmpfs -o ro,size=4k,mode=755 cloudyard "$4"; fi
  mount --all --no-canonicalize --fstab /proc/self/fd/9
  if [ -n "$6" ]; then mount --no-canonicalize --bind -o X-mount.mkdir /proc/self/fd/8 /var/lang; fi
  mkdir /var/task
  mount -t tmpfs -o "$5" cloudyard /tmp
  . ./still.sh
  echo start
  read -r code layers size
  if [ "$layers" = - ]; then layers=/var/runtime/empty; else layers=/proc/self/fd/5/$layers; fi
  exec 6<"/proc/self/fd/5/$code" 7<"$layers"
  mount --all --no-canonicalize --fstab /proc/self/fd/4
  if [ "$size" != 512 ]; then mount --options-mode ignore -t tmpfs -o "remount,size=${size}m" cloudyard /tmp; fi
  exec 0<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
  echo go
} | {
  read -r _
  shift 7
  exec "$@" 2>&9 9>&-
}
