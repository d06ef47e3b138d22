import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate } from '../../domain/parse.ts';
import { translateDocument } from './document.ts';
import { mapOf } from './values.ts';

const translated = (text: string, parameters: { [name: string]: string } = {}) =>
  translateDocument(parseTemplate(text), {
    parameters: new Map(Object.entries(parameters)),
    partition: 'aws',
    region: 'us-east-1',
    policyArn: (name) => (name === 'AWSLambdaRole' ? `arn:aws:iam::aws:policy/service-role/${name}` : undefined),
    seconds: 0,
  });
const resourcesOf = (text: string, parameters = {}) => mapOf(translated(text, parameters).Resources);
const at = (value: unknown, ...path: (string | number)[]) =>
  path.reduce<unknown>((one, key) => (one as Record<string | number, unknown>)?.[key], value);

const CODE = 'Runtime: nodejs24.x, Handler: index.handler, CodeUri: s3://code/say.zip';

// Recorded: what AWS's own translator (aws-sam-translator 1.115) names what it makes of the same template.
test('names have the hashes that they have at AWS', () => {
  assert.deepEqual(
    Object.keys(
      resourcesOf(`
Resources:
  Say:
    Type: AWS::Serverless::Function
    Properties:
      ${CODE.replaceAll(', ', '\n      ')}
      AutoPublishAlias: live
      Events:
        One: { Type: Api, Properties: { Path: '/things/{id}', Method: get } }
        Two: { Type: Api, Properties: { Path: /things, Method: any } }
  Layer: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: s3://code/layer.zip, CompatibleRuntimes: [nodejs24.x] } }
`),
    ).toSorted(),
    [
      'Layerff96002527',
      'Say',
      'SayAliaslive',
      'SayOnePermissionProd',
      'SayRole',
      'SayTwoPermissionProd',
      'SayVersioneeeeac31d7',
      'ServerlessRestApi',
      'ServerlessRestApiDeployment192868304a',
      'ServerlessRestApiProdStage',
    ],
  );
});

test('references lead to what is made; what another name has is depended on by that', () => {
  const template = translated(`
Resources:
  Layer: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: s3://code/layer.zip } }
  Say: { Type: AWS::Serverless::Function, DependsOn: [Layer], Properties: { ${CODE}, Layers: [!Ref Layer], AutoPublishAlias: live } }
Outputs:
  Layer: { Value: !Sub 'is \${Layer}' }
  Version: { Value: !GetAtt Say.Version.Version }
  Alias: { Value: !Sub '\${Say.Alias} \${Say.Arn}' }
`);
  const resources = mapOf(template.Resources);
  const [layer = ''] = Object.keys(resources).filter((id) => id.startsWith('Layer'));
  const [version = ''] = Object.keys(resources).filter((id) => id.startsWith('SayVersion'));
  assert.match(layer, /^Layer[0-9a-f]{10}$/);
  assert.deepEqual(at(resources, 'Say', 'DependsOn'), [layer]);
  assert.deepEqual(at(resources, 'Say', 'Properties', 'Layers'), [{ Ref: layer }]);
  assert.equal(at(resources, layer, 'DeletionPolicy'), 'Retain');
  assert.deepEqual(template.Outputs, {
    Layer: { Value: { 'Fn::Sub': `is \${${layer}}` } },
    Version: { Value: { 'Fn::GetAtt': [version, 'Version'] } },
    Alias: { Value: { 'Fn::Sub': `\${SayAliaslive} \${Say.Arn}` } },
  });
});

test('conditions of functions are those of their routes, paths and APIs', () => {
  const template = translated(`
Conditions: { One: !Equals [a, a], Two: !Equals [a, b] }
Resources:
  A: { Type: AWS::Serverless::Function, Condition: One, Properties: { ${CODE}, Events: { Get: { Type: Api, Properties: { Path: /things, Method: get } } } } }
  B: { Type: AWS::Serverless::Function, Condition: Two, Properties: { ${CODE}, Events: { Put: { Type: Api, Properties: { Path: /things, Method: put } } } } }
`);
  assert.deepEqual(at(template, 'Conditions', 'ServerlessRestApiCondition'), {
    'Fn::Or': [{ Condition: 'One' }, { Condition: 'Two' }],
  });
  assert.equal(at(template, 'Resources', 'ServerlessRestApi', 'Condition'), 'ServerlessRestApiCondition');
  const path = at(template, 'Resources', 'ServerlessRestApi', 'Properties', 'Body', 'paths', '/things', 'Fn::If');
  assert.equal(at(path, 0), 'ServerlessRestApiSLASHthingsPathCondition');
  assert.equal(at(path, 1, 'get', 'Fn::If', 0), 'One');
});

