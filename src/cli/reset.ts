/** `cloudyard reset`: empties the cloud, or one account of it. */
import { ask, CONNECTION, findEndpoint } from './admin-client.ts';
import { command, EXIT, noOperands, print } from './usage.ts';

export const reset = command(
  {
    name: 'reset',
    summary: 'Empty the cloud, or one account of it; snapshots stay',
    operands: '',
    flags: { account: { type: 'string', value: 'ID', text: 'only this account' }, ...CONNECTION },
  },
  async ({ values, operands }) => {
    noOperands('reset', operands);
    const { account } = values;
    const answer = await ask(findEndpoint(values), 'POST', 'reset', account === undefined ? {} : { account });
    print(values, answer, account === undefined ? 'The cloud is empty.' : `Account ${account} is empty.`);
    return EXIT.done;
  },
);
