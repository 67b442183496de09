import { bronzeKeys, keyMappings } from './bronze-keys';
import { datePartition, ExternalTable, jsonLines, PARQUET } from './external-table';
import { inferenceColumns, labelQuarantineColumns, quarantineColumns, trainingColumns } from './glue-columns';
import { GroupDocument, LabelsDocument, SpecDocument } from '../../spec/document';
import { BRONZE_PARTITION } from '../../spec/layout';
import { datasetTables, labelQuarantineTable, quarantineTable } from '../../spec/table-names';

const MINUTE_US = 60_000_000;

/** Queries without a filter list every partition of the range, which is one a minute in bronze. */
const BRONZE_RANGE = 'NOW-30DAYS,NOW';

/** The first slot and day that queries look for. Slots are counted from midnight, so a range has to start there. */
const FIRST_SLOT = '20250101T000000Z';
const FIRST_DAY = '2020-01-01';

const DAY = datePartition('dt', 'yyyy-MM-dd', `${FIRST_DAY},NOW`, 1, 'DAYS');

/** The tables whose files are written once and never changed. The silver and gold tables belong to the jobs. */
export function declaredTables(document: SpecDocument, urlForPrefix: (prefix: string) => string): ExternalTable[] {
  return [
    bronzeTable(document, urlForPrefix),
    quarantine(document, urlForPrefix),
    ...(document.datasets.labels ? [labelQuarantine(document, document.datasets.labels, urlForPrefix)] : []),
    ...document.featureGroups.flatMap((group) => datasets(document, group, urlForPrefix)),
  ];
}

function bronzeTable({ events, layout }: SpecDocument, urlForPrefix: (prefix: string) => string): ExternalTable {
  const keys = bronzeKeys(events);
  return {
    name: events.name,
    description: 'Events exactly as they arrived, by the minute of arrival in UTC; the last 30 days',
    columns: keys.map(({ name, type }) => ({ name, type })),
    location: urlForPrefix(layout.bronze),
    format: jsonLines(keyMappings(keys)),
    partitions: [datePartition(BRONZE_PARTITION, 'yyyy/MM/dd/HH/mm', BRONZE_RANGE, 1, 'MINUTES')],
  };
}

function quarantine({ events, layout, slot }: SpecDocument, urlForPrefix: (prefix: string) => string): ExternalTable {
  return {
    name: quarantineTable(events.name),
    description: 'Lines that were refused, with the reason, by the end of the slot in which they arrived',
    columns: quarantineColumns(),
    location: urlForPrefix(layout.quarantine),
    format: PARQUET,
    partitions: [datePartition('slot', "yyyyMMdd'T'HHmmss'Z'", `${FIRST_SLOT},NOW`, slot.lengthUs / MINUTE_US, 'MINUTES')],
  };
}

function labelQuarantine({ events }: SpecDocument, labels: LabelsDocument, urlForPrefix: (prefix: string) => string): ExternalTable {
  return {
    name: labelQuarantineTable(events.name),
    description: 'Rows of label files that could not be read, with the reason, by the day whose training set left them out',
    columns: labelQuarantineColumns(),
    location: urlForPrefix(labels.quarantine),
    format: PARQUET,
    partitions: [DAY],
  };
}

function datasets(document: SpecDocument, group: GroupDocument, urlForPrefix: (prefix: string) => string): ExternalTable[] {
  const names = datasetTables(group.table);
  const split = { name: 'split', folder: '${split}', projection: { type: 'enum', values: 'train,validation' } };
  return [
    {
      name: names.training,
      description: `Training and validation rows with the features of ${group.name}, by the day that they were built for`,
      columns: trainingColumns(document.events, group, document.datasets.labels),
      location: urlForPrefix(group.layout.training),
      format: PARQUET,
      partitions: [DAY, split],
    },
    {
      name: names.inference,
      description: `One row per active entity with the features of ${group.name}, by the day at whose end they stood`,
      columns: inferenceColumns(document.events, group),
      location: urlForPrefix(group.layout.inference),
      format: PARQUET,
      partitions: [DAY],
    },
  ];
}
