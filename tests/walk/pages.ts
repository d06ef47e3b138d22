/** Lists read page by page: whatever the size of the pages, the same is listed in the same order. */
import type { ServiceModel, ShapeModel } from '#kernel/wire';

const TOKENS = /^(nextToken|marker|token|position|continuationToken|exclusiveStart\w+)$/i;
const NEXT_TOKENS =
  /^(nextToken|nextMarker|marker|position|nextPageToken|nextContinuationToken|continuationToken|lastEvaluated\w+)$/i;
const LIMITS = /^(maxResults|maxItems|limit|maxRecords|pageSize|maxKeys|maxBuckets)$/i;
/** A list that has more pages than this has no end. */
const PAGES_MAX = 3_000;

type Input = Record<string, unknown>;
type Call = (input: Input) => Promise<object>;
export type Paging = { token: string; next: string; limit: string; least: unknown; list: string };

/** These list otherwise with a limit, or take the token of a page alone. */
const ALONE = new Set(['ListBuckets', 'ListShards']);

/** How an operation is paged; undefined where it has no pages, or no list that is alone. */
export function pagingOf(model: ServiceModel, operation: string): Paging | undefined {
  if (ALONE.has(operation)) return undefined;
  const { input = '', output = '' } = model.operations[operation] ?? {};
  const [given, told] = [model.shapes[input]?.members ?? {}, model.shapes[output]?.members ?? {}];
  const token = Object.keys(given).find((name) => TOKENS.test(name));
  const limit = Object.keys(given).find((name) => LIMITS.test(name));
  const all = Object.keys(told).filter((name) => NEXT_TOKENS.test(name));
  const next = all.find((name) => /next|last/i.test(name)) ?? all[0];
  const [list, ...others] = Object.entries(told).filter(([, { shape }]) => model.shapes[shape]?.type === 'list');
  if (token === undefined || limit === undefined || next === undefined || list === undefined || others.length > 0)
    return undefined;
  const { type, min = 1 } = model.shapes[given[limit]?.shape ?? ''] as ShapeModel;
  const least = Math.max(1, min);
  return { token, next, limit, least: type === 'string' ? `${least}` : least, list: list[0] };
}

/** All that is listed, in pages of so many; of a list that is refused, how. */
async function read(call: Call, asked: Input, paging: Paging, limit: unknown): Promise<unknown[] | string> {
  const { [paging.token]: _, [paging.limit]: __, ...rest } = asked;
  const base = { ...rest, ...(limit !== undefined && { [paging.limit]: limit }) };
  const all: unknown[] = [];
  let token: unknown;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const input = structuredClone({ ...base, ...(token !== undefined && { [paging.token]: token }) });
    const page: Input | Error = (await call(input).catch((error: Error) => error)) as Input;
    if (page instanceof Error) return page.message;
    all.push(...((page[paging.list] as unknown[] | undefined) ?? []));
    token = page[paging.next];
    if (token === undefined || token === '' || page.IsTruncated === false) return all;
  }
  return 'a list without end';
}

/** What is wrong with an operation's pages; undefined when nothing is. */
export async function pagingFault(call: Call, asked: Input, paging: Paging): Promise<string | undefined> {
  const textOf = (found: unknown) => JSON.stringify(found, (_, one) => (typeof one === 'bigint' ? `${one}` : one));
  const whole = textOf(await read(call, asked, paging, undefined));
  const small = textOf(await read(call, asked, paging, paging.least));
  // What changes by itself is no list of the same.
  if (whole === small || whole !== textOf(await read(call, asked, paging, undefined))) return undefined;
  return `pages of ${paging.least} list ${small.slice(0, 400)}; all at once it is ${whole.slice(0, 400)}`;
}
