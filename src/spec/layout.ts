import { GroupLayout, SpecLayout } from './document';
import { LAKE_FOLDERS } from './lake-folders';

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

/** The folder of label rows that cannot be read; no declaration of other events has one of this name. */
export function labelQuarantine(eventsName: string): string {
  return `${LAKE_FOLDERS.quarantine}${eventsName}-labels/`;
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
