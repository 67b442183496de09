import { AGGREGATION_RULES } from './aggregation-rules';
import { checkDerived } from './check-derived';
import { checkPredicate } from './check-predicate';
import { declaredColumn } from './declared-column';
import { resultTypes } from './derivation-rules';
import { checkedMicroseconds, DAY_US, microseconds } from './durations';
import { AggregatedFeature, isAggregated, isDerived } from './feature-kinds';
import { MAX_FEATURE_DEFINITIONS, MAX_WINDOW_DAYS } from './limits';
import { checkName, itemPath, UniqueNames } from './names';
import { RESERVED_COLUMNS } from './reserved-names';
import { Problems, quoted } from '../../private/errors';
import { EventSchema } from '../event-schema';
import { FeatureGroupSpec } from '../feature-group-spec';
import { WindowBoundary } from '../window-boundary';

const WINDOW_MAX_US = MAX_WINDOW_DAYS * DAY_US;
const BOUNDARIES = Object.values(WindowBoundary);

/** Notes everything that is wrong with the features of a group, given the events. */
export function checkFeatures(problems: Problems, list: string, events: EventSchema, group: FeatureGroupSpec): void {
  const { features } = group;
  if (features.length === 0) problems.add(list, 'none', 'at least one feature', 'declare what the group serves');
  const definitions = definitionCount(group);
  if (definitions > MAX_FEATURE_DEFINITIONS) {
    problems.add(
      list, `${definitions} definitions with those of the record itself`, `at most ${MAX_FEATURE_DEFINITIONS}`, 'split the group in two',
    );
  }
  const names = new UniqueNames(problems, 'feature or column');
  for (const name of new Set(events.columns.map((column) => column.name))) names.claim(`events.columns.${name}`, name);
  const scope = { events, features, types: resultTypes(events, features) };
  features.forEach((feature, index) => {
    const where = itemPath(list, feature.name, index);
    if (checkName(problems, `${where}.name`, feature.name, RESERVED_COLUMNS)) names.claim(`${where}.name`, feature.name);
    if (isAggregated(feature)) checkAggregated(problems, where, events, feature);
    if (isDerived(feature)) checkDerived(problems, where, scope, feature, index);
  });
}

/** How many definitions a group takes in Feature Store: the record's key and time, a composite key's columns, the features. */
function definitionCount(group: FeatureGroupSpec): number {
  return 2 + (group.entity.length > 1 ? group.entity.length : 0) + group.features.length;
}

/** The longest way back that a feature of the group looks: its window and offset; 0 if none can be told. */
export function longestReachUs(group: FeatureGroupSpec): number {
  const reaches = group.features.filter(isAggregated)
    .filter(({ window, offset }) => !window.isUnresolved() && !offset.isUnresolved())
    .map(({ window, offset }) => microseconds(window) + microseconds(offset));
  return Math.max(0, ...reaches);
}

function checkAggregated(problems: Problems, where: string, events: EventSchema, feature: AggregatedFeature): void {
  checkAggregatedColumn(problems, where, events, feature);
  if (feature.where !== undefined) checkPredicate(problems, `${where}.where`, events, feature.where);
  checkWindow(problems, where, feature);
}

function checkAggregatedColumn(problems: Problems, where: string, events: EventSchema, { aggregation, column: name }: AggregatedFeature): void {
  const { accepts } = AGGREGATION_RULES[aggregation];
  if (accepts.length === 0) return;
  const column = declaredColumn(problems, `${where}.of`, events, name ?? '');
  if (column !== undefined && !accepts.includes(column.type)) {
    problems.add(
      `${where}.of`, `the ${column.type} column ${quoted(column.name)}`, `a column of type ${accepts.join(', ')} for ${aggregation}`,
      'choose another column or aggregation',
    );
  }
}

function checkWindow(problems: Problems, where: string, { window, offset, closed }: AggregatedFeature): void {
  const isTooLong = !window.isUnresolved() && microseconds(window) > WINDOW_MAX_US;
  checkedMicroseconds(problems, `${where}.window`, window, {
    stepUs: 1,
    minUs: 1,
    maxUs: WINDOW_MAX_US,
    fix: isTooLong
      ? 'choose a bounded window, because over a lifetime every late event would change every later row and no record could ever expire'
      : 'choose a length that the events in the lake can fill',
  });
  checkedMicroseconds(problems, `${where}.offset`, offset, {
    stepUs: 1, minUs: 0, maxUs: WINDOW_MAX_US, fix: 'leave the offset out to end the window at the instant of evaluation',
  });
  if (!BOUNDARIES.includes(closed)) problems.add(`${where}.closed`, quoted(closed), `one of ${BOUNDARIES.map(quoted).join(', ')}`, 'use one of WindowBoundary');
}
