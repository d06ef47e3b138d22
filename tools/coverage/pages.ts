/** The pages that are read off the code: what is built, and where it differs from AWS. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Catalog } from '#kernel/gateway';
import { coverage } from '#main/coverage';
import { MODELS } from '#main/models';
import { loadService } from '#main/registry';
import { ROOT, readSources, type Source } from '../tidy/source.ts';

const NOTE = '<!-- Made by `npm run coverage` from the code. Never edited. -->';

/** Pages by path from the project's root. */
export async function pages(): Promise<Map<string, string>> {
  return new Map([
    ['docs/coverage.md', await coveragePage()],
    ['docs/deviations.md', deviationsPage(readSources(['src']))],
  ]);
}

async function coveragePage(): Promise<string> {
  const catalog = new Catalog(MODELS, loadService);
  const { services, others } = await coverage(catalog);
  const total = (name: string) => Object.keys(modelOf(name).operations).length;
  const rows = services.map(
    ({ service, title, built }) => `| ${title} (\`${service}\`) | ${built.length} | ${total(service)} |`,
  );
  const missing = services.flatMap(({ title, service, notBuilt, none, membersNotBuilt }) => [
    `## ${title}: not built yet`,
    '',
    ...reasons(notBuilt).map(
      ([reason, operations]) =>
        `- ${operations.map((name) => `\`${name}\`${none.includes(name) ? '\\*' : ''}`).join(', ')}: ${reason}`,
    ),
    ...(Object.keys(notBuilt).length === 0 ? [`Every operation of \`${service}\` is built.`] : []),
    ...membersLine(membersNotBuilt),
    '',
  ]);
  return `${[
    NOTE,
    '# Coverage',
    '',
    'Every operation of every model is known. One that is not built answers 501 `NotImplemented` with its name and the reason; it never',
    'pretends. Lists of what can’t be made (\\*) say that there is none. A running cloud tells the same at `/_cloudyard/v1/coverage`.',
    '',
    '| Service | Built | Operations |',
    '|---|---:|---:|',
    ...rows,
    '',
    ...missing,
    '## Known, not begun',
    '',
    others.map((name) => `\`${name}\``).join(', '),
  ].join('\n')}\n`;
}

function modelOf(name: string): { operations: object } {
  return JSON.parse(readFileSync(join(MODELS, `${name}.json`), 'utf8')) as { operations: object };
}

/** What of the requests of built operations is refused by name. */
function membersLine(membersNotBuilt: { [operation: string]: readonly string[] }): string[] {
  const members = Object.entries(membersNotBuilt).flatMap(([operation, names]) =>
    names.map((name) => `\`${operation}.${name}\``),
  );
  return members.length === 0 ? [] : [`- Members of requests that are refused by name: ${members.join(', ')}`];
}

/** Operations by the reason why they are not built. */
function reasons(notBuilt: { [operation: string]: string }): [reason: string, operations: string[]][] {
  const byReason = new Map<string, string[]>();
  for (const [operation, reason] of Object.entries(notBuilt))
    byReason.set(reason, [...(byReason.get(reason) ?? []), operation]);
  return [...byReason];
}

const DEVIATION = /Deviation: ([\s\S]*?)(?=\*\/|\n\s*\*\s*\n|\n\s*\* @|\n(?!\s*(?:\/\/|\*)))/g;

function deviationsPage(sources: readonly Source[]): string {
  const found = sources.flatMap(({ file, text }) =>
    [...text.matchAll(DEVIATION)].map((match) => {
      const words = (match[1] ?? '').replace(/\n\s*(\/\/|\*)\s*/g, ' ').trim();
      return `- \`${file.replace(ROOT, '')}\`: ${words}`;
    }),
  );
  return `${[NOTE, '# Known differences from AWS', '', 'Each is marked `Deviation:` where it is made.', '', ...found].join('\n')}\n`;
}
