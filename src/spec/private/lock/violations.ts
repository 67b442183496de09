import { LockedGroup, named, SpecLock } from './content';
import { addEventViolations } from './events';
import { addFeatureViolations } from './features';
import { Problems, quoted } from '../../../private/errors';
import { EventsDocument } from '../../document';
import { itemPath } from '../names';

/** Notes every change that data stored under the locked declaration cannot follow, in the order of the declaration. */
export function addLockViolations(problems: Problems, locked: SpecLock, declared: SpecLock, document: EventsDocument): void {
  const isNewTable = declared.events.table !== locked.events.table;
  if (isNewTable && !declared.featureGroups.some(({ name }) => named(locked.featureGroups, name))) {
    problems.add(
      'lockFile', `the lock of another declaration, with the table ${quoted(locked.events.table)}`,
      `that of the table ${quoted(declared.events.table)}, or of a group that is declared`, 'give each declaration a lock file of its own',
    );
    return;
  }
  const names = new LockedNames(problems, locked);
  if (isNewTable) {
    names.claimTable('events.table', declared.events.table);
  } else {
    addEventViolations(problems, locked.events, declared.events, document);
  }
  declared.featureGroups.forEach((group, index) => {
    const where = itemPath('featureGroups', group.name, index);
    const before = named(locked.featureGroups, group.name);
    if (before === undefined || group.version > before.version) {
      names.claimTable(`${where}.table`, group.table);
      names.claimFeatureGroup(`${where}.featureGroupName`, group.featureGroupName);
    } else if (group.version < before.version || isNewTable) {
      addVersionViolation(problems, `${where}.version`, before, group, declared.events.table);
    } else {
      addFeatureViolations(problems, where, declared.featureGroups.length === 1 ? 'features' : `${where}.features`, before, group);
    }
  });
  addRemovedGroups(problems, locked, declared);
}

function addVersionViolation(problems: Problems, where: string, locked: LockedGroup, declared: LockedGroup, table: string): void {
  const next = `declare version ${locked.version + 1}`;
  if (declared.version < locked.version) {
    problems.add(where, `${declared.version}`, `${locked.version}, which is locked, or a greater one`, `declare what is locked, or ${next}`);
  } else {
    problems.add(where, `${declared.version} over another events table`, `more than ${locked.version}`, `${next}, whose rows follow from ${quoted(table)} alone`);
  }
}

function addRemovedGroups(problems: Problems, locked: SpecLock, declared: SpecLock): void {
  locked.featureGroups.forEach(({ name }, index) => {
    if (named(declared.featureGroups, name) !== undefined) return;
    problems.add(
      itemPath('featureGroups', name, index), 'no such group', 'the locked one, or a greater version of it',
      'declare it again; to give it up for good, delete it from the lock file by hand',
    );
  });
}

/** The tables and feature groups that the locked declaration has filled: what begins empty cannot take one over. */
class LockedNames {
  constructor(private readonly problems: Problems, private readonly locked: SpecLock) {}

  public claimTable(where: string, table: string): void {
    const { events, featureGroups } = this.locked;
    this.claim(where, table, [events, ...featureGroups].map((stored) => stored.table), 'table');
  }

  public claimFeatureGroup(where: string, name: string): void {
    this.claim(where, name, this.locked.featureGroups.map(({ featureGroupName }) => featureGroupName), 'feature group');
  }

  private claim(where: string, name: string, taken: string[], kind: string): void {
    if (!taken.includes(name)) return;
    this.problems.add(where, quoted(name), `a ${kind} without stored data`, 'choose another name, or restore what this one was locked for');
  }
}
