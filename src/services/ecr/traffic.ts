/** Docker's and OCI's registry protocol, at the address of an account's registry. Source: OCI Distribution Specification; ECR User Guide, "Private registry authentication". */
import { safeDecode } from '#kernel/base';
import { type Aws, type Ctx, ServiceError, type TrafficReply, type TrafficRule } from '#kernel/contract';
import { type Ask, json, notAllowed, refusal, refusalOf } from './docker/ask.ts';
import { beginUpload, blob, download, upload } from './docker/blob.ts';
import { catalog, manifest, referrers, tagList } from './docker/manifest.ts';
import { secretOf } from './domain/body.ts';
import { storeOf } from './domain/find.ts';
import { passOf } from './domain/token.ts';
import { registries } from './state.ts';

const ROUTES: readonly (readonly [RegExp, (last: string, ask: Ask) => Promise<TrafficReply>])[] = [
  [/^\/v2\/(.+)\/tags\/list$/, (_, ask) => tagList(ask)],
  [/^\/v2\/(.+)\/manifests\/([^/]+)$/, manifest],
  [/^\/v2\/(.+)\/blobs\/uploads\/?$/, (_, ask) => beginUpload(ask)],
  [/^\/v2\/(.+)\/blobs\/uploads\/([0-9a-f-]{36})$/, upload],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/, blob],
  [/^\/v2\/(.+)\/referrers\/([^/]+)$/, referrers],
];
const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Answers Docker and its likes. */
export const traffic: TrafficRule = async (request, ctx) => {
  const origin = `${request.secure ? 'https' : 'http'}://${request.host}`;
  const path = safeDecode(request.path) ?? request.path;
  const ask = { request, ctx, registryId: request.id, repositoryName: '', origin };
  const [, token] = /^\/layers\/([\w-]+)$/.exec(path) ?? [];
  if (token !== undefined) return download(token, ask);
  try {
    const ecr = whoAsks(request.headers.authorization, ctx);
    if (ecr === undefined)
      return refusal(401, 'UNAUTHORIZED', 'Not Authorized', {
        'www-authenticate': `Basic realm="${origin}/",service="ecr.amazonaws.com"`,
      });
    return await answer(path, { ...ask, ecr });
  } catch (error) {
    return refusalOf(error);
  }
};

async function answer(path: string, ask: Ask): Promise<TrafficReply> {
  if (path === '/v2/' || path === '/v2') return ask.request.method === 'GET' ? json({}) : notAllowed();
  if (path === '/v2/_catalog') return catalog(ask);
  for (const [route, handler] of ROUTES) {
    const [, repositoryName, last = ''] = route.exec(path) ?? [];
    if (repositoryName === undefined) continue;
    if (!NAME.test(repositoryName)) return refusal(400, 'NAME_INVALID', `Invalid repository name '${repositoryName}'`);
    return handler(last, { ...ask, repositoryName });
  }
  return refusal(404, 'UNSUPPORTED', 'There is nothing at this address.');
}

/**
 * ECR in the name of who has got the password; undefined for none, or one that is not ours.
 *
 * Deviation: policies see `aws:ViaAWSService` and `aws:CalledVia` of calls that Docker makes.
 */
function whoAsks(header: string | undefined, ctx: Ctx): Aws['ecr'] | undefined {
  const [, basic] = /^basic (.+)$/i.exec(header ?? '') ?? [];
  const [, password] = /^AWS:(.+)$/.exec(Buffer.from(basic ?? '', 'base64').toString('utf8')) ?? [];
  if (password === undefined) return undefined;
  const secret = (account: string) => {
    const store = storeOf(account, ctx);
    return store.get(registries, { id: 'own' }) && secretOf(store, ctx);
  };
  const pass = passOf(password, secret, ctx.now);
  if (pass === undefined)
    throw new ServiceError('ExpiredToken', 'Your authorization token has expired. Reauthenticate and try again.');
  return ctx.awsWith(pass).ecr;
}
