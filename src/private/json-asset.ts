import * as fs from 'node:fs';
import * as path from 'node:path';
import { Stage, aws_s3_assets as s3_assets } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * The text of a JSON document as a file asset, named by its content alone.
 *
 * The document is written into the cloud assembly, where assets are staged anyway.
 */
export function jsonAsset(scope: Construct, id: string, text: string): s3_assets.Asset {
  const folder = path.join(Stage.of(scope)!.assetOutdir, 'documents');
  const file = path.join(folder, `${scope.node.addr}-${id}.json`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(file, text);
  return new s3_assets.Asset(scope, id, { path: file });
}
