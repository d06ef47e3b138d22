# Starts a function of .NET: its own program where the handler is the name of one, else ours, which loads ASSEMBLY::TYPE::METHOD. start.sh <dotnet>
# Source: Lambda Developer Guide, "Define Lambda function handler in C#", "Class library handlers" and "Executable assembly handlers"; LAMBDA_DOTNET_MAIN_ASSEMBLY.
dotnet=$1
task=$LAMBDA_TASK_ROOT
export DOTNET_ROOT="${dotnet%/*}"

# The only file of a kind, or that of the main assembly.
of() {
  if [ -f "$task/$main.$1" ]; then
    found=$task/$main.$1
    return
  fi
  set -- "$1" "$task"/*."$1"
  found=$2
  if [ $# -ne 2 ] || [ ! -f "$found" ]; then
    echo "Error: .NET binaries for Lambda function are not correctly installed in the $task directory of the image when the image was built. The $task directory is missing the required .$1 file." >&2
    exit "$missing"
  fi
}

case $_HANDLER in
  *:*)
    main=${LAMBDA_DOTNET_MAIN_ASSEMBLY:-${_HANDLER%%:*}}
    main=${main%.dll}
    missing=105
    of deps.json
    deps=$found
    missing=106
    of runtimeconfig.json
    exec "$dotnet" exec --depsfile "$deps" --runtimeconfig "$found" "$LAMBDA_RUNTIME_DIR/dotnet/Bootstrap.dll"
    ;;
esac
program=$task/${_HANDLER%.dll}.dll
if [ -f "$program" ]; then exec "$dotnet" exec "$program"; fi
if [ -f "$task/$_HANDLER" ]; then exec "$task/$_HANDLER"; fi
echo "Error: executable assembly $program or binary $task/$_HANDLER not found." >&2
exit 104
