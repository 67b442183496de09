/** The Glue tables of one feature group's datasets. */
export function datasetTables(goldTable: string): { readonly training: string; readonly inference: string } {
  return { training: `${goldTable}_training`, inference: `${goldTable}_inference` };
}

/** The Glue table of label rows that cannot be read. */
export function labelQuarantineTable(eventsName: string): string {
  return `${eventsName}_label_quarantine`;
}

/** The Glue table of refused lines. */
export function quarantineTable(eventsName: string): string {
  return `${eventsName}_quarantine`;
}
