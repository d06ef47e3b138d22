/** What happens to an environment in the words of the Logs API, which the Telemetry API has followed. Source: Lambda Developer Guide, "Lambda Logs API", "Log messages". */

export type TelemetryEvent = { time: string; type: string; record: unknown };

/** The first version that tells when a runtime is done. */
const WITH_RUNTIME_DONE = '2021-03-18';
const STATUS: { readonly [status: string]: string } = { success: 'success', timeout: 'timeout' };

type Told = { requestId: string; status: string; errorType?: string; metrics: object };

/** An event as a version of the Logs API tells it: not at all, or as one or two of its own. */
export function inOldWords({ time, type, record }: TelemetryEvent, version: string): TelemetryEvent[] {
  const { requestId, status, errorType = '', metrics } = record as Told;
  switch (type) {
    case 'platform.start':
      return [{ time, type, record: { requestId } }];
    case 'platform.runtimeDone': {
      const fault = `RequestId: ${requestId} Process exited before completing request`;
      const hasExited = /^Runtime\.(ExitError|OutOfMemory)$/.test(errorType);
      const done = { time, type, record: { requestId, status: STATUS[status] ?? 'failure' } };
      return [
        ...(hasExited ? [{ time, type: 'platform.fault', record: fault }] : []),
        ...(version >= WITH_RUNTIME_DONE ? [done] : []),
      ];
    }
    case 'platform.report':
      return [
        { time, type: 'platform.end', record: { requestId } },
        { time, type, record: { requestId, metrics } },
      ];
    case 'platform.logsSubscription':
    case 'platform.extension':
    case 'function':
    case 'extension':
      return [{ time, type, record }];
    default:
      return [];
  }
}
