/** Quotas: AWS's defaults, and what an account has been granted instead. */
import { type Place, type Store, type StoreView, table, viewOf } from '#kernel/store';

/** A limit that AWS lists in Service Quotas. */
export type Quota = {
  service: string;
  /** Source: Service Quotas, e.g. `L-DC2B2D3D`. */
  code: string;
  name: string;
  value: number;
  /** Whether an account can be granted more. */
  adjustable: boolean;
  /** Counted over all Regions. */
  global: boolean;
};

type GrantRow = { service: string; code: string; value: number };

const grants = table<GrantRow>()('kernel.quotas', { scope: 'region', key: ['service', 'code'] });

/** Global quotas live in one Region. Source: Service Quotas User Guide, "Global quotas". */
const HOME = 'us-east-1';

export class Quotas {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What a quota is at a place, read in the transaction of `view`. */
  static read(view: StoreView, place: Place, quota: Quota): number {
    return view.in(placeOf(place, quota)).get(grants, quota)?.value ?? quota.value;
  }

  /** Grants another value; undefined goes back to the default. */
  grant(place: Place, quota: Quota, value: number | undefined): void {
    this.#store.transact((tx) => {
      const view = viewOf(() => tx, placeOf(place, quota));
      const { service, code } = quota;
      if (value === undefined) view.delete(grants, { service, code });
      else view.put(grants, { service, code, value });
    });
  }
}

function placeOf({ account, region }: Place, quota: Quota): Place {
  return { account, region: quota.global ? HOME : region };
}
