import { LockedGroup, named, SpecLock } from './content';
import { Problems, quoted } from '../../../private/errors';
import { itemPath } from '../names';

/** Notes everything that is declared and not yet locked; the declaration must not violate the lock. */
export function addLockAdditions(problems: Problems, locked: SpecLock, declared: SpecLock, fix: string): void {
  const add = (where: string, got: string) => problems.add(where, got, 'what the lock file lists', fix);
  if (declared.events.table !== locked.events.table) {
    add('events.table', `the new table ${quoted(declared.events.table)}`);
  } else {
    const { eventId, eventTime } = declared.events;
    if (eventId !== locked.events.eventId) add('events.eventId', `the new source ${quoted(eventId)}`);
    if (eventTime.column !== locked.events.eventTime.column) add('events.eventTime.column', `the new source ${quoted(eventTime.column)}`);
    additions('events.columns', locked.events.columns, declared.events.columns).forEach((where) => add(where, 'a new column'));
  }
  declared.featureGroups.forEach((group, index) => {
    const where = itemPath('featureGroups', group.name, index);
    const before = named(locked.featureGroups, group.name);
    if (before === undefined) {
      add(where, 'a new feature group');
    } else if (before.version !== group.version) {
      add(`${where}.version`, `the new version ${group.version}`);
    } else {
      const list = declared.featureGroups.length === 1 ? 'features' : `${where}.features`;
      if (group.labelType !== undefined && before.labelType === undefined) {
        add('datasets.labels.labelType', `${quoted(group.labelType)}, new to ${quoted(group.name)}`);
      }
      additions(list, before.features, group.features).forEach((path) => add(path, 'a new feature'));
    }
  });
}

function additions(list: string, locked: LockedGroup['features'], declared: LockedGroup['features']): string[] {
  return declared.flatMap(({ name }, index) => (named(locked, name) ? [] : itemPath(list, name, index)));
}
