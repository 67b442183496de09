import { RemovalPolicy, Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { FeatureCatalog } from '../../src/catalog/feature-catalog';
import { DataLake } from '../../src/lake/data-lake';
import { Column } from '../../src/spec/column';
import { ColumnType } from '../../src/spec/column-type';
import { EventTime } from '../../src/spec/event-time';
import { FeatureSpec } from '../../src/spec/feature-spec';
import { LabelSource } from '../../src/spec/label-source';
import { RESERVED_COLUMNS } from '../../src/spec/private/reserved-names';
import { audit } from '../fixtures/audit';
import { checkoutSpec } from '../fixtures/checkout-features';
import { cardEvents, cardFeatures, cardSpec } from '../fixtures/specs';

function catalogOf(spec: FeatureSpec = cardSpec(), props: { databaseName?: string; removalPolicy?: RemovalPolicy } = {}) {
  const stack = new Stack();
  const catalog = new FeatureCatalog(stack, 'Catalog', { spec, lake: new DataLake(stack, 'Lake'), ...props });
  return { stack, catalog, template: Template.fromStack(stack) };
}

function table(template: Template, name: string): any {
  const [found] = Object.values(template.findResources('AWS::Glue::Table', { Properties: { TableInput: { Name: name } } }));
  return found.Properties.TableInput;
}

const columnsOf = (input: any) => Object.fromEntries(input.StorageDescriptor.Columns.map((column: any) => [column.Name, column.Type]));

describe('FeatureCatalog', () => {
  const byDefault = catalogOf();

  test('has no table in which a name that may be declared could stand twice', () => {
    const { template } = catalogOf(cardSpec({ datasets: { labels: LabelSource.csv({ eventId: 'event_id', label: 'label', labelTime: 'known_at' }) } }));
    const tables = Object.values<any>(template.findResources('AWS::Glue::Table')).map(({ Properties }) => Properties.TableInput);
    const names = (input: any): string[] => [...input.StorageDescriptor.Columns, ...input.PartitionKeys].map(({ Name }: any) => Name);
    const isDeclared = (name: string) => cardEvents().columns.some((column) => column.name === name)
      || cardFeatures().features.some((feature) => feature.name === name);
    const withDeclared = tables.map(names).filter((all) => all.some(isDeclared));
    const fixed = new Set(withDeclared.flat().filter((name) => !isDeclared(name) && name !== cardEvents().eventTime.column));

    expect(withDeclared.length).toBe(3);
    expect([...fixed]).toEqual(expect.arrayContaining(['event_id', 'ingest_dt', 'dt', 'split', 'label']));
    expect(RESERVED_COLUMNS).toEqual(expect.arrayContaining([...fixed]));
  });

  test('derives a database name that Glue and Athena accept', () => {
    expect(byDefault.catalog.databaseName).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
  });

  test('derives another database name for each catalog', () => {
    const stack = new Stack();
    const lake = new DataLake(stack, 'Lake');
    const names = ['One', 'Two'].map((id) => new FeatureCatalog(stack, id, { spec: cardSpec(), lake }).databaseName);

    expect(names[0]).not.toEqual(names[1]);
    Template.fromStack(stack).resourceCountIs('AWS::Glue::Database', 2);
  });

  test('keeps the database when the stack goes, unless told otherwise', () => {
    byDefault.template.allResources('AWS::Glue::Database', { DeletionPolicy: 'Retain' });
    catalogOf(cardSpec(), { removalPolicy: RemovalPolicy.DESTROY }).template.allResources('AWS::Glue::Database', { DeletionPolicy: 'Delete' });
  });

  test('declares bronze, quarantine and datasets, and leaves silver and gold to the job', () => {
    expect(Object.keys(byDefault.catalog.tables)).toEqual([
      'card_authorization', 'card_authorization_quarantine', 'card_features_training', 'card_features_inference',
    ]);
  });

  test('reads bronze as JSON lines, by minutes of arrival that are calculated', () => {
    const bronze = table(byDefault.template, 'card_authorization');

    expect(bronze.PartitionKeys).toEqual([{ Name: 'ingest_dt', Type: 'string' }]);
    expect(bronze.StorageDescriptor.SerdeInfo.SerializationLibrary).toBe('org.openx.data.jsonserde.JsonSerDe');
    expect(bronze.Parameters).toMatchObject({
      'projection.enabled': 'true',
      'projection.ingest_dt.type': 'date',
      'projection.ingest_dt.format': 'yyyy/MM/dd/HH/mm',
      'projection.ingest_dt.interval': '1',
      'projection.ingest_dt.interval.unit': 'MINUTES',
      'storage.location.template': {
        'Fn::Join': ['', ['s3://', { Ref: expect.stringMatching(/^LakeBucket/) }, '/bronze/streaming/card_authorization/ingest_dt=${ingest_dt}/']],
      },
    });
  });

  test('lists the columns of an event as they arrive', () => {
    expect(columnsOf(table(byDefault.template, 'card_authorization'))).toEqual({
      event_id: 'string',
      ts: 'double',
      card_id: 'string',
      merchant_id: 'string',
      amount: 'decimal(12,2)',
      currency: 'string',
      country: 'string',
      pos_mode: 'string',
    });
  });

  test('reads timestamps of bronze as text, because JSON has no other way to write them', () => {
    const events = cardEvents({
      eventTime: EventTime.iso8601('ts'),
      columns: [Column.string('card_id', { required: true }), Column.timestamp('opened_at')],
    });
    const features = cardFeatures({ features: [...cardFeatures().features.slice(0, 1)] });
    const { template } = catalogOf(new FeatureSpec({ events, featureGroups: [features] }));

    expect(columnsOf(table(template, 'card_authorization'))).toMatchObject({ ts: 'string', opened_at: 'string' });
    expect(columnsOf(table(template, 'card_features_training'))).toMatchObject({ opened_at: 'timestamp' });
  });

  test('shows each key of nested events that is read, objects and arrays as their text', () => {
    const bronze = table(catalogOf(checkoutSpec()).template, 'checkout');

    expect(columnsOf(bronze)).toEqual({
      meta: 'string', event_id: 'string', event_time: 'string', payment: 'string', cardid: 'string', items: 'string', channel: 'string',
    });
    expect(bronze.StorageDescriptor.SerdeInfo.Parameters).toEqual({
      'ignore.malformed.json': 'true', 'case.insensitive': 'false', 'mapping.event_time': 'Event Time', 'mapping.cardid': 'cardId',
    });
  });

  test('lets no column of bronze have the name of another or of the partition, and reads what has several types as text', () => {
    const { template } = catalogOf(cardSpec({
      events: cardEvents({
        columns: [
          ...cardEvents().columns.filter(({ name }) => !['amount', 'country'].includes(name)),
          Column.decimal('amount', { precision: 12, scale: 2, fallbackSources: ['Amount', 'a|b'] }),
          Column.string('country', { source: 'Country', fallbackSources: ['COUNTRY', 'country', 'größe', '1st', '---', '$.amount'] }),
          Column.string('arrived', { source: 'ingest_dt' }),
          Column.integer('n', { source: '$.Amount', fallbackSources: ['_n'] }),
        ],
      }),
    }));
    const bronze = table(template, 'card_authorization');
    const { 'ignore.malformed.json': _, 'case.insensitive': __, ...mappings } = bronze.StorageDescriptor.SerdeInfo.Parameters;

    expect(columnsOf(bronze)).toEqual({
      event_id: 'string',
      ts: 'double',
      card_id: 'string',
      merchant_id: 'string',
      currency: 'string',
      pos_mode: 'string',
      amount: 'string',
      amount_2: 'string', // each is read as a decimal and as something else
      country: 'string',
      country_2: 'string',
      country_3: 'string',
      gr_e: 'string',
      key_1st: 'string',
      key_: 'string',
      ingest_dt_2: 'string',
      n: 'bigint',
    });
    expect(mappings).toEqual({
      'mapping.amount_2': 'Amount',
      'mapping.country_2': 'Country',
      'mapping.country_3': 'COUNTRY',
      'mapping.gr_e': 'größe',
      'mapping.key_1st': '1st',
      'mapping.key_': '---',
      'mapping.ingest_dt_2': 'ingest_dt',
      'mapping.n': '_n',
    });
  });

  test('starts the slots of the quarantine at a midnight, so that they meet the folders', () => {
    expect(table(byDefault.template, 'card_authorization_quarantine').Parameters).toMatchObject({
      'projection.slot.range': '20250101T000000Z,NOW', 'projection.slot.interval': '10', 'projection.slot.interval.unit': 'MINUTES',
    });
  });

  test('splits training sets into the two folders of a day', () => {
    const training = table(byDefault.template, 'card_features_training');

    expect(training.PartitionKeys.map((key: any) => key.Name)).toEqual(['dt', 'split']);
    expect(training.Parameters['projection.split.values']).toBe('train,validation');
    expect(JSON.stringify(training.Parameters['storage.location.template'])).toContain('/gold/training/dt=${dt}/${split}/');
  });

  test('gives training rows the event, its features, and a label where there are labels', () => {
    const labels = LabelSource.parquet({ eventId: 'event_id', label: 'is_fraud', labelTime: 'known_at' });
    const unlabelled = columnsOf(table(byDefault.template, 'card_features_training'));
    const labelled = columnsOf(table(catalogOf(cardSpec({ datasets: { labels } })).template, 'card_features_training'));

    expect(unlabelled).toMatchObject({ event_id: 'string', event_time: 'timestamp', txn_amount_1h: 'decimal(19,2)', avg_amount_7d: 'double' });
    expect(unlabelled).not.toHaveProperty('label');
    expect(labelled).toMatchObject({ label: 'double', label_time: 'timestamp' });
  });

  test.each([
    [ColumnType.DOUBLE, 'double'], [ColumnType.INTEGER, 'bigint'], [ColumnType.BOOLEAN, 'boolean'], [ColumnType.STRING, 'string'],
  ])('gives a label of type %s its type', (labelType, type) => {
    const labels = LabelSource.parquet({ eventId: 'event_id', label: 'is_fraud', labelTime: 'known_at', labelType });

    expect(columnsOf(table(catalogOf(cardSpec({ datasets: { labels } })).template, 'card_features_training')).label).toBe(type);
  });

  test('has a table of labels that cannot be read, by day, where labels are declared', () => {
    const labels = LabelSource.parquet({ eventId: 'event_id', label: 'is_fraud', labelTime: 'known_at' });
    const quarantine = table(catalogOf(cardSpec({ datasets: { labels } })).template, 'card_authorization_label_quarantine');

    expect(columnsOf(quarantine)).toEqual({ reason: 'string', column: 'string', raw: 'string', source_object: 'string', source_line: 'bigint' });
    expect(quarantine.PartitionKeys.map((key: any) => key.Name)).toEqual(['dt']);
    expect(JSON.stringify(quarantine.Parameters['storage.location.template'])).toContain('/quarantine/card_authorization-labels/dt=${dt}/');
    expect(Object.keys(byDefault.catalog.tables)).not.toContain('card_authorization_label_quarantine');
  });

  test('gives inference rows the entity, the time and the features', () => {
    expect(Object.keys(columnsOf(table(byDefault.template, 'card_features_inference')))).toEqual([
      'card_id', 'event_time', ...cardFeatures().features.map(({ name }) => name),
    ]);
  });

  test('keeps the datasets of several groups apart', () => {
    const other = cardFeatures({ name: 'merchant_features', featureGroupName: 'merchant_features_v1', entity: ['merchant_id'] });
    const { template } = catalogOf(cardSpec({ featureGroups: [cardFeatures(), other] }));

    expect(JSON.stringify(table(template, 'merchant_features_training').StorageDescriptor.Location)).toContain('/gold/training/merchant_features/');
  });

  test.each(['Upper', '1st', 'with-hyphen', '', 'a'.repeat(256)])('fails when the database is named %p', (databaseName) => {
    expect(() => catalogOf(cardSpec(), { databaseName })).toThrow(/databaseName: got '.*', expected up to 255 lower-case letters/);
  });

  test('accepts a database name of 255 characters', () => {
    expect(catalogOf(cardSpec(), { databaseName: 'a'.repeat(255) }).catalog.databaseName).toHaveLength(255);
  });

  test('grants exact actions on the catalog, the database and its tables', () => {
    const stack = new Stack();
    const policy = new iam.ManagedPolicy(stack, 'Policy', { statements: [] });
    new FeatureCatalog(stack, 'Catalog', { spec: cardSpec(), lake: new DataLake(stack, 'Lake'), databaseName: 'features' }).grants.readWrite(policy);

    Template.fromStack(stack).hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: {
        Statement: [Match.objectLike({
          Action: [
            'glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions', 'glue:CreateTable', 'glue:UpdateTable',
          ],
          Resource: ['catalog', 'database/features', 'table/features/*'].map((suffix) => ({
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':glue:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${suffix}`]],
          })),
        })],
      },
    });
  });

  test('leaves no compliance finding open', () => {
    const { open } = audit((stack) => new FeatureCatalog(stack, 'Catalog', { spec: cardSpec(), lake: new DataLake(stack, 'Lake') }));

    expect(open).toEqual([]);
  });
});
