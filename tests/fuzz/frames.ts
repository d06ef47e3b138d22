/** Event streams that clients send, broken: no service's model has one yet, so they are read below the gateway, by a model of their own. */

import { crc32 } from 'node:zlib';
import { bytesStream } from '#kernel/base';
import {
  type EventHeader,
  encodeEvent,
  type ProtocolName,
  protocolOf,
  type ServiceModel,
  WireFailure,
} from '#kernel/wire';
import type { Random } from '../roundtrip/random.ts';

const HEADER_TYPES = ['Boolean', 'Byte', 'Short', 'Integer', 'Long', 'Blob', 'String', 'Timestamp'] as const;
const MODEL = {
  name: 'fuzz',
  operations: { Talk: { method: 'POST', uri: '/talk', input: 'TalkInput' } },
  shapes: {
    ...Object.fromEntries(HEADER_TYPES.map((name) => [name, { type: name.toLowerCase() }])),
    TalkInput: { type: 'structure', members: { words: { shape: 'Words' } }, payload: 'words' },
    Words: {
      type: 'structure',
      union: true,
      eventstream: true,
      members: { whole: { shape: 'Whole' }, bytes: { shape: 'Bytes' }, text: { shape: 'Text' } },
    },
    Whole: {
      type: 'structure',
      event: true,
      members: {
        ...Object.fromEntries(HEADER_TYPES.map((name) => [`h${name}`, { shape: name, eventheader: true }])),
        text: { shape: 'String' },
        many: { shape: 'Many' },
      },
    },
    Many: { type: 'list', member: { shape: 'Integer' } },
    Bytes: { type: 'structure', event: true, members: { body: { shape: 'Blob', eventpayload: true } } },
    Text: { type: 'structure', event: true, members: { body: { shape: 'String', eventpayload: true } } },
  },
} as unknown as ServiceModel;

const PROTOCOLS: readonly ProtocolName[] = ['rest-json', 'rest-xml'];
const PAYLOADS = [
  '{"text":"a","many":[1,2]}',
  '<Whole><text>a</text><many><member>1</member></many></Whole>',
  '',
  '{"many":',
  '['.repeat(10_000),
  '<a>'.repeat(10_000),
  '\0',
];
const HEADERS: readonly EventHeader[] = [
  true,
  { byte: -128 },
  { short: -1 },
  7,
  2n ** 63n - 1n,
  new Uint8Array(300),
  'é',
  new Date(0),
];
const NAMES = [...HEADER_TYPES.map((name) => `h${name}`), '__proto__', 'constructor', '', 'x'.repeat(255)];

/** Messages in a row, some broken where only the checksums show it, some with checksums that are right. */
export function mutateFrames(random: Random): Buffer {
  const messages = Array.from({ length: random.between(1, 4) }, () => {
    const kind = random.pick(['event', 'event', 'event', 'exception', 'error', '']);
    const headers: Record<string, EventHeader> = {
      ':message-type': kind,
      ':event-type': random.pick(['whole', 'whole', 'bytes', 'text', 'toString', '']),
      ':exception-type': 'whole',
    };
    for (let left = random.between(0, 4); left > 0; left -= 1) headers[random.pick(NAMES)] = random.pick(HEADERS);
    const message = encodeEvent({ headers, payload: Buffer.from(random.pick(PAYLOADS)) });
    for (let left = random.between(0, 3); left > 0; left -= 1)
      message[random.between(0, message.length - 1)] = random.between(0, 255);
    return random.chance(0.7) ? summed(message) : message;
  });
  const whole = Buffer.concat(messages);
  return random.chance(0.2) ? whole.subarray(0, random.between(0, whole.length)) : whole;
}

/** Both checksums as they have to be, for whatever is there now. */
function summed(message: Buffer): Buffer {
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4);
  return message;
}

/** Reads the bytes as each protocol would. @returns what is wrong with how they were read or refused; undefined when nothing is */
export async function streamFault(bytes: Buffer): Promise<string | undefined> {
  for (const name of PROTOCOLS) {
    const headers = { 'content-type': 'application/vnd.amazon.eventstream' };
    const request = { method: 'POST', path: '/talk', query: '', headers, body: bytesStream(bytes) };
    try {
      const { words } = protocolOf(MODEL, name).read({ operation: 'Talk', labels: {} }, request);
      for await (const event of words as AsyncIterable<Record<string, unknown>>)
        if (Object.values(event).some((value) => JSON.stringify(value)?.includes('null')))
          return `${name} read a number that is none: ${JSON.stringify(event).slice(0, 300)}`;
    } catch (error) {
      if (!(error instanceof WireFailure)) return `${name} failed: ${(error as Error).stack}`;
    }
  }
  return undefined;
}
