/** Names that the tables, the jobs on their way to them, or Feature Store give to columns of their own. */
export const RESERVED_COLUMNS = [
  'event_id', 'event_time', 'dt', 'arrival_time', 'source_object', 'source_line', 'entity_key', 'slot', 'ingest_dt',
  'label', 'label_time', 'part', 'query_time', 'is_event', 'is_query', 'is_new', 'from_time', 'until_time', 'match_dt', 'obsolete',
  'is_deleted', 'write_time', 'api_invocation_time', 'event_time_trunc',
];

/** Group names that are folders of the publish set already. */
export const RESERVED_GROUPS = ['manifest'];

/** Gold tables that are folders of the gold layer already. */
export const RESERVED_GOLD_TABLES = ['training', 'inference'];
