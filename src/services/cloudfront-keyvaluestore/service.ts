/** Amazon CloudFront KeyValueStore: the pairs of key value stores, which CloudFront makes and its functions read. */
import { defineService } from '#kernel/contract';
import { access, deleteKey, describeKeyValueStore, getKey, listKeys, putKey, updateKeys } from './keys.ts';

export const service = defineService<'cloudfront-keyvaluestore'>({
  name: 'cloudfront-keyvaluestore',
  prefix: 'cloudfront-keyvaluestore',
  access,
  dataEvents: ['DeleteKey', 'DescribeKeyValueStore', 'GetKey', 'ListKeys', 'PutKey', 'UpdateKeys'],
  operations: {
    DeleteKey: deleteKey,
    DescribeKeyValueStore: describeKeyValueStore,
    GetKey: getKey,
    ListKeys: listKeys,
    PutKey: putKey,
    UpdateKeys: updateKeys,
  },
});
