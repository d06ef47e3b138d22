/** The status that the request of a mock integration asks for. */

/**
 * AWS takes such texts for more than JSON: names and values may lack their quotes, or have single ones. CDK writes `{ statusCode: 204 }`.
 *
 * @param text what the request template gave
 * @returns undefined where there is no `statusCode` that is an integer
 * @see    AWS CDK, `addCorsPreflight`
 */
export function mockStatus(text: string): number | undefined {
  const value = statusIn(text);
  const status = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) ? status : undefined;
}

const NAME = /[{,]\s*(?:"statusCode"|'statusCode'|statusCode)\s*:\s*(?:"(-?\d+)"|'(-?\d+)'|(-?\d+))\s*(?=[,}])/;

function statusIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { statusCode?: unknown } | null)?.statusCode;
  } catch {
    const trimmed = text.trim();
    if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
    const [, double, single, bare] = NAME.exec(trimmed) ?? [];
    return double ?? single ?? bare;
  }
}
