/** The documentation names exactly the routes and commands there are. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '#cli/commands';
import { ROUTES } from '#main/admin-routes';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

test('docs/admin-api.md has every route, each with a curl', () => {
  const sections = read('admin-api.md').split(/^### /m).slice(1);
  assert.deepEqual(
    sections.map((section) => section.split('\n', 1)[0]).sort(),
    ROUTES.map(({ method, path }) => `${method} /${path}`).sort(),
  );
  for (const section of sections) assert.match(section, /^curl /m, section.slice(0, 40));
});

test('docs/cli.md has every command with each of its options', () => {
  const rows = new Map(
    read('cli.md')
      .split('\n')
      .flatMap((line) => {
        const name = /^\| `([a-z]+)/.exec(line)?.[1];
        return name === undefined ? [] : [[name, line] as const];
      }),
  );
  assert.deepEqual(
    [...rows.keys()],
    COMMANDS.map(({ name }) => name),
  );
  for (const { name, flags } of COMMANDS)
    for (const flag of Object.keys(flags))
      if (!['endpoint', 'json', 'help', 'data', 'code', 'status', 'message'].includes(flag))
        assert.ok(rows.get(name)?.includes(`--${flag}`), `${name} --${flag}`);
});
