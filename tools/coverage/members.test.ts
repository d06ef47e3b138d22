/** No member of a request is passed over in silence: its service reads it, refuses it by name, or it is said here why it is no matter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Catalog } from '#kernel/gateway';
import { MODELS } from '#main/models';
import { builtServices, loadService } from '#main/registry';
import { readSources } from '../tidy/source.ts';

const WORD = /[A-Za-z_]\w*/g;

/** Members, of an operation or of all of a service, that no code names. */
const NO_MATTER: { readonly [service: string]: { readonly [member: string]: string } } = {
  apigatewayv2: {
    IdentityValidationExpression: 'AWS does not use it',
    ResponseModels: 'kept and told with all that a route’s answer is given',
    RouteResponseSelectionExpression: 'kept and told with all that a route is given',
  },
  'cloudwatch-logs': {
    entity: 'about whom events are changes nothing of them, and is told by no operation',
    forceUpdate: 'it confirms what is never asked back',
    includeLinkedAccounts: 'there are none',
    interleaved: 'AWS always does',
  },
  cloudformation: { DisableValidation: 'it leaves out what is not done beforehand' },
  ecr: { acceptedMediaTypes: 'Deviation: an image is given as it was pushed' },
  dynamodb: {
    'CreateGlobalTable.*': 'global tables of 2017 are refused',
    'ListGlobalTables.*': 'global tables of 2017 are refused',
    'UpdateGlobalTableSettings.*': 'global tables of 2017 are refused',
  },
  firehose: {
    'CreateDeliveryStream.*': 'destinations are refused by their names, all but those that are built',
    'UpdateDestination.*': 'destinations are refused by their names, all but those that are built',
  },
  iam: {
    'GenerateOrganizationsAccessReport.*': 'there are no organizations, and so no such reports',
    'GetOrganizationsAccessReport.*': 'there are no organizations, and so no such reports',
  },
  kms: { 'UpdateCustomKeyStore.*': 'there is no such store' },
  s3: {
    ChecksumCRC32C: 'checksums are read by the beginning of their names',
    ChecksumCRC64NVME: 'checksums are read by the beginning of their names',
    ChecksumMD5: 'checksums are read by the beginning of their names',
    ChecksumSHA1: 'checksums are read by the beginning of their names',
    ChecksumSHA256: 'checksums are read by the beginning of their names',
    ChecksumSHA512: 'checksums are read by the beginning of their names',
    ChecksumXXHASH128: 'checksums are read by the beginning of their names',
    ChecksumXXHASH3: 'checksums are read by the beginning of their names',
    ChecksumXXHASH64: 'checksums are read by the beginning of their names',
    ConfirmRemoveSelfBucketAccess: 'a policy is taken whatever it takes from its author',
    Token: 'AWS’s support gave it to those who locked or replicated what was there before',
  },
  's3-control': { AuditContext: 'it stands in the trail with all that was asked' },
  sns: { LanguageCode: 'a code is not wrapped in words' },
  sts: { EncodedMessage: 'no denial here is encoded, so that every message is none' },
};

test('members of requests are read, refused by name, or no matter', async () => {
  const catalog = new Catalog(MODELS, loadService);
  const passedOver: string[] = [];
  for (const name of builtServices()) {
    const { service, model } = await catalog.load(name);
    const words = new Set(readSources([`src/services/${name}`]).flatMap(({ text }) => text.match(WORD) ?? []));
    const known = NO_MATTER[name] ?? {};
    for (const [operation, handler] of Object.entries(service?.operations ?? {})) {
      const input = model.operations[operation]?.input;
      const shape = input === undefined ? undefined : model.shapes[input];
      if ('notBuilt' in handler || shape?.type !== 'structure') continue;
      for (const member of Object.keys(shape.members ?? {})) {
        const isNoMatter = [member, `${operation}.*`].some((key) => Object.hasOwn(known, key));
        if (!words.has(member) && !isNoMatter) passedOver.push(`${name} ${operation}.${member}`);
      }
    }
  }
  assert.deepEqual(passedOver, []);
});
