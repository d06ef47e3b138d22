/** Functions of .NET: class libraries, which our part of the runtime loads, and programs, which bring their own. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compileDotnet } from '#engines/function/dotnet';
import { findDotnet, RUNTIME_CONFIG } from '../../support/dotnet.ts';
import { archive, openBench } from '../../support/engine.ts';

const dotnet = findDotnet();
const skip = dotnet === undefined ? 'needs the .NET SDK (tests/support/bring-dotnet.sh brings one)' : false;
const folder = mkdtempSync(join(tmpdir(), 'cloudyard-csharp-'));
const bench = openBench();
after(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

/** The shape of Amazon.Lambda.Core, of which a function brings its own copy. */
const CORE = `using System; using System.Collections.Generic; using System.IO;
namespace Amazon.Lambda.Core {
  public interface IClientApplication { string AppTitle { get; } }
  public interface IClientContext { IDictionary<string, string> Environment { get; } IClientApplication Client { get; } IDictionary<string, string> Custom { get; } }
  public interface ILambdaLogger { void Log(string message); void LogLine(string message); void LogWarning(string message, params object[] args); void Log(string level, Exception error, string message, params object[] args); }
  public interface ILambdaContext { string AwsRequestId { get; } string FunctionName { get; } IClientContext ClientContext { get; } ILambdaLogger Logger { get; } int MemoryLimitInMB { get; } TimeSpan RemainingTime { get; } string InvokedFunctionArn { get; } string TraceId { get; } }
  public interface ILambdaSerializer { T Deserialize<T>(Stream requestStream); void Serialize<T>(T response, Stream responseStream); }
  [AttributeUsage(AttributeTargets.Method | AttributeTargets.Assembly)]
  public sealed class LambdaSerializerAttribute : Attribute { public Type SerializerType { get; set; } public LambdaSerializerAttribute(Type type) { SerializerType = type; } }
  public static class LambdaLogger { static Action<string> _loggingAction = message => Console.WriteLine("nobody listens"); public static void Log(string message) { _loggingAction(message); } }
}`;
const FUNCTIONS = `using System; using System.IO; using System.Text.Json; using System.Threading.Tasks; using Amazon.Lambda.Core;
namespace App {
  public class Json : ILambdaSerializer {
    public T Deserialize<T>(Stream stream) { using (var reader = new StreamReader(stream)) return JsonSerializer.Deserialize<T>(reader.ReadToEnd()); }
    public void Serialize<T>(T value, Stream stream) { using (var writer = new Utf8JsonWriter(stream)) JsonSerializer.Serialize(writer, value); }
  }
  public class Person { public string Name { get; set; } public int[] Ages { get; set; } }
  public class Greeting { public string Text { get; set; } public int Sum { get; set; } public string Id { get; set; } public bool HasTime { get; set; } public int Count { get; set; } }
  public abstract class Base { public Stream Inherited(Stream input, ILambdaContext context) { return input; } }
  public class Greeter : Base {
    int count;
    [LambdaSerializer(typeof(Json))]
    public async Task<Greeting> Greet(Person person, ILambdaContext context) {
      context.Logger.LogLine("greeting " + person.Name);
      context.Logger.LogWarning("a {what} with {count} values", "template", 2);
      LambdaLogger.Log("from everywhere");
      Console.WriteLine("two\\nlines");
      await Task.Delay(1);
      if (person.Name == null) throw new InvalidOperationException("nobody", new ArgumentException("no name"));
      var sum = 0;
      foreach (var age in person.Ages) sum += age;
      count += 1;
      return new Greeting { Text = "hello " + person.Name, Sum = sum, Id = context.AwsRequestId, HasTime = context.RemainingTime > TimeSpan.FromSeconds(1), Count = count };
    }
    [LambdaSerializer(typeof(Json))]
    public static string Told(ILambdaContext context) {
      return string.Join("|", context.FunctionName, context.MemoryLimitInMB, context.InvokedFunctionArn, context.TraceId == Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID"), context.ClientContext?.Custom["colour"], context.ClientContext?.Client.AppTitle);
    }
    public static void Nothing(Stream input) { }
    public async Task Waits() { await Task.Delay(1); throw new AggregateException(new InvalidOperationException("one"), new ArgumentException("two")); }
    public string Bare(string text) { return text; }
    public void Twice() { } public void Twice(Stream input) { }
    public async void Late() { await Task.Delay(1); }
    public void Three(Stream a, ILambdaContext b, int c) { }
  }
  public class Broken : Base { public Broken() { throw new NotSupportedException("cannot be made"); } }
}`;
/** A function that is a program, with a loop of its own in the place of Amazon.Lambda.RuntimeSupport. */
const PROGRAM = `using System; using System.Linq; using System.Net.Http;
static class Program {
  static void Main() {
    var client = new HttpClient();
    var path = "http://" + Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/";
    while (true) {
      var next = client.GetAsync(path + "next").Result;
      var text = next.Content.ReadAsStringAsync().Result;
      var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").First();
      client.PostAsync(path + id + "/response", new StringContent("{\\"program\\":" + text + ",\\"user\\":\\"" + Environment.UserName + "\\"}")).Wait();
    }
  }
}`;
/** As \`dotnet publish\` writes it. */
const DEPS = JSON.stringify({
  runtimeTarget: { name: '.NETCoreApp,Version=v8.0' },
  targets: {
    '.NETCoreApp,Version=v8.0': {
      'App/1.0.0': { dependencies: { 'Amazon.Lambda.Core': '2.8.0' }, runtime: { 'App.dll': {} } },
      'Amazon.Lambda.Core/2.8.0': { runtime: { 'lib/net8.0/Amazon.Lambda.Core.dll': {} } },
    },
  },
  libraries: {
    'App/1.0.0': { type: 'project', serviceable: false, sha512: '' },
    'Amazon.Lambda.Core/2.8.0': { type: 'package', serviceable: true, sha512: '' },
  },
});

