/** What is told of an answer when it goes to its viewer. Source: CloudFront Developer Guide, "Standard log file fields". */
import type { EdgeRecord, EdgeReply } from '#kernel/contract';
import type { Result } from './reply.ts';
import type { Transit } from './transit.ts';

/** The record for logs and metrics, of an answer whose headers are complete. */
export function recordOf(t: Transit, { body, status, headers }: EdgeReply, result: Result): EdgeRecord {
  return {
    location: t.spot.pop,
    country: t.spot.country,
    result,
    detail: result === 'Error' || t.detail === 'OriginShieldHit' ? (t.detail ?? result) : result,
    id: t.id,
    status,
    bytes: typeof body === 'string' ? Buffer.byteLength(body) : body.length,
    headBytes: headBytesOf(headers),
    range: rangeOf(headers['content-range']),
    contentType: String(headers['content-type'] ?? ''),
    pattern: t.behavior.spec.pattern,
    millis: t.services.now() - t.startedAt,
    encryption: t.encryption,
    isLogged: t.isLogged !== false,
  };
}

/** As HTTP 1.1 writes it. */
function headBytesOf(headers: EdgeReply['headers']): number {
  let bytes = 'HTTP/1.1 200 OK\r\n\r\n'.length;
  for (const [name, values] of Object.entries(headers))
    for (const value of [values].flat()) bytes += name.length + value.length + ': \r\n'.length;
  return bytes;
}

function rangeOf(header: string | string[] | undefined): EdgeRecord['range'] {
  const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(String(header ?? '')) ?? [];
  return start === undefined || end === undefined ? undefined : { start, end };
}
