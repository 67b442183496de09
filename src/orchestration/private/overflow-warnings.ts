import { Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { quoted } from '../../private/errors';
import { FeatureSpec } from '../../spec/feature-spec';
import { ASSUMED_EVENTS, overflowRisks } from '../../spec/overflow-risks';

/** How the ids of these warnings begin; the name of the column follows. */
export const OVERFLOW_WARNING = 'cdk-medallion-feature-platform:overflow';

/** Warns of every column whose valid values may add up to something that does not fit, with the bound that keeps it out. */
export function warnOfOverflows(scope: Construct, spec: FeatureSpec): void {
  for (const { column, features, bound } of overflowRisks(spec._toDocument())) {
    Validations.of(scope).addWarning(`${OVERFLOW_WARNING}:${column}`, [
      `events.columns.${column}: got values of which ${features.map(quoted).join(', ')} may overflow and be absent,`,
      `expected values from -${bound} to ${bound}, of which ${ASSUMED_EVENTS} events of one entity in a window cannot;`,
      'bound the column, or acknowledge this warning',
    ].join(' '));
  }
}
