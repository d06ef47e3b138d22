// The Java runtime: loads a function's handler and carries out events that it fetches from Lambda's Runtime API.
// AWS's own classes are the function's to bring; whether a handler is one of theirs is found out by their names.
// Source: Lambda Developer Guide, "Building Lambda functions with Java", "Define Lambda function handler in Java".
import java.io.*;
import java.lang.reflect.*;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import com.amazonaws.services.lambda.crac.CheckpointException;
import com.amazonaws.services.lambda.crac.Core;
import com.amazonaws.services.lambda.crac.RestoreException;

public class Bootstrap {
  static final String BASE = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime";
  static final String PACKAGE = "com.amazonaws.services.lambda.runtime.";

  interface Handler { byte[] handle(byte[] event, Map<String, String> headers) throws Throwable; }

  public static void main(String[] given) throws Exception {
    Handler handler;
    try {
      Inside.lead(System.getenv("AWS_ENDPOINT_URL"));
      // Where org.crac looks for what it stands for.
      System.setProperty("org.crac.Core.Compat", Core.class.getPackageName());
      handler = load(System.getenv("_HANDLER"));
    } catch (Throwable error) {
      Throwable cause = unwrap(error);
      log(trace(cause));
      post("/init/error", failure(cause), errorType(cause));
      System.exit(1);
      return;
    }
    if ("snap-start".equals(System.getenv("AWS_LAMBDA_INITIALIZATION_TYPE"))) becomeSnapshot();
    while (true) {
      HttpURLConnection next = open("GET", "/invocation/next");
      byte[] event = next.getInputStream().readAllBytes();
      Map<String, String> headers = new HashMap<>();
      next.getHeaderFields().forEach((name, values) -> {
        if (name != null) headers.put(name.toLowerCase(Locale.ROOT), values.get(0));
      });
      String path = "/invocation/" + headers.get("lambda-runtime-aws-request-id");
      String traceId = headers.get("lambda-runtime-trace-id");
      if (traceId != null) System.setProperty("com.amazonaws.xray.traceHeader", traceId);
      try {
        post(path + "/response", handler.handle(event, headers), null);
      } catch (Throwable error) {
        Throwable cause = unwrap(error);
        log(trace(cause));
        post(path + "/error", failure(cause), errorType(cause));
      }
    }
  }

  /** Runs hooks, and others once it is restored. */
  static void becomeSnapshot() throws Exception {
    try {
      Core.getGlobalContext().beforeCheckpoint(null);
    } catch (CheckpointException error) {
      fail("/init/error", error, 64);
    }
    open("GET", "/restore/next").getInputStream().readAllBytes();
    try {
      Core.getGlobalContext().afterRestore(null);
    } catch (RestoreException error) {
      fail("/restore/error", error, 65);
    }
  }

  static void fail(String path, Throwable error, int status) throws IOException {
    for (Throwable each : error.getSuppressed()) log(trace(each));
    Throwable first = error.getSuppressed()[0];
    post(path, failure(first), errorType(first));
    System.exit(status);
  }

  // --- the Runtime API

