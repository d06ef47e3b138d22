# Runs the programs of /opt/extensions beside a function's runtime, and ends after that and them. extensions.sh <folder> command...
# Asked to end, it asks the runtime, and waits for whatever still runs: the first process of a name space takes all others with it.
# Of a program that has ended, and of the runtime by the name of a dot, it writes a frame where the runtime writes its log: the mark, a kind of its own, the length, no instant, name and status.
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
    # Only the program itself is heard, and apart from the function. Of the variables it does not get the runtime's own.
    exec 2> /dev/null
    unset AWS_EXECUTION_ENV AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_XRAY_CONTEXT_MISSING AWS_XRAY_DAEMON_ADDRESS
    unset LAMBDA_RUNTIME_DIR LAMBDA_TASK_ROOT _AWS_XRAY_DAEMON_ADDRESS _AWS_XRAY_DAEMON_PORT _HANDLER _LAMBDA_TELEMETRY_LOG_FD
    "$program" >&4 2>&4 3>&- 4>&-
    ended "$program" "$?"
  ) &
done
"$@" 4>&- &
runtime=$!
ending=
trap 'ending=yes; kill -TERM "$runtime" 2> /dev/null' TERM
wait "$runtime"
status=$?
if [ -z "$ending" ]; then
  ended . "$status"
  wait
fi
wait
if [ -n "$ending" ]; then exit 0; fi
exit "$status"