async function compiled(name: string, source: string, target: 'library' | 'exe', references: string[] = []) {
  if (dotnet === undefined) throw new Error(`${skip}`);
  const [path, out] = [join(folder, `${name}.cs`), join(folder, `${name}.dll`)];
  writeFileSync(path, source);
  await compileDotnet(dotnet, '8', [path], { out, target, references });
  return out;
}

const library = skip
  ? undefined
  : await (async () => {
      const core = await compiled('Amazon.Lambda.Core', CORE, 'library');
      const app = await compiled('App', FUNCTIONS, 'library', [core]);
      const files = { 'Amazon.Lambda.Core.dll': readFileSync(core), 'App.dll': readFileSync(app) };
      return archive({ ...files, 'App.deps.json': DEPS, 'App.runtimeconfig.json': RUNTIME_CONFIG });
    })();

const csharp = (handler: string, options = {}) => {
  if (library === undefined) throw new Error('not compiled');
  return bench.functionOf({ runtime: 'dotnet8', handler, code: library, memory: 512, ...options });
};

test('a handler of a class library: its own types, its serializer, its context, its log', { skip }, async () => {
  const spec = csharp('App::App.Greeter::Greet');
  for (const count of [1, 2]) {
    const { value, id, tail } = await bench.invoke(spec, { Name: 'Ada', Ages: [1, 2] });
    assert.deepEqual(value, { Text: 'hello Ada', Sum: 3, Id: id, HasTime: true, Count: count });
    const lines = [`info\tgreeting Ada`, 'warn\ta template with 2 values', 'info\tfrom everywhere', 'info\ttwo\nlines'];
    for (const line of lines) assert.match(tail, new RegExp(`^\\d{4}-\\S+Z\t${id}\t${line}$`, 'm'));
  }
});

