/** Manifests and what lists them, as Docker asks for them. */
import { ServiceError, type TrafficReply } from '#kernel/contract';
import { isTag } from '../domain/image.ts';
import { tokenOf } from '../domain/page.ts';
import { badTag, invalid } from '../errors.ts';
import { MANIFEST_BYTES_MAX, TAGS_PAGE_MAX } from '../limits.ts';
import { type Ask, json, notAllowed, refusal, reply } from './ask.ts';

const INVALID: readonly string[] = ['InvalidParameterException', 'ValidationException'];
const isDigest = (reference: string) => reference.includes(':');

/** GET, HEAD and PUT of a manifest; ECR deletes images only by its API. */
export async function manifest(reference: string, ask: Ask): Promise<TrafficReply> {
  const { request, ecr, registryId, repositoryName } = ask;
  if (request.method === 'PUT') return putManifest(reference, ask);
  if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed();
  // Source: ECR's answer to a tag with a `+` as a user shows it: rules_oci, issue 721.
  if (!isDigest(reference) && !isTag(reference)) return refusal(400, 'TAG_INVALID', badTag().message);
  const imageId = isDigest(reference) ? { imageDigest: reference } : { imageTag: reference };
  const { images: [image] = [] } = await ecr.BatchGetImage({ registryId, repositoryName, imageIds: [imageId] });
  if (image === undefined) return refusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  const { imageManifest = '', imageManifestMediaType = '', imageId: found } = image;
  const headers = {
    'content-type': imageManifestMediaType,
    'content-length': String(Buffer.byteLength(imageManifest)),
    'docker-content-digest': found?.imageDigest ?? '',
  };
  return reply(200, headers, request.method === 'GET' ? imageManifest : '');
}

async function putManifest(reference: string, { request, ecr, registryId, repositoryName, origin }: Ask) {
  const tooLarge = () => invalid(`The manifest is larger than ${MANIFEST_BYTES_MAX} bytes`);
  const mediaType = request.headers['content-type']?.split(';')[0];
  const named = isDigest(reference) ? { imageDigest: reference } : { imageTag: reference };
  let [imageManifest, digest]: [string, string | undefined] = ['', undefined];
  try {
    imageManifest = Buffer.from(await request.read(MANIFEST_BYTES_MAX, tooLarge)).toString('utf8');
    const { image } = await ecr.PutImage({
      registryId,
      repositoryName,
      imageManifest,
      ...(mediaType !== undefined && { imageManifestMediaType: mediaType }),
      ...named,
    });
    digest = image?.imageId?.imageDigest;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (INVALID.includes(error.code)) return refusal(400, 'MANIFEST_INVALID', error.message);
    // Pushed once more, it is as it was.
    if (error.code !== 'ImageAlreadyExistsException') throw error;
    digest = /sha256:[0-9a-f]{64}/.exec(error.message)?.[0];
  }
  const subject = (JSON.parse(imageManifest) as { subject?: { digest?: unknown } }).subject?.digest;
  return reply(201, {
    location: `${origin}/v2/${repositoryName}/manifests/${digest}`,
    'docker-content-digest': digest ?? '',
    'content-length': '0',
    ...(typeof subject === 'string' && { 'oci-subject': subject }),
  });
}

/** A repository's tags in their order, `n` at a time after `last`. */
export async function tagList({ request, ecr, registryId, repositoryName }: Ask): Promise<TrafficReply> {
  if (request.method !== 'GET') return notAllowed();
  const query = new URLSearchParams(request.query);
  const last = query.get('last');
  const asked = Number(query.get('n') ?? TAGS_PAGE_MAX);
  const maxResults = Number.isInteger(asked) && asked > 0 ? Math.min(asked, TAGS_PAGE_MAX) : TAGS_PAGE_MAX;
  const { imageIds = [], nextToken } = await ecr.ListImages({
    registryId,
    repositoryName,
    filter: { tagStatus: 'TAGGED' },
    maxResults,
    ...(last !== null && { nextToken: tokenOf({ tag: last }) }),
  });
  const tags = imageIds.map(({ imageTag }) => imageTag ?? '');
  const next = `</v2/${repositoryName}/tags/list?n=${maxResults}&last=${tags.at(-1)}>; rel="next"`;
  return json({ name: repositoryName, tags }, nextToken === undefined ? {} : { link: next });
}

/** What says that it is about an image: signatures, lists of materials. */
export async function referrers(digest: string, { request, ecr, registryId, repositoryName }: Ask) {
  if (request.method !== 'GET') return notAllowed();
  const artifactType = new URLSearchParams(request.query).get('artifactType');
  const { referrers: found = [] } = await ecr.ListImageReferrers({
    registryId,
    repositoryName,
    subjectId: { imageDigest: digest },
    ...(artifactType !== null && { filter: { artifactTypes: [artifactType] } }),
  });
  const manifests = found.map(({ artifactStatus: _, ...rest }) => rest);
  return json(
    { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests },
    {
      'content-type': 'application/vnd.oci.image.index.v1+json',
      ...(artifactType !== null && { 'oci-filters-applied': 'artifactType' }),
    },
  );
}

/** The names of all repositories that the caller may list. */
export async function catalog({ request, ecr, registryId }: Ask): Promise<TrafficReply> {
  if (request.method !== 'GET') return notAllowed();
  const query = new URLSearchParams(request.query);
  const last = query.get('last');
  const asked = Number(query.get('n') ?? TAGS_PAGE_MAX);
  const maxResults = Number.isInteger(asked) && asked > 0 ? Math.min(asked, TAGS_PAGE_MAX) : TAGS_PAGE_MAX;
  const { repositories = [], nextToken } = await ecr.DescribeRepositories({
    registryId,
    maxResults,
    ...(last !== null && { nextToken: tokenOf({ name: last }) }),
  });
  const names = repositories.map(({ repositoryName }) => repositoryName);
  const next = `</v2/_catalog?n=${maxResults}&last=${names.at(-1)}>; rel="next"`;
  return json({ repositories: names }, nextToken === undefined ? {} : { link: next });
}
