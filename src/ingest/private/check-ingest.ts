import { Duration, Size, Token, aws_kinesis as kinesis } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { Problems, quoted } from '../../private/errors';
import { StreamIngestProps } from '../stream-ingest-props';

const MIN_RETENTION_HOURS = 24;
const MAX_RETENTION_HOURS = 8_760;
const MIN_BUFFER_MIB = 1;
const MAX_BUFFER_MIB = 128;

/**
 * Checks what was given for a stream and its delivery.
 *
 * @throws MedallionError with every problem of one kind: first settings that exclude each other, then bad values
 */
export function checkIngest(scope: IConstruct, props: StreamIngestProps): void {
  const where = (name: string) => `${scope.node.path}.${name}`;
  checkConflicts(where, props);
  const problems = new Problems();
  checkStream(problems, where, props);
  checkBuffer(problems, where, props);
  problems.throwIfAny('InvalidProperty');
}

function checkConflicts(where: (name: string) => string, { stream, streamMode, shardCount, retention, removalPolicy }: StreamIngestProps): void {
  const problems = new Problems();
  if (stream) {
    const ofNewStreams = { streamMode, shardCount, retention, removalPolicy };
    for (const [name, value] of Object.entries(ofNewStreams)) {
      if (value !== undefined) problems.add(where(name), 'a setting for a new stream', 'none beside stream', 'remove it or stream');
    }
  } else if (shardCount !== undefined && streamMode !== kinesis.StreamMode.PROVISIONED) {
    problems.add(where('shardCount'), quoted(shardCount), 'none for a stream on demand', 'set streamMode to StreamMode.PROVISIONED or remove shardCount');
  }
  problems.throwIfAny('ConflictingProperties');
}

function checkStream(problems: Problems, where: (name: string) => string, { shardCount, retention }: StreamIngestProps): void {
  if (shardCount !== undefined && !Token.isUnresolved(shardCount) && !(Number.isInteger(shardCount) && shardCount >= 1)) {
    problems.add(where('shardCount'), quoted(shardCount), 'a whole number of 1 or more', 'count 1 MB or 1,000 events a second for each shard');
  }
  if (retention !== undefined && !isWhole(retention, (value) => value.toHours({ integral: false }), MIN_RETENTION_HOURS, MAX_RETENTION_HOURS)) {
    problems.add(
      where('retention'), durationText(retention), `whole hours from ${MIN_RETENTION_HOURS} to ${MAX_RETENTION_HOURS}`,
      'leave time to repair a failed delivery, such as 72 hours',
    );
  }
}

function checkBuffer(problems: Problems, where: (name: string) => string, { spec, bufferInterval, bufferSize }: StreamIngestProps): void {
  const mostSeconds = spec.bufferInterval.toSeconds();
  if (bufferInterval !== undefined && !isWhole(bufferInterval, (value) => value.toSeconds({ integral: false }), 0, mostSeconds)) {
    problems.add(
      where('bufferInterval'), durationText(bufferInterval), `whole seconds up to the ${mostSeconds} of the spec's bufferInterval`,
      'set bufferInterval in FeatureSpec, because it bounds how late an event is seen to arrive',
    );
  }
  const mebibytes = bufferSize?.isUnresolved() ? NaN : (bufferSize && bufferSize.toKibibytes() / 1_024);
  if (mebibytes !== undefined && !(Number.isInteger(mebibytes) && mebibytes >= MIN_BUFFER_MIB && mebibytes <= MAX_BUFFER_MIB)) {
    problems.add(where('bufferSize'), sizeText(bufferSize!), `whole mebibytes from ${MIN_BUFFER_MIB} to ${MAX_BUFFER_MIB}`, 'leave it out for 32 MiB');
  }
}

function isWhole(duration: Duration, count: (duration: Duration) => number, min: number, max: number): boolean {
  if (duration.isUnresolved()) return false;
  const value = count(duration);
  return Number.isInteger(value) && value >= min && value <= max;
}

function durationText(duration: Duration): string {
  return duration.isUnresolved() ? 'a token' : duration.toHumanString();
}

function sizeText(size: Size): string {
  return size.isUnresolved() ? 'a token' : `${size.toKibibytes()} KiB`;
}
