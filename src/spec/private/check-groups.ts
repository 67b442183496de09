import { Token } from 'aws-cdk-lib';
import { AGGREGATION_RULES } from './aggregation-rules';
import { checkedMicroseconds, DAY_US, durationText, microseconds, SECOND_US } from './durations';
import {
  MAX_FEATURE_DEFINITIONS, MAX_TIME_TO_LIVE_DAYS, MAX_WINDOW_DAYS, RESERVED_COLUMNS, RESERVED_GOLD_TABLES, RESERVED_GROUPS,
} from './limits';
import { checkFeatureGroupName, checkName, isName, itemPath, UniqueNames } from './names';
import { Problems, quoted } from '../../private/errors';
import { Column } from '../column';
import { ColumnType } from '../column-type';
import { EventSchema } from '../event-schema';
import { Feature } from '../feature';
import { FeatureGroupSpec } from '../feature-group-spec';

const ENTITY_TYPES = [ColumnType.STRING, ColumnType.INTEGER];
const WINDOW_MAX_US = MAX_WINDOW_DAYS * DAY_US;

/** Notes everything that is wrong with the feature groups, given the events. */
export function checkGroups(problems: Problems, events: EventSchema, groups: FeatureGroupSpec[]): void {
  if (groups.length === 0) problems.add('featureGroups', 'none', 'at least one feature group', 'declare what the features describe');
  const names = new UniqueNames(problems, 'feature group');
  const storeNames = new UniqueNames(problems, 'feature group');
  groups.forEach((group, index) => {
    const where = itemPath('featureGroups', group.name, index);
    if (checkName(problems, `${where}.name`, group.name, RESERVED_GROUPS)) names.claim(`${where}.name`, group.name);
    checkIdentity(problems, where, group, storeNames);
    checkEntity(problems, where, events, group);
    checkFeatures(problems, groups.length === 1 ? 'features' : `${where}.features`, events, group);
    checkTimeToLive(problems, `${where}.timeToLive`, group);
  });
}

/** How many definitions a group takes in Feature Store: the record's key and time, a composite key's columns, the features. */
export function definitionCount(group: FeatureGroupSpec): number {
  return 2 + (group.entity.length > 1 ? group.entity.length : 0) + group.features.length;
}

/** The longest way back that a feature of the group looks: its window and offset; 0 if none can be told. */
export function longestReachUs(group: FeatureGroupSpec): number {
  const reaches = group.features
    .filter(({ window, offset }) => !window.isUnresolved() && !offset.isUnresolved())
    .map(({ window, offset }) => microseconds(window) + microseconds(offset));
  return Math.max(0, ...reaches);
}

function checkIdentity(problems: Problems, where: string, group: FeatureGroupSpec, storeNames: UniqueNames): void {
  const { version } = group;
  const hasVersion = !Token.isUnresolved(version) && Number.isSafeInteger(version) && version >= 1;
  if (!hasVersion) problems.add(`${where}.version`, quoted(version), 'a whole number of 1 or more', 'start with version 1');
  const isDerived = group.featureGroupName === `${group.name}_v${version}`;
  if (!isDerived || (isName(group.name) && hasVersion)) checkFeatureGroupName(problems, `${where}.featureGroupName`, group.featureGroupName);
  storeNames.claim(`${where}.featureGroupName`, group.featureGroupName);
  if (group.table !== group.name || RESERVED_GOLD_TABLES.includes(group.table)) {
    checkName(problems, `${where}.table`, group.table, RESERVED_GOLD_TABLES);
  }
}