  static HttpURLConnection open(String method, String path) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(BASE + path).toURL().openConnection();
    connection.setRequestMethod(method);
    return connection;
  }

  static void post(String path, byte[] body, String errorType) throws IOException {
    HttpURLConnection connection = open("POST", path);
    if (errorType != null) connection.setRequestProperty("Lambda-Runtime-Function-Error-Type", errorType);
    connection.setRequestProperty("Content-Type", "application/json");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(body.length);
    try (OutputStream out = connection.getOutputStream()) { out.write(body); }
    InputStream answer = connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream();
    if (answer != null) answer.readAllBytes();
  }

  // --- the log: a frame for each message, so that one of several lines stays one event

  static OutputStream frames;

  static synchronized void log(String text) {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try {
      if (frames == null) {
        Constructor<FileDescriptor> third = FileDescriptor.class.getDeclaredConstructor(int.class);
        third.setAccessible(true);
        frames = new FileOutputStream(third.newInstance(3));
      }
      java.nio.ByteBuffer frame = java.nio.ByteBuffer.allocate(16 + body.length);
      frame.putInt(0xa55a0003).putInt(body.length).putLong(System.currentTimeMillis() * 1000).put(body);
      frames.write(frame.array());
    } catch (IOException | ReflectiveOperationException | RuntimeException error) {
      System.out.println(text);
    }
  }

  // --- failures

  static class Failed extends Exception {
    final String type;
    Failed(String type, String message) { super(message); this.type = type; }
  }

  static Throwable unwrap(Throwable error) {
    return error instanceof InvocationTargetException && error.getCause() != null ? error.getCause() : error;
  }

  static String errorType(Throwable error) {
    return error instanceof Failed ? ((Failed) error).type : error.getClass().getName();
  }

  /** The lines of the function's own, without those of this file and of reflection. */
  static List<String> lines(Throwable error) {
    List<String> lines = new ArrayList<>();
    for (StackTraceElement one : error.getStackTrace()) {
      String name = one.getClassName();
      if (name.startsWith("Bootstrap") || name.startsWith("jdk.internal.reflect") || name.startsWith("java.lang.reflect")) break;
      lines.add(one.toString().replaceFirst("^app//", ""));
    }
    return lines;
  }

  static String trace(Throwable error) {
    StringBuilder text = new StringBuilder(error.getMessage() + ": " + errorType(error) + "\n");
    text.append(errorType(error)).append(": ").append(error.getMessage()).append("\n");
    for (String line : lines(error)) text.append("\tat ").append(line).append("\n");
    return text.append("\n").toString();
  }

  static byte[] failure(Throwable error) {
    return Json.write(failureMap(error)).getBytes(StandardCharsets.UTF_8);
  }

  static Map<String, Object> failureMap(Throwable error) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("errorMessage", error.getMessage());
    map.put("errorType", errorType(error));
    if (error instanceof Failed) return map;
    map.put("stackTrace", lines(error));
    if (error.getCause() != null) map.put("cause", failureMap(error.getCause()));
    return map;
  }

  // --- the handler

  static Handler load(String name) throws Throwable {
    ClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getSystemClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    int at = name.indexOf("::");
    String className = at == -1 ? name : name.substring(0, at);
    Class<?> type;
    try {
      type = Class.forName(className, true, loader);
    } catch (ClassNotFoundException error) {
      throw new Failed("java.lang.ClassNotFoundException", "Class not found: " + className);
    }
    String method = at == -1 ? "handleRequest" : name.substring(at + 2);
    boolean streams = at == -1 && isA(type, PACKAGE + "RequestStreamHandler");
    if (at == -1 && !streams && !isA(type, PACKAGE + "RequestHandler"))
      throw new Failed("java.lang.NoSuchMethodException", "Handler " + name + " is not of a known kind");
    Method found = best(type, method);
    if (found == null) throw new Failed("java.lang.NoSuchMethodException", "No public method named " + method + " with appropriate method signature found on class " + className);
    found.setAccessible(true);
    Object instance = Modifier.isStatic(found.getModifiers()) ? null : type.getDeclaredConstructor().newInstance();
    return bind(found, instance, loader);
  }

  static URL[] classPath() throws IOException {
    List<URL> urls = new ArrayList<>();
    String task = System.getenv("LAMBDA_TASK_ROOT");
    urls.add(Path.of(task).toUri().toURL());
    for (String folder : new String[] {task, task + "/lib", System.getenv("CLOUDYARD_OPT") + "/java/lib"}) {
      if (!Files.isDirectory(Path.of(folder))) continue;
      try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of(folder), "*.jar")) {
        for (Path jar : jars) urls.add(jar.toUri().toURL());
      }
    }
    URL own = Bootstrap.class.getProtectionDomain().getCodeSource().getLocation();
    urls.add(new URL(own, "inward/"));
    return urls.toArray(new URL[0]);
  }

  static boolean isA(Class<?> type, String name) {
    for (Class<?> one = type; one != null; one = one.getSuperclass())
      for (Class<?> each : one.getInterfaces()) if (each.getName().equals(name) || isA(each, name)) return true;
    return false;
  }

  /** Of several methods with the name the one that says most: with a context last, and not made by the compiler. */
  static Method best(Class<?> type, String name) {
    Method best = null;
    for (Method one : type.getMethods()) {
      if (!one.getName().equals(name) || one.isBridge() || one.getParameterCount() > 3) continue;
      if (best == null || one.getParameterCount() > best.getParameterCount()) best = one;
    }
    return best;
  }

  static Handler bind(Method method, Object instance, ClassLoader loader) {
    Class<?>[] types = method.getParameterTypes();
    Type[] generic = method.getGenericParameterTypes();
    boolean streams = types.length > 1 && types[0] == InputStream.class && types[1] == OutputStream.class;
    return (event, headers) -> {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Object[] given = new Object[types.length];
      for (int at = 0; at < types.length; at++) {
        if (types[at] == InputStream.class) given[at] = new ByteArrayInputStream(event);
        else if (types[at] == OutputStream.class) given[at] = out;
        else if (types[at].getName().equals(PACKAGE + "Context")) given[at] = context(types[at], headers);
        else given[at] = Json.to(Json.read(new String(event, StandardCharsets.UTF_8)), generic[at], types[at]);
      }
      Object value = method.invoke(instance, given);
      return streams ? out.toByteArray() : Json.write(value).getBytes(StandardCharsets.UTF_8);
    };
  }

  // --- the context, in the shape that the function's own copy of AWS's interfaces has

  static Object context(Class<?> type, Map<String, String> headers) {
    long deadline = Long.parseLong(headers.get("lambda-runtime-deadline-ms"));
    return proxy(type, (self, method, given) -> {
      switch (method.getName()) {
        case "getAwsRequestId": return headers.get("lambda-runtime-aws-request-id");
        case "getInvokedFunctionArn": return headers.get("lambda-runtime-invoked-function-arn");
        case "getTenantId": return headers.get("lambda-runtime-aws-tenant-id");
        case "getLogGroupName": return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
        case "getLogStreamName": return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
        case "getFunctionName": return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
        case "getFunctionVersion": return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
        case "getMemoryLimitInMB": return Integer.parseInt(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
        case "getRemainingTimeInMillis": return (int) Math.max(0, deadline - System.currentTimeMillis());
        case "getLogger": return proxy(method.getReturnType(), (own, write, text) -> {
          if (text != null && text.length > 0) log(text[0] instanceof byte[] ? new String((byte[]) text[0], StandardCharsets.UTF_8) : String.valueOf(text[0]));
          return null;
        });
        default: return usual(self, method, given);
      }
    });
  }

  static Object usual(Object self, Method method, Object[] given) {
    switch (method.getName()) {
      case "toString": return "context";
      case "hashCode": return System.identityHashCode(self);
      case "equals": return self == given[0];
      default: return null;
    }
  }

  static Object proxy(Class<?> type, InvocationHandler handler) {
    return java.lang.reflect.Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
  }
}

