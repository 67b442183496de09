import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { chunksOf } from './card-part';

/** A bucket in memory behind a mocked S3 client. */
export class FakeLake {
  public readonly objects = new Map<string, string>();
  private readonly mock = mockClient(S3Client);

  constructor() {
    this.mock.on(GetObjectCommand).callsFake((input) => this.read(input.Key));
    this.mock.on(PutObjectCommand).callsFake((input) => void this.objects.set(input.Key, String(input.Body)));
    this.mock.on(DeleteObjectCommand).callsFake((input) => void this.objects.delete(input.Key));
  }

  public get client(): S3Client {
    return this.mock as unknown as S3Client;
  }

  /** The dead letters below a key, parsed; empty if there is no object. */
  public deadLetters(key: string): { record: { card_id: string }; errorCode: string }[] {
    const text = this.objects.get(key) ?? '';
    return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  }

  public reads(key: string): number {
    return this.mock.commandCalls(GetObjectCommand, { Key: key }).length;
  }

  private read(key: string): object {
    const text = this.objects.get(key);
    if (text === undefined) throw Object.assign(new Error('The specified key does not exist.'), { name: 'NoSuchKey' });
    return { Body: Object.assign(chunksOf(text, 100), { transformToString: async () => text }) };
  }
}
