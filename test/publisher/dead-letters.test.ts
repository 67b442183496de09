import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { DEAD_LETTER_KEY, PART_KEY } from './card-part';
import { deadLetterKey, saveDeadLetters } from '../../assets/publisher/dead-letters';

const s3 = mockClient(S3Client);
const client = s3 as unknown as S3Client;

beforeEach(() => s3.reset());

describe('deadLetterKey', () => {
  test('keeps the name of the part below dead-letter/', () => {
    expect(deadLetterKey(PART_KEY, 'publish/card_features/')).toBe(DEAD_LETTER_KEY);
  });

  test('fails when the part belongs to another feature group', () => {
    expect(() => deadLetterKey(PART_KEY, 'publish/other/')).toThrow(`key: got '${PART_KEY}', expected it to begin with 'publish/other/slot='; `);
  });
});

describe('saveDeadLetters', () => {
  test('writes one object per line, with the record as it was read', async () => {
    await saveDeadLetters(client, 'lake', DEAD_LETTER_KEY, [
      { line: '{"n": 9007199254740993}', errorCode: 'ValidationError', errorMessage: 'a "bad" value' },
      { line: '{"n":', errorCode: 'MalformedRecord', errorMessage: 'cut' },
    ]);

    const { Bucket, Key, Body } = s3.commandCalls(PutObjectCommand)[0].args[0].input;
    const lines = String(Body).split('\n');
    expect([Bucket, Key]).toEqual(['lake', DEAD_LETTER_KEY]);
    expect(lines[0]).toContain('"record":{"n": 9007199254740993},');
    expect(JSON.parse(lines[0])).toMatchObject({ errorCode: 'ValidationError', errorMessage: 'a "bad" value' });
    expect(JSON.parse(lines[1])).toEqual({ record: '{"n":', errorCode: 'MalformedRecord', errorMessage: 'cut' });
    expect(lines[2]).toBe('');
  });

  test('removes what a former attempt left when nothing is refused', async () => {
    await saveDeadLetters(client, 'lake', DEAD_LETTER_KEY, []);

    expect(s3.commandCalls(DeleteObjectCommand)[0].args[0].input).toEqual({ Bucket: 'lake', Key: DEAD_LETTER_KEY });
    expect(s3.commandCalls(PutObjectCommand)).toHaveLength(0);
  });
});
