import { isNumeric, OPERAND_OPTIONS } from './derivation-rules';
import { microseconds } from './durations';
import { AggregatedFeature, DerivedFeature } from './feature-kinds';
import { isName } from './names';
import { predicateDocument } from './predicate-document';
import { Problems, quoted } from '../../private/errors';
import { Aggregation } from '../aggregation';
import { Derivation } from '../derivation';
import { ValueType } from '../document';
import { EventSchema } from '../event-schema';
import { Feature } from '../feature';

/** What the operands of a derived feature are looked up in. */
export interface DerivationScope {
  readonly events: EventSchema;
  /** All features of the group. */
  readonly features: Feature[];
  /** The types of those whose type is known. */
  readonly types: Map<string, ValueType>;
}

/** Notes everything that is wrong with the operands of the derived feature at an index of its group. */
export function checkDerived(problems: Problems, where: string, scope: DerivationScope, feature: DerivedFeature, index: number): void {
  const above = scope.features.slice(0, index);
  const options = OPERAND_OPTIONS[feature.derivation];
  const operands = feature.operands.map((name, place) => checkOperand(problems, `${where}.${options[place]}`, scope, above, name, feature));
  const repeated = feature.operands.findIndex((name, place) => operands[place] && feature.operands.indexOf(name) !== place);
  if (repeated >= 0) {
    problems.add(`${where}.${options[repeated]}`, `${quoted(feature.operands[repeated])} again`, 'different features', 'combine it with another one');
  } else if (feature.derivation === Derivation.Z_SCORE) {
    checkHistory(problems, where, scope.events, operands[1], operands[2]);
  }
}

/** The feature above of that name, unless it is missing or no number. */
function checkOperand(
  problems: Problems, where: string, { features, types }: DerivationScope, above: Feature[], name: string, derived: DerivedFeature,
): Feature | undefined {
  const operand = above.find((feature) => feature.name === name);
  if (operand === undefined) {
    const isBelow = features.some((feature) => feature.name === name);
    problems.add(where, name === derived.name ? 'the feature itself' : quoted(name), expectedAbove(above), isBelow
      ? 'declare what it combines above it' : 'correct the name, or declare the feature above it in the same group');
    return undefined;
  }
  const type = types.get(name);
  if (type === undefined || isNumeric(type)) return operand;
  problems.add(where, `the ${type.type} feature ${quoted(name)}`, 'a feature of type integer, decimal, double', 'combine numbers');
  return undefined;
}

function expectedAbove(above: Feature[]): string {
  const names = above.filter(({ name }) => isName(name)).map(({ name }) => quoted(name));
  return `a feature declared above it: ${names.join(', ') || 'there are none'}`;
}

function checkHistory(problems: Problems, where: string, events: EventSchema, mean?: Feature, stddev?: Feature): void {
  const isMean = checkAggregation(problems, `${where}.mean`, Aggregation.MEAN, mean);
  const isStddev = checkAggregation(problems, `${where}.stddev`, Aggregation.STDDEV, stddev);
  if (!isMean || !isStddev || !isResolved(mean) || !isResolved(stddev)) return;
  const other = history(events, stddev);
  const differing = Object.entries(history(events, mean)).filter(([option, value]) => other[option] !== value).map(([option]) => option);
  if (differing.length > 0) {
    problems.add(
      `${where}.stddev`, `${quoted(stddev.name)}, which differs from ${quoted(mean.name)} in ${differing.join(', ')}`, 'one history for both',
      'aggregate both over the same column, window, offset, boundary and events',
    );
  }
}

function checkAggregation(problems: Problems, where: string, aggregation: Aggregation, feature?: Feature): feature is AggregatedFeature {
  if (feature === undefined) return false;
  if (feature.aggregation === aggregation) return true;
  problems.add(
    where, `the ${feature.aggregation ?? feature.derivation} feature ${quoted(feature.name)}`, `a ${aggregation} feature`,
    `declare a ${aggregation} over the history of the value`,
  );
  return false;
}

function isResolved({ window, offset }: AggregatedFeature): boolean {
  return !window.isUnresolved() && !offset.isUnresolved();
}

/** What the history of an aggregation consists of, by the option that states it. */
function history(events: EventSchema, { column, window, offset, closed, where }: AggregatedFeature): Record<string, unknown> {
  return {
    of: column, window: microseconds(window), offset: microseconds(offset), closed, where: where && JSON.stringify(predicateDocument(events, where)),
  };
}