function checkEntity(problems: Problems, where: string, events: EventSchema, group: FeatureGroupSpec): void {
  if (group.entity.length === 0) {
    problems.add(`${where}.entity`, 'no columns', 'at least one column', 'name the columns that identify what the features describe');
  }
  const names = new UniqueNames(problems, 'entity column');
  group.entity.forEach((name, index) => {
    const path = itemPath(`${where}.entity`, name, index);
    names.claim(path, name);
    const column = findColumn(problems, path, events, name);
    if (column === undefined) return;
    if (!ENTITY_TYPES.includes(column.type)) {
      problems.add(path, `a ${column.type} column`, `a column of type ${ENTITY_TYPES.join(' or ')}`, 'identify the entity by another column');
    }
    if (!column.required) {
      problems.add(path, 'an optional column', 'a required one', `declare the column ${quoted(name)} with required: true`);
    }
  });
}

function checkFeatures(problems: Problems, list: string, events: EventSchema, group: FeatureGroupSpec): void {
  if (group.features.length === 0) problems.add(list, 'none', 'at least one feature', 'declare what the group serves');
  const definitions = definitionCount(group);
  if (definitions > MAX_FEATURE_DEFINITIONS) {
    problems.add(
      list, `${definitions} definitions with those of the record itself`, `at most ${MAX_FEATURE_DEFINITIONS}`, 'split the group in two',
    );
  }
  const names = new UniqueNames(problems, 'feature or column');
  for (const name of new Set(events.columns.map((column) => column.name))) names.claim(`events.columns.${name}`, name);
  group.features.forEach((feature, index) => {
    const where = itemPath(list, feature.name, index);
    if (checkName(problems, `${where}.name`, feature.name, RESERVED_COLUMNS)) names.claim(`${where}.name`, feature.name);
    checkAggregatedColumn(problems, where, events, feature);
    checkWindow(problems, where, feature);
  });
}

function checkAggregatedColumn(problems: Problems, where: string, events: EventSchema, feature: Feature): void {
  if (feature.column === undefined) return;
  const { accepts } = AGGREGATION_RULES[feature.aggregation];
  const column = findColumn(problems, `${where}.of`, events, feature.column);
  if (column !== undefined && !accepts.includes(column.type)) {
    problems.add(
      `${where}.of`, `the ${column.type} column ${quoted(column.name)}`, `a column of type ${accepts.join(', ')} for ${feature.aggregation}`,
      'choose another column or aggregation',
    );
  }
}

function checkWindow(problems: Problems, where: string, { window, offset }: Feature): void {
  checkedMicroseconds(problems, `${where}.window`, window, {
    stepUs: 1, minUs: 1, maxUs: WINDOW_MAX_US, fix: 'choose a length that the events in the lake can fill',
  });
  checkedMicroseconds(problems, `${where}.offset`, offset, {
    stepUs: 1, minUs: 0, maxUs: WINDOW_MAX_US, fix: 'leave the offset out to end the window at the instant of evaluation',
  });
}

function checkTimeToLive(problems: Problems, where: string, group: FeatureGroupSpec): void {
  if (group.timeToLive === undefined) return;
  const ttlUs = checkedMicroseconds(problems, where, group.timeToLive, {
    stepUs: SECOND_US, minUs: SECOND_US, maxUs: MAX_TIME_TO_LIVE_DAYS * DAY_US, fix: 'leave it out to keep records one day longer than they change',
  });
  const reachUs = longestReachUs(group);
  if (ttlUs !== undefined && ttlUs < reachUs) {
    problems.add(
      where, durationText(ttlUs), `at least the longest window with its offset, ${durationText(reachUs)}`,
      'give records more time, because one that does not change is not written again',
    );
  }
}

function findColumn(problems: Problems, where: string, events: EventSchema, name: string): Column | undefined {
  const column = Token.isUnresolved(name) ? undefined : events.columns.find((candidate) => candidate.name === name);
  if (column === undefined) {
    const known = events.columns.filter((candidate) => isName(candidate.name)).map((candidate) => quoted(candidate.name));
    problems.add(where, quoted(name), `a declared column: ${known.join(', ') || 'there are none'}`, 'correct the name or declare the column');
  }
  return column;
}
