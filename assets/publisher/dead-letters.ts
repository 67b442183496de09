import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { RefusedRecord } from './batch-writer';
import { PublisherInputError } from './errors';

/** The key under which the refused records of a part are kept: the part's own, below `dead-letter/`. */
export function deadLetterKey(partKey: string, publishPrefix: string): string {
  if (!partKey.startsWith(`${publishPrefix}slot=`)) {
    throw new PublisherInputError(`key: got '${partKey}', expected it to begin with '${publishPrefix}slot='; publish a part of this feature group`);
  }
  return `${publishPrefix}dead-letter/${partKey.slice(publishPrefix.length)}`;
}

/**
 * Keeps the refused records of a part, one JSON object per line.
 *
 * Without any, the object is removed: one that a former attempt left would be stale.
 */
export async function saveDeadLetters(s3: S3Client, bucket: string, key: string, refused: readonly RefusedRecord[]): Promise<void> {
  if (refused.length === 0) {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    return;
  }
  await s3.send(new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: refused.map((record) => `${deadLetterLine(record)}\n`).join(''),
    ContentType: 'application/x-ndjson',
  }));
}

/** A readable line goes in verbatim, so that its numbers keep their digits; an unreadable one as a string. */
function deadLetterLine({ line, errorCode, errorMessage }: RefusedRecord): string {
  const record = isJson(line) ? line : JSON.stringify(line);
  return `{"record":${record},"errorCode":${JSON.stringify(errorCode)},"errorMessage":${JSON.stringify(errorMessage)}}`;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
