import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Input, UTIL } from './input.ts';
import { compileTemplate, TemplateError } from './render.ts';

const input = new Input({
  body: '{"a": [1, 2], "t": "it\'s", "o": {"k": null}}',
  path: { id: '7' },
  query: { q: 'z' },
  headers: { 'x-h': 'w' },
});
const run = (template: string) =>
  compileTemplate(template)({ input, util: UTIL, context: { stage: 's' }, stageVariables: { v: 'y' } });

for (const [template, wanted] of [
  ['$context.stage $stageVariables.v $input.params("id")$input.params("q")$input.params("X-H")', 's y 7zw'],
  ['$input.json("$.a") $input.json("$.none") $input.path("$.o")', '[1,2] "" {k=null}'],
  ['#foreach($n in $input.path("$.a"))$n#if($foreach.hasNext),#end#end', '1,2'],
  ['#set($x = 1 + 2 * 3)$x #if($x == 7 && !$none)yes#{else}no#end', '7 yes'],
  ['$none $!none $none.a', '$none  $none.a'],
  ['<$context.none|$stageVariables.none|$input.body.none|$input.path("$.none").deeper>', '<|||>'],
  ['$input.path("$.a") $input.path("$").toString()', "[1,2] {a=[1,2], t=it's, o={k=null}}"],
  ['#set($x = $input.path("$.none"))<$x$x.y>#if($x == "" && $x == $null && !($x != ""))nothing#end', '<>nothing'],
  ['#foreach($n in [1])$n#end$n', '1$n'],
  ['#set($m = {})#set($r = $m.put("k", [1, "b"]))$m.get("k").size() $m', '2 {k=[1, b]}'],
  ['#set($l = [1, 2, 3])$l.count()', '3'],
  ['#set($s = "a,b,,")$s.split(",").size() $s.replaceAll("[ab]", "x") $s.toUpperCase()', '2 x,x,, A,B,,'],
  ['#macro(twice $a)$a$a#end#twice("z")', 'zz'],
  ['$util.escapeJavaScript($input.path("$.t")) $util.parseJson(\'{"n": 3}\').n', "it\\'s 3"],
  ['#foreach($i in [1..9])#if($i > 2)#break#end$i#end', '12'],
  ['#set($in = "kept")$in', 'kept'],
] as const)
  test(template, () => {
    assert.equal(run(template).trimEnd(), wanted.trimEnd());
  });

for (const template of [
  '#foreach($i in [1..1001])$i#end',
  '#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..9])x#end#end#end',
  '#set($a = "x")#foreach($i in [1..100])#set($a = $a + $a)#end',
  '#macro(f)#f()#end#f()',
  '#set($m = {"a": 1})#foreach($i in [1..60])#set($m = {"l": $m, "r": $m})#end$m',
  '#set($m = {})#set($x = $m.put("self", $m))$m',
  '#set($l = $input.path("$.a"))#set($x = $l.add($l))$l',
  `#set($l = $util.parseJson('${JSON.stringify(Array.from({ length: 32 }, () => []))}'))#foreach($i in [0..29])#set($j = $i + 1)#set($x = $l.get($i).add($l.get($j)))#set($x = $l.get($i).add($l.get($j)))#end$l.get(0)`,
  '#set($a = "x")#foreach($i in [1..20])#set($a = $a + $a)#end$a.replace("", $a)',
  '#set($a = "x")#foreach($i in [1..13])#set($a = $a + $a)#end$a.replaceAll("x", $a)',
])
  test(`${template} ends`, () => {
    assert.throws(
      () => run(template),
      (error) => error instanceof TemplateError || error instanceof RangeError,
    );
  });

/** What strangers send decides how long these take: a step of them is paid for by what it reads. */
const long = 'x'.repeat(1_000_000);
const items = JSON.stringify({ items: Array.from({ length: 20_000 }, (_, id) => ({ id })) });
const members = JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, at])));
for (const [expression, body] of [
  ['$b.toLowerCase()', long],
  ['$b.contains("y")', long],
  ['$util.base64Encode($b)', long],
  ['$util.escapeJavaScript($b)', long],
  ['$util.parseJson($b)', items],
  ["$input.json('$')", items],
  ["$input.path('$.items')", items],
  ["$input.path('$..id')", items],
  ["$input.path('$.items').contains(1)", items],
  ["$input.path('$').keySet()", members],
  ["$input.path('$') == $context", members],
  ['$b.replaceAll("x+y", "")', long],
  ['$b.split("x+y")', long],
] as const)
  test(`${expression}, a million times over, ends`, () => {
    const facts = new Input({ body, path: {}, query: {}, headers: {} });
    const template = `#set($b = $input.body)${'#foreach($i in [1..1000])'.repeat(2)}#set($x = ${expression})#end#end`;
    assert.throws(
      () => compileTemplate(template)({ input: facts, util: UTIL, context: {}, stageVariables: {} }),
      (error) => error instanceof TemplateError || (error as Error).name === 'RegexError',
    );
  });

for (const piece of ['#if($a)', '#*'])
  test(`a template of nothing but ${piece} is read in bounded time, or refused`, () => {
    assert.throws(() => compileTemplate(piece.repeat(60_000)), TemplateError);
  });

for (const piece of ['$a', '$!', '"$'])
  test(`a template of nothing but ${piece} says just that`, () => {
    assert.equal(compileTemplate(piece.repeat(5_000))({}), piece.repeat(5_000));
  });

for (const [template, wanted] of [
  ['$util.base64Encode({"k": 1})', 'e2s9MX0='],
  ['$util.escapeJavaScript($input.path("$.o"))', '{k=null}'],
  ['#set($m = {"k": 1})#set($n = $m + 1)$n', '{k=1}1'],
  ['#set($m = {"k": 1})#set($l = [1, 2])#set($x = $l.get($m))<$!x>', '<>'],
  ['#set($m = {"k": 1})#if($m < 1)less#{else}no#end', 'no'],
  ['#set($s = "abc")$s.substring({}) $s.contains({"k": 1})', 'abc false'],
] as const)
  test(`a map where a text or a number should be: ${template}`, () => {
    assert.equal(run(template), wanted);
  });

test('a text in double quotes is read once, however often it is come by', () => {
  const text = '$stageVariables.v '.repeat(200);
  assert.equal(run(`#foreach($i in [1..900])#set($x = "${text}")#end$x`), 'y '.repeat(200));
});

test('nothing of JavaScript is reachable', () => {
  const reached = run(
    '$!input.constructor $!util.constructor.name $!context.__proto__ $!input.path("$").constructor.call("x") $!context.toString.call',
  );
  assert.equal(reached.trim(), '');
});
