/** What may be used only in its one home: time, chance, the environment, the console. */
import { type Finding, lineAt, type Source } from '../source.ts';
import { isTest } from './direction.ts';

type Ban = { pattern: RegExp; homes: readonly string[]; instead: string };

const CLOCK = ['src/kernel/clock/', 'src/kernel/gateway/listen', 'src/cli/'];

const BANS: readonly Ban[] = [
  { pattern: /\bDate\.now\b/g, homes: CLOCK, instead: 'ctx.now, or the kernel Clock' },
  { pattern: /\bnew Date\(\s*\)/g, homes: CLOCK, instead: 'new Date(ctx.now)' },
  { pattern: /\bperformance\.now\b/g, homes: CLOCK, instead: 'the kernel Clock' },
  {
    pattern: /\bset(Timeout|Interval)\(/g,
    homes: CLOCK,
    instead: 'a named timer (ctx.arm), ctx.until, or clock alarms',
  },
  { pattern: /\bMath\.random\b/g, homes: [], instead: 'ctx.random' },
  {
    pattern: /\brandom(UUID|Bytes|Int)\b/g,
    homes: ['src/kernel/random/', 'src/services/kms/domain/secrets.ts'],
    instead: 'ctx.uuid() or ctx.random',
  },
  { pattern: /\bprocess\.env\b/g, homes: ['src/cli/'], instead: 'an option in src/main/config.ts' },
  { pattern: /\bconsole\./g, homes: [], instead: 'the log, or process.stdout in the command line' },
];

/** Uses of what is banned, outside its home. Only src is bound: tests and tools are no part of a cloud. */
export function bans(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ file }) => file.startsWith('src/') && !isTest(file))
    .flatMap(({ file, code }) =>
      BANS.filter(({ homes }) => !homes.some((home) => file.startsWith(home))).flatMap(({ pattern, instead }) =>
        [...code.matchAll(pattern)].map((match) => ({
          file,
          line: lineAt(code, match.index),
          text: `${match[0]} is not for here; use ${instead}.`,
        })),
      ),
    );
}
