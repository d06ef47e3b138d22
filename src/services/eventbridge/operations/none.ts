/** Lists of what can't be made here: an account has none as long as none can be made. Those who take stock of an account ask for them. */
import type { Handler } from '#kernel/contract';

export const listEndpoints: Handler<'eventbridge', 'ListEndpoints'> = () => ({ Endpoints: [] });

export const listEventSources: Handler<'eventbridge', 'ListEventSources'> = () => ({ EventSources: [] });
