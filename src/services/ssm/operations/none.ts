/** Lists of what of its own an account can't have here, beside which stands what is AWS's. */
import { type Handler, notBuilt } from '#kernel/contract';

/** AWS's own documents are not here, only that the account has none can be told. */
export const listDocuments: Handler<'ssm', 'ListDocuments'> = ({ Filters = [], DocumentFilterList = [] }) => {
  const isOwn =
    Filters.some(({ Key, Values }) => Key === 'Owner' && Values?.join() === 'Self') ||
    DocumentFilterList.some(({ key, value }) => key === 'Owner' && value === 'Self');
  if (!isOwn) throw notBuilt("documents that aren't the account's own (Owner)");
  return { DocumentIdentifiers: [] };
};

/** The same of AWS's own baselines. */
export const describePatchBaselines: Handler<'ssm', 'DescribePatchBaselines'> = ({ Filters = [] }) => {
  const isOwn = Filters.some(({ Key, Values }) => Key === 'OWNER' && Values?.join() === 'Self');
  if (!isOwn) throw notBuilt("patch baselines that aren't the account's own (OWNER)");
  return { BaselineIdentities: [] };
};
