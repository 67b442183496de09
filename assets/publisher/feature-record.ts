import type { FeatureValue } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { MalformedRecordError } from './errors';
import { JsonScalar, parseRecordLine } from './record-line';
import { FeatureGroupDocument, ResultType, ValueType } from './spec-document';

/** One record of a publish set, ready to be written. */
export interface FeatureRecord {
  /** The record identifier's value: the entity. */
  readonly entity: string;
  /** Feature names and values in the order of the feature group. */
  readonly values: FeatureValue[];
  /** The line that the record was read from. */
  readonly line: string;
}

type Reading = (value: JsonScalar, result: ResultType) => string | undefined;

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const INTEGER = /^-?\d+$/;
const BIT = /^[01]$/;
const DECIMAL = /^-?\d+(?:\.(\d+))?$/;

/** For each type, the text that Feature Store stores, or undefined if the value is not of the type. */
const READINGS: Record<ValueType, Reading> = {
  string: ({ type, text }) => (type === 'string' ? text : undefined),
  integer: ({ type, text }) => (type === 'number' && INTEGER.test(text) ? text : undefined),
  decimal: ({ type, text }, { scale = 0 }) => {
    const decimals = type === 'string' ? DECIMAL.exec(text) : null;
    return decimals !== null && (decimals[1]?.length ?? 0) === scale ? text : undefined;
  },
  double: ({ type, text }) => (type === 'number' && Number.isFinite(Number(text)) ? text : undefined),
  boolean: ({ type, text }) => (type === 'number' && BIT.test(text) ? text : undefined),
  timestamp: ({ type, text }) => (type === 'string' && TIMESTAMP.test(text) ? text : undefined),
};

/**
 * Maps one line of a publish set to a record of its feature group.
 *
 * Absent and null features are left out; numbers keep the text they have in the line. Fails when the line is not
 * an object, lacks entity or event time, is not as of `slotEnd`, or has a value that the feature group does not.
 */
export function featureRecord(line: string, group: FeatureGroupDocument, slotEnd: string): FeatureRecord {
  const present = parseRecordLine(line);
  const values: FeatureValue[] = [];
  const take = (name: string, result: ResultType, required: boolean) => {
    const value = present.get(name);
    present.delete(name);
    if (value === undefined || value.type === 'null') {
      if (required) throw new MalformedRecordError(`${name}: got ${value?.type ?? 'nothing'}, expected a value`);
      return;
    }
    values.push({ FeatureName: name, ValueAsString: featureText(name, value, result) });
  };

  take(group.recordIdentifier, { type: 'string' }, true);
  take(group.eventTimeFeature, { type: 'timestamp' }, true);
  group.entity.filter((column) => column !== group.recordIdentifier).forEach((column) => take(column, { type: 'string' }, true));
  group.features.forEach((feature) => take(feature.name, feature.result, false));

  const [unknown] = present.keys();
  if (unknown !== undefined) throw new MalformedRecordError(`${unknown}: got a value, expected only features of '${group.name}'`);
  if (values[1].ValueAsString !== slotEnd) {
    throw new MalformedRecordError(`${group.eventTimeFeature}: got '${values[1].ValueAsString}', expected the slot end '${slotEnd}'`);
  }
  return { entity: values[0].ValueAsString!, values, line };
}

function featureText(name: string, value: JsonScalar, result: ResultType): string {
  const text = READINGS[result.type](value, result);
  if (text === undefined) {
    const expected = result.type === 'decimal' ? `a decimal string of scale ${result.scale ?? 0}` : `a ${result.type}`;
    throw new MalformedRecordError(`${name}: got ${value.type} ${JSON.stringify(value.text)}, expected ${expected}`);
  }
  return text;
}
