import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const runtime = 'ruby3.3';
const fault = await bench.engine.runtimeFault(runtime);
const skip = fault === undefined ? false : `needs Ruby: ${fault}`;

const ruby = (source: string, options = {}) =>
  bench.functionOf({
    runtime,
    handler: 'lambda_function.handler',
    code: archive({ 'lambda_function.rb': source }),
    ...options,
  });

test('a handler gets its event and its context, and keeps what it has between calls', { skip }, async () => {
  const spec = ruby(
    `$calls = 0
require 'layered'
def handler(event:, context:)
  $calls += 1
  puts "called with #{event['name']}"
  { calls: $calls, name: event['name'], id: context.aws_request_id, function: context.function_name,
    memory: context.memory_limit_in_mb, arn: context.invoked_function_arn, hasTime: context.get_remaining_time_in_millis > 1000,
    tenant: context.tenant_id, colour: ENV['COLOUR'], cwd: Dir.pwd, said: Layered::SAID }
end`,
    {
      tenant: 'theirs',
      environment: { COLOUR: 'blue' },
      layers: [archive({ 'ruby/lib/layered.rb': 'module Layered\n  SAID = "a layer"\nend' })],
    },
  );
  const first = await bench.invoke(spec, { name: 'one' });
  assert.deepEqual(first.value, {
    calls: 1,
    name: 'one',
    id: first.id,
    function: spec.name,
    memory: '256',
    arn: spec.arn,
    hasTime: true,
    tenant: 'theirs',
    colour: 'blue',
    cwd: '/var/task',
    said: 'a layer',
  });
  const second = await bench.invoke(spec, { name: 'two' });
  assert.deepEqual([second.value.calls, second.failed], [2, false]);
  assert.match(second.tail, /called with two\n/);
});

test('methods of modules, and answers that are no JSON', { skip }, async () => {
  const source = `require 'stringio'
module Shop
  class Till
    def self.pay(event:, context:)
      StringIO.new("paid #{event['sum']}")
    end
    def self.count(event:, context:) = event.length
  end
end`;
  const count = await bench.invoke(ruby(source, { handler: 'lambda_function.Shop::Till.count' }), [1, 2]);
  assert.equal(count.value, 2);
  const paid = ruby(source, { handler: 'lambda_function.Shop::Till.pay' });
  const answer = await bench.engine.invoke(paid, {
    requestId: 'r',
    arn: paid.arn,
    payload: Buffer.from('{"sum": 7}'),
    trace: '',
    streams: false,
  });
  assert.equal(Buffer.from(answer.body as Uint8Array).toString(), 'paid 7');
  await answer.ended;
});

test('what goes wrong is told as Lambda tells it', { skip }, async () => {
  const thrown = await bench.invoke(ruby(`def handler(event:, context:)\n  raise ArgumentError, 'no'\nend`));
  assert.deepEqual(
    [thrown.failed, thrown.value.errorMessage, thrown.value.errorType],
    [true, 'no', 'Function<ArgumentError>'],
  );
  assert.match(String(thrown.value.stackTrace?.[0]), /^\/var\/task\/lambda_function\.rb:2:in [`']/);
  const syntax = await bench.invoke(ruby('def handler('));
  assert.equal(syntax.value.errorType, 'Init<SyntaxError>');
  const missing = await bench.invoke(ruby('x = 1', { handler: 'nothing.handler' }));
  assert.equal(missing.value.errorType, 'Init<LoadError>');
  const unnamed = await bench.invoke(ruby('x = 1', { handler: 'lambda_function' }));
  assert.equal(unnamed.value.errorType, 'Init<ArgumentError>');
  assert.match(String(unnamed.value.errorMessage), /^Invalid handler lambda_function, must be of form/);
  const none = await bench.invoke(ruby('x = 1', { handler: 'lambda_function.nothing' }));
  assert.equal(none.value.errorType, 'Function<NoMethodError>');
  assert.match(String(none.value.errorMessage), /^undefined method [`']nothing' for .*LambdaHandler[^\n]*$/);
  const left = await bench.invoke(ruby('def handler(event:, context:) = exit(2)'));
  assert.deepEqual([left.value.errorType, left.value.errorMessage], ['Function<SystemExit>', 'exit']);
  assert.match(left.tail, /^Critical exception from handler$/m);
  const ended = await bench.invoke(ruby('def handler(event:, context:) = exit!(3)'));
  assert.match(String(ended.value.errorMessage), /Runtime exited with error: exit status 3$/);
});

test('stacks are the program’s own; loggers tell the request; what has several lines is one event', {
  skip,
}, async () => {
  const source = `require 'logger'
class Odd < StandardError; end
def handler(event:, context:)
  Logger.new($stdout).info('logged')
  puts "two\nlines"
  raise Odd, 'strange'
end`;
  bench.written.length = 0;
  const { value, tail, id } = await bench.invoke(ruby(source));
  assert.deepEqual([value.errorType, (value.stackTrace as unknown as string[]).length], ['Function<Odd>', 1]);
  assert.match(tail, new RegExp(`^I, \\[\\S+ #\\d+\\]  INFO ${id} -- : logged$`, 'm'));
  assert.ok(bench.written.includes('two\nlines\n'));
  assert.doesNotMatch(tail, /Error Type:/);
});
