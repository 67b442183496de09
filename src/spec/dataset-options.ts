import { Duration } from 'aws-cdk-lib';
import { LabelSource } from './label-source';

/** What the daily training, validation and inference datasets contain. */
export interface DatasetOptions {
  /**
   * How many days of events a training set covers, in whole days.
   *
   * @default Duration.days(30)
   */
  readonly period?: Duration;
  /**
   * The share of the period, at its end, that validates: more than 0 and less than 1.
   *
   * The split is by time and never at random, so that the past is not judged by the future.
   *
   * @default 0.2
   */
  readonly validationShare?: number;
  /**
   * Whether one longest window is left out between training and validation rows.
   *
   * @default false
   */
  readonly embargo?: boolean;
  /**
   * Where labels come from. With labels, a training set has the events whose label can be used, and no others.
   *
   * @default - rows are unlabelled
   */
  readonly labels?: LabelSource;
}
