import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttributeValue, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { startWorld } from './world.ts';

const TableName = 'things';
type Values = { [name: string]: AttributeValue };
const V: Values = { ':v': { N: '1' } };

const refusedConditions: [text: string, message: string, values?: Values, names?: { [name: string]: string }][] = [
  [
    'size(size(a)) = :v',
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: size, operand type: N',
    V,
  ],
  [
    'attribute_type(a, b) AND b = :v',
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}',
    V,
  ],
  ['a = a AND ((b = :v))', 'Invalid ConditionExpression: The expression has redundant parentheses;', V],
  [
    'size(a)',
    'Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: size',
  ],
  ['(size(a)).b > :v', 'Invalid ConditionExpression: Syntax error; token: ".", near: ").b"', V],
  ['a > between', 'Invalid ConditionExpression: Syntax error; token: "between", near: "> between"'],
  [
    'attribute_exists(#b, :v)',
    'Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #b',
    V,
  ],
  [
    'attribute_exists(a, :v)',
    'Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
    V,
  ],
  [
    'a = :v AND b <> #b',
    'Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: <>, first operand: [b]',
    V,
    { '#b': 'b' },
  ],
  ['', 'Invalid ConditionExpression: The expression can not be empty;'],
  ['name = :v', 'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: name', V],
  [
    'a = :x',
    'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :x',
    V,
  ],
  [
    '#a = :v',
    'Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #a',
    V,
  ],
  [
    'a = :v',
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}',
    { ...V, ':x': { S: '' } },
  ],
  ['a = :v', 'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}', V, { '#x': 'x' }],
  ['a = :v', 'ExpressionAttributeNames must not be empty', V, {}],
  ['a = b', 'ExpressionAttributeValues must not be empty', {}],
  ['a = :v', 'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"', { v: { N: '1' } }],
  [
    'a = :v',
    'ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: An string set  may not be empty for key :v',
    { ':v': { SS: [] } },
  ],
  ['a = :v', 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"', V, { a: 'x' }],
  ['a : v', 'Invalid ConditionExpression: Syntax error; token: ":", near: "a : v"'],
  ['a = ', 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "= "'],
  ['(a = :v', 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: ":v"', V],
  ['a = :v b', 'Invalid ConditionExpression: Syntax error; token: "b", near: ":v b"', V],
  ['((a = :v))', 'Invalid ConditionExpression: The expression has redundant parentheses;', V],
  [
    'a = a',
    'Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]',
  ],
  ['Size(a) = :v', 'Invalid ConditionExpression: Invalid function name; function: Size', V],
  [
    'contains(a)',
    'Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1',
  ],
  [
    'attribute_exists(:v)',
    'Invalid ConditionExpression: Operator or function requires a document path; operator or function: attribute_exists',
    V,
  ],
  [
    'begins_with(a, :v)',
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    V,
  ],
  [
    'attribute_exists(a) = :v',
    'Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: attribute_exists',
    V,
  ],
  [
    'a < :v',
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
    { ':v': { BOOL: true } },
  ],
  [
    'a BETWEEN :v AND :w',
    'Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {N:0}',
    { ...V, ':w': { N: '0' } },
  ],
  [
    'attribute_type(a, :v)',
    'Invalid ConditionExpression: Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    { ':v': { S: 'X' } },
  ],
  [
    `a IN (:v${', :v'.repeat(100)})`,
    'Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101',
    V,
  ],
  [
    `a = :v${' AND a = :v'.repeat(380)}`,
    'Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4186',
    V,
  ],
  [
    `a=:v${' OR a=:v'.repeat(170)}`,
    'Invalid ConditionExpression: The expression contains too many operators; operator count: 301',
    V,
  ],
];

for (const [text, message, values, names] of refusedConditions) {
  test(`a condition is refused: ${text.slice(0, 40)} (${message.slice(0, 60)})`, async () => {
    await using world = await startWorld();
    const put = new PutItemCommand({
      TableName,
      Item: { id: { S: 'a' } },
      ConditionExpression: text,
      ExpressionAttributeValues: values,
      ExpressionAttributeNames: names,
    });
    const error = await failure(world.db.send(put));
    assert.deepEqual([error.name, error.message], ['ValidationException', message]);
  });
}

test('placeholders without an expression', async () => {
  await using world = await startWorld();
  const put = (more: object) =>
    failure(world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } }, ...more })));
  assert.equal(
    (await put({ ExpressionAttributeNames: { '#a': 'a' } })).message,
    'ExpressionAttributeNames can only be specified when using expressions',
  );
  assert.equal(
    (await put({ ExpressionAttributeValues: V })).message,
    'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
  );
});

