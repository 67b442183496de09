import { aws_glue as glue } from 'aws-cdk-lib';
import { ColumnType } from '../../spec/column-type';
import { EventsDocument, GroupDocument, LabelsDocument, ValueType } from '../../spec/document';
import { EventTimeFormat } from '../../spec/event-time';

/** What a column's type is in a Parquet table. */
export const GLUE_TYPES: Readonly<Record<ColumnType, (value: ValueType) => string>> = {
  [ColumnType.STRING]: () => 'string',
  [ColumnType.INTEGER]: () => 'bigint',
  [ColumnType.DECIMAL]: ({ precision, scale }) => `decimal(${precision},${scale})`,
  [ColumnType.DOUBLE]: () => 'double',
  [ColumnType.BOOLEAN]: () => 'boolean',
  [ColumnType.TIMESTAMP]: () => 'timestamp',
};

/** What a column's type is in the JSON of the bronze table, where an instant is still text. */
export const BRONZE_TYPES: Readonly<Record<ColumnType, (value: ValueType) => string>> = {
  ...GLUE_TYPES,
  [ColumnType.TIMESTAMP]: () => 'string',
};

/** What an event's time is in the JSON of the bronze table. */
export const BRONZE_TIME_TYPES: Readonly<Record<EventTimeFormat, string>> = {
  [EventTimeFormat.UNIX_SECONDS]: 'double',
  [EventTimeFormat.UNIX_MILLIS]: 'bigint',
  [EventTimeFormat.UNIX_MICROS]: 'bigint',
  [EventTimeFormat.UNIX_NANOS]: 'bigint',
  [EventTimeFormat.ISO8601]: 'string',
};

/** A refused line: why, where it came from, the line itself, and whether it is exactly what arrived. */
export function quarantineColumns(): glue.CfnTable.ColumnProperty[] {
  return [...labelQuarantineColumns(), { name: 'raw_is_exact', type: 'boolean' }, { name: 'arrival_time', type: 'timestamp' }];
}

/** A row of a label file that cannot be read; label files have no time of arrival. */
export function labelQuarantineColumns(): glue.CfnTable.ColumnProperty[] {
  return [
    { name: 'reason', type: 'string' },
    { name: 'column', type: 'string' },
    { name: 'raw', type: 'string' },
    { name: 'source_object', type: 'string' },
    { name: 'source_line', type: 'bigint' },
  ];
}

/** An event with every feature as of its time, and its label if there are any. */
export function trainingColumns(events: EventsDocument, group: GroupDocument, labels: LabelsDocument | null): glue.CfnTable.ColumnProperty[] {
  return [
    { name: 'event_id', type: 'string' },
    { name: 'event_time', type: 'timestamp' },
    ...events.columns.map(parquetColumn),
    ...featureColumns(group),
    ...(labels ? [parquetColumn({ name: 'label', type: labels.labelType }), { name: 'label_time', type: 'timestamp' }] : []),
  ];
}

/** An entity with every feature as of the end of a day. */
export function inferenceColumns(events: EventsDocument, group: GroupDocument): glue.CfnTable.ColumnProperty[] {
  const entity = group.entity.map((name) => events.columns.find((column) => column.name === name)!);
  return [...entity.map(parquetColumn), { name: 'event_time', type: 'timestamp' }, ...featureColumns(group)];
}

function featureColumns(group: GroupDocument): glue.CfnTable.ColumnProperty[] {
  return group.features.map(({ name, result }) => parquetColumn({ name, ...result }));
}

function parquetColumn(value: ValueType & { readonly name: string }): glue.CfnTable.ColumnProperty {
  return { name: value.name, type: GLUE_TYPES[value.type as ColumnType](value) };
}
