/** Source: Resource Groups Tagging API Reference, GetResources. */

export const RESOURCES_PER_PAGE_MAX = 100;
export const TAGS_PER_PAGE_MIN = 100;
export const TAGS_PER_PAGE_MAX = 500;
/** Resources that one request looks at; AWS may answer an empty page and a token as well. */
export const LOOKED_AT_MAX = 500;
