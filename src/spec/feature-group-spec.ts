import { Duration } from 'aws-cdk-lib';
import { Feature } from './feature';

/** Properties for `FeatureGroupSpec`. */
export interface FeatureGroupSpecProps {
  /** What the group is called; names its gold folder and publish set. */
  readonly name: string;
  /**
   * The version of the group: 1 or greater.
   *
   * A feature group in the store can gain features, but never lose or retype one: that takes a new version,
   * which is a new group beside the old one.
   */
  readonly version: number;
  /**
   * The columns that identify what the features describe: required strings or integers, compared as they are.
   *
   * An event in which one of them is blank is kept in the quarantine as `missing_required`, and one whose entity is longer
   * than the store can identify (2,048 bytes, of several columns as a JSON array) as `too_long`.
   */
  readonly entity: string[];
  /**
   * The features, in the order in which tables and stores list them.
   *
   * A derived feature comes after the features that it combines.
   */
  readonly features: Feature[];
  /**
   * The name of the group in Feature Store. Another name is another, empty group.
   *
   * @default - the name of the group, followed by `_v` and the version
   */
  readonly featureGroupName?: string;
  /**
   * The gold table that holds one row per event with all features. Another name is another, empty table.
   *
   * @default - the name of the group, from version 2 on followed by `_v` and the version
   */
  readonly table?: string;
  /**
   * How long an online record stays readable after the instant that it describes.
   *
   * It cannot be shorter than the group's longest window, because a record is only written again when it changes.
   *
   * @default - the group's longest window with its offset, and one day more
   */
  readonly timeToLive?: Duration;
}

/** The features of one kind of entity, which are stored and served together. */
export class FeatureGroupSpec {
  /** What the group is called. */
  public readonly name: string;
  /** The version of the group. */
  public readonly version: number;
  /** The columns that identify what the features describe. */
  public readonly entity: string[];
  /** The features, in declared order. */
  public readonly features: Feature[];
  /** The name of the group in Feature Store. */
  public readonly featureGroupName: string;
  /** The gold table that holds one row per event with all features. */
  public readonly table: string;
  /** How long an online record stays readable; undefined for the default. */
  public readonly timeToLive?: Duration;

  constructor(props: FeatureGroupSpecProps) {
    this.name = props.name;
    this.version = props.version;
    this.entity = [...props.entity];
    this.features = [...props.features];
    this.featureGroupName = props.featureGroupName ?? `${props.name}_v${props.version}`;
    this.table = props.table ?? (props.version === 1 ? props.name : `${props.name}_v${props.version}`);
    this.timeToLive = props.timeToLive;
  }
}
