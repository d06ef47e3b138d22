/** Custom key stores: an account has none as long as none can be made, and who asks for one hears that. */
import type { Handler } from '#kernel/contract';
import { readMarker } from '../domain/page.ts';
import { noSuchStore } from '../errors.ts';

export const describeCustomKeyStores: Handler<'kms', 'DescribeCustomKeyStores'> = (input) => {
  if (input.CustomKeyStoreId !== undefined || input.CustomKeyStoreName !== undefined) throw noSuchStore();
  readMarker(input.Marker);
  return { CustomKeyStores: [], Truncated: false };
};

const notThere = () => {
  throw noSuchStore();
};

export const connectCustomKeyStore: Handler<'kms', 'ConnectCustomKeyStore'> = notThere;
export const deleteCustomKeyStore: Handler<'kms', 'DeleteCustomKeyStore'> = notThere;
export const disconnectCustomKeyStore: Handler<'kms', 'DisconnectCustomKeyStore'> = notThere;
export const updateCustomKeyStore: Handler<'kms', 'UpdateCustomKeyStore'> = notThere;
