/** The round trips of one service in one protocol: every operation's input and output, every error once per operation. */
import type { OperationModel, ProtocolName, ServiceModel } from '#kernel/wire';
import type { Sdk } from './client.ts';
import type { WireServer } from './server.ts';
import { checkCall, checkError, checkStreamError, type Trip } from './trip.ts';
import type { Fill } from './values.ts';

/** What did not come round, at `Operation` or `Operation!Error`. */
export type Difference = { at: string; detail: string };

export type Outcome = {
  service: string;
  protocol: ProtocolName;
  version: string;
  operations: number;
  /** Operations that the client does not have. */
  absent: string[];
  calls: number;
  errors: number;
  /** Members of inputs, outputs and errors that were never on the wire, though the client knows them. */
  missed: string[];
  members: number;
  differences: Difference[];
  /** Operations, errors and members that the model has and the client does not. */
  lacking: string[];
  leftOut: string[];
};

const FILLS: readonly Fill[] = ['most', 'least', 'some', 'some', 'some', 'most'];

/** Rounds at most; past the first ones only for operations with members that were never sent. */
const ROUNDS_MAX = 30;

/** Runs all operations one after the other. @param leftOut members that can't be sent, `service/Shape.member` */
export async function checkService(
  model: ServiceModel,
  sdk: Sdk,
  server: WireServer,
  protocol: ProtocolName,
  leftOut: ReadonlySet<string>,
): Promise<Outcome> {
  const client = sdk.client(server.port, protocol);
  const notes = { covered: new Set<string>(), lacking: new Set<string>(), leftOut: new Set<string>() };
  const trip: Trip = { model, sdk, client, server, protocol, leftOut, notes };
  const differences: Difference[] = [];
  let calls = 0;
  let errors = 0;
  const attempt = async (at: string, run: () => Promise<void>) => {
    calls += 1;
    await run().catch((error: Error) => {
      if (!differences.some((one) => one.at === at)) differences.push({ at, detail: error.stack ?? error.message });
    });
  };
  for (const [name, operation] of Object.entries(model.operations)) {
    if (sdk.classOf(`${name}Command`) === undefined) {
      notes.lacking.add(name);
      continue;
    }
    for (const [round, fill] of FILLS.entries()) await attempt(name, () => checkCall(trip, name, fill, round));
    for (const [error, check] of errorsOf(model, operation)) {
      if (sdk.classOf(error) === undefined) {
        notes.lacking.add(error);
        continue;
      }
      errors += 1;
      await attempt(`${name}!${error}`, () => check(trip, name, error));
    }
  }
  for (let round = FILLS.length; round < ROUNDS_MAX; round += 1)
    for (const name of operationsMissing(trip)) await attempt(name, () => checkCall(trip, name, 'all', round));
  client.destroy();
  return {
    service: model.name,
    protocol,
    version: sdk.version,
    operations: Object.keys(model.operations).length,
    absent: Object.keys(model.operations).filter((name) => notes.lacking.has(name)),
    calls,
    errors,
    missed: missing(trip),
    members: notes.covered.size,
    differences,
    lacking: [...notes.lacking].sort(),
    leftOut: [...notes.leftOut],
  };
}

type ErrorCheck = (trip: Trip, name: string, error: string) => Promise<void>;

/** Errors instead of an output, and those that end an output's stream of events. */
function errorsOf(model: ServiceModel, operation: OperationModel): [error: string, check: ErrorCheck][] {
  const members = Object.values(model.shapes[operation.output ?? '']?.members ?? {});
  const stream = members.map(({ shape }) => model.shapes[shape]).find((shape) => shape?.eventstream === true);
  const inStream = Object.values(stream?.members ?? {})
    .map(({ shape }) => shape)
    .filter((shape) => model.shapes[shape]?.exception === true);
  return [
    ...(operation.errors ?? []).map((error): [string, ErrorCheck] => [error, checkError]),
    ...inStream.map((error): [string, ErrorCheck] => [error, checkStreamError]),
  ];
}

/** Operations below whose input or output are members that were never on the wire, though the client knows them. */
function operationsMissing(trip: Trip): string[] {
  const { model, sdk, notes } = trip;
  if (missing(trip).length === 0) return [];
  return Object.keys(model.operations).filter((name) => {
    if (sdk.classOf(`${name}Command`) === undefined) return false;
    const { input, output } = model.operations[name] as OperationModel;
    return membersBelow(trip, [input, output]).some((member) => !notes.covered.has(member));
  });
}

function missing(trip: Trip): string[] {
  const { model, sdk, notes } = trip;
  const shapes = Object.entries(model.operations)
    .filter(([name]) => sdk.classOf(`${name}Command`) !== undefined)
    .flatMap(([, { input, output, errors }]) => [
      input,
      output,
      ...(errors ?? []).filter((error) => sdk.classOf(error) !== undefined),
    ]);
  return membersBelow(trip, shapes).filter((member) => !notes.covered.has(member));
}

/** `Shape.member` of all that the client can send or be sent. */
function membersBelow({ model, sdk, leftOut }: Trip, shapes: (string | undefined)[]): string[] {
  const seen = new Set<string>();
  const members: string[] = [];
  const walk = (name: string | undefined) => {
    const shape = name === undefined ? undefined : model.shapes[name];
    if (name === undefined || shape === undefined || seen.has(name)) return;
    seen.add(name);
    for (const inner of [shape.member, shape.key, shape.value]) walk(inner?.shape);
    for (const [member, target] of Object.entries(shape.members ?? {})) {
      const names = [`${model.name}/${name}.${member}`, `${model.name}/*.${member}`];
      if (!sdk.has(name, member) || names.some((one) => leftOut.has(one))) continue;
      if (shape.eventstream !== true) members.push(`${name}.${member}`);
      walk(target.shape);
    }
  };
  for (const shape of shapes) walk(shape);
  return members;
}
