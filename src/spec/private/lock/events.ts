import { isDeepStrictEqual } from 'node:util';
import { LockedColumn, LockedEvents, named } from './content';
import { addDifferences } from './differences';
import { Problems, quoted } from '../../../private/errors';
import { EventsDocument, SourcePath } from '../../document';
import { itemPath } from '../names';
import { parsedSource } from '../source-path';

const ANEW = 'begin anew with another events table and a new version of every group';

/**
 * Notes what the stored events of a table cannot follow.
 *
 * Rules and sources of columns are free: they say which lines are accepted, and where a line has a value.
 */
export function addEventViolations(problems: Problems, locked: LockedEvents, declared: LockedEvents, document: EventsDocument): void {
  const { columns: lockedColumns, eventId: lockedId, eventTime: { column: lockedTime, ...lockedForm }, ...lockedIdentity } = locked;
  const { columns, eventId, eventTime: { column: time, ...form }, ...identity } = declared;
  const requiredColumns = document.columns.filter((column) => column.required).map(({ name }) => name);
  addDifferences(problems, 'events', lockedIdentity, identity, `restore it, or ${ANEW}`);
  addLeftSource(problems, 'events.eventId', lockedId, eventId, document.eventIdSources);
  addLeftSource(problems, 'events.eventTime.column', lockedTime, time, document.eventTime.sources);
  addDifferences(problems, 'events.eventTime', lockedForm, form, `restore it, or ${ANEW}`);
  columns.forEach((column, index) => {
    const before = named(lockedColumns, column.name);
    const where = itemPath('events.columns', column.name, index);
    if (before !== undefined) {
      addRetyping(problems, where, before, column);
    } else if (requiredColumns.includes(column.name)) {
      problems.add(`${where}.required`, 'true for a new column', 'an optional one', 'set required later, when every producer sends the column');
    }
  });
  lockedColumns.forEach((column, index) => {
    if (named(columns, column.name) !== undefined) return;
    problems.add(
      itemPath('events.columns', column.name, index), 'no such column', `the ${typeText(column)} column, which is locked`,
      'declare it again; an optional column may be missing from every event',
    );
  });
}

/** Ids and times may move, but not away from where the events are that bronze has: those would be refused when they are read again. */
function addLeftSource(problems: Problems, where: string, locked: string, declared: string, sources: SourcePath[] = [[declared]]): void {
  const path = parsedSource(locked);
  if (locked === declared || sources.some((source) => isDeepStrictEqual(source, path))) return;
  problems.add(
    where, quoted(declared), `${quoted(locked)}, which is locked, here or among the fallback sources`,
    `restore it, name it as a fallback source while bronze has such events, or ${ANEW}`,
  );
}

function addRetyping(problems: Problems, where: string, locked: LockedColumn, declared: LockedColumn): void {
  const [before, after] = [locked, declared].map(typeText);
  if (before === after) return;
  problems.add(`${where}.type`, after, `${before}, which is locked`, 'restore it, and declare a column of another name with the new type');
}

function typeText({ type, precision, scale }: LockedColumn): string {
  return precision === undefined && scale === undefined ? type : `${type}(${precision},${scale})`;
}
