import { ColumnDocument, EventsDocument, GroupDocument, SpecDocument, ValueType } from '../../document';

/** The version of the lock file that this library writes; files of other versions are refused. */
export const LOCK_VERSION = 1;

/** A column as stored data has it; what is accepted in it may change. */
export interface LockedColumn extends ValueType {
  readonly name: string;
}

/** What is remembered of the events; of the places of their id and time the first one each. */
export interface LockedEvents {
  readonly name: string;
  readonly table: string;
  readonly eventId: string;
  readonly eventTime: { readonly column: string; readonly format: string };
  readonly columns: LockedColumn[];
}

/** A feature's whole document, whatever parts it has. */
export interface LockedFeature {
  readonly name: string;
}

/** What is remembered of a feature group. */
export interface LockedGroup {
  readonly name: string;
  readonly version: number;
  readonly featureGroupName: string;
  readonly table: string;
  readonly entity: string[];
  readonly features: LockedFeature[];
  /** The type of the labels in the training sets of this version; undefined before there were any. */
  readonly labelType?: string;
}

/** The content of a lock file: the part of a declaration that gives stored data its meaning. */
export interface SpecLock {
  readonly lockVersion: number;
  readonly events: LockedEvents;
  readonly featureGroups: LockedGroup[];
}

/** The lock of a declaration on its own, in exactly the values that a file gives back. */
export function lockOf({ events, featureGroups, datasets }: SpecDocument): SpecLock {
  const labelType = datasets.labels?.labelType;
  const lock: SpecLock = {
    lockVersion: LOCK_VERSION, events: lockedEvents(events), featureGroups: featureGroups.map((group) => ({ ...lockedGroup(group), labelType })),
  };
  return JSON.parse(JSON.stringify(lock));
}

/** The lock that follows upon another one: what is known keeps its place, what is new comes last. */
export function nextLock(locked: SpecLock, declared: SpecLock): SpecLock {
  return {
    lockVersion: LOCK_VERSION,
    events: { ...declared.events, columns: inLockedOrder(locked.events.columns, declared.events.columns) },
    featureGroups: inLockedOrder(locked.featureGroups, declared.featureGroups.map((group) => withLabelType(locked.featureGroups, group))),
  };
}

/** The item of a name, or undefined. */
export function named<T extends { readonly name: string }>(items: readonly T[], name: string): T | undefined {
  return items.find((item) => item.name === name);
}

function lockedEvents({ name, table, eventId, eventTime, columns }: EventsDocument): LockedEvents {
  return { name, table, eventId, eventTime: { column: eventTime.column, format: eventTime.format }, columns: columns.map(lockedColumn) };
}

function lockedColumn({ name, type, precision, scale }: ColumnDocument): LockedColumn {
  return { name, type, precision, scale };
}

function lockedGroup({ name, version, featureGroupName, table, entity, features }: GroupDocument): LockedGroup {
  return { name, version, featureGroupName, table, entity, features };
}

/** The group with the label type that its stored training sets have, if it is declared without labels now. */
function withLabelType(locked: LockedGroup[], group: LockedGroup): LockedGroup {
  const before = named(locked, group.name);
  const labelType = group.labelType ?? (before?.version === group.version ? before.labelType : undefined);
  return labelType === undefined ? group : { ...group, labelType };
}

function inLockedOrder<T extends { readonly name: string }>(locked: T[], declared: T[]): T[] {
  const known = locked.flatMap(({ name }) => named(declared, name) ?? []);
  return [...known, ...declared.filter((item) => !known.includes(item))];
}
