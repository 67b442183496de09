import { aws_iam as iam, aws_kinesis as kinesis } from 'aws-cdk-lib';
import { viaService } from '../private/arns';
import { grantActions } from '../private/grants';

/** Permission to send events to a stream, its key included. */
export class StreamIngestGrants {
  /** Grants on a stream, whoever created it. */
  public static fromStream(stream: kinesis.IStream): StreamIngestGrants {
    return new StreamIngestGrants(stream);
  }

  private constructor(private readonly stream: kinesis.IStream) {}

  /** Allows a principal to put events. */
  public produce(grantee: iam.IGrantable): iam.Grant {
    const put = grantActions(grantee, ['kinesis:PutRecord', 'kinesis:PutRecords'], [this.stream.streamArn]);
    const { encryptionKey } = this.stream;
    if (!encryptionKey) return put;
    return put.combine(grantActions(grantee, ['kms:GenerateDataKey'], [encryptionKey.keyArn], {
      StringEquals: { 'kms:ViaService': viaService(this.stream, 'kinesis') },
    }));
  }
}
