/** Resources as their services show them to FIS. */

/** One that may be a target: what filters look into is what the service's Describe or List operation shows of it. */
export type Found = { arn: string; account: string; tags: { readonly [key: string]: string }; described: object };
