import { BRONZE_PARTITION, streamingPrefixes } from '../../spec/layout';

/** The minute at which the oldest record of an object arrived, in UTC, as Firehose writes it into a prefix. */
const ARRIVAL_MINUTE = ['yyyy', 'MM', 'dd', 'HH', 'mm'].map((part) => `!{timestamp:${part}}`).join('/');

/** What objects are called: gzip by its usual name, so that every reader decompresses it. */
export const FILE_EXTENSION = '.json.gz';

/** Prefixes of delivered and of failed records, with the expressions that Firehose fills in. */
export function deliveryPrefixes(eventsName: string): { readonly prefix: string; readonly errorOutputPrefix: string } {
  const { bronze, errors } = streamingPrefixes(eventsName);
  return {
    prefix: `${bronze}${BRONZE_PARTITION}=${ARRIVAL_MINUTE}/`,
    errorOutputPrefix: `${errors}!{firehose:error-output-type}/${BRONZE_PARTITION}=${ARRIVAL_MINUTE}/`,
  };
}
