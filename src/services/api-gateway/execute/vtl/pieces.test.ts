import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'velocityjs';
import { readPieces } from './pieces.ts';
import { compileTemplate } from './render.ts';

type Plain = string | { [name: string]: unknown } | Plain[];

/** Without where things stood, each run of texts as one, and without its spaces: whether a line ends behind a directive the parser tells by what went before. */
function plain(nodes: readonly Plain[]): Plain[] {
  const all: Plain[] = [];
  for (const one of nodes) {
    const last = all.at(-1);
    const node = typeof one === 'string' ? one.replace(/\s+/g, '') : one;
    if (typeof node === 'string' && typeof last === 'string') all[all.length - 1] = last + node;
    else if (Array.isArray(node)) all.push(plain(node));
    else all.push(typeof node === 'string' ? node : (JSON.parse(JSON.stringify(node, withoutPlaces)) as Plain));
  }
  return all.filter((one) => one !== '');
}
const withoutPlaces = (name: string, value: unknown) => (name === 'pos' || name === 'prue' ? undefined : value);

/** What `work` gives; undefined where it throws. */
function unless<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const simple = fc.constantFrom(
  ...[
    '$a',
    '$!a',
    `$${'{a}'}`,
    '$!{a.b}',
    '$a.b("x)", [1, 2])',
    '$input.json("$.a[0]")',
    "$a.b('(').c",
    '$a.',
    '$',
    '$5',
    '$a[',
  ],
  ...[
    'text ',
    '{"k": "v"}',
    '\n',
    ' \n',
    ' \\$a',
    ' \\\\$a',
    ' \\#end',
    "it's ",
    '"',
    ' (',
    ')',
    ' [1]',
    '#1 ',
    'a#b',
    '}',
  ],
  ...[
    '#set($a = "x#end")',
    "#set($a = ')')",
    '#set ($m = {"k": [1]})\n',
    ' ## end #end $b\n',
    ' #* #end *#',
    ' #[[ #if($x) ]]#',
  ],
  ...['#twice($a)', '#break', '#elseif($b)', '#else', '#{else}'],
);
const template = fc.letrec<{ all: string; block: string }>((tie) => ({
  all: fc
    .array(fc.oneof({ maxDepth: 4 }, { weight: 4, arbitrary: simple }, tie('block')), { maxLength: 8 })
    .map((all) => all.join('')),
  block: fc
    .tuple(
      fc.constantFrom(
        '#if($a && ($b))',
        '#foreach($i in [1..3])\n',
        '#macro(twice $a)',
        '#define($x)',
        '#if ($a == ")")',
      ),
      tie('all'),
      fc.constantFrom('#end', '#{end}', '#end\n'),
    )
    .map((parts) => parts.join('')),
})).all;

test('a template read in pieces is the template', () => {
  fc.assert(
    fc.property(template, (text) => {
      // Pieces are of half a thousand characters: so that there are several.
      const long = `${text}\n${'x '.repeat(300)}`.repeat(3);
      const whole = unless(() => parse(long) as unknown as Plain[]);
      const read = unless(() => readPieces(long, (piece) => parse(piece, undefined, false) as never));
      // What one of the two can't read is read, or refused, as a whole.
      if (whole !== undefined && read !== undefined) assert.deepEqual(plain(read as Plain[]), plain(whole), text);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test('of a long template no piece is long, whatever is in it', () => {
  for (const unit of ['$a.b ', '$a', 'x ', '#if($a)\n$a.b\n#end\n', '#set($c = "$a.b")$c', '{"k": "$a"},', '## $a\n']) {
    const template = unit.repeat(1_000);
    let longest = 0;
    const read = readPieces(template, (piece) => {
      longest = Math.max(longest, piece.length);
      return parse(piece, undefined, false) as never;
    });
    assert.ok(longest < 600, `${unit}: ${longest}`);
    assert.deepEqual(plain(read as unknown as Plain[]), plain(parse(template) as unknown as Plain[]), unit);
  }
});

test('a long template is carried out', () => {
  const template = '#set($c = "$a.b")$c\n'.repeat(300);
  assert.equal(compileTemplate(template)({ a: { b: 'x' } }), 'x\n'.repeat(300));
});
