import { GroupLayout, SpecLayout } from './document';

/** The top folders of the lake, and the shared ones below them; every other prefix starts with one of these. */
export const LAKE_FOLDERS = {
  bronze: 'bronze/',
  errors: 'errors/',
  silver: 'silver/',
  gold: 'gold/',
  quarantine: 'quarantine/',
  publish: 'publish/',
  publishManifests: 'publish/manifest/',
  control: 'control/',
  slotReports: 'control/slots/',
  slotResults: 'control/results/',
  publishedMarks: 'control/published/',
  datasetReports: 'control/datasets/',
  backfillReports: 'control/backfills/',
  republishRequests: 'control/republish/',
  labels: 'labels/',
  sparkLogs: 'logs/emr-serverless/',
  offlineStore: 'offline-store/',
} as const;

/** The name of the projected bronze partition, which is the minute of arrival. */
export const BRONZE_PARTITION = 'ingest_dt';

/** Where the delivery stream puts events, and where it puts what it could not deliver. */
export function streamingPrefixes(eventsName: string): { readonly bronze: string; readonly errors: string } {
  return {
    bronze: `${LAKE_FOLDERS.bronze}streaming/${eventsName}/`,
    errors: `${LAKE_FOLDERS.errors}streaming/${eventsName}/`,
  };
}

/** The folders that all feature groups of one spec share. */
export function specLayout(eventsName: string, silverTable: string): SpecLayout {
  return {
    bronze: streamingPrefixes(eventsName).bronze,
    silver: `${LAKE_FOLDERS.silver}${silverTable}/`,
    silverMetadata: `${LAKE_FOLDERS.silver}_iceberg/${silverTable}/`,
    quarantine: `${LAKE_FOLDERS.quarantine}${eventsName}/`,
    slots: LAKE_FOLDERS.slotReports,
    slotResults: LAKE_FOLDERS.slotResults,
    manifests: LAKE_FOLDERS.publishManifests,
    published: LAKE_FOLDERS.publishedMarks,
    datasetRuns: LAKE_FOLDERS.datasetReports,
    backfills: LAKE_FOLDERS.backfillReports,
    republish: LAKE_FOLDERS.republishRequests,
    labels: LAKE_FOLDERS.labels,
  };
}

/**
 * The folders of one feature group.
 *
 * Its datasets get a folder of their own, named after the gold table, where there are several groups or the group has
 * a predecessor, whose datasets have other columns.
 */
export function groupLayout(groupName: string, goldTable: string, ownsDatasets: boolean): GroupLayout {
  const dataset = ownsDatasets ? '' : `${goldTable}/`;
  return {
    gold: `${LAKE_FOLDERS.gold}${goldTable}/`,
    goldMetadata: `${LAKE_FOLDERS.gold}_iceberg/${goldTable}/`,
    publish: `${LAKE_FOLDERS.publish}${groupName}/`,
    training: `${LAKE_FOLDERS.gold}training/${dataset}`,
    inference: `${LAKE_FOLDERS.gold}inference/${dataset}`,
  };
}

/** The Glue tables of one feature group's datasets. */
export function datasetTables(goldTable: string): { readonly training: string; readonly inference: string } {
  return { training: `${goldTable}_training`, inference: `${goldTable}_inference` };
}

/** The Glue table of refused lines. */
export function quarantineTable(eventsName: string): string {
  return `${eventsName}_quarantine`;
}
