import { Token } from 'aws-cdk-lib';
import { checkFeatures, longestReachUs } from './check-features';
import { declaredColumn } from './declared-column';
import { checkedMicroseconds, DAY_US, durationText, SECOND_US } from './durations';
import { MAX_TIME_TO_LIVE_DAYS } from './limits';
import { checkFeatureGroupName, checkName, isName, itemPath, UniqueNames } from './names';
import { RESERVED_GOLD_TABLES, RESERVED_GROUPS } from './reserved-names';
import { Problems, quoted } from '../../private/errors';
import { ColumnType } from '../column-type';
import { EventSchema } from '../event-schema';
import { FeatureGroupSpec } from '../feature-group-spec';

const ENTITY_TYPES = [ColumnType.STRING, ColumnType.INTEGER];

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

function checkIdentity(problems: Problems, where: string, group: FeatureGroupSpec, storeNames: UniqueNames): void {
  const { version } = group;
  const hasVersion = !Token.isUnresolved(version) && Number.isSafeInteger(version) && version >= 1;
  if (!hasVersion) problems.add(`${where}.version`, quoted(version), 'a whole number of 1 or more', 'start with version 1');
  const versioned = `${group.name}_v${version}`;
  const isVersionedSoundly = isName(group.name) && hasVersion;
  if (group.featureGroupName !== versioned || isVersionedSoundly) checkFeatureGroupName(problems, `${where}.featureGroupName`, group.featureGroupName);
  storeNames.claim(`${where}.featureGroupName`, group.featureGroupName);
  const isDefaultTable = group.table === group.name || group.table === versioned;
  if (!isDefaultTable || isVersionedSoundly) checkName(problems, `${where}.table`, group.table, RESERVED_GOLD_TABLES);
}

function checkEntity(problems: Problems, where: string, events: EventSchema, group: FeatureGroupSpec): void {
  if (group.entity.length === 0) {
    problems.add(`${where}.entity`, 'no columns', 'at least one column', 'name the columns that identify what the features describe');
  }
  const names = new UniqueNames(problems, 'entity column');
  group.entity.forEach((name, index) => {
    const path = itemPath(`${where}.entity`, name, index);
    names.claim(path, name);
    const column = declaredColumn(problems, path, events, name);
    if (column === undefined) return;
    if (!ENTITY_TYPES.includes(column.type)) {
      problems.add(path, `a ${column.type} column`, `a column of type ${ENTITY_TYPES.join(' or ')}`, 'identify the entity by another column');
    }
    if (!column.required) {
      problems.add(path, 'an optional column', 'a required one', `declare the column ${quoted(name)} with required: true`);
    }
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
