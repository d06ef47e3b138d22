# Runs the programs of /opt/extensions beside a function's runtime, and ends with that. extensions.sh <folder> command...
# Asked to end, it asks the runtime, and waits for whatever still runs: the first process of a name space takes all others with it.
folder=$1
shift
for program in "$folder"/*; do
  if [ -f "$program" ] && [ -x "$program" ]; then "$program" & fi
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
