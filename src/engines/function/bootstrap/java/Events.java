// Events in the classes of aws-lambda-java-events, whose names are not those of the events' JSON: `Records` is getRecords, `detail-type`
// getDetailType, `eventSourceARN` getEventSourceArn. Dates are seconds or texts, bytes Base64, and some classes have fields only.
// Source: aws/aws-lambda-java-libs, README of aws-lambda-java-serialization; Lambda Developer Guide, samples of events.
import java.lang.reflect.*;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.*;
import sun.reflect.ReflectionFactory;

class Events {
  static final String PACKAGE = Bootstrap.PACKAGE + "events.";
  /** The library's times, from a package that the function brings. */
  static final String JODA_TIME = "org.joda.time.DateTime";

  static boolean has(Class<?> raw) { return raw.getName().startsWith(PACKAGE); }

  static boolean isScalar(Class<?> raw) { return raw == Date.class || raw == ByteBuffer.class || raw == byte[].class || raw.getName().equals(JODA_TIME); }

  static Object scalar(Object value, Class<?> raw) throws ReflectiveOperationException {
    if (raw == ByteBuffer.class) return ByteBuffer.wrap(Base64.getDecoder().decode((String) value));
    if (raw == byte[].class) return Base64.getDecoder().decode((String) value);
    if (raw != Date.class) return raw.getMethod("parse", String.class).invoke(null, (String) value);
    return value instanceof Number ? new Date(((Number) value).longValue()) : Date.from(Instant.parse((String) value));
  }

  /** Bytes as answers show them: what transforms records for Firehose gives back buffers. */
  static String base64(Object bytes) {
    if (bytes instanceof byte[]) return Base64.getEncoder().encodeToString((byte[]) bytes);
    return StandardCharsets.ISO_8859_1.decode(Base64.getEncoder().encode(((ByteBuffer) bytes).duplicate())).toString();
  }

  static Object bean(Map<?, ?> given, Class<?> raw) throws ReflectiveOperationException {
    Map<String, Object> values = new HashMap<>();
    for (Map.Entry<?, ?> one : given.entrySet()) values.put(plain((String) one.getKey()), one.getValue());
    Object bean = empty(raw);
    for (Method one : raw.getMethods()) {
      // Some have a second one for an enumeration.
      if (!one.getName().matches("set.+") || one.getParameterCount() != 1 || one.getParameterTypes()[0].isEnum()) continue;
      String name = plain(one.getName().substring(3));
      if (values.get(name) == null) continue;
      one.invoke(bean, to(values.get(name), one.getGenericParameterTypes()[0], one.getParameterTypes()[0]));
      values.remove(name);
    }
    for (Class<?> type = raw; type != Object.class; type = type.getSuperclass())
      for (Field one : type.getDeclaredFields()) {
        Object value = values.get(plain(one.getName()));
        if (value == null || Modifier.isStatic(one.getModifiers())) continue;
        one.setAccessible(true);
        one.set(bean, to(value, one.getGenericType(), one.getType()));
      }
    return bean;
  }

  /** Dates are seconds here, milliseconds elsewhere. */
  private static Object to(Object value, Type type, Class<?> raw) throws ReflectiveOperationException {
    boolean isSeconds = raw == Date.class && value instanceof Number;
    return Json.to(isSeconds ? (Object) (long) (((Number) value).doubleValue() * 1000) : value, type, raw);
  }

  /** Those of S3 have no constructor without parameters. */
  private static Object empty(Class<?> raw) throws ReflectiveOperationException {
    try {
      return raw.getConstructor().newInstance();
    } catch (NoSuchMethodException none) {
      return ReflectionFactory.getReflectionFactory().newConstructorForSerialization(raw, Object.class.getConstructor()).newInstance();
    }
  }

  private static String plain(String name) { return name.replaceAll("[-_:]", "").toLowerCase(Locale.ROOT); }
}
