import { aws_sagemaker as sagemaker } from 'aws-cdk-lib';
import { ColumnType } from '../../spec/column-type';
import { GroupDocument } from '../../spec/document';

type FeatureType = 'Integral' | 'Fractional' | 'String';

/** What a column's type is in Feature Store, which has three types only. */
export const FEATURE_TYPES: Readonly<Record<ColumnType, FeatureType>> = {
  [ColumnType.STRING]: 'String',
  [ColumnType.INTEGER]: 'Integral',
  [ColumnType.DECIMAL]: 'Fractional',
  [ColumnType.DOUBLE]: 'Fractional',
  [ColumnType.BOOLEAN]: 'Integral',
  [ColumnType.TIMESTAMP]: 'String',
};

/**
 * The definitions of a feature group, in the order in which they may only ever be extended.
 *
 * The record identifier and the event time come first, as text; the columns of a composite entity follow, as text too,
 * so that a reader need not take the identifier apart.
 */
export function featureDefinitions(group: GroupDocument): sagemaker.CfnFeatureGroup.FeatureDefinitionProperty[] {
  const texts = [group.recordIdentifier, group.eventTimeFeature, ...(group.entity.length > 1 ? group.entity : [])];
  return [
    ...texts.map((featureName) => ({ featureName, featureType: FEATURE_TYPES[ColumnType.STRING] })),
    ...group.features.map(({ name, result }) => ({ featureName: name, featureType: FEATURE_TYPES[result.type as ColumnType] })),
  ];
}