/** JSON to and from maps, lists, beans. */
class Json {
  private final String text;
  private int at = 0;

  private Json(String text) { this.text = text; }

  static Object read(String text) {
    Json json = new Json(text);
    Object value = json.value();
    json.space();
    return value;
  }

  private void space() { while (at < text.length() && Character.isWhitespace(text.charAt(at))) at++; }

  private Object value() {
    space();
    char first = text.charAt(at);
    if (first == '{') {
      Map<String, Object> map = new LinkedHashMap<>();
      at++;
      for (space(); text.charAt(at) != '}'; space()) {
        if (text.charAt(at) == ',') { at++; space(); }
        String name = string();
        space();
        at++;
        map.put(name, value());
      }
      at++;
      return map;
    }
    if (first == '[') {
      List<Object> list = new ArrayList<>();
      at++;
      for (space(); text.charAt(at) != ']'; space()) {
        if (text.charAt(at) == ',') at++;
        list.add(value());
      }
      at++;
      return list;
    }
    if (first == '"') return string();
    int from = at;
    while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) == -1) at++;
    String word = text.substring(from, at);
    if (word.equals("null")) return null;
    if (word.equals("true") || word.equals("false")) return Boolean.valueOf(word);
    if (word.matches("-?\\d{1,18}")) {
      long number = Long.parseLong(word);
      if (number == (int) number) return (int) number;
      return number;
    }
    return word.matches("-?\\d+") ? new BigInteger(word) : (Number) Double.parseDouble(word);
  }

  private String string() {
    StringBuilder out = new StringBuilder();
    for (at++; text.charAt(at) != '"'; at++) {
      char one = text.charAt(at);
      if (one != '\\') { out.append(one); continue; }
      char escaped = text.charAt(++at);
      int known = "bfnrt".indexOf(escaped);
      if (known != -1) out.append("\b\f\n\r\t".charAt(known));
      else if (escaped == 'u') { out.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16)); at += 4; }
      else out.append(escaped);
    }
    at++;
    return out.toString();
  }

  /** A value as a type wants it. */
  static Object to(Object value, Type type, Class<?> raw) throws ReflectiveOperationException {
    if (value == null) return null;
    if (Events.isScalar(raw)) return Events.scalar(value, raw);
    if (raw == Object.class || (raw.isInstance(value) && !(value instanceof Collection) && !(value instanceof Map))) return value;
    if (raw == String.class) return value instanceof String ? value : write(value);
    if (value instanceof Number) return number((Number) value, raw);
    if (value instanceof Boolean) return value;
    if (value instanceof String && raw.isEnum()) for (Object one : raw.getEnumConstants()) if (one.toString().equals(value)) return one;
    if (value instanceof List) {
      if (raw.isArray()) return array((List<?>) value, raw.getComponentType());
      Type inner = type instanceof ParameterizedType ? ((ParameterizedType) type).getActualTypeArguments()[0] : Object.class;
      Collection<Object> list = Set.class.isAssignableFrom(raw) ? new LinkedHashSet<>() : new ArrayList<>();
      for (Object one : (List<?>) value) list.add(to(one, inner, rawOf(inner)));
      return list;
    }
    if (value instanceof Map && Map.class.isAssignableFrom(raw)) {
      Type[] inside = type instanceof ParameterizedType ? ((ParameterizedType) type).getActualTypeArguments() : new Type[] {String.class, Object.class};
      Type inner = inside[1];
      Map<Object, Object> map = new LinkedHashMap<>();
      for (Map.Entry<?, ?> one : ((Map<?, ?>) value).entrySet()) map.put(to(one.getKey(), inside[0], rawOf(inside[0])), to(one.getValue(), inner, rawOf(inner)));
      return map;
    }
    if (value instanceof Map) return bean((Map<?, ?>) value, raw);
    if (value instanceof String) return scalar((String) value, raw);
    throw new IllegalArgumentException("An error occurred during JSON parsing");
  }

  /** Texts stand for what else can be written as one, as with Jackson, which AWS's runtime has. */
  private static Object scalar(String text, Class<?> raw) {
    if (raw == char.class || raw == Character.class) return text.charAt(0);
    if (raw == boolean.class || raw == Boolean.class) return Boolean.valueOf(text);
    if (raw == UUID.class) return UUID.fromString(text);
    if (raw.isPrimitive() || Number.class.isAssignableFrom(raw)) return number(new BigDecimal(text), raw);
    throw new IllegalArgumentException("An error occurred during JSON parsing");
  }

  private static Object array(List<?> values, Class<?> raw) throws ReflectiveOperationException {
    Object array = Array.newInstance(raw, values.size());
    for (int at = 0; at < values.size(); at++) Array.set(array, at, to(values.get(at), raw, raw));
    return array;
  }

  private static Class<?> rawOf(Type type) {
    if (type instanceof Class) return (Class<?>) type;
    return type instanceof ParameterizedType ? rawOf(((ParameterizedType) type).getRawType()) : Object.class;
  }

  private static Object number(Number value, Class<?> raw) {
    if (raw == int.class || raw == Integer.class) return value.intValue();
    if (raw == long.class || raw == Long.class) return value.longValue();
    if (raw == float.class || raw == Float.class) return value.floatValue();
    if (raw == short.class || raw == Short.class) return value.shortValue();
    if (raw == byte.class || raw == Byte.class) return value.byteValue();
    if (raw == BigDecimal.class) return new BigDecimal(value.toString());
    if (raw == BigInteger.class) return new BigDecimal(value.toString()).toBigInteger();
    return value.doubleValue();
  }

  private static Object bean(Map<?, ?> values, Class<?> raw) throws ReflectiveOperationException {
    if (raw.isRecord()) return record(values, raw);
    if (Events.has(raw)) return Events.bean(values, raw);
    Object bean = raw.getDeclaredConstructor().newInstance();
    for (Method one : raw.getMethods()) {
      if (!one.getName().matches("set.+") || one.getParameterCount() != 1) continue;
      Object value = values.get(nameOf(one.getName()));
      if (value != null) one.invoke(bean, to(value, one.getGenericParameterTypes()[0], one.getParameterTypes()[0]));
    }
    for (Field one : raw.getFields())
      if (values.get(one.getName()) != null && !Modifier.isStatic(one.getModifiers())) one.set(bean, to(values.get(one.getName()), one.getGenericType(), one.getType()));
    return bean;
  }

  private static Object record(Map<?, ?> values, Class<?> raw) throws ReflectiveOperationException {
    RecordComponent[] parts = raw.getRecordComponents();
    Class<?>[] types = new Class<?>[parts.length];
    Object[] given = new Object[parts.length];
    for (int at = 0; at < parts.length; at++) {
      types[at] = parts[at].getType();
      given[at] = to(values.get(parts[at].getName()), parts[at].getGenericType(), types[at]);
    }
    Constructor<?> made = raw.getDeclaredConstructor(types);
    made.setAccessible(true);
    return made.newInstance(given);
  }

  /** `getFirstName` is about `firstName`. */
  private static String nameOf(String method) {
    String name = method.replaceFirst("^(get|set|is)", "");
    return Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }

  static String write(Object value) {
    StringBuilder out = new StringBuilder();
    try {
      write(value, out);
    } catch (ReflectiveOperationException error) {
      throw new IllegalArgumentException("An error occurred during JSON serialization of response", error);
    }
    return out.toString();
  }

  private static void write(Object value, StringBuilder out) throws ReflectiveOperationException {
    if (value == null || value instanceof Number || value instanceof Boolean) out.append(value);
    else if (value instanceof Date) out.append(((Date) value).getTime());
    else if (value instanceof CharSequence || value instanceof Character || value instanceof UUID || value.getClass().isEnum()) quote(value.toString(), out);
    else if (value instanceof byte[] || value instanceof java.nio.ByteBuffer) quote(Events.base64(value), out);
    else if (value instanceof Map) {
      String comma = "{";
      for (Map.Entry<?, ?> one : ((Map<?, ?>) value).entrySet()) {
        out.append(comma);
        quote(String.valueOf(one.getKey()), out);
        out.append(':');
        write(one.getValue(), out);
        comma = ",";
      }
      out.append(comma.equals("{") ? "{}" : "}");
    } else if (value instanceof Iterable || value.getClass().isArray()) {
      String comma = "[";
      Iterable<?> all = value instanceof Iterable ? (Iterable<?>) value : listOf(value);
      for (Object one : all) {
        out.append(comma);
        write(one, out);
        comma = ",";
      }
      out.append(comma.equals("[") ? "[]" : "]");
    } else write(mapOf(value), out);
  }

  private static List<Object> listOf(Object array) {
    List<Object> list = new ArrayList<>();
    for (int at = 0; at < Array.getLength(array); at++) list.add(Array.get(array, at));
    return list;
  }

  private static Map<String, Object> mapOf(Object bean) throws ReflectiveOperationException {
    Map<String, Object> map = new TreeMap<>();
    if (bean.getClass().isRecord()) {
      for (RecordComponent one : bean.getClass().getRecordComponents()) {
        one.getAccessor().setAccessible(true);
        map.put(one.getName(), one.getAccessor().invoke(bean));
      }
      return map;
    }
    for (Method one : bean.getClass().getMethods()) {
      boolean isGetter = one.getName().matches("(get|is).+") && one.getParameterCount() == 0 && one.getDeclaringClass() != Object.class && !Modifier.isStatic(one.getModifiers());
      if (isGetter) map.put(nameOf(one.getName()), one.invoke(bean));
    }
    for (Field one : bean.getClass().getFields()) if (!Modifier.isStatic(one.getModifiers())) map.put(one.getName(), one.get(bean));
    return map;
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (char one : text.toCharArray()) {
      if (one == '"' || one == '\\') out.append('\\').append(one);
      else if (one < 0x20) out.append(String.format("\\u%04x", (int) one));
      else out.append(one);
    }
    out.append('"');
  }
}
