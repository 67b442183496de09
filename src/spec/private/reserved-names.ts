/** Names that tables, rows on their way to one, or Feature Store give to columns and partitions of their own. */
export const RESERVED_COLUMNS = [
  'event_id', 'event_time', 'dt', 'arrival_time', 'source_object', 'source_line', 'entity_key', 'query_time', 'ingest_dt', 'split',
  'label', 'label_time', 'is_deleted', 'write_time', 'api_invocation_time', 'event_time_trunc',
];

/** Group names that are folders of the publish set already. */
export const RESERVED_GROUPS = ['manifest'];

/** Gold tables that are folders of the gold layer already. */
export const RESERVED_GOLD_TABLES = ['training', 'inference'];
