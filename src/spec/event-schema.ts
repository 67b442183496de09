import { Duration } from 'aws-cdk-lib';
import { Column } from './column';
import { EventTime } from './event-time';

/** Properties for `EventSchema`. */
export interface EventSchemaProps {
  /** What the events are called; names their bronze folder and tables. */
  readonly name: string;
  /**
   * Where an event has what identifies it; a second event of the same id is a duplicate.
   *
   * The name of a key, or a path such as `$.metadata.id`, as in the `source` of a column. An id is text that is not
   * blank, or a JSON integer, which is kept as the text of its digits.
   */
  readonly eventId: string;
  /**
   * Where else an event may have its id: of all places, the first that has a value other than null is read.
   *
   * @default - nowhere else
   */
  readonly eventIdFallbackSources?: string[];
  /** Where an event says when it happened. */
  readonly eventTime: EventTime;
  /**
   * The other columns, each the key of its name in the event's object, unless its `source` says otherwise.
   *
   * Keys of that object with which no source begins are ignored and counted.
   */
  readonly columns: Column[];
  /**
   * The silver table that holds the cleaned events.
   *
   * @default - the name of the events, followed by `_silver`
   */
  readonly table?: string;
  /**
   * How long after it happened an event may still arrive; older ones are kept in the quarantine as `too_late`.
   *
   * It cannot be shorter than the longest window, or an event would be refused while it still counts.
   *
   * @default - the longest window with its offset, and 7 days at least
   */
  readonly allowedLateness?: Duration;
  /**
   * How far ahead of its arrival an event's time may be; later ones are kept in the quarantine as `from_the_future`.
   *
   * @default Duration.minutes(5)
   */
  readonly allowedSkew?: Duration;
}

/** The events that come in: their id, their time, and the names and types of their columns. */
export class EventSchema {
  /** What the events are called. */
  public readonly name: string;
  /** Where an event has its id. */
  public readonly eventId: string;
  /** Where else an event may have its id, the best place first. */
  public readonly eventIdFallbackSources: string[];
  /** Where an event says when it happened, and in which format. */
  public readonly eventTime: EventTime;
  /** The other columns, in declared order. */
  public readonly columns: Column[];
  /** The silver table that holds the cleaned events. */
  public readonly table: string;
  /** How long after it happened an event may still arrive; undefined for the default. */
  public readonly allowedLateness?: Duration;
  /** How far ahead of its arrival an event's time may be. */
  public readonly allowedSkew: Duration;

  constructor(props: EventSchemaProps) {
    this.name = props.name;
    this.eventId = props.eventId;
    this.eventIdFallbackSources = [...props.eventIdFallbackSources ?? []];
    this.eventTime = props.eventTime;
    this.columns = [...props.columns];
    this.table = props.table ?? `${props.name}_silver`;
    this.allowedLateness = props.allowedLateness;
    this.allowedSkew = props.allowedSkew ?? Duration.minutes(5);
  }
}
