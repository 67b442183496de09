import { aws_glue as glue } from 'aws-cdk-lib';

/** A table over files that other programs write; its partitions are calculated, so none is ever registered. */
export interface ExternalTable {
  readonly name: string;
  readonly description: string;
  readonly columns: glue.CfnTable.ColumnProperty[];
  readonly location: string;
  readonly format: FileFormat;
  readonly partitions: Partition[];
}

/** How Glue names a file format's readers. */
export interface FileFormat {
  readonly classification: string;
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly serdeInfo: glue.CfnTable.SerdeInfoProperty;
}

/** One partition column with the rule that yields its values, and its part of the path. */
export interface Partition {
  readonly name: string;
  readonly folder: string;
  readonly projection: { readonly [setting: string]: string };
}

/** One JSON object a line, whose keys are those of the columns or of a mapping, letter for letter. A line that is not JSON reads as nulls. */
export function jsonLines(mappings: { [parameter: string]: string }): FileFormat {
  return {
    classification: 'json',
    inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serdeInfo: {
      serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
      parameters: { 'ignore.malformed.json': 'true', 'case.insensitive': 'false', ...mappings },
    },
  };
}

export const PARQUET: FileFormat = {
  classification: 'parquet',
  inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
};

/** A partition named `name=value`, or by the value alone, whose values are instants in UTC. */
export function datePartition(name: string, format: string, range: string, interval: number, unit: string): Partition {
  return { name, folder: `${name}=\${${name}}`, projection: { 'type': 'date', format, range, 'interval': `${interval}`, 'interval.unit': unit } };
}

/** The properties of a table in CloudFormation. */
export function tableInput(table: ExternalTable): glue.CfnTable.TableInputProperty {
  const { name, description, columns, location, format, partitions } = table;
  const projection = partitions.flatMap((partition) =>
    Object.entries(partition.projection).map(([setting, value]) => [`projection.${partition.name}.${setting}`, value]),
  );
  return {
    name,
    description,
    tableType: 'EXTERNAL_TABLE',
    partitionKeys: partitions.map((partition) => ({ name: partition.name, type: 'string' })),
    parameters: {
      'EXTERNAL': 'TRUE',
      'classification': format.classification,
      'projection.enabled': 'true',
      ...Object.fromEntries(projection),
      'storage.location.template': `${location}${partitions.map(({ folder }) => `${folder}/`).join('')}`,
    },
    storageDescriptor: {
      columns, location, inputFormat: format.inputFormat, outputFormat: format.outputFormat, serdeInfo: format.serdeInfo,
    },
  };
}
