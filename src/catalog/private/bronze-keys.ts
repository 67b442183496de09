import { BRONZE_TIME_TYPES, BRONZE_TYPES } from './glue-columns';
import { ColumnType } from '../../spec/column-type';
import { EventsDocument, SourcePath } from '../../spec/document';
import { EventTimeFormat } from '../../spec/event-time';
import { BRONZE_PARTITION } from '../../spec/layout';

const COLUMN_NAME = /^[a-z][a-z0-9_]*$/;
const MAX_COLUMN_NAME_LENGTH = 128;

/** The table's reader takes this sign for a choice between keys. */
const UNREADABLE = '|';

/** A key of an event's object that something is read from, and the column of the bronze table that shows it. */
export interface BronzeKey {
  readonly key: string;
  readonly name: string;
  readonly type: string;
}

/** Every key that a source begins with, in declared order. Objects, arrays and values of several types are their JSON text. */
export function bronzeKeys(events: EventsDocument): BronzeKey[] {
  const types = keyTypes(events);
  const names = columnNames([...types.keys()]);
  return [...types].map(([key, found]) => ({ key, name: names.get(key)!, type: found.size === 1 ? [...found][0] : 'string' }));
}

/** What the reader of the table has to know of keys that are not columns as they are written. */
export function keyMappings(keys: BronzeKey[]): { [parameter: string]: string } {
  const renamed = keys.filter(({ key, name }) => key !== name);
  return Object.fromEntries(renamed.map(({ key, name }) => [`mapping.${name}`, key]));
}

function keyTypes(events: EventsDocument): Map<string, Set<string>> {
  const { eventId, eventIdSources, eventTime, columns } = events;
  const types = new Map<string, Set<string>>();
  const add = (type: string, name: string, sources: SourcePath[] = [[name]]) => sources.forEach(([first, ...inside]) => {
    const key = `${first}`;
    if (key.includes(UNREADABLE)) return;
    types.set(key, (types.get(key) ?? new Set()).add(inside.length === 0 ? type : 'string'));
  });
  add('string', eventId, eventIdSources);
  add(BRONZE_TIME_TYPES[eventTime.format as EventTimeFormat], eventTime.column, eventTime.sources);
  columns.forEach((column) => add(BRONZE_TYPES[column.type as ColumnType](column), column.name, column.sources));
  return types;
}

/** The name of each key's column: the key itself where a column may be called so. */
function columnNames(keys: string[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set([BRONZE_PARTITION]);
  const plain = keys.filter((key) => isColumnName(key) && !taken.has(key));
  for (const key of [...plain, ...keys.filter((other) => !plain.includes(other))]) {
    const name = isColumnName(key) ? key : resembling(key);
    let free = name;
    for (let count = 2; taken.has(free); count += 1) free = `${name}_${count}`;
    taken.add(free);
    names.set(key, free);
  }
  return names;
}

function isColumnName(key: string): boolean {
  return key.length <= MAX_COLUMN_NAME_LENGTH && COLUMN_NAME.test(key);
}

function resembling(key: string): string {
  const name = key.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, MAX_COLUMN_NAME_LENGTH);
  return COLUMN_NAME.test(name) ? name : `key_${name}`;
}
