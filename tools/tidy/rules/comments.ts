/** What must be explained: each file's purpose, each exported function, where AWS's texts and limits are from. */
import { type Finding, lineAt, type Source } from '../source.ts';
import { isTest } from './direction.ts';

/** Operations are explained by AWS's own reference; their type names them. */
const EXPORTED =
  /^export (?:async )?(?:function\*? (\w+)|const (\w+)(: [^=]+)? = (?:async )?(?:<[^>]*>)?\([^)]*\)[^=]*=>)/gm;
const OPERATION_TYPES = /Handler|AccessRule/;
/** A step of the pipeline is its file: its opening comment explains it. */
const STEPS = 'src/kernel/gateway/steps/';
const SOURCED = /\/(errors(-\w+)?|limits)\.ts$/;

/** Files without an opening comment, exported functions without a doc comment, error texts and limits without a source. */
export function comments(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ file }) => /^(src|tools|bench)\//.test(file) && !isTest(file))
    .flatMap((source) => [...opening(source), ...undocumented(source), ...unsourced(source)]);
}

function opening({ file, text }: Source): Finding[] {
  if (file.endsWith('/index.ts') || /^(#!.*\n)?(\/\*\*|\/\/)/.test(text)) return [];
  return [{ file, line: 1, text: 'opens without a sentence on its purpose and place.' }];
}

function undocumented({ file, text }: Source): Finding[] {
  // An error is one function named after it: its own text explains it.
  if (SOURCED.test(file) || file.startsWith(STEPS)) return [];
  return [...text.matchAll(EXPORTED)]
    .filter((match) => !OPERATION_TYPES.test(match[3] ?? '') && !/(\*\/|\/\/ .*)\n$/.test(text.slice(0, match.index)))
    .map((match) => ({
      file,
      line: lineAt(text, match.index),
      text: `${match[1] ?? match[2]} is exported without a doc comment: shape, units, failures, source.`,
    }));
}

function unsourced({ file, text }: Source): Finding[] {
  if (!SOURCED.test(file) || /Source|@see/.test(text)) return [];
  return [{ file, line: 1, text: 'says nowhere which page of AWS its texts or limits come from ("Source: …").' }];
}
