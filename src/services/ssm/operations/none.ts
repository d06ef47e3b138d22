/** Lists of what can't be made here: an account has none as long as none can be made. Those who take stock of an account ask for them. */
import { type Handler, type Handlers, notBuilt } from '#kernel/contract';

/** What instances would bring about: there are none, nor documents, windows and associations of the account's own. */
export const none = {
  DescribeActivations: () => ({ ActivationList: [] }),
  DescribeAutomationExecutions: () => ({ AutomationExecutionMetadataList: [] }),
  DescribeInstanceInformation: () => ({ InstanceInformationList: [] }),
  DescribeInstanceProperties: () => ({ InstanceProperties: [] }),
  DescribeInventoryDeletions: () => ({ InventoryDeletions: [] }),
  DescribeMaintenanceWindows: () => ({ WindowIdentities: [] }),
  DescribeOpsItems: () => ({ OpsItemSummaries: [] }),
  DescribePatchGroups: () => ({ Mappings: [] }),
  DescribeSessions: () => ({ Sessions: [] }),
  GetInventory: () => ({ Entities: [] }),
  ListAssociations: () => ({ Associations: [] }),
  ListCommandInvocations: () => ({ CommandInvocations: [] }),
  ListCommands: () => ({ Commands: [] }),
  ListComplianceItems: () => ({ ComplianceItems: [] }),
  ListComplianceSummaries: () => ({ ComplianceSummaryItems: [] }),
  ListNodes: () => ({ Nodes: [] }),
  ListOpsMetadata: () => ({ OpsMetadataList: [] }),
  ListResourceComplianceSummaries: () => ({ ResourceComplianceSummaryItems: [] }),
  ListResourceDataSync: () => ({ ResourceDataSyncItems: [] }),
} satisfies Partial<Handlers<'ssm'>>;

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
