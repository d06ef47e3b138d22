/** Lists of what can not be made here yet: they are truly empty, and tools ask for them. */
import type { Handler } from '#kernel/contract';

export const listSAMLProviders: Handler<'iam', 'ListSAMLProviders'> = () => ({ SAMLProviderList: [] });
