import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const fault = await bench.engine.runtimeFault('java17');
const skip = fault === undefined ? false : `needs a JDK: ${fault}`;

/** The shape of AWS's interfaces, of which a function brings its own copy. */
const INTERFACES = {
  'com/amazonaws/services/lambda/runtime/Context.java': `package com.amazonaws.services.lambda.runtime;
    public interface Context { String getAwsRequestId(); String getFunctionName(); int getRemainingTimeInMillis(); LambdaLogger getLogger(); default String getTenantId() { return null; } }`,
  'com/amazonaws/services/lambda/runtime/LambdaLogger.java': `package com.amazonaws.services.lambda.runtime;
    public interface LambdaLogger { void log(String message); }`,
  'com/amazonaws/services/lambda/runtime/RequestHandler.java': `package com.amazonaws.services.lambda.runtime;
    public interface RequestHandler<I, O> { O handleRequest(I input, Context context); }`,
  'com/amazonaws/services/lambda/runtime/RequestStreamHandler.java': `package com.amazonaws.services.lambda.runtime;
    public interface RequestStreamHandler { void handleRequest(java.io.InputStream in, java.io.OutputStream out, Context context) throws java.io.IOException; }`,
};
const FUNCTIONS = {
  'app/Greeter.java': `package app;
    import com.amazonaws.services.lambda.runtime.*;
    public class Greeter implements RequestHandler<Greeter.Person, Greeter.Greeting> {
      public static class Person { private String name; private java.util.List<Integer> ages; public String getName() { return name; } public void setName(String name) { this.name = name; } public java.util.List<Integer> getAges() { return ages; } public void setAges(java.util.List<Integer> ages) { this.ages = ages; } }
      public record Greeting(String text, int sum, String id, boolean hasTime, String tenant) {}
      public Greeting handleRequest(Person person, Context context) {
        if (person.getName() == null) throw new IllegalStateException("nobody");
        context.getLogger().log("greeting " + person.getName());
        int sum = 0;
        for (int age : person.getAges()) sum += age;
        return new Greeting("hello " + person.getName(), sum, context.getAwsRequestId(), context.getRemainingTimeInMillis() > 1000, context.getTenantId());
      }
    }`,
  'app/Streams.java': `package app;
    import com.amazonaws.services.lambda.runtime.*;
    public class Streams implements RequestStreamHandler {
      public void handleRequest(java.io.InputStream in, java.io.OutputStream out, Context context) throws java.io.IOException { out.write(in.readAllBytes()); }
    }`,
  // As the library org.crac does it.
  'app/Hooked.java': `package app;
    public class Hooked {
      static final StringBuilder said = new StringBuilder();
      public Hooked() throws Exception {
        String library = System.getProperty("org.crac.Core.Compat");
        Class<?> type = Class.forName(library + ".Resource");
        Object all = Class.forName(library + ".Core").getMethod("getGlobalContext").invoke(null);
        for (String name : new String[] {"one", "two"}) {
          Object resource = java.lang.reflect.Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
            said.append(name).append(' ').append(method.getName()).append('.');
            if (System.getenv("FAILS") != null && method.getName().equals(System.getenv("FAILS"))) throw new IllegalStateException("not like this");
            return null;
          });
          Class.forName(library + ".Context").getMethod("register", type).invoke(all, resource);
        }
      }
      public String say(Object given) { return said.toString(); }
    }`,
  // The shapes of AWS's event classes: getters named otherwise than the JSON, times of a library, fields without setters.
  'org/joda/time/DateTime.java': `package org.joda.time;
    public class DateTime { public final String text; private DateTime(String text) { this.text = text; } public static DateTime parse(String text) { return new DateTime(text); } }`,
  'com/amazonaws/services/lambda/runtime/events/QueueEvent.java': `package com.amazonaws.services.lambda.runtime.events;
    public class QueueEvent {
      public enum Kind { INSERT }
      public static class Value { private String s; private Boolean no; public String getS() { return s; } public void setS(String s) { this.s = s; } public Boolean isNULL() { return no; } public void setNULL(Boolean no) { this.no = no; } }
      public static class Found { private final String eTag; private final org.joda.time.DateTime eventTime; public Found(String eTag, org.joda.time.DateTime eventTime) { this.eTag = eTag; this.eventTime = eventTime; } public String getETag() { return eTag; } public org.joda.time.DateTime getEventTime() { return eventTime; } }
      public static class Record { public String arn; public java.util.Date at; public java.nio.ByteBuffer data; public String kind; public java.util.Map<String, Value> keys; public Found s3; public void setEventSourceArn(String arn) { this.arn = arn; } public void setKind(Kind kind) { this.kind = "enum"; } public void setKind(String kind) { this.kind = kind; } }
      private java.util.List<Record> records; private String detailType;
      public java.util.List<Record> getRecords() { return records; } public void setRecords(java.util.List<Record> records) { this.records = records; }
      public String getDetailType() { return detailType; } public void setDetailType(String type) { detailType = type; }
    }`,
  'app/Takes.java': `package app;
    import com.amazonaws.services.lambda.runtime.events.QueueEvent;
    public class Takes {
      public String take(QueueEvent event) {
        QueueEvent.Record one = event.getRecords().get(0);
        System.out.println("got gr\u00fcn " + java.nio.charset.Charset.defaultCharset());
        return String.join(" ", event.getDetailType(), one.arn, "" + one.at.getTime(), new String(one.data.array()), one.kind, one.keys.get("Id").getS(), "" + one.keys.get("No").isNULL(), one.s3.getETag(), one.s3.getEventTime().text);
      }
    }`,
  'app/Transforms.java': `package app;
    public class Transforms {
      public static class Data { public static final String KIND = "k"; private byte[] bytes; public byte[] getBytes() { return bytes; } public void setBytes(byte[] bytes) { this.bytes = bytes; } public java.nio.ByteBuffer getBuffer() { return java.nio.ByteBuffer.wrap(bytes); } }
      public Data turn(Data data) { return data; }
    }`,
  'app/Kinds.java': `package app;
    public class Kinds {
      public enum Kind { ONE, TWO }
      public static class Given { public String[] names; public int[] numbers; public java.math.BigInteger big; public java.math.BigDecimal price; public long text; public char letter; public java.util.UUID id; public java.util.Date at; public java.util.Map<Kind, Integer> kinds; }
      public Given turn(Given given) { if (given.kinds.get(Kind.TWO) != 2) throw new IllegalStateException(); return given; }
    }`,
  'app/Plain.java': `package app;
    public class Plain { public String turn(String text) { return new StringBuilder(text).reverse().toString(); } }`,
};

