/** Lists of what can't be made here: an account has none as long as none can be made. Those who take stock of an account ask for them. */
import type { Handler } from '#kernel/contract';

export const listMultiRegionAccessPoints: Handler<'s3-control', 'ListMultiRegionAccessPoints'> = () => ({
  AccessPoints: [],
});

export const listAccessGrantsInstances: Handler<'s3-control', 'ListAccessGrantsInstances'> = () => ({
  AccessGrantsInstancesList: [],
});

export const listStorageLensGroups: Handler<'s3-control', 'ListStorageLensGroups'> = () => ({
  StorageLensGroupList: [],
});

export const listAccessPointsForObjectLambda: Handler<'s3-control', 'ListAccessPointsForObjectLambda'> = () => ({
  ObjectLambdaAccessPointList: [],
});
