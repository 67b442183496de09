import { PublisherInputError } from './errors';

/** The only version of the spec document that this publisher reads. */
export const SPEC_VERSION = 1;

/** The closed vocabulary of value types. */
export type ValueType = 'string' | 'integer' | 'decimal' | 'double' | 'boolean' | 'timestamp';

/** The type of a feature's value; `scale` counts the decimal places of a decimal. */
export interface ResultType {
  readonly type: ValueType;
  readonly scale?: number;
}

/** What the publisher needs of one feature group. */
export interface FeatureGroupDocument {
  readonly name: string;
  readonly featureGroupName: string;
  readonly entity: readonly string[];
  readonly recordIdentifier: string;
  readonly eventTimeFeature: string;
  readonly features: readonly { readonly name: string; readonly result: ResultType }[];
  readonly layout: { readonly publish: string };
}

/** What the publisher needs of the spec document. */
export interface SpecDocument {
  readonly specVersion: number;
  readonly featureGroups: readonly FeatureGroupDocument[];
}

/** Parses a spec document; fails when its version is not the one this publisher reads. */
export function parseSpecDocument(text: string): SpecDocument {
  const document: SpecDocument = JSON.parse(text);
  if (document.specVersion !== SPEC_VERSION) {
    throw new PublisherInputError(
      `specVersion: got ${JSON.stringify(document.specVersion)}, expected ${SPEC_VERSION}; deploy publisher and spec document from the same package version`,
    );
  }
  return document;
}

/** The feature group of this name; fails when the document does not declare it. */
export function featureGroupNamed(document: SpecDocument, name: string): FeatureGroupDocument {
  const group = document.featureGroups.find((candidate) => candidate.name === name);
  if (group === undefined) {
    const declared = document.featureGroups.map((candidate) => `'${candidate.name}'`).join(', ');
    throw new PublisherInputError(`featureGroup: got '${name}', expected one of ${declared}; publish with the spec that made the part`);
  }
  return group;
}