function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-java-'));
  try {
    const files = Object.entries({ ...INTERFACES, ...FUNCTIONS }).map(([name, text]) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    });
    execFileSync('javac', ['-encoding', 'UTF-8', '-d', join(folder, 'classes'), ...files]);
    const names = execFileSync('find', ['.', '-name', '*.class'], { cwd: join(folder, 'classes'), encoding: 'utf8' });
    const classes = names
      .trim()
      .split('\n')
      .map((name) => name.slice(2));
    return archive(Object.fromEntries(classes.map((name) => [name, readFileSync(join(folder, 'classes', name))])));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('Java handlers of each kind, and what they throw', { skip }, async () => {
  const code = compile();
  const java = (handler: string) =>
    bench.functionOf({ runtime: 'java17', handler, code, memory: 512, tenant: 'theirs' });
  const greeter = java('app.Greeter');
  const greeted = await bench.invoke(greeter, { name: 'Ada', ages: [1, 2] });
  assert.deepEqual(greeted.value, { text: 'hello Ada', sum: 3, id: greeted.id, hasTime: true, tenant: 'theirs' });
  assert.match(greeted.tail, /greeting Ada/);
  const thrown = await bench.invoke(greeter, {});
  assert.equal(thrown.failed, true);
  assert.deepEqual([thrown.value.errorType, thrown.value.errorMessage], ['java.lang.IllegalStateException', 'nobody']);
  assert.match(String(thrown.value.stackTrace?.[0]), /^app\.Greeter\.handleRequest\(Greeter\.java:\d+\)$/);
  assert.deepEqual((await bench.invoke(java('app.Streams'), { as: ['it', 'is', 1.5, null] })).value, {
    as: ['it', 'is', 1.5, null],
  });
  assert.equal((await bench.invoke(java('app.Plain::turn'), 'abc')).value, 'cba' as unknown);
  const missing = await bench.invoke(java('app.Nothing'));
  assert.deepEqual(
    [missing.value.errorType, missing.value.errorMessage],
    ['java.lang.ClassNotFoundException', 'Class not found: app.Nothing'],
  );
});

test('events come in the classes that AWS has for them, whatever their names', { skip }, async () => {
  const spec = bench.functionOf({ runtime: 'java17', handler: 'app.Takes::take', code: compile(), memory: 512 });
  const keys = { Id: { S: 'a' }, No: { NULL: true } };
  const s3 = { eTag: 'e', 'event-time': '2026-01-01T00:00:00Z' };
  const record = { eventSourceARN: 'arn', At: 1.5, data: 'aGk=', kind: 'INSERT', Keys: keys, s3 };
  const taken = await bench.invoke(spec, { 'detail-type': 'd', Records: [record] });
  assert.equal(taken.value, 'd arn 1500 hi INSERT a true e 2026-01-01T00:00:00Z' as unknown);
  assert.match(taken.tail, /got grün UTF-8/);
  const transforms = bench.functionOf({
    runtime: 'java17',
    handler: 'app.Transforms::turn',
    code: compile(),
    memory: 512,
  });
  assert.deepEqual((await bench.invoke(transforms, { bytes: 'aGk=' })).value, {
    buffer: 'aGk=',
    bytes: 'aGk=',
  } as unknown);
});

test('arrays, large numbers, dates and texts that stand for values', { skip }, async () => {
  const spec = bench.functionOf({ runtime: 'java17', handler: 'app.Kinds::turn', code: compile(), memory: 512 });
  const id = '0e37df36-f698-11e6-8dd4-cb9ced3df976';
  const rest = { names: ['a'], numbers: [1, 2], price: 1.5, letter: 'x', id, at: 1_700_000_000_123, kinds: { TWO: 2 } };
  const { value } = await bench.invoke(spec, { ...rest, big: 2 ** 70, text: '5' });
  assert.deepEqual(value as unknown, { ...rest, big: 2 ** 70, text: 5 });
});

test('resources that are registered as org.crac does hear of a snapshot', { skip }, async () => {
  const code = compile();
  const hooked = (environment = {}) =>
    bench.functionOf({ runtime: 'java17', handler: 'app.Hooked::say', code, memory: 512, snapshot: true, environment });
  const spec = hooked();
  assert.equal(await bench.engine.start(spec), true);
  const said = 'two beforeCheckpoint.one beforeCheckpoint.one afterRestore.two afterRestore.';
  assert.equal((await bench.invoke(spec)).value, said as unknown);
  assert.equal(await bench.engine.start(hooked({ FAILS: 'beforeCheckpoint' })), false);
  const failing = hooked({ FAILS: 'afterRestore' });
  assert.equal(await bench.engine.start(failing), true);
  await assert.rejects(bench.invoke(failing), ({ message }: Error) => {
    assert.equal(JSON.parse(message).errorMessage, 'not like this');
    return true;
  });
});
