/** What a file offers, another uses; a name that only its own file mentions is not exported, one that nothing mentions is gone. */
import type { Finding, Source } from '../source.ts';
import { lineAt } from '../source.ts';

const EXPORTED = /^export (?:async )?(?:const|function\*?|class) ([A-Za-z_$][\w$]*)/gm;
const WORD = /[A-Za-z_$][\w$]*/g;

/** Exported values of the product that no other file mentions. Types say what a value is, wherever it goes. */
export function unused(sources: readonly Source[]): Finding[] {
  const mentioned = new Map<string, number>();
  for (const { text } of sources)
    for (const word of new Set(text.match(WORD))) mentioned.set(word, (mentioned.get(word) ?? 0) + 1);
  return sources
    .filter(({ file }) => file.startsWith('src/'))
    .flatMap(({ file, text }) =>
      [...text.matchAll(EXPORTED)]
        .filter(([, name = '']) => mentioned.get(name) === 1)
        .map(({ index, 1: name }) => ({
          file,
          line: lineAt(text, index),
          text: `no other file uses ${name}: keep it to this one, or delete it.`,
        })),
    );
}
