/** IAM's operations by what they are about, for the rules of who may what. */
import type { NamedKind } from '../state.ts';

/** Operations by the kind of entity they are about. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM". */
export const ABOUT: { readonly [kind in NamedKind]: readonly string[] } = {
  user: [
    ...[
      'GetUser',
      'UpdateUser',
      'DeleteUser',
      'PutUserPolicy',
      'GetUserPolicy',
      'ListUserPolicies',
      'DeleteUserPolicy',
      'AttachUserPolicy',
      'DetachUserPolicy',
      'ListAttachedUserPolicies',
      'ListGroupsForUser',
    ],
    ...[
      'PutUserPermissionsBoundary',
      'DeleteUserPermissionsBoundary',
      'CreateAccessKey',
      'ListAccessKeys',
      'UpdateAccessKey',
      'DeleteAccessKey',
      'TagUser',
      'UntagUser',
      'ListUserTags',
    ],
    ...[
      'CreateLoginProfile',
      'GetLoginProfile',
      'UpdateLoginProfile',
      'DeleteLoginProfile',
      'ChangePassword',
      'EnableMFADevice',
      'DeactivateMFADevice',
      'ResyncMFADevice',
      'ListMFADevices',
      'ListSigningCertificates',
      'ListSSHPublicKeys',
      'ListServiceSpecificCredentials',
      'CreateServiceSpecificCredential',
      'DeleteServiceSpecificCredential',
      'ResetServiceSpecificCredential',
      'UpdateServiceSpecificCredential',
      'UploadSSHPublicKey',
      'GetSSHPublicKey',
      'UpdateSSHPublicKey',
      'DeleteSSHPublicKey',
      'UploadSigningCertificate',
      'UpdateSigningCertificate',
      'DeleteSigningCertificate',
    ],
  ],
  group: [
    'GetGroup',
    'UpdateGroup',
    'DeleteGroup',
    'PutGroupPolicy',
    'GetGroupPolicy',
    'ListGroupPolicies',
    'DeleteGroupPolicy',
    'AttachGroupPolicy',
    'DetachGroupPolicy',
    'ListAttachedGroupPolicies',
    'AddUserToGroup',
    'RemoveUserFromGroup',
  ],
  role: [
    ...[
      'GetRole',
      'UpdateRole',
      'UpdateRoleDescription',
      'UpdateAssumeRolePolicy',
      'DeleteRole',
      'DeleteServiceLinkedRole',
      'PutRolePolicy',
      'GetRolePolicy',
      'ListRolePolicies',
      'DeleteRolePolicy',
      'AttachRolePolicy',
      'DetachRolePolicy',
    ],
    ...[
      'ListAttachedRolePolicies',
      'PutRolePermissionsBoundary',
      'DeleteRolePermissionsBoundary',
      'TagRole',
      'UntagRole',
      'ListRoleTags',
      'ListInstanceProfilesForRole',
    ],
  ],
  policy: [
    'GetPolicy',
    'DeletePolicy',
    'CreatePolicyVersion',
    'GetPolicyVersion',
    'ListPolicyVersions',
    'SetDefaultPolicyVersion',
    'DeletePolicyVersion',
    'ListEntitiesForPolicy',
    'TagPolicy',
    'UntagPolicy',
    'ListPolicyTags',
  ],
  'instance-profile': [
    'GetInstanceProfile',
    'DeleteInstanceProfile',
    'AddRoleToInstanceProfile',
    'RemoveRoleFromInstanceProfile',
    'TagInstanceProfile',
    'UntagInstanceProfile',
    'ListInstanceProfileTags',
  ],
};

/** Those that make one. */
export const MAKES: { readonly [operation: string]: NamedKind } = {
  CreateUser: 'user',
  CreateGroup: 'group',
  CreateRole: 'role',
  CreatePolicy: 'policy',
  CreateInstanceProfile: 'instance-profile',
};
/** Those that list them. */
export const LISTS: { readonly [operation: string]: NamedKind } = {
  ListUsers: 'user',
  ListGroups: 'group',
  ListRoles: 'role',
  ListInstanceProfiles: 'instance-profile',
};

export const MFA_OPERATIONS = [
  'CreateVirtualMFADevice',
  'DeleteVirtualMFADevice',
  'GetMFADevice',
  'ListMFADeviceTags',
  'ListVirtualMFADevices',
  'TagMFADevice',
  'UntagMFADevice',
];

export const SERVER_CERTIFICATE_OPERATIONS = [
  'DeleteServerCertificate',
  'GetServerCertificate',
  'ListServerCertificates',
  'ListServerCertificateTags',
  'TagServerCertificate',
  'UntagServerCertificate',
  'UpdateServerCertificate',
  'UploadServerCertificate',
];

/** What making something with tags asks for besides. Source: openshift/installer#1073 for roles; the others likewise. */
export const TAGS_AT_CREATION: { readonly [operation: string]: string } = {
  CreateInstanceProfile: 'TagInstanceProfile',
  CreateOpenIDConnectProvider: 'TagOpenIDConnectProvider',
  CreatePolicy: 'TagPolicy',
  CreateRole: 'TagRole',
  CreateSAMLProvider: 'TagSAMLProvider',
  CreateUser: 'TagUser',
  CreateVirtualMFADevice: 'TagMFADevice',
  UploadServerCertificate: 'TagServerCertificate',
};
