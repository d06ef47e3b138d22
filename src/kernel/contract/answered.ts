/** By which request another service has given an answer, as SDKs tell it beside the answer. */
const requests = new WeakMap<object, string>();

/** Keeps by which request an answer came. For the pipeline. */
export function answeredBy(answer: object, requestId: string): void {
  requests.set(answer, requestId);
}

/** The id of the request that an answer of another service (`ctx.aws`) is to; undefined of what is none. */
export function requestIdOf(answer: object): string | undefined {
  return requests.get(answer);
}
