import { AggregatedFeatureDocument, ColumnDocument, DerivedFeatureDocument, FeatureDocument, GroupDocument, SpecDocument } from './document';

/**
 * How many events of one entity a window is taken to hold at most.
 *
 * No bound on a value makes a sum of any number of values fit. A window of one entity has to fit into the memory of one
 * executor, where a million events take a quarter of a gigabyte.
 */
export const ASSUMED_EVENTS = 1_000_000;

const INTEGERS = 2 ** 63;

/** The largest power of ten that can be declared as a bound. */
const WIDEST_BOUND = 15;

/** A column whose values, all of them valid, may add up to something that does not fit. */
export interface OverflowRisk {
  readonly column: string;
  /** The features that would be absent, as `group.feature`. */
  readonly features: string[];
  /** A power of ten: with values from minus this to this, none of them can overflow. */
  readonly bound: number;
}

interface Limit {
  readonly feature: string;
  /** The largest magnitude of a value with which the feature fits. */
  readonly magnitude: number;
}

/** The columns that have no bounds, or too wide ones, for what is computed of them. */
export function overflowRisks({ events, featureGroups }: SpecDocument): OverflowRisk[] {
  return events.columns.flatMap((column) => {
    const limits = featureGroups.flatMap((group) => limitsOf(column, group));
    const exceeded = limits.filter(({ magnitude }) => largestMagnitude(column) > magnitude);
    if (exceeded.length === 0) return [];
    const least = Math.min(...exceeded.map(({ magnitude }) => magnitude));
    const bound = 10 ** Math.min(Math.floor(Math.log10(least)), WIDEST_BOUND);
    return [{ column: column.name, features: exceeded.map(({ feature }) => feature), bound }];
  });
}

function limitsOf(column: ColumnDocument, group: GroupDocument): Limit[] {
  const subtractions = subtractionsAbove(group.features);
  return group.features.filter(isAggregated).filter((feature) => feature.column === column.name).flatMap((feature) => {
    const magnitude = magnitudeThatFits(feature, column, 2 ** (subtractions.get(feature.name) ?? 0));
    return magnitude === undefined ? [] : [{ feature: `${group.name}.${feature.name}`, magnitude }];
  });
}

/** The largest magnitude of a value with which the result is at most the last that fits, divided by `share`. */
function magnitudeThatFits({ aggregation, result }: AggregatedFeatureDocument, column: ColumnDocument, share: number): number | undefined {
  const last = (isDouble(result) ? Number.MAX_VALUE : INTEGERS / 10 ** (result.scale ?? 0)) / share;
  switch (aggregation) {
    case 'sum': return last / ASSUMED_EVENTS;
    // Two values as far apart as can be have the largest variance: half the square of their distance.
    case 'variance':
    case 'stddev': return isDouble(column) ? Math.sqrt(last / 2) : undefined;
    case 'mean':
    case 'min':
    case 'max':
    case 'first':
    case 'last': return share > 1 ? last : undefined;
    default: return undefined;
  }
}

/** How many differences a feature goes through at most, each of which may double it; a ratio may be of any size anyway. */
function subtractionsAbove(features: FeatureDocument[]): Map<string, number> {
  const results = new Map(features.map(({ name, result }) => [name, result]));
  const found = new Map<string, number>();
  for (const feature of [...features].reverse()) {
    if (isAggregated(feature) || feature.derivation !== 'difference') continue;
    // A number that is no double is far from the largest one.
    for (const operand of feature.operands.filter((name) => isDouble(results.get(name)!) === isDouble(feature.result))) {
      found.set(operand, Math.max(found.get(operand) ?? 0, (found.get(feature.name) ?? 0) + 1));
    }
  }
  return found;
}

/** The largest magnitude of a value that the column accepts. */
function largestMagnitude(column: ColumnDocument): number {
  const { type, precision = 0, scale = 0 } = column;
  const ofType = type === 'double' ? Number.MAX_VALUE : type === 'decimal' ? 10 ** (precision - scale) : INTEGERS;
  const lower = Math.max(-ofType, number(column.greaterThan, -ofType), number(column.greaterThanOrEqualTo, -ofType));
  const upper = Math.min(ofType, number(column.lessThan, ofType), number(column.lessThanOrEqualTo, ofType));
  return Math.max(Math.abs(lower), Math.abs(upper));
}

function number(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Number(text);
}

function isAggregated(feature: FeatureDocument): feature is AggregatedFeatureDocument {
  return !('derivation' in (feature as DerivedFeatureDocument));
}

function isDouble({ type }: { readonly type: string }): boolean {
  return type === 'double';
}
