import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from './source.ts';
import { projectSources, RULES } from './tidy.ts';

const sources = projectSources();

for (const [name, rule] of Object.entries(RULES)) {
  test(`the house keeps its rule of ${name}`, () => {
    assert.deepEqual(
      rule(sources).map(({ file, line, text }) => `${file}:${line} ${text}`),
      [],
    );
  });
}

const DOC = '/** Purpose. */\n';

/** What each rule must find: one file that breaks it. */
const BROKEN: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['sizes', 'src/kernel/base/long.ts', DOC + 'a();\n'.repeat(400)],
  ['sizes', 'src/kernel/base/step.ts', `${DOC}const f = () => {\n${'  f();\n'.repeat(70)}};\n`],
  ['direction', 'src/kernel/clock/up.ts', `${DOC}import { Store } from '#kernel/store';\n`],
  ['direction', 'src/kernel/gateway/service.ts', `${DOC}import type { service } from '#services/sqs/service';\n`],
  ['direction', 'src/services/sqs/wire.ts', `${DOC}import { protocolOf } from '#kernel/wire';\n`],
  ['direction', 'src/services/sqs/other.ts', `${DOC}import { keys } from '../kms/state.ts';\n`],
  ['direction', 'src/services/sqs/disk.ts', `${DOC}import { readFileSync } from 'node:fs';\n`],
  [
    'direction',
    'src/services/sqs/test.ts',
    `${DOC}import { startTestCloud } from '../../../tests/support/cloud.ts';\n`,
  ],
  ['direction', 'src/main/command.ts', `${DOC}import { start } from '#cli/start';\n`],
  ['direction', 'src/engines/postgres/engine.ts', `${DOC}import { Store } from '#kernel/store';\n`],
  ['cycles', 'src/main/self.ts', `${DOC}import { a } from './self.ts';\n`],
  ['dead files', 'src/main/nobody.ts', DOC],
  ['missing files', 'src/main/gone.ts', `${DOC}import { a } from './nowhere.ts';\n`],
  ['bans', 'src/services/sqs/time.ts', `${DOC}export const now = Date.now();\n`],
  ['bans', 'src/main/chance.ts', `${DOC}export const chance = Math.random();\n`],
  ['comments', 'src/main/mute.ts', 'export const a = 1;\n'],
  ['comments', 'src/main/mute.ts', `${DOC}\nexport function act(): void {}\n`],
  ['comments', 'src/services/sqs/limits.ts', `${DOC}export const A_MAX = 1;\n`],
  ['unused names', 'src/services/sqs/alone.ts', `${DOC}export const alone = 1;\n`],
];

for (const [rule, file, text] of BROKEN) {
  test(`${rule}: finds what is wrong with ${file}`, () => {
    assert.notDeepEqual(RULES[rule]?.([sourceOf(file, text)]), []);
  });
}

test('a comment may name what is banned', () => {
  assert.deepEqual(
    RULES.bans?.([sourceOf('src/main/talk.ts', '/** Never Date.now here. */\nexport const a = 1; // Math.random\n')]),
    [],
  );
});
