/** CloudWatch Logs' own words for a request that breaks a constraint. Source: answers recorded from AWS. */
import { commonError, type Voice } from '#kernel/contract';
import { invalidParameter, nameTooLong } from './errors.ts';

/** Operations whose errors, as the model lists them, have ValidationException in place of InvalidParameterException. */
const NEWER =
  /Deliver|Integration|ScheduledQuer|LookupTable|ConfigurationTemplates|ListLogGroups$|Syslog|BearerToken|StorageTier|ListAggregate/;

const isName = (member: string | number) => member === 'logGroupName' || member === 'logStreamName';

export const voice: Voice = {
  invalid: (failures, usual, operation) => {
    if (
      failures.some(
        ({ kind, path: [name = ''], max, size = 0 }) => kind === 'length' && isName(name) && size > (max ?? size),
      )
    )
      return nameTooLong();
    const { message } = usual(failures);
    return NEWER.test(operation) ? commonError('ValidationException', message) : invalidParameter(message);
  },
};
