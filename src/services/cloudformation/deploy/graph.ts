/** Work on things that depend on each other: as much at a time as their order allows. */
import { Later } from './later.ts';

export type Outcome = {
  failures: { name: string; error: unknown }[];
  /** Begun, and not done yet. */
  waiting: string[];
};

/**
 * Does `work` for each name once all that it depends on is done. After the first failure nothing more is begun but what was begun before; what
 * runs is waited for. Work that is done later (`Later`) holds up only what depends on it.
 *
 * @param before names that have to be done first; those that are not in `names` don't count
 * @param split counts what goes on side by side (`ctx.split`)
 * @param wasBegun whether an earlier attempt, which was interrupted, has begun with it
 */
export async function inOrder(
  names: readonly string[],
  before: (name: string) => readonly string[],
  atATime: number,
  work: (name: string) => Promise<void>,
  split: () => () => void,
  wasBegun: (name: string) => boolean = () => false,
): Promise<Outcome> {
  const all = new Set(names);
  const left = new Map(names.map((name) => [name, new Set(before(name).filter((other) => all.has(other)))]));
  const running = new Map<string, Promise<void>>();
  const outcome: Outcome = { failures: [], waiting: [] };
  const ended: (() => void)[] = [];
  const begin = (name: string) => {
    const end = split();
    left.delete(name);
    const run = work(name)
      .then(() => {
        for (const waits of left.values()) waits.delete(name);
      })
      .catch((error) => {
        if (error instanceof Later) outcome.waiting.push(name);
        else outcome.failures.push({ name, error });
      })
      .finally(() => {
        running.delete(name);
        ended.push(end);
      });
    running.set(name, run);
  };
  for (;;) {
    for (const [name, waits] of [...left])
      if (waits.size === 0 && running.size < atATime && (outcome.failures.length === 0 || wasBegun(name))) begin(name);
    // What was begun in their place counts before these count no more.
    for (const end of ended.splice(0)) end();
    if (running.size === 0) return outcome;
    await Promise.race(running.values());
  }
}

/**
 * In which order resources begin that may begin at the same time: deployments of HTTP and WebSocket APIs last, so that they have what stands beside them.
 * Those of REST APIs need what the template says: on AWS they fail without their methods. Source: aws-samples/serverless-patterns,
 * `apigw-websocket-api-sns` and `apigw-websocket-api-connection-dynamodb`, whose deployments wait for their routes only and have the routes' responses all the same.
 */
export function beginning(declared: Iterable<{ logicalId: string; type: string }>): string[] {
  const isLast = ({ type }: { type: string }) => type === 'AWS::ApiGatewayV2::Deployment';
  return [...declared].toSorted((a, b) => Number(isLast(a)) - Number(isLast(b))).map(({ logicalId }) => logicalId);
}

/** The other way round: what depends on each name. */
export function reversed(dependsOn: ReadonlyMap<string, readonly string[]>): (name: string) => readonly string[] {
  const dependents = new Map<string, string[]>();
  for (const [name, others] of dependsOn)
    for (const other of others) dependents.set(other, [...(dependents.get(other) ?? []), name]);
  return (name) => dependents.get(name) ?? [];
}
