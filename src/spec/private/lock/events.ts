import { LockedColumn, LockedEvents, named } from './content';
import { addDifferences } from './differences';
import { Problems } from '../../../private/errors';
import { itemPath } from '../names';

/** Notes what the stored events of a table cannot follow. Rules of columns are free: they say which lines are accepted. */
export function addEventViolations(problems: Problems, locked: LockedEvents, declared: LockedEvents, requiredColumns: string[]): void {
  const { columns: lockedColumns, ...lockedIdentity } = locked;
  const { columns, ...identity } = declared;
  addDifferences(problems, 'events', lockedIdentity, identity, 'restore it, or begin anew with another events table and a new version of every group');
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

function addRetyping(problems: Problems, where: string, locked: LockedColumn, declared: LockedColumn): void {
  const [before, after] = [locked, declared].map(typeText);
  if (before === after) return;
  problems.add(`${where}.type`, after, `${before}, which is locked`, 'restore it, and declare a column of another name with the new type');
}

function typeText({ type, precision, scale }: LockedColumn): string {
  return precision === undefined && scale === undefined ? type : `${type}(${precision},${scale})`;
}