test('a state machine: its definition, role, alias and what starts it', () => {
  const resources = resourcesOf(`
Resources:
  Say: { Type: AWS::Serverless::Function, Properties: { ${CODE} } }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: { StartAt: Say, States: { Say: { Type: Task, Resource: !GetAtt Say.Arn, End: true } } }
      Policies: [AWSLambdaRole, { LambdaInvokePolicy: { FunctionName: !Ref Say } }]
      Logging: { Level: ALL }
      AutoPublishAlias: live
      Events: { Day: { Type: Schedule, Properties: { Schedule: rate(1 day) } } }
`);
  const machine = at(resources, 'Machine', 'Properties');
  assert.deepEqual(at(machine, 'DefinitionSubstitutions'), {
    definition_substitution_1: { 'Fn::GetAtt': ['Say', 'Arn'] },
  });
  assert.deepEqual(
    at(machine, 'DefinitionString', 'Fn::Join', 1, 5),
    `            "Resource": "\${definition_substitution_1}",`,
  );
  assert.deepEqual(at(resources, 'MachineRole', 'Properties', 'ManagedPolicyArns'), [
    'arn:aws:iam::aws:policy/service-role/AWSLambdaRole',
  ]);
  assert.deepEqual(
    Object.keys(resources)
      .filter((id) => id.startsWith('Machine'))
      .toSorted(),
    ['Machine', 'MachineAliaslive', 'MachineDay', 'MachineDayRole', 'MachineRole', 'MachineVersion'],
  );
});

test('connectors give their source what it needs, before it begins', () => {
  const resources = resourcesOf(`
Resources:
  Say:
    Type: AWS::Serverless::Function
    Connectors: { Table: { Properties: { Destination: { Id: Table }, Permissions: [Read] } } }
    Properties: { ${CODE}, Events: { Jobs: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } } } }
  Table: { Type: AWS::Serverless::SimpleTable }
  Queue: { Type: AWS::SQS::Queue }
  Reads: { Type: AWS::Serverless::Connector, Properties: { Source: { Id: Queue }, Destination: { Id: Say }, Permissions: [Read, Write] } }
`);
  assert.deepEqual(at(resources, 'SayTablePolicy', 'Properties'), {
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['GetItem', 'Query', 'Scan', 'BatchGetItem', 'ConditionCheckItem', 'PartiQLSelect'].map(
            (name) => `dynamodb:${name}`,
          ),
          Resource: [
            { 'Fn::GetAtt': ['Table', 'Arn'] },
            {
              'Fn::Sub': [`\${DestinationArn}/index/*`, { DestinationArn: { 'Fn::GetAtt': ['Table', 'Arn'] } }],
            },
          ],
        },
      ],
    },
    Roles: [{ Ref: 'SayRole' }],
  });
  assert.deepEqual(at(resources, 'SayJobs', 'DependsOn'), ['ReadsPolicy']);
  assert.deepEqual(at(resources, 'ReadsPolicy', 'Metadata', 'aws:sam:connectors', 'Reads'), {
    Source: { Type: 'AWS::SQS::Queue' },
    Destination: { Type: 'AWS::Serverless::Function' },
  });
});

test('a document of a shape that nobody thought of fails as it does at AWS', () => {
  assert.throws(
    () => translated(`Resources: { A: { Type: AWS::Serverless::Function, Properties: { ${CODE}, Events: 5 } } }`),
    /Resource with id \[A\] is invalid\. Type of property 'Events' is invalid\.$/,
  );
  assert.throws(
    () => translated('Resources: []'),
    /Structure of the SAM template is invalid\. 'Resources' section is required$/,
  );
});
