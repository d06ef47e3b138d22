# Runs the programs of /opt/extensions beside a function's runtime, and ends with that. extensions.sh <folder> command...
# Asked to end, it asks the runtime, and waits for whatever still runs: the first process of a name space takes all others with it.
# Of a program that has ended it writes a frame where the runtime writes its log: the mark, a kind of its own, the length, no instant, name and status.
ended() {
  text="${1##*/} $2"
  printf '\245\132\000\376\000\000\000'"\\$(printf %o ${#text})"'\000\000\000\000\000\000\000\000%s' "$text" >&3
}
folder=$1
shift
for program in "$folder"/*; do
  if [ ! -f "$program" ]; then continue; fi
  if [ ! -x "$program" ]; then ended "$program" 126; continue; fi
  (
    # Only the program itself is heard.
    exec 9>&2 2> /dev/null
    "$program" 2>&9 9>&-
    ended "$program" "$?"
  ) &
done
"$@" &
runtime=$!
ending=
trap 'ending=yes; kill -TERM "$runtime" 2> /dev/null' TERM
wait "$runtime"
status=$?
if [ -n "$ending" ]; then
  wait
  exit 0
fi
exit "$status"
