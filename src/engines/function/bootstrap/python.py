# The Python runtime: loads a function's handler and carries out events that it fetches from Lambda's Runtime API.
# Its texts and types of errors are those of Lambda. Source: Lambda Developer Guide, "Building Lambda functions with Python".
import importlib
import itertools
import json
import logging
import os
import re
import socket
import sys
import threading
import time
import traceback
from urllib.parse import urlsplit

# Begun before it was known for which function: a byte says that its room is ready, then comes its environment.
if "CLOUDYARD_WAITS" in os.environ:
    if not os.read(0, 1):
        sys.exit(1)
    with os.fdopen(4, "rb") as told:
        given = json.load(told)
    # Python itself sets it as it begins.
    coerced = {name: value for name, value in os.environ.items() if name == "LC_CTYPE"}
    os.environ.clear()
    os.environ.update({**coerced, **given, "PWD": given["LAMBDA_TASK_ROOT"]})
    time.tzset()
    importlib.invalidate_caches()
    os.chdir(given["LAMBDA_TASK_ROOT"])

# What Lambda's own runtime brings along, where this interpreter hasn't it: after all else, so that nothing is hidden by it.
if "CLOUDYARD_PACKAGES" in os.environ:
    sys.path.extend(os.environ.pop("CLOUDYARD_PACKAGES").split(":"))

# What is the runtime's own is not the function's.
os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)

HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
BASE = "/2018-06-01/runtime"
IS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
FRAME_TEXT = 0xA55A0003
request_id = None
tenant_id = None


# --- AWS's own addresses, and this cloud's by name, lead to it, in the clear, as it is on this machine

AWS_NAME = re.compile(r"(^|\.)(amazonaws\.com(\.cn)?|on\.aws|cloudfront\.net)$|\.localhost$")
CLOUD = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))


class InsideSocket(socket.socket):
    """Stands for a TLS connection to whom it was meant for."""

    server_hostname = None

    def getpeercert(self, binary_form=False):
        return b"" if binary_form else {"subjectAltName": (("DNS", self.server_hostname),)}

    def selected_alpn_protocol(self):
        return None

    def version(self):
        return "TLSv1.3"


def to_cloud():
    get_address_info = socket.getaddrinfo
    # Older clients don't say whom a connection is for: it is for whom their thread has looked up last.
    looked_up = threading.local()

    def look_up(host, port, *args, **more):
        name = host.decode() if isinstance(host, bytes) else host
        if str(port) != "443" or not (name == CLOUD.hostname or AWS_NAME.search(name or "")):
            return get_address_info(host, port, *args, **more)
        wrap_no_more()
        looked_up.name = name
        return get_address_info(CLOUD.hostname, CLOUD.port, *args, **more)

    def wrap_no_more():
        import ssl

        wrap = ssl.SSLContext.wrap_socket
        if hasattr(wrap, "is_inside"):
            return

        def wrapped(self, sock, *args, **more):
            try:
                port = sock.getpeername()[1]
            except OSError:
                port = None
            if port != CLOUD.port:
                return wrap(self, sock, *args, **more)
            timeout = sock.gettimeout()
            inside = InsideSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
            inside.settimeout(timeout)
            inside.server_hostname = more.get("server_hostname") or getattr(looked_up, "name", None)
            return inside

        wrapped.is_inside = True
        ssl.SSLContext.wrap_socket = wrapped

    socket.getaddrinfo = look_up


if CLOUD.scheme == "http":
    to_cloud()

# --- the log: a frame for each message, so that one of several lines stays one event


def write_frame(text):
    body = text.encode("utf-8", "replace")
    frame = FRAME_TEXT.to_bytes(4, "big") + len(body).to_bytes(4, "big") + int(time.time() * 1e6).to_bytes(8, "big") + body
    while frame:
        try:
            frame = frame[os.write(3, frame):]
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            return


class Handler(logging.Handler):
    def emit(self, record):
        record.aws_request_id = request_id or ""
        write_frame(self.format(record))


class JsonFormatter(logging.Formatter):
    def format(self, record):
        # Levels of a program's own are told as the one below them.
        level = min(50, max(0, record.levelno)) // 10 * 10
        entry = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": logging.getLevelName(level),
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            kind, error, trace = record.exc_info
            entry["stackTrace"] = traceback.format_tb(trace)
            entry["errorType"] = kind.__name__
            entry["errorMessage"] = str(error)
        entry["requestId"] = request_id or ""
        if record.exc_info:
            entry["location"] = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
        if tenant_id is not None:
            entry["tenantId"] = tenant_id
        # What the program says besides, as `extra`.
        more = {name: value for name, value in vars(record).items() if name not in OF_RECORDS and name not in entry}
        entry.update({name: value for name, value in more.items() if value is not None})
        return json.dumps(entry, default=str, ensure_ascii=False) + "\n"


