/** Image manifests: what one names. Source: Docker, "Image Manifest V 2, Schema 2"; OCI Image Specification, "Image Manifest", "Image Index". */
import { invalid } from '../errors.ts';

const LISTS = ['application/vnd.docker.distribution.manifest.list.v2+json', 'application/vnd.oci.image.index.v1+json'];
const SINGLE = ['application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.oci.image.manifest.v1+json'];

export type Manifest = {
  mediaType: string;
  isList: boolean;
  /** Digests of what has to be there before it. */
  parts: string[];
  /** The same of its layers and configuration, by digest. */
  sizes: Map<string, number>;
  /** What each of those is, by digest. */
  mediaTypes: Map<string, string>;
  artifactType: string | undefined;
  annotations: { [name: string]: string } | undefined;
  subject: string | undefined;
};

type Descriptor = { digest?: unknown; size?: unknown; mediaType?: unknown; urls?: unknown };

/** @throws {ServiceError} InvalidParameterException */
export function readManifest(text: string, given: string | undefined): Manifest {
  const parsed = parse(text);
  // One that does not say what it is has to be told. Source: ECR's answer, aws-ecr-orb, issue 393.
  const mediaType = given ?? String(parsed.mediaType);
  const isList = LISTS.includes(mediaType);
  if (!isList && !SINGLE.includes(mediaType)) throw refused();
  if (typeof parsed.mediaType === 'string' && parsed.mediaType !== mediaType) throw refused();
  const config = parsed.config as Descriptor | undefined;
  const listed = isList ? parsed.manifests : parsed.layers;
  if (!Array.isArray(listed) || (!isList && config === undefined)) throw refused();
  const named = [...(config === undefined ? [] : [config]), ...(listed as Descriptor[])];
  const sizes = new Map<string, number>();
  const mediaTypes = new Map<string, string>();
  for (const one of named) {
    if (typeof one?.digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(one.digest)) throw refused();
    // What lies elsewhere is not kept here.
    if (Array.isArray(one.urls)) continue;
    sizes.set(one.digest, Number(one.size ?? 0));
    if (typeof one.mediaType === 'string') mediaTypes.set(one.digest, one.mediaType);
  }
  const subject = (parsed.subject as Descriptor | undefined)?.digest;
  const artifact = parsed.artifactType ?? config?.mediaType;
  const annotations = Object.entries((parsed.annotations ?? {}) as object).filter(
    ([, text]) => typeof text === 'string',
  );
  return {
    mediaType,
    isList,
    parts: [...sizes.keys()],
    sizes,
    mediaTypes,
    artifactType: typeof artifact === 'string' ? artifact : undefined,
    annotations: annotations.length === 0 ? undefined : Object.fromEntries(annotations),
    subject: typeof subject === 'string' ? subject : undefined,
  };
}

function parse(text: string): { [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return value as { [name: string]: unknown };
  } catch {}
  throw refused();
}

function refused() {
  return invalid("Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'");
}
