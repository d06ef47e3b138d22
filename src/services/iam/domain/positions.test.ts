import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { statementSpans } from './positions.ts';

const columns = (text: string) =>
  statementSpans(text).map(({ StartPosition, EndPosition }) => [StartPosition.Column, EndPosition.Column]);

describe('statementSpans', () => {
  it('tells what AWS told', () => {
    // AWS CLI Command Reference, simulate-custom-policy, example 1.
    const alone =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}';
    deepEqual(columns(alone), [[38, 167]]);
    const list = '{"Version": "2012-10-17", "Statement": [{"Sid": "]}", "Action": ["a"]}, {"Sid": "b"}]}';
    deepEqual(columns(list), [
      [41, 71],
      [71, 85],
    ]);
  });

  it('counts lines', () => {
    const text = '{\n  "Statement": [\n    {\n      "Sid": "a"\n    }\n  ]\n}';
    deepEqual(statementSpans(text), [{ StartPosition: { Line: 2, Column: 17 }, EndPosition: { Line: 5, Column: 6 } }]);
  });

  it('finds each statement, however it is written', () => {
    const statement = fc.record({
      Sid: fc.string(),
      Action: fc.array(fc.string()),
      Condition: fc.dictionary(fc.string(), fc.object()),
    });
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1 }), fc.constantFrom(0, 2), (statements, indent) => {
        const text = JSON.stringify({ Id: '"Statement": [{', Statement: statements }, null, indent);
        const lines = text.split('\n');
        const offset = ({ Line = 0, Column = 0 }) =>
          lines.slice(0, Line - 1).reduce((sum, line) => sum + line.length + 1, Column - 1);
        const spans = statementSpans(text);
        equal(spans.length, statements.length);
        spans.forEach(({ StartPosition, EndPosition }, index) => {
          const found = text.slice(offset(StartPosition), offset(EndPosition)).replace(/^,/, '');
          deepEqual(JSON.parse(found), JSON.parse(JSON.stringify(statements[index])));
        });
      }),
    );
  });
});
