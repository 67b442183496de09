import { execFile } from 'child_process';
import { mkdtempSync, rmSync } from 'fs';
import { createServer, IncomingMessage, Server, ServerResponse } from 'http';
import { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { buildSync } from 'esbuild';
import { cardLine, cards, DEAD_LETTER_KEY, GOLDEN_TEXT, PART_KEY, SLOT_END } from './card-part';

const EVENT = { key: PART_KEY, records: 30, featureGroup: 'card_features', slotEnd: SLOT_END };
const CALL_BUNDLE = `
  require(process.argv[1]).handler(JSON.parse(process.argv[2]), { getRemainingTimeInMillis: () => 60000 })
    .then((result) => process.stdout.write('\\nRESULT' + JSON.stringify(result)));`;

/** The two services over HTTP: the first request for records is throttled. */
class Endpoint {
  public readonly calls: { readonly route: string; readonly body: string }[] = [];
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  public async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public stop(): void {
    this.server.close();
  }

  public bodiesOf(route: string): string[] {
    return this.calls.filter((call) => call.route === route).map((call) => call.body);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const route = `${request.method} ${decodeURIComponent(request.url!.split('?')[0])}`;
    this.calls.push({ route, body: Buffer.concat(chunks).toString('utf-8') });
    const { status, headers, body } = this.reply(route);
    response.writeHead(status, headers).end(body);
  }

  private reply(route: string): { status: number; headers?: Record<string, string>; body?: string } {
    switch (route) {
      case 'GET /assets/spec.json': return { status: 200, body: GOLDEN_TEXT };
      case `GET /lake/${PART_KEY}`: return { status: 200, body: cards(30).map((card) => `${cardLine(card)}\n`).join('') };
      case `DELETE /lake/${DEAD_LETTER_KEY}`: return { status: 204 };
      case 'POST /BatchWriteRecord': return this.bodiesOf(route).length === 1
        ? { status: 400, headers: { 'x-amzn-errortype': 'ThrottlingException' }, body: '{"message":"slow down"}' }
        : { status: 200, headers: { 'content-type': 'application/json' }, body: '{"Errors":[],"UnprocessedEntries":[]}' };
      default: return { status: 500, body: route };
    }
  }
}

describe('the bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'publisher-'));
  const bundle = join(folder, 'index.js');
  const endpoint = new Endpoint();

  afterAll(() => {
    endpoint.stop();
    rmSync(folder, { recursive: true });
  });

  test('carries the SDK and publishes a part over HTTP', async () => {
    buildSync({ entryPoints: [join(__dirname, '../../assets/publisher/handler.ts')], bundle: true, platform: 'node', target: 'node22', format: 'cjs', outfile: bundle });

    const { stdout } = await promisify(execFile)(process.execPath, ['-e', CALL_BUNDLE, bundle, JSON.stringify(EVENT)], {
      cwd: folder, // no node_modules above it
      env: {
        AWS_ENDPOINT_URL: await endpoint.start(),
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        LAKE_BUCKET: 'lake',
        SPEC_BUCKET: 'assets',
        SPEC_KEY: 'spec.json',
        PLATFORM_NAME: 'cards',
      },
    });

    expect(JSON.parse(stdout.split('RESULT')[1])).toEqual({
      key: PART_KEY, featureGroup: 'card_features', attempted: 30, written: 30, retried: 25, deadLettered: 0,
    });
    const requests = endpoint.bodiesOf('POST /BatchWriteRecord').map((body) => JSON.parse(body).Entries);
    expect(requests.map((entries) => entries.length).sort()).toEqual([25, 25, 5]); // 25 and 5, and the throttled 25 once more
    expect(requests[0][0]).toEqual({
      FeatureGroupName: 'rt_card_features_v1',
      Record: [
        { FeatureName: 'card_id', ValueAsString: 'card-0' },
        { FeatureName: 'event_time', ValueAsString: SLOT_END },
        { FeatureName: 'txn_count_1h', ValueAsString: '3' },
        { FeatureName: 'txn_amount_1h', ValueAsString: '125.50' },
      ],
    });
  }, 60_000);
});
