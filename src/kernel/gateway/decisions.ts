/** The last authorization decisions with what led to them, so that anyone can ask why. The reasoning is written out only when asked for. */
import {
  type AuthorizationRequest,
  type Decision,
  type Explanation,
  explain,
  type PolicyLayers,
} from '#kernel/identity';

export type Recorded = { requestId: string; request: AuthorizationRequest; layers: PolicyLayers; decision: Decision };

const KEPT_MAX = 1_000;

export class DecisionLog {
  #kept: Recorded[] = [];
  #next = 0;

  add(recorded: Recorded): void {
    this.#kept[this.#next] = recorded;
    this.#next = (this.#next + 1) % KEPT_MAX;
  }

  /** Drops what is known, or what is known of one account. */
  forget(account: string | undefined): void {
    const concerns = ({ request }: Recorded) =>
      account === undefined || request.resourceAccount === account || request.principal.account === account;
    const left = [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)].filter((one) => !concerns(one));
    this.#kept = left;
    this.#next = left.length % KEPT_MAX;
  }

  /** Every decision of a request, with its reasoning; empty when it was root's or is too long ago. */
  why(requestId: string): Explanation[] {
    return this.#kept.filter((one) => one.requestId === requestId).map((one) => explain(one.request, one.layers));
  }
}
