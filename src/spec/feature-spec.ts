import { Duration } from 'aws-cdk-lib';
import { DatasetOptions } from './dataset-options';
import { GroupDocument, SpecDocument } from './document';
import { EventSchema } from './event-schema';
import { FeatureGroupSpec } from './feature-group-spec';
import { checkSpec } from './private/check-spec';
import { documentText } from './private/document-text';
import { checkLock } from './private/lock/lock';
import { specDocument } from './private/spec-document';
import { Slot } from './slot';
import { MedallionError, quoted } from '../private/errors';

/** Properties for `FeatureSpec`. */
export interface FeatureSpecProps {
  /** The events that come in. */
  readonly events: EventSchema;
  /** What is computed from the events, one group for each kind of entity. */
  readonly featureGroups: FeatureGroupSpec[];
  /**
   * The rhythm of the pipeline.
   *
   * @default Slot.every(Duration.minutes(10))
   */
  readonly slot?: Slot;
  /**
   * What the daily training, validation and inference datasets contain.
   *
   * @default - 30 days of unlabelled rows, of which the last 20 % validate
   */
  readonly datasets?: DatasetOptions;
  /**
   * How long the delivery stream may hold events back, in whole seconds up to 15 minutes.
   *
   * It is part of the declaration because it bounds how late an event is seen to arrive.
   *
   * @default Duration.minutes(1)
   */
  readonly bufferInterval?: Duration;
  /**
   * The committed file that remembers what was declared, such as `feature-spec.lock.json`; relative to the working directory.
   *
   * With it, a change that stored data cannot follow is refused before it is deployed: a feature that is removed, moved
   * or redefined under the same version, or a column that is removed or retyped. Synthesis only reads the file; after an
   * addition, and the first time, synthesize once with `MEDALLION_SPEC_LOCK=update` in the environment, and commit it.
   *
   * @default - nothing is remembered, and a change of the declaration is compared with nothing
   */
  readonly lockFile?: string;
}

/**
 * The whole declaration: events, features, slot and datasets.
 *
 * It is the only place where a column, type, window or entity is stated; tables, feature groups, jobs and the
 * publisher derive from it. An invalid declaration is refused at once, with all of its problems in one error;
 * so is a change of one that the data stored before it cannot follow, where a lock file remembers what was declared.
 */
export class FeatureSpec {
  /** The events that come in. */
  public readonly events: EventSchema;
  /** What is computed from the events. */
  public readonly featureGroups: FeatureGroupSpec[];
  /** The rhythm of the pipeline. */
  public readonly slot: Slot;
  /** What the daily datasets contain. */
  public readonly datasets: DatasetOptions;
  /** How long the delivery stream may hold events back. */
  public readonly bufferInterval: Duration;

  private readonly document: SpecDocument;

  constructor(props: FeatureSpecProps) {
    this.events = props.events;
    this.featureGroups = [...props.featureGroups];
    this.slot = props.slot ?? Slot.every(Duration.minutes(10));
    this.datasets = props.datasets ?? {};
    this.bufferInterval = props.bufferInterval ?? Duration.minutes(1);

    checkSpec(this);

    this.document = specDocument(this);
    if (props.lockFile !== undefined) checkLock(props.lockFile, this.document);
  }

  /**
   * The document that Spark jobs and the publisher read, without the hash of its text.
   *
   * @internal
   */
  public _toDocument(): SpecDocument {
    return structuredClone(this.document);
  }

  /**
   * The document as text, under its hash: the same declaration is always the same text.
   *
   * @internal
   */
  public _documentText(): string {
    return documentText(this.document);
  }

  /**
   * The document of one of the declared groups.
   *
   * @internal
   * @throws MedallionError if the group is not one of this declaration
   */
  public _documentOf(group: FeatureGroupSpec): GroupDocument {
    const index = this.featureGroups.indexOf(group);
    if (index < 0) {
      throw new MedallionError('UnknownName', [{
        where: 'featureGroup',
        got: `the group ${quoted(group.name)}`,
        expected: `one of this declaration's: ${this.featureGroups.map(({ name }) => quoted(name)).join(', ')}`,
        fix: 'pass the object that was given to FeatureSpec',
      }]);
    }
    return this._toDocument().featureGroups[index];
  }
}
