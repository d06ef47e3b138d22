/** Images made for tests, and a registry asked as Docker does. */
import { createHash } from 'node:crypto';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { TestCloud } from '../../support/cloud.ts';
import { type Visit, visit } from '../../support/traffic.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';

export const digestOf = (bytes: string | Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A manifest of a configuration and one layer. */
export function manifestOf(config: string, layer: string | Uint8Array, more: object = {}): string {
  const descriptor = (mediaType: string, bytes: string | Uint8Array) => ({
    mediaType,
    digest: digestOf(bytes),
    size: Buffer.byteLength(bytes),
  });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
    ...more,
  });
}

/** Asks an account's registry, logged in as a client of the SDK. */
export async function registryOf(
  cloud: TestCloud,
  client: ECRClient = cloud.client(ECRClient),
  account = '123456789012',
) {
  const { authorizationData: [data] = [] } = await client.send(new GetAuthorizationTokenCommand({}));
  const { port } = new URL(cloud.url);
  const base = `http://${account}.dkr.ecr.us-east-1.localhost:${port}`;
  const ask = (path: string, { headers = {}, ...rest }: Visit = {}) =>
    visit(path.startsWith('http') ? path : `${base}${path}`, {
      ...rest,
      headers: { authorization: `Basic ${data?.authorizationToken}`, ...headers },
    });
  return {
    base,
    data,
    ask,
    /** Pushes a blob at once. */
    async pushBlob(name: string, bytes: string | Uint8Array): Promise<string> {
      const begun = await ask(`/v2/${name}/blobs/uploads/`, { method: 'POST' });
      const digest = digestOf(bytes);
      await ask(`${begun.headers.location}?digest=${digest}`, { method: 'PUT', body: bytes });
      return digest;
    },
    /** Pushes an image of one layer; its digest. */
    async push(name: string, tag: string, layer = `layer of ${tag}`, more: object = {}): Promise<string> {
      const config = JSON.stringify({ tag });
      await this.pushBlob(name, config);
      await this.pushBlob(name, layer);
      const body = manifestOf(config, layer, more);
      const path = `/v2/${name}/manifests/${tag}`;
      const put = await ask(path, { method: 'PUT', headers: { 'content-type': MANIFEST }, body });
      if (put.status !== 201) throw new Error(put.text);
      return digestOf(body);
    },
  };
}

/** The code of an answer in OCI's form. */
export function codeOf({ text }: { text: string }): string {
  return (JSON.parse(text) as { errors: { code: string }[] }).errors.map(({ code }) => code).join();
}
