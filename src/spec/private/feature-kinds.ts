import { Duration } from 'aws-cdk-lib';
import { Aggregation } from '../aggregation';
import { Derivation } from '../derivation';
import { Feature } from '../feature';
import { WindowBoundary } from '../window-boundary';

/** A feature that aggregates events. */
export interface AggregatedFeature extends Feature {
  readonly aggregation: Aggregation;
  readonly window: Duration;
  readonly closed: WindowBoundary;
  readonly offset: Duration;
}

/** A feature that combines other features. */
export interface DerivedFeature extends Feature {
  readonly derivation: Derivation;
  readonly operands: string[];
}

/** Whether a feature aggregates events; if not, it is derived. */
export function isAggregated(feature: Feature): feature is AggregatedFeature {
  return feature.aggregation !== undefined;
}

/** Whether a feature combines other features; if not, it aggregates events. */
export function isDerived(feature: Feature): feature is DerivedFeature {
  return feature.derivation !== undefined;
}
