import { AGGREGATION_RULES, valueType } from './aggregation-rules';
import { longestReachUs } from './check-features';
import { Declaration } from './check-spec';
import { decimalText } from './decimal-text';
import { resultTypes } from './derivation-rules';
import { DAY_US, microseconds, MINUTE_US, SECOND_US } from './durations';
import { AggregatedFeature, isAggregated } from './feature-kinds';
import { predicateDocument } from './predicate-document';
import { columnPaths, eventIdSources, eventTimeSources, pathsOf, statedPaths } from './sources';
import { Column } from '../column';
import { DatasetOptions } from '../dataset-options';
import { DecimalRounding } from '../decimal-rounding';
import {
  AggregatedFeatureDocument, ColumnDocument, DatasetsDocument, EventsDocument, FeatureDocument, GroupDocument, LabelsDocument, SPEC_VERSION,
  SpecDocument, ValueType,
} from '../document';
import { EventSchema } from '../event-schema';
import { Feature } from '../feature';
import { FeatureGroupSpec } from '../feature-group-spec';
import { LabelSource } from '../label-source';
import { groupLayout, labelQuarantine, specLayout } from '../layout';

const LEAST_LATENESS_US = 7 * DAY_US;
const TIME_TO_LIVE_MARGIN_US = DAY_US;
const ARRIVAL_RESOLUTION_US = MINUTE_US;
const COMPOSITE_IDENTIFIER = 'entity_key';
const EVENT_TIME_FEATURE = 'event_time';
const DEFAULT_PERIOD_DAYS = 30;
const DEFAULT_VALIDATION_SHARE = 0.2;

/** Writes a checked declaration as the document that programs read, with every default filled in. */
export function specDocument(declaration: Declaration): SpecDocument {
  const { events, featureGroups, slot, datasets } = declaration;
  return {
    specVersion: SPEC_VERSION,
    slot: { lengthUs: microseconds(slot.length), watermarkDelayUs: microseconds(slot.watermarkDelay) },
    events: eventsDocument(declaration),
    featureGroups: featureGroups.map((group) => groupDocument(events, group, featureGroups.length === 1)),
    datasets: datasetsDocument(events, datasets),
    layout: specLayout(events.name, events.table),
  };
}

function eventsDocument({ events, featureGroups, bufferInterval }: Declaration): EventsDocument {
  const { allowedLateness, eventId, eventTime } = events;
  return withoutUndefined({
    name: events.name,
    table: events.table,
    eventId,
    eventIdSources: statedPaths(eventId, pathsOf(eventIdSources(events))),
    eventTime: withoutUndefined({
      column: eventTime.column,
      sources: statedPaths(eventTime.column, pathsOf(eventTimeSources(events))),
      format: eventTime.format,
    }),
    columns: events.columns.map(columnDocument),
    allowedLatenessUs: allowedLateness ? microseconds(allowedLateness) : Math.max(LEAST_LATENESS_US, ...featureGroups.map(longestReachUs)),
    allowedSkewUs: microseconds(events.allowedSkew),
    arrivalSlackUs: microseconds(bufferInterval) + ARRIVAL_RESOLUTION_US,
  });
}

function columnDocument(column: Column): ColumnDocument {
  return withoutUndefined({
    name: column.name,
    ...valueType(column),
    required: column.required,
    sources: statedPaths(column.name, columnPaths(column)),
    rounding: column.rounding === DecimalRounding.REFUSE ? undefined : column.rounding,
    pattern: column.pattern,
    maxLength: column.maxLength,
    allowedValues: column.allowedValues,
    greaterThan: boundText(column.greaterThan),
    greaterThanOrEqualTo: boundText(column.greaterThanOrEqualTo),
    lessThan: boundText(column.lessThan),
    lessThanOrEqualTo: boundText(column.lessThanOrEqualTo),
  });
}

function groupDocument(events: EventSchema, group: FeatureGroupSpec, isOnlyGroup: boolean): GroupDocument {
  return {
    name: group.name,
    version: group.version,
    featureGroupName: group.featureGroupName,
    table: group.table,
    entity: group.entity,
    recordIdentifier: group.entity.length === 1 ? group.entity[0] : COMPOSITE_IDENTIFIER,
    eventTimeFeature: EVENT_TIME_FEATURE,
    ttlUs: group.timeToLive ? microseconds(group.timeToLive) : longestReachUs(group) + wholeSecondsMargin(group),
    features: featureDocuments(events, group.features),
    layout: groupLayout(group.name, group.table, isOnlyGroup && group.version === 1),
  };
}

/** One day more than the longest reach, and what the reach lacks of a whole second, which is the store's unit. */
function wholeSecondsMargin(group: FeatureGroupSpec): number {
  return TIME_TO_LIVE_MARGIN_US + ((SECOND_US - (longestReachUs(group) % SECOND_US)) % SECOND_US);
}

function featureDocuments(events: EventSchema, features: Feature[]): FeatureDocument[] {
  const types = resultTypes(events, features);
  return features.map((feature) => {
    const result = types.get(feature.name)!;
    return isAggregated(feature)
      ? aggregatedDocument(events, feature, result)
      : { name: feature.name, derivation: feature.derivation!, operands: feature.operands!, result };
  });
}

function aggregatedDocument(events: EventSchema, feature: AggregatedFeature, result: ValueType): AggregatedFeatureDocument {
  const { name, aggregation, column, where, window, offset, closed } = feature;
  return withoutUndefined({
    name,
    aggregation,
    column,
    where: where && predicateDocument(events, where),
    window: { lengthUs: microseconds(window), offsetUs: microseconds(offset), closed },
    result,
    emptyValue: AGGREGATION_RULES[aggregation].emptyValue,
  });
}

function datasetsDocument(events: EventSchema, { period, validationShare, embargo, labels }: DatasetOptions): DatasetsDocument {
  return {
    periodDays: period ? period.toDays() : DEFAULT_PERIOD_DAYS,
    validationShare: validationShare ?? DEFAULT_VALIDATION_SHARE,
    embargo: embargo ?? false,
    labels: labels ? labelsDocument(events, labels) : null,
  };
}

function labelsDocument(events: EventSchema, labels: LabelSource): LabelsDocument {
  return {
    prefix: labels.prefix,
    format: labels.format,
    eventIdColumn: labels.eventId,
    labelColumn: labels.label,
    labelType: labels.labelType,
    labelTimeColumn: labels.labelTime,
    labelTimeFormat: labels.labelTimeFormat,
    maturityUs: microseconds(labels.maturity),
    quarantine: labelQuarantine(events.name),
  };
}

function boundText(bound?: number): string | undefined {
  return bound === undefined ? undefined : decimalText(bound);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
