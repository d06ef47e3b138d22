/** What HTTP APIs ask of SQS, as forms of its query protocol. Source: API Gateway Developer Guide, "Integration subtype reference"; SQS API Reference, each action. */

type Kind = 'text' | 'list' | 'map';
type Parameter = readonly [name: string, kind: Kind];

const QUEUE: Parameter = ['QueueUrl', 'text'];

const ACTIONS: { readonly [subtype: string]: readonly Parameter[] } = {
  'SQS-SendMessage': [
    QUEUE,
    ['MessageBody', 'text'],
    ['DelaySeconds', 'text'],
    ['MessageDeduplicationId', 'text'],
    ['MessageGroupId', 'text'],
    ['MessageAttributes', 'map'],
    ['MessageSystemAttributes', 'map'],
  ],
  'SQS-ReceiveMessage': [
    QUEUE,
    ['AttributeNames', 'list'],
    ['MessageAttributeNames', 'list'],
    ['MaxNumberOfMessages', 'text'],
    ['ReceiveRequestAttemptId', 'text'],
    ['VisibilityTimeout', 'text'],
    ['WaitTimeSeconds', 'text'],
  ],
  'SQS-DeleteMessage': [QUEUE, ['ReceiptHandle', 'text']],
  'SQS-PurgeQueue': [QUEUE],
};

/** Whether it is one of SQS's. */
export function isQueueSubtype(subtype: string): boolean {
  return Object.hasOwn(ACTIONS, subtype);
}

/**
 * The form of a call.
 *
 * @param input texts by parameter; lists and maps are JSON
 * @throws {SyntaxError} for a list or a map that is no JSON
 */
export function queueForm(subtype: string, input: { readonly [name: string]: string }): URLSearchParams {
  const form = new URLSearchParams({ Action: subtype.slice('SQS-'.length), Version: '2012-11-05' });
  for (const [name, kind] of ACTIONS[subtype] ?? []) {
    const text = input[name];
    if (text === undefined) continue;
    const entry = name.replace(/s$/, '');
    if (kind === 'text') form.set(name, text);
    else if (kind === 'list') addList(form, entry, JSON.parse(text));
    else addMap(form, entry, JSON.parse(text));
  }
  return form;
}

function addList(form: URLSearchParams, entry: string, values: unknown): void {
  if (!Array.isArray(values)) throw new SyntaxError(`${entry}s is no list`);
  values.forEach((value, at) => {
    form.set(`${entry}.${at + 1}`, String(value));
  });
}

function addMap(form: URLSearchParams, entry: string, values: unknown): void {
  Object.entries(Object(values)).forEach(([name, value], at) => {
    form.set(`${entry}.${at + 1}.Name`, name);
    for (const [part, text] of Object.entries(Object(value)))
      form.set(`${entry}.${at + 1}.Value.${part}`, String(text));
  });
}
