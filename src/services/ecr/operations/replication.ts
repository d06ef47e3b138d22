/** Replication: which images go to other Regions besides, and how far they are. */
import { type Handler, notBuilt, ServiceError, type TaskHandler } from '#kernel/contract';
import { REGIONS } from '#kernel/world';
import { copyImage, noteCopy } from '../domain/copy.ts';
import { claimAddress, findRepository } from '../domain/find.ts';
import { imageOf, shownId } from '../domain/image.ts';
import { badDestination, noImage } from '../errors.ts';
import { REPLICATION_DESTINATIONS_MAX, REPLICATION_RULES_MAX } from '../limits.ts';
import { copies, images, replications, repositories } from '../state.ts';

export const describeRegistry: Handler<'ecr', 'DescribeRegistry'> = (_, ctx) => ({
  registryId: ctx.account,
  replicationConfiguration: { rules: ctx.store.get(replications, { id: 'own' })?.rules ?? [] },
});

export const putReplicationConfiguration: Handler<'ecr', 'PutReplicationConfiguration'> = (input, ctx) => {
  const { rules } = input.replicationConfiguration;
  if (rules.length > REPLICATION_RULES_MAX) throw badDestination(`There can be at most ${REPLICATION_RULES_MAX} rules`);
  const places = new Set(rules.flatMap(({ destinations }) => destinations.map((one) => JSON.stringify(one))));
  if (places.size > REPLICATION_DESTINATIONS_MAX)
    throw badDestination(`There can be at most ${REPLICATION_DESTINATIONS_MAX} unique destinations`);
  for (const { destinations, deleteReplication } of rules) {
    if (deleteReplication?.enabled === true) throw notBuilt('replication of deletions (deleteReplication)');
    for (const { region, registryId } of destinations) {
      if (registryId !== ctx.account) throw notBuilt('replication to registries of other accounts (registryId)');
      if (region === ctx.region)
        throw badDestination('Replication destination cannot be the same as the source registry');
      if (!REGIONS.has(region)) throw badDestination(`Invalid replication destination region: ${region}`);
    }
  }
  ctx.store.put(replications, { id: 'own', rules });
  return { replicationConfiguration: { rules } };
};

export const describeImageReplicationStatus: Handler<'ecr', 'DescribeImageReplicationStatus'> = (input, ctx) => {
  const found = findRepository(input, ctx);
  const { repository, registry, store } = found;
  const image = imageOf(input.imageId, found);
  if (typeof image === 'string') throw noImage(shownId(input.imageId), repository.name, registry);
  return {
    repositoryName: repository.name,
    imageId: { ...input.imageId, imageDigest: image.digest },
    replicationStatuses: store
      .list(copies, { where: { repository: repository.id, digest: image.digest } })
      .map(({ region, status, failure }) => ({
        region,
        registryId: registry,
        status,
        ...(failure !== undefined && { failureCode: failure }),
      })),
  };
};

/** A task in the Region that got its first repository so: its registry has its address. */
export const claim: TaskHandler = (_, ctx) => {
  ctx.transact(() => claimAddress(ctx));
};

type Copying = { name: string; id: string; digest: string; region: string; tag?: string };

/** The task of an image on its way to another Region. */
export const replicate: TaskHandler = async (payload, ctx) => {
  const { name, id, digest, region, tag } = payload as Copying;
  const repository = ctx.store.get(repositories, { name });
  const image = ctx.store.get(images, { repository: id, digest });
  if (repository?.id !== id || image === undefined) return;
  const source = { repository, registry: ctx.account, store: ctx.store };
  const copy = { repository: id, digest, region };
  try {
    await copyImage(image, tag, source, region, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    ctx.transact((store) => noteCopy({ ...copy, status: 'FAILED', failure: error.code }, store));
    return;
  }
  ctx.transact((store) => {
    noteCopy({ ...copy, status: 'COMPLETE' }, store);
    // Source: ECR User Guide, "Amazon ECR events and EventBridge", "Event for a completed image replication".
    const detail = {
      result: 'SUCCESS',
      'repository-name': name,
      'image-digest': digest,
      'source-account': ctx.account,
      'action-type': 'REPLICATE',
      'source-region': ctx.region,
      'image-tag': tag ?? '',
    };
    const there = repository.arn.replace(`:${ctx.region}:`, `:${region}:`);
    ctx.announce('ECR Replication Action', detail, [there], { account: ctx.account, region });
  });
};
