export { readMetadata, type SamlMetadata } from './metadata.ts';
export { hasSignature, isSigned } from './signature.ts';
export { attributeOf, childOf, childrenOf, readXml, textOf, type XmlElement, XmlError } from './xml.ts';
