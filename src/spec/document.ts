/** The version of the spec document that this library writes; a reader refuses versions it does not know. */
export const SPEC_VERSION = 1;

/** The type of a value, with the digits of a decimal. */
export interface ValueType {
  readonly type: string;
  readonly precision?: number;
  readonly scale?: number;
}

/** The way from an event's object to a value: keys of objects, and places in arrays, which count from 0. */
export type SourcePath = Array<string | number>;

/**
 * A column of an event; numeric bounds are decimal text, so that no reader rounds them.
 *
 * Without `sources` its value is at the key of its name; `rounding` is absent where numbers with more decimals than the
 * column has are refused.
 */
export interface ColumnDocument extends ValueType {
  readonly name: string;
  readonly required: boolean;
  readonly sources?: SourcePath[];
  readonly rounding?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly allowedValues?: string[];
  readonly greaterThan?: string;
  readonly greaterThanOrEqualTo?: string;
  readonly lessThan?: string;
  readonly lessThanOrEqualTo?: string;
}

/** Where an event says when it happened; without sources `column` is the key. */
export interface EventTimeDocument {
  readonly column: string;
  readonly sources?: SourcePath[];
  readonly format: string;
}

/** The events that come in; without sources `eventId` is the key of their id. */
export interface EventsDocument {
  readonly name: string;
  readonly table: string;
  readonly eventId: string;
  readonly eventIdSources?: SourcePath[];
  readonly eventTime: EventTimeDocument;
  readonly columns: ColumnDocument[];
  readonly allowedLatenessUs: number;
  readonly allowedSkewUs: number;
  readonly arrivalSlackUs: number;
}

/** A comparison of a column; numbers and instants are text, so that no reader rounds them. */
export interface ComparisonDocument {
  readonly comparison: string;
  readonly column: string;
  readonly value?: string | boolean;
  readonly values?: Array<string | boolean>;
}

/** Predicates under one logical word. */
export interface CombinationDocument {
  readonly combination: string;
  readonly predicates: PredicateDocument[];
}

/** Which events take part in a feature. */
export type PredicateDocument = ComparisonDocument | CombinationDocument;

/** One aggregation over a window; `emptyValue` is absent where an empty window has no value. */
export interface AggregatedFeatureDocument {
  readonly name: string;
  readonly aggregation: string;
  readonly column?: string;
  readonly where?: PredicateDocument;
  readonly window: { readonly lengthUs: number; readonly offsetUs: number; readonly closed: string };
  readonly result: ValueType;
  readonly emptyValue?: string;
}

/** One feature that follows from features above it in its group. */
export interface DerivedFeatureDocument {
  readonly name: string;
  readonly derivation: string;
  readonly operands: string[];
  readonly result: ValueType;
}

/** One feature with its result. */
export type FeatureDocument = AggregatedFeatureDocument | DerivedFeatureDocument;

/** The folders of one feature group in the lake. */
export interface GroupLayout {
  readonly gold: string;
  readonly goldMetadata: string;
  readonly publish: string;
  readonly training: string;
  readonly inference: string;
}

/** The features of one kind of entity. */
export interface GroupDocument {
  readonly name: string;
  readonly version: number;
  readonly featureGroupName: string;
  readonly table: string;
  readonly entity: string[];
  readonly recordIdentifier: string;
  readonly eventTimeFeature: string;
  readonly ttlUs: number;
  readonly features: FeatureDocument[];
  readonly layout: GroupLayout;
}

/** Where labels come from, and where rows that cannot be read are kept. */
export interface LabelsDocument {
  readonly prefix: string;
  readonly format: string;
  readonly eventIdColumn: string;
  readonly labelColumn: string;
  readonly labelType: string;
  readonly labelTimeColumn: string;
  readonly labelTimeFormat: string;
  readonly maturityUs: number;
  readonly quarantine: string;
}

/** What the daily datasets contain. */
export interface DatasetsDocument {
  readonly periodDays: number;
  readonly validationShare: number;
  readonly embargo: boolean;
  readonly labels: LabelsDocument | null;
}

/** The folders of the lake that all feature groups share. */
export interface SpecLayout {
  readonly bronze: string;
  readonly silver: string;
  readonly silverMetadata: string;
  readonly quarantine: string;
  readonly slots: string;
  readonly slotResults: string;
  readonly manifests: string;
  readonly published: string;
  readonly datasetRuns: string;
  readonly backfills: string;
  readonly republish: string;
  readonly labels: string;
}

/**
 * The one document that Spark jobs and the publisher read; durations are whole microseconds.
 *
 * Its text has one key more, before all others: `specHash`, by which a reader knows that it reads what was checked.
 */
export interface SpecDocument {
  readonly specVersion: number;
  readonly slot: { readonly lengthUs: number; readonly watermarkDelayUs: number };
  readonly events: EventsDocument;
  readonly featureGroups: GroupDocument[];
  readonly datasets: DatasetsDocument;
  readonly layout: SpecLayout;
}
