/** Stacks for the bench: made from a template and waited for, as an account's root. */
import { Client, form } from './client.ts';

const cloudformation = (client: Client, action: string, input: { [name: string]: string }) =>
  client.call(form('cloudformation', '2010-05-15', action, input));

/**
 * Makes a stack; resolves with its outputs once it is there.
 *
 * @throws {Error} it was not made
 */
export async function createStack(port: number, name: string, template: string): Promise<Map<string, string>> {
  const client = new Client(port);
  try {
    await cloudformation(client, 'CreateStack', {
      StackName: name,
      TemplateBody: template,
      'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
    });
    for (;;) {
      const text = (await cloudformation(client, 'DescribeStacks', { StackName: name })).body.toString();
      const status = /<StackStatus>(\w+)</.exec(text)?.[1] ?? '';
      if (status === 'CREATE_COMPLETE') return outputsOf(text);
      if (!status.endsWith('_IN_PROGRESS')) throw new Error(`the stack ${name} is ${status}: ${text}`);
    }
  } finally {
    client.close();
  }
}

/** Removes a stack; resolves once it is gone. */
export async function deleteStack(port: number, name: string): Promise<void> {
  const client = new Client(port);
  try {
    await cloudformation(client, 'DeleteStack', { StackName: name });
    for (;;) {
      const found = await cloudformation(client, 'DescribeStacks', { StackName: name }).catch(() => undefined);
      if (found === undefined) return;
      const status = /<StackStatus>(\w+)</.exec(found.body.toString())?.[1] ?? '';
      if (status !== 'DELETE_IN_PROGRESS') throw new Error(`the stack ${name} is ${status}`);
    }
  } finally {
    client.close();
  }
}

function outputsOf(text: string): Map<string, string> {
  const members = text.matchAll(/<OutputKey>([^<]+)<\/OutputKey>|<OutputValue>([^<]+)<\/OutputValue>/g);
  const outputs = new Map<string, string>();
  let key = '';
  for (const [, name, value] of members)
    if (name !== undefined) key = name;
    else outputs.set(key, value ?? '');
  return outputs;
}

/** Resources of a function that answers at once, with its role. */
export const ECHO = {
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
    },
  },
  Echo: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'bench-echo',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      MemorySize: 1_769,
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Code: {
        ZipFile: `exports.handler = async () => ({ statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(1000) });`,
      },
    },
  },
};

/** An HTTP API in front of the function, and a distribution in front of that. */
export const GATEWAY = {
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'bench', ProtocolType: 'HTTP' } },
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
  },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Echo', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey: 'GET /{proxy+}',
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
    },
  },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: { Ref: 'Echo' },
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    },
  },
  Distribution: {
    Type: 'AWS::CloudFront::Distribution',
    Properties: {
      DistributionConfig: {
        Enabled: true,
        Origins: [
          {
            Id: 'api',
            DomainName: { 'Fn::Join': ['.', [{ Ref: 'Api' }, 'execute-api', { Ref: 'AWS::Region' }, 'amazonaws.com']] },
            CustomOriginConfig: { OriginProtocolPolicy: 'https-only' },
          },
        ],
        DefaultCacheBehavior: {
          TargetOriginId: 'api',
          ViewerProtocolPolicy: 'allow-all',
          // Managed-CachingOptimized
          CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
        },
      },
    },
  },
};
