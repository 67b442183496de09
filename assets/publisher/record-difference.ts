import { ServedRecord } from './batch-reader';
import { FeatureRecord } from './feature-record';
import { FeatureGroupDocument, ValueType } from './spec-document';

/**
 * What is wrong with a record: it is not there, its values are others, or its event time lies in the future, where no
 * slot can replace it.
 */
export type Fault = 'missing' | 'different' | 'ahead';

/** A record that is not what it has to be. */
export interface RecordDifference {
  readonly recordIdentifier: string;
  readonly fault: Fault;
  /** The names of the values that differ. */
  readonly features: string[];
  /** What the online store has, without what is absent; null where it has no record. */
  readonly served: Record<string, string> | null;
  readonly expected: Record<string, string>;
}

/** As of when records are compared. */
export interface ComparisonTimes {
  /** The slot that the expected records are as of. */
  readonly slotEnd: number;
  /** The event time after which no slot can have written a record. */
  readonly latest: number;
}

const NUMBER = /^([+-]?)0*(\d*?)(?:\.(\d*?)0*)?$/;

/**
 * Compares a record with the expected one, by value: a number may be written in another way.
 *
 * Returns undefined where nothing is wrong, and 'newer' for a record of a later slot, about which nothing can be said.
 * The event time of an older record does not matter: a record is not written again while its features stay.
 */
export function recordDifference(
  expected: FeatureRecord, served: ServedRecord | undefined, group: FeatureGroupDocument, times: ComparisonTimes,
): RecordDifference | 'newer' | undefined {
  const wanted = new Map(expected.values.map(({ FeatureName: name, ValueAsString: text }) => [name!, text!]));
  const types = valueTypes(group);
  const features = [...types].filter(([name, type]) => !isSame(type, wanted.get(name), served?.get(name))).map(([name]) => name);
  const fault = (kind: Fault): RecordDifference => ({
    recordIdentifier: expected.entity,
    fault: kind,
    features,
    served: served ? Object.fromEntries(served) : null,
    expected: Object.fromEntries(wanted),
  });
  if (served === undefined) return fault('missing');
  const eventTime = Date.parse(served.get(group.eventTimeFeature) ?? '');
  if (eventTime > times.latest) return fault('ahead');
  if (eventTime > times.slotEnd) return 'newer';
  return features.length > 0 || Number.isNaN(eventTime) ? fault('different') : undefined;
}

function valueTypes(group: FeatureGroupDocument): Map<string, ValueType> {
  const keys = [group.recordIdentifier, ...group.entity].map((name): [string, ValueType] => [name, 'string']);
  return new Map([...keys, ...group.features.map(({ name, result }): [string, ValueType] => [name, result.type])]);
}

function isSame(type: ValueType, left: string | undefined, right: string | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined) return false;
  if (type === 'double') return right.trim() !== '' && Number(left) === Number(right);
  return (type === 'decimal' || type === 'integer') && plainNumber(left) === plainNumber(right);
}

/** A number in digits without what does not change it; any other text as it is. */
function plainNumber(text: string): string {
  const [, sign, whole = '', fraction = ''] = NUMBER.exec(text) ?? [];
  if (sign === undefined || !/\d/.test(text)) return text;
  const digits = `${whole || '0'}${fraction && `.${fraction}`}`;
  return digits === '0' || sign !== '-' ? digits : `-${digits}`;
}
