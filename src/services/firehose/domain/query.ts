/** Keys of partitions, read out of records by a jq program. Source: Developer Guide, "Create partitioning keys with inline parsing". */
import { bounded, type Millis, TookTooLong } from '#kernel/base';
import { invalid } from '../errors.ts';
import { QUERY_TIME_MAX } from '../limits.ts';
import { queryKeys, readPrefix } from './prefix.ts';

/** What a program makes of a record: keys and values, or why there are none. */
export type Keys = { keys: { [key: string]: string } } | { fault: string };

/** jq itself, compiled to WebAssembly: the program and its input as the command line takes them. */
type Jq = { json(input: unknown, program: string): unknown };

/** Half a second's work to load, and seldom needed. Its package has no types. */
async function loadJq(): Promise<Jq> {
  const name = 'jq-web';
  const { default: jq } = (await import(name)) as { default: Promise<Jq> };
  return jq;
}

/** Asks jq. As a program that ends it leaves its status as ours, which it must not. */
function ask(jq: Jq, input: unknown, program: string, millis: Millis): unknown {
  const { exitCode } = process;
  try {
    return bounded(millis, () => jq.json(input, program));
  } finally {
    process.exitCode = exitCode;
  }
}

/**
 * Sees that a text is a program, and that it makes no keys but those of the prefix.
 *
 * @throws {ServiceError} InvalidArgumentException
 */
export async function checkQuery(text: string, prefix: string): Promise<void> {
  const jq = await loadJq();
  let made: unknown;
  try {
    made = ask(jq, null, text, QUERY_TIME_MAX);
  } catch (error) {
    if (error instanceof TookTooLong) throw invalid('MetadataExtractionQuery takes too long.');
    // What only this input made fail says nothing against the program.
    if (error instanceof Error && /compile error/.test(error.message))
      throw invalid(`MetadataExtractionQuery is not a valid JQ expression: ${firstLine(error.message)}`);
  }
  const known = queryKeys(readPrefix(prefix));
  if (Object.keys(Object(made) as object).some((key) => !known.includes(key)))
    throw invalid("MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix expression");
}

const firstLine = (message: string) => /jq: error: (.*)/.exec(message)?.[1] ?? message;

/** What a program makes of each record; of several results the first counts. */
export async function runQuery(text: string, records: readonly Buffer[]): Promise<Keys[]> {
  const jq = await loadJq();
  const inputs = records.map(parsed);
  // The end of the line, as the program may end with a comment.
  const program = `map(try {ok: first((${text}\n))} catch {fault: tostring})`;
  let results: { ok?: unknown; fault?: string }[];
  try {
    const asked = inputs.map((input) => input ?? null);
    results = ask(jq, asked, program, QUERY_TIME_MAX + records.length) as typeof results;
  } catch (error) {
    const fault = error instanceof TookTooLong ? 'the query takes too long' : firstLine(String(error));
    return records.map(() => ({ fault }));
  }
  return inputs.map((input, index) =>
    input === undefined ? { fault: 'Non JSON record provided' } : keysOf(results[index] ?? {}),
  );
}

function parsed(record: Buffer): unknown {
  try {
    return JSON.parse(record.toString('utf8'));
  } catch {
    return undefined;
  }
}

function keysOf({ ok, fault }: { ok?: unknown; fault?: string }): Keys {
  if (fault !== undefined) return { fault };
  if (typeof ok !== 'object' || ok === null || Array.isArray(ok)) return { fault: 'the query gave no object' };
  const entries = Object.entries(ok);
  if (entries.some(([, value]) => value === null || value === ''))
    return { fault: 'partitionKeys values must not be null or empty' };
  return {
    keys: Object.fromEntries(
      entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
  };
}