test('placeholders have 255 bytes, and all that they stand for 2 MB', async () => {
  await using world = await startWorld();
  const put = (text: string, values: object) =>
    world.db.send(
      new PutItemCommand({
        TableName,
        Item: { id: { S: 'a' } },
        ConditionExpression: text,
        ExpressionAttributeNames: { '#n': 'n' },
        ExpressionAttributeValues: values as never,
      }),
    );
  const long = `:${'v'.repeat(254)}`;
  await put(`#n <> ${long}`, { [long]: { S: 'x' } });
  assert.equal(
    (await failure(put(`#n <> ${long}v`, { [`${long}v`]: { S: 'x' } }))).message,
    'ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too long; size of key: 256',
  );
  const large = { S: 'x'.repeat(1_048_576) };
  await put('#n <> :a AND #n <> :b', { ':a': large, ':b': { S: large.S.slice(8) } });
  assert.equal(
    (await failure(put('#n <> :a AND #n <> :b', { ':a': large, ':b': large }))).message,
    'Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size',
  );
});

const met: [text: string, holds: boolean][] = [
  ['attribute_exists(m.a[1]) AND attribute_not_exists(m.a[2])', true],
  ['NOT n = :one AND n = :two', true],
  ['n = :one OR n = :two AND s = :x', false],
  ['(n = :two OR n = :one) AND s <> :x', true],
  ['absent <> :one', true],
  ['absent = :one', false],
  ['n between :one and :two', true],
  ['n in (:one, :two)', true],
  ['begins_with(s, :te)', true],
  ['contains(s, :x)', true],
  ['contains(m.a, :one)', true],
  ['contains(t, :te)', true],
  ['size(s) = :four', true],
  ['size(m) < size(s)', true],
  ['attribute_type(m, :M)', true],
  ['n > s', false],
  ['nothing1 <> nothing2', true],
  ['(n) between (:one) and (:two)', true],
  ['m.a[0] = :one', true],
];

test('conditions and their precedence', async () => {
  await using world = await startWorld();
  const Item: Values = {
    id: { S: 'a' },
    n: { N: '2' },
    s: { S: 'text' },
    t: { SS: ['te'] },
    m: { M: { a: { L: [{ N: '1' }, { S: 'x' }] } } },
  };
  await world.db.send(new PutItemCommand({ TableName, Item }));
  const all: Values = {
    ':one': { N: '1.0' },
    ':two': { N: '2' },
    ':four': { N: '4' },
    ':x': { S: 'x' },
    ':te': { S: 'te' },
    ':M': { S: 'M' },
  };
  for (const [text, holds] of met) {
    const used = Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(text)));
    const put = new PutItemCommand({
      TableName,
      Item,
      ConditionExpression: text,
      ExpressionAttributeValues: Object.keys(used).length === 0 ? undefined : used,
    });
    const outcome = await world.db.send(put).then(
      () => true,
      (error: Error) => (error.name === 'ConditionalCheckFailedException' ? false : error.message),
    );
    assert.equal(outcome, holds, text);
  }
});

const refusedUpdates: [text: string, message: string, values?: Values][] = [
  ['INVALID SYNTAX HERE', 'Invalid UpdateExpression: Syntax error; token: "INVALID", near: "INVALID SYNTAX"'],
  ['ADD hits : incr', 'Invalid UpdateExpression: Syntax error; token: ":", near: "hits : incr"'],
  [
    'SET a = :v SET b = :v',
    'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
    V,
  ],
  [
    'SET a = :v, a.b = :v',
    'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
    V,
  ],
  [
    'SET a[0] = :v, a.b = :v',
    'Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a, b]',
    V,
  ],
  [
    'SET id = :v',
    'One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key',
    V,
  ],
  ['SET a = b', 'The provided expression refers to an attribute that does not exist in the item'],
  ['SET a = n + s', 'An operand in the update expression has an incorrect data type'],
  ['SET x.y = :v', 'The document path provided in the update expression is invalid for update', V],
  ['SET n.y = :v', 'The document path provided in the update expression is invalid for update', V],
  ['ADD s :v', 'An operand in the update expression has an incorrect data type', V],
  [
    'ADD a :v',
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
    { ':v': { S: 'x' } },
  ],
  [
    'DELETE a :v',
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
    V,
  ],
  [
    'SET a = n + :v',
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S',
    { ':v': { S: 'x' } },
  ],
  [
    'SET a = list_append(s, :v)',
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: list_append, operand type: N',
    V,
  ],
  ['SET a = size(s)', 'Invalid UpdateExpression: The function is not allowed in an update expression; function: size'],
  ['SET a = other(s)', 'Invalid UpdateExpression: Invalid function name; function: other'],
  [
    'SET a = if_not_exists(:v, :v)',
    'Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists',
    V,
  ],
  ['SET status = :v', 'Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: status', V],
  [
    'SET n = n + :v',
    'Number overflow. Attempting to store a number with magnitude larger than supported range',
    { ':v': { N: '9.9e125' } },
  ],
];

for (const [text, message, values] of refusedUpdates) {
  test(`an update is refused: ${text}`, async () => {
    await using world = await startWorld();
    const big = text === 'SET n = n + :v' ? '9.9e125' : '2';
    await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: big }, s: { S: 'text' } } }));
    const update = new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'a' } },
      UpdateExpression: text,
      ExpressionAttributeValues: values,
    });
    const error = await failure(world.db.send(update));
    assert.deepEqual([error.name, error.message], ['ValidationException', message]);
  });
}
