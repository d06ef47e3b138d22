/** Who may import whom (docs/architecture.md, "The rule of direction"). */
import type { Finding, Import, Source } from '../source.ts';

/** The kernel's rooms; each may import those before it. */
export const KERNEL_ROOMS = [
  'base',
  'clock',
  'random',
  'world',
  'store',
  'identity',
  'wire',
  'events',
  'faults',
  'metering',
  'mail',
  'contract',
  'gateway',
] as const;

/** Rooms every service may use. */
const SERVICE_ROOMS: readonly string[] = ['base', 'clock', 'world', 'store', 'contract'];
/** A service that is the AWS face of a kernel room may use that room. */
const FRONTS: { readonly [service: string]: string } = {
  iam: 'identity',
  sts: 'identity',
  cloudtrail: 'events',
  cloudwatch: 'metering',
  fis: 'faults',
};
const PLANE_ROOMS: readonly string[] = ['base', 'clock', 'random', 'world', 'contract'];
/** Pure computation; everything that touches the machine belongs to the kernel, planes and engines. */
const SERVICE_NODE_MODULES: readonly string[] = ['node:crypto', 'node:zlib', 'node:util', 'node:buffer'];

/** Imports that go against the direction. */
export function direction(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((imported) => {
      const text = refusal(source, imported);
      return text === undefined ? [] : [{ file: source.file, line: imported.line, text }];
    }),
  );
}

function refusal({ file }: Source, { from, file: target }: Import): string | undefined {
  if (!file.startsWith('src/') || isTest(file)) return undefined;
  const [, layer = '', room = ''] = file.split('/');
  if (target !== undefined && !target.startsWith('src/'))
    return `src never imports ${target}: tests, tools and bench stand outside.`;
  if (target === undefined) return layer === 'services' ? serviceForeign(from) : undefined;
  const [, targetLayer = '', targetRoom = ''] = target.split('/');
  if (layer === targetLayer && room === targetRoom) return undefined;
  if (targetLayer === 'kernel' && from.startsWith('.'))
    return `write '#kernel/${targetRoom}': rooms meet at their index.`;
  switch (layer) {
    case 'kernel':
      return kernelRefusal(room, targetLayer, targetRoom);
    case 'services':
      return serviceRefusal(room, target, targetLayer, targetRoom);
    case 'planes':
    case 'engines':
      if (targetLayer === 'kernel' && PLANE_ROOMS.includes(targetRoom)) return undefined;
      return `planes and engines see only kernel/{${PLANE_ROOMS.join(', ')}}; whatever else they need, they are told.`;
    case 'main':
      return targetLayer === 'cli' ? 'main does not know the command line; the command line calls main.' : undefined;
    default:
      return undefined;
  }
}

function kernelRefusal(room: string, targetLayer: string, targetRoom: string): string | undefined {
  if (targetLayer !== 'kernel') return `the kernel knows no ${targetLayer}; take what you need as a parameter.`;
  const order = (name: string) => (KERNEL_ROOMS as readonly string[]).indexOf(name);
  if (order(targetRoom) < order(room)) return undefined;
  return `kernel/${room} comes before kernel/${targetRoom}; it can't import it. Move the idea down, or take a parameter.`;
}

function serviceRefusal(room: string, target: string, targetLayer: string, targetRoom: string): string | undefined {
  if (targetLayer === 'services')
    return target.endsWith('/port.ts')
      ? undefined
      : `services don't import each other; call ctx.aws.${targetRoom}, or its port.ts.`;
  if (targetLayer !== 'kernel') return `a service knows nothing of ${targetLayer}.`;
  if (SERVICE_ROOMS.includes(targetRoom) || FRONTS[room] === targetRoom) return undefined;
  return `a service sees kernel/{${SERVICE_ROOMS.join(', ')}}; what it needs of ${targetRoom} comes through ctx.`;
}

function serviceForeign(from: string): string | undefined {
  if (!from.startsWith('node:') || SERVICE_NODE_MODULES.includes(from)) return undefined;
  return `a service doesn't use ${from}; the machine is reached through ctx.`;
}

/** Tests and what only they use. */
export function isTest(file: string): boolean {
  return /\.test(-support)?\.ts$/.test(file) || file.startsWith('tests/');
}