test('what a handler is told of its call, and a log of documents', { skip }, async () => {
  const log = { group: 'g', stream: () => 's', json: true, application: 'WARN', system: 'WARN' };
  const spec = csharp('App::App.Greeter::Told', { name: 'told' });
  const answer = await bench.engine.invoke(spec, {
    requestId: 'one',
    arn: spec.arn,
    payload: Buffer.from('{}'),
    trace: 'Root=1',
    streams: false,
    clientContext: JSON.stringify({ custom: { colour: 'blue' }, client: { app_title: 'Paint' } }),
  });
  await answer.ended;
  assert.equal(Buffer.from(answer.body as Uint8Array).toString(), `"told|512|${spec.arn}|True|blue|Paint"`);
  const { tail, id } = await bench.invoke(csharp('App::App.Greeter::Greet', { log }), { Name: 'Ada', Ages: [] });
  const [line = '', ...others] = tail.trim().split('\n');
  const { timestamp, ...rest } = JSON.parse(line);
  assert.deepEqual([rest, others], [{ level: 'Warning', requestId: id, message: 'a template with 2 values' }, []]);
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('what handlers throw is told with its causes', { skip }, async () => {
  const { failed, value, tail, id } = await bench.invoke(csharp('App::App.Greeter::Greet'), { Ages: [] });
  assert.equal(failed, true);
  const { stackTrace, ...rest } = value;
  assert.deepEqual(rest, {
    errorType: 'InvalidOperationException',
    errorMessage: 'nobody',
    cause: { errorType: 'ArgumentException', errorMessage: 'no name' },
  });
  assert.match(String(stackTrace?.[0]), /^at App\.Greeter\.\S*Greet/);
  assert.match(tail, new RegExp(`${id}\tfail\tSystem\\.InvalidOperationException: nobody`));
  const several = await bench.invoke(csharp('App::App.Greeter::Waits'));
  assert.deepEqual(
    [several.value.errorType, Array.from({ length: 2 }, (_, at) => several.value.causes?.[at]?.errorMessage)],
    ['AggregateException', ['one', 'two']],
  );
});

test('streams, inherited methods, handlers that give nothing', { skip }, async () => {
  const event = { as: ['it', 'is', 1.5, null] };
  assert.deepEqual((await bench.invoke(csharp('App::App.Greeter::Inherited'), event)).value, event);
  const nothing = await bench.invoke(csharp('App::App.Greeter::Nothing'), event);
  assert.deepEqual([nothing.failed, nothing.value], [false, null]);
});

test('a handler that cannot be is refused in the words of Lambda', { skip }, async () => {
  const refused: { [handler: string]: string } = {
    'App::App.Greeter':
      "Invalid lambda function handler: 'App::App.Greeter'. The valid format is 'ASSEMBLY::TYPE::METHOD'.",
    'App::App.Greeter:: ':
      "Invalid lambda function handler: 'App::App.Greeter:: ', the method is missing. The valid format is 'ASSEMBLY::TYPE::METHOD'.",
    'App::App.Nobody::Greet': "Unable to load type 'App.Nobody' from assembly 'App'.",
    'App::App.Greeter::Greets':
      "Unable to find method 'Greets' in type 'App.Greeter' from assembly 'App': Found no methods matching method name 'Greets'.",
    'App::App.Greeter::Three':
      "Method 'Three' of type 'App.Greeter' is not supported: the method has more than 2 parameters.",
    'App::App.Greeter::Bare':
      "Could not find the LambdaSerializerAttribute on the assembly 'App' or method 'Bare' while attempting to deserialize input data of type 'System.String'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with Amazon.Lambda.Core.LambdaSerializerAttribute.",
  };
  for (const [handler, message] of Object.entries(refused)) {
    const { value } = await bench.invoke(csharp(handler));
    assert.deepEqual([value.errorType, value.errorMessage], ['LambdaValidationException', message]);
  }
  for (const [handler, message] of [
    ['App::App.Greeter::Twice', /Twice/],
    ['App::App.Greeter::Late', /async void/],
  ] as const) {
    const { value } = await bench.invoke(csharp(handler));
    assert.equal(value.errorType, 'LambdaValidationException');
    assert.match(String(value.errorMessage), message);
  }
  const missing = await bench.invoke(csharp('Other::App.Greeter::Greet'));
  assert.match(
    String(missing.value.errorMessage),
    /^Could not find the specified handler assembly with the file name 'Other.*'\. The assembly should be located in the root of your uploaded \.zip file\.$/,
  );
  const broken = await bench.invoke(csharp('App::App.Broken::Inherited'));
  assert.deepEqual([broken.value.errorType, broken.value.errorMessage], ['NotSupportedException', 'cannot be made']);
});

test('a program is run as it is, by the name of its assembly', { skip }, async () => {
  const program = readFileSync(await compiled('Program', PROGRAM, 'exe'));
  const code = archive({ 'Program.dll': program, 'Program.runtimeconfig.json': RUNTIME_CONFIG });
  for (const handler of ['Program', 'Program.dll']) {
    const { value } = await bench.invoke(csharp(handler, { code }), { a: 1 });
    assert.deepEqual(value.program, { a: 1 });
  }
  const { value, tail } = await bench.invoke(csharp('Missing', { code }));
  assert.equal(value.errorType, 'Runtime.ExitError');
  assert.match(String(value.errorMessage), /exit status 104$/);
  assert.match(tail, /^Error: executable assembly \S+Missing\.dll or binary \S+Missing not found\.$/m);
});
