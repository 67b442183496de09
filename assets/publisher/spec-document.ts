import { createHash } from 'crypto';
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
  readonly specHash: string;
  readonly specVersion: number;
  readonly featureGroups: readonly FeatureGroupDocument[];
}

/** Parses a spec document; fails when its version is not the one this publisher reads, or its text not the one that was written. */
export function parseSpecDocument(text: string): SpecDocument {
  const document = parseJson(text);
  if (document?.specVersion !== SPEC_VERSION) {
    const got = JSON.stringify(document?.specVersion);
    throw new PublisherInputError(
      `specVersion: got ${got}, expected ${SPEC_VERSION}; deploy publisher and spec document from the same package version`,
    );
  }
  const hash = hashWithout(document.specHash, text);
  if (document.specHash !== hash) {
    throw new PublisherInputError(`specHash: got ${JSON.stringify(document.specHash)}, expected "${hash}"; deploy the document as the library writes it`);
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

function parseJson(text: string): SpecDocument | null {
  try {
    return JSON.parse(text);
  } catch {
    throw new PublisherInputError('specDocument: got text that is not JSON, expected a spec document; deploy the document as the library writes it');
  }
}

/** The hash of the text with nothing in the place of the hash that it states. */
function hashWithout(stated: string, text: string): string {
  return `sha256:${createHash('sha256').update(text.replace(stated, '')).digest('hex')}`;
}