# What any record has.
OF_RECORDS = {*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id"}


def begin_log():
    handler = Handler()
    if IS_JSON:
        handler.setFormatter(JsonFormatter())
    else:
        text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        formatter = logging.Formatter(text, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    if IS_JSON:
        root.setLevel(LEVELS.get(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"), logging.INFO))


LEVELS = {
    "TRACE": logging.NOTSET,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
}


def log_failure(failure):
    if IS_JSON:
        entry = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "log_level": "ERROR",
            "errorMessage": failure["errorMessage"],
            "errorType": failure["errorType"],
            "requestId": request_id or "",
            "stackTrace": failure["stackTrace"],
        }
        write_frame(json.dumps(entry) + "\n")
        return
    said = ": ".join(part for part in (failure["errorType"], failure["errorMessage"]) if part)
    lines = ["[ERROR] " + said, "Traceback (most recent call last):"]
    for line in "".join(failure["stackTrace"]).splitlines():
        # Spaces at the beginning would be lost where people read it.
        rest = line.lstrip(" ")
        lines.append("\u00a0" * (len(line) - len(rest)) + rest)
    write_frame("\n".join(lines))


# --- the Runtime API, over one connection that is kept


class Api:
    def __init__(self):
        self.socket = None
        self.rest = b""

    def call(self, method, path, body=b"", headers=()):
        if self.socket is None:
            self.socket = socket.create_connection((HOST, int(PORT)))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = ["%s %s%s HTTP/1.1" % (method, BASE, path), "Host: %s:%s" % (HOST, PORT), "Content-Length: %d" % len(body)]
        lines.extend("%s: %s" % header for header in headers)
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        while b"\r\n\r\n" not in self.rest:
            self.fill()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        answered = {}
        for line in head.split(b"\r\n")[1:]:
            name, value = line.split(b":", 1)
            answered[name.decode().lower()] = value.strip().decode()
        length = int(answered.get("content-length", 0))
        while len(self.rest) < length:
            self.fill()
        content, self.rest = self.rest[:length], self.rest[length:]
        return answered, content

    def fill(self):
        piece = self.socket.recv(262144)
        if not piece:
            sys.exit(0)
        self.rest += piece


api = Api()


def post_error(path, failure):
    failure = {key: value for key, value in failure.items() if value is not None}
    headers = [
        ("Content-Type", "application/vnd.aws.lambda.error+json"),
        ("Lambda-Runtime-Function-Error-Type", failure["errorType"]),
    ]
    api.call("POST", path, json.dumps(failure).encode(), headers)


# --- the handler


class RuntimeFailure(Exception):
    def __init__(self, kind, message, stack=()):
        super().__init__(message)
        self.failure = {
            "errorMessage": message,
            "errorType": "Runtime." + kind,
            "requestId": request_id or "",
            "stackTrace": list(stack),
        }


# Modules that Lambda's own runtime has, and the packages they come in.
BROUGHT = {
    "boto3": "boto3",
    "botocore": "boto3",
    "s3transfer": "boto3",
    "jmespath": "boto3",
    "dateutil": "boto3",
    "urllib3": "boto3",
    "aws_durable_execution_sdk_python": "aws-durable-execution-sdk-python",
}


def text_of(error):
    """What an error says; of a module that only Lambda's own runtime has, also where it comes from."""
    name = (getattr(error, "name", None) or "").split(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if name not in BROUGHT:
        return str(error)
    hint = "%s. It is not on this machine: install it where the cloud was started (python%d.%d -m pip install %s), or bring it along with the function."
    return hint % (error, *sys.version_info[:2], BROUGHT[name])


def load_handler():
    name = os.environ["_HANDLER"]
    parts = name.rsplit(".", 1)
    if len(parts) != 2:
        raise RuntimeFailure("MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name, function_name = parts
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise RuntimeFailure("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise RuntimeFailure("ImportModuleError", "Unable to import module '%s': %s" % (module_name, text_of(error)))
    except SyntaxError as error:
        line = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise RuntimeFailure("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [line])
    handler = getattr(module, function_name, None)
    if handler is None:
        raise RuntimeFailure("HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))
    return handler


class Bag:
    """A value of an object whose names are attributes; those it lacks are None."""

    def __init__(self, kind, values, names):
        self.__kind = kind
        self.__names = names
        for name in names:
            setattr(self, name, (values or {}).get(name))

    def __repr__(self):
        return "%s([%s])" % (self.__kind, ",".join("%s=%s" % (name, getattr(self, name)) for name in self.__names))


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = tenant_id
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        given = json.loads(headers.get("lambda-runtime-client-context") or "null")
        self.client_context = None
        if given is not None:
            self.client_context = Bag("ClientContext", given, ("custom", "env", "client"))
            if given.get("client"):
                names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
                self.client_context.client = Bag("Client", given["client"], names)
        who = json.loads(headers.get("lambda-runtime-cognito-identity") or "null")
        names = {"cognito_identity_id": "cognitoIdentityId", "cognito_identity_pool_id": "cognitoIdentityPoolId"}
        self.identity = Bag("CognitoIdentity", {ours: (who or {}).get(theirs) for ours, theirs in names.items()}, names)
        self._deadline = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        write_frame(str(message))

    def __repr__(self):
        names = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb")
        names += ("function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in names)


# Before Python 3.12, what is no ASCII is escaped.
ASCII_ONLY = os.environ.get("AWS_EXECUTION_ENV") in ["AWS_Lambda_python3.%d" % minor for minor in range(6, 12)]


def plain(value):
    """What JSON has no form for, and Lambda writes all the same."""
    if type(value).__name__ == "Decimal":
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def failure_of(error):
    kind, _, trace = sys.exc_info()
    # This file's own frames come first. Where in a line it was is not told.
    own = itertools.dropwhile(lambda one: one.filename == __file__, traceback.extract_tb(trace))
    frames = [(one.filename, one.lineno, one.name, one.line) for one in own]
    stack = traceback.format_list(frames)
    return {"errorMessage": text_of(error), "errorType": kind.__name__, "requestId": request_id or "", "stackTrace": stack}


def carry_out(handler, headers, body):
    path = "/invocation/%s" % request_id
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            raise RuntimeFailure("UnmarshalError", "Unable to unmarshal input: %s" % error)
        value = handler(event, LambdaContext(headers))
        if isinstance(value, bytes):
            api.call("POST", path + "/response", value, [("Content-Type", "application/unknown")])
            return
        try:
            text = json.dumps(value, ensure_ascii=ASCII_ONLY, default=plain)
        except (TypeError, ValueError) as error:
            raise RuntimeFailure("MarshalError", "Unable to marshal response: %s" % error)
    except RuntimeFailure as error:
        log_failure(error.failure)
        post_error(path + "/error", error.failure)
        return
    except Exception as error:
        failure = failure_of(error)
        log_failure(failure)
        post_error(path + "/error", failure)
        return
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    api.call("POST", path + "/response", text.encode("utf-8", "replace"), [("Content-Type", "application/json")])


# --- hooks of snapshots. Source: Lambda Developer Guide, "Lambda SnapStart runtime hooks for Python"

before_snapshot = []
after_restore = []


def offer_hooks():
    def register_before_snapshot(hook, *args, **named):
        before_snapshot.insert(0, (hook, args, named))
        return hook

    def register_after_restore(hook, *args, **named):
        after_restore.append((hook, args, named))
        return hook

    hooks = type(sys)("snapshot_restore_py")
    hooks.register_before_snapshot = register_before_snapshot
    hooks.register_after_restore = register_after_restore
    hooks.get_before_snapshot = lambda: before_snapshot
    hooks.get_after_restore = lambda: after_restore
    sys.modules["snapshot_restore_py"] = hooks


def run_hooks(hooks, path, kind, status):
    try:
        for hook, args, named in hooks:
            hook(*args, **named)
    except BaseException as error:
        failure = {**failure_of(error), "errorType": "Runtime." + kind}
        log_failure(failure)
        post_error(path, failure)
        sys.exit(status)


def become_snapshot():
    run_hooks(before_snapshot, "/init/error", "BeforeSnapshotError", 64)
    api.call("GET", "/restore/next")
    run_hooks(after_restore, "/restore/error", "AfterRestoreError", 65)


# What Lambda's own runtime warns of where a function does not start.
UNHANDLED = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare cases, "
    "a Lambda runtime update can cause unexpected function behavior. For functions using managed runtimes, runtime updates "
    "can be triggered by a function change, or can be applied automatically. To determine if the runtime has been updated, "
    "check the runtime version in the INIT_START log entry. If this error correlates with a change in the runtime version, "
    "you may be able to mitigate this error by temporarily rolling back to the previous runtime version. For more "
    "information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)


def end_begun(failure):
    logging.warning(UNHANDLED)
    log_failure(failure)
    post_error("/init/error", failure)
    sys.exit(1)


def main():
    global request_id, tenant_id
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    begin_log()
    offer_hooks()
    try:
        handler = load_handler()
    except RuntimeFailure as error:
        end_begun(error.failure)
    except Exception as error:
        end_begun(failure_of(error))
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        become_snapshot()
    while True:
        headers, body = api.call("GET", "/invocation/next")
        request_id = headers["lambda-runtime-aws-request-id"]
        tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
        carry_out(handler, headers, body)


if __name__ == "__main__":
    main()
