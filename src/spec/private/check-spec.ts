import { Duration, Token } from 'aws-cdk-lib';
import { checkEvents } from './check-events';
import { longestReachUs } from './check-features';
import { checkGroups } from './check-groups';
import { checkedMicroseconds, DAY_US, durationText, HOUR_US, MINUTE_US, SECOND_US } from './durations';
import { MAX_BUFFER_SECONDS, MAX_PERIOD_DAYS, MAX_WINDOW_DAYS } from './limits';
import { isName, itemPath, UniqueNames } from './names';
import { Problems, quoted } from '../../private/errors';
import { ColumnType } from '../column-type';
import { DatasetOptions } from '../dataset-options';
import { EventSchema } from '../event-schema';
import { FeatureGroupSpec } from '../feature-group-spec';
import { LabelSource } from '../label-source';
import { LAKE_FOLDERS } from '../lake-folders';
import { Slot } from '../slot';
import { datasetTables, labelQuarantineTable, quarantineTable } from '../table-names';

const LABEL_COLUMN = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** What a label can be: what models take as it is. */
const LABEL_TYPES: ColumnType[] = [ColumnType.DOUBLE, ColumnType.INTEGER, ColumnType.BOOLEAN, ColumnType.STRING];
const FOLDER = /^([A-Za-z0-9_=.-]+\/)+$/;

/** A whole declaration, with every default filled in. */
export interface Declaration {
  readonly events: EventSchema;
  readonly featureGroups: FeatureGroupSpec[];
  readonly slot: Slot;
  readonly datasets: DatasetOptions;
  readonly bufferInterval: Duration;
}

/**
 * Checks a whole declaration.
 *
 * @throws MedallionError with every problem, in the order of the declaration
 */
export function checkSpec(declaration: Declaration): void {
  const problems = new Problems();
  checkEvents(problems, declaration.events);
  checkLateness(problems, declaration);
  checkGroups(problems, declaration.events, declaration.featureGroups);
  checkTables(problems, declaration);
  checkSlot(problems, declaration.slot);
  checkDatasets(problems, declaration.datasets);
  checkedMicroseconds(problems, 'bufferInterval', declaration.bufferInterval, {
    stepUs: SECOND_US, minUs: 0, maxUs: MAX_BUFFER_SECONDS * SECOND_US, fix: 'keep it well below the slot',
  });
  problems.throwIfAny('InvalidFeatureSpec');
}

function checkLateness(problems: Problems, { events, featureGroups }: Declaration): void {
  if (events.allowedLateness === undefined) return;
  const where = 'events.allowedLateness';
  const latenessUs = checkedMicroseconds(problems, where, events.allowedLateness, {
    stepUs: 1, minUs: 1, maxUs: 2 * MAX_WINDOW_DAYS * DAY_US, fix: 'leave it out to accept events for as long as they count',
  });
  const reachUs = Math.max(0, ...featureGroups.map(longestReachUs));
  if (latenessUs !== undefined && latenessUs < reachUs) {
    problems.add(
      where, durationText(latenessUs), `at least the longest window with its offset, ${durationText(reachUs)}`,
      'accept events for as long as they count',
    );
  }
}

function checkTables(problems: Problems, { events, featureGroups, datasets }: Declaration): void {
  const tables = new UniqueNames(problems, 'table');
  if (isName(events.name)) {
    tables.claim('events.name', events.name);
    tables.claim('events.name', quarantineTable(events.name));
    if (datasets.labels !== undefined) tables.claim('events.name', labelQuarantineTable(events.name));
  }
  tables.claim('events.table', events.table);
  featureGroups.forEach((group, index) => {
    if (!isName(group.table)) return;
    const where = `${itemPath('featureGroups', group.name, index)}.table`;
    const { training, inference } = datasetTables(group.table);
    for (const table of [group.table, training, inference]) tables.claim(where, table);
  });
}

function checkSlot(problems: Problems, { length, watermarkDelay }: Slot): void {
  const lengthUs = checkedMicroseconds(problems, 'slot.length', length, {
    stepUs: MINUTE_US, minUs: MINUTE_US, maxUs: DAY_US, fix: 'choose a length such as 10 minutes',
  });
  if (lengthUs !== undefined && !dividesTheDay(lengthUs)) {
    problems.add(
      'slot.length', durationText(lengthUs), 'minutes that divide an hour, or hours that divide a day', 'choose a length such as 10 or 15 minutes',
    );
  }
  const maxUs = (lengthUs ?? DAY_US) - MINUTE_US;
  checkedMicroseconds(problems, 'slot.watermarkDelay', watermarkDelay, {
    stepUs: MINUTE_US, minUs: 0, maxUs, fix: 'start each run before the next slot ends',
  });
}

/** Schedules are cron expressions, which repeat by the hour and by the day only. */
function dividesTheDay(us: number): boolean {
  return HOUR_US % us === 0 || (us % HOUR_US === 0 && DAY_US % us === 0);
}

function checkDatasets(problems: Problems, { period, validationShare, labels }: DatasetOptions): void {
  if (period !== undefined) {
    checkedMicroseconds(problems, 'datasets.period', period, {
      stepUs: DAY_US, minUs: DAY_US, maxUs: MAX_PERIOD_DAYS * DAY_US, fix: 'choose how many days train and validate',
    });
  }
  const share = validationShare ?? 0.5;
  if (Token.isUnresolved(share) || !(share > 0 && share < 1)) {
    problems.add('datasets.validationShare', quoted(share), 'a number above 0 and below 1', 'choose a share such as 0.2');
  }
  if (labels !== undefined) checkLabels(problems, labels);
}

function checkLabels(problems: Problems, labels: LabelSource): void {
  const where = 'datasets.labels';
  const columns = new UniqueNames(problems, 'label column');
  for (const [option, name] of Object.entries({ eventId: labels.eventId, label: labels.label, labelTime: labels.labelTime })) {
    const valid = !Token.isUnresolved(name) && LABEL_COLUMN.test(name);
    if (!valid) problems.add(`${where}.${option}`, quoted(name), 'a column name of letters, digits and underscores', 'use the name in the label files');
    columns.claim(`${where}.${option}`, name);
  }
  if (!LABEL_TYPES.includes(labels.labelType)) {
    problems.add(`${where}.labelType`, quoted(labels.labelType), `one of ${LABEL_TYPES.join(', ')}`, 'declare a decimal as double, a timestamp as string');
  }
  const { prefix } = labels;
  if (Token.isUnresolved(prefix) || !prefix.startsWith(LAKE_FOLDERS.labels) || !FOLDER.test(prefix)) {
    problems.add(`${where}.prefix`, quoted(prefix), `a folder at or under '${LAKE_FOLDERS.labels}', with a slash at its end`, 'put the label files there');
  }
  checkedMicroseconds(problems, `${where}.maturity`, labels.maturity, {
    stepUs: 1, minUs: 0, maxUs: MAX_PERIOD_DAYS * DAY_US, fix: 'leave it out to use labels as soon as they are known',
  });
}
