import { featureRecord, FeatureRecord } from '../../assets/publisher/feature-record';
import { featureGroupNamed, FeatureGroupDocument, parseSpecDocument } from '../../assets/publisher/spec-document';
import { goldenText } from '../fixtures/golden';

export const SLOT_END = '2025-10-23T22:40:00.000Z';
export const PART_KEY = 'publish/card_features/slot=20251023T224000Z/part-00000.jsonl';
export const DEAD_LETTER_KEY = 'publish/card_features/dead-letter/slot=20251023T224000Z/part-00000.jsonl';

/** The committed spec document that every reader accepts. */
export const GOLDEN_TEXT = goldenText('card');
export const GOLDEN_SPEC = parseSpecDocument(GOLDEN_TEXT);
export const CARD_FEATURES = featureGroupNamed(GOLDEN_SPEC, 'card_features');

/** A line of the card features' publish set. */
export function cardLine(card: string, features: object = { txn_count_1h: 3, txn_amount_1h: '125.50' }): string {
  return JSON.stringify({ card_id: card, event_time: SLOT_END, ...features });
}

export function cardRecord(card: string): FeatureRecord {
  return featureRecord(cardLine(card), CARD_FEATURES, SLOT_END);
}

/** Cards named `card-0`, `card-1` and so on. */
export function cards(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `card-${index}`);
}

/** The golden group with other features or another entity. */
export function groupWith(overrides: Partial<FeatureGroupDocument>): FeatureGroupDocument {
  return { ...CARD_FEATURES, ...overrides };
}

/** A stream that ends each chunk where the bytes happen to fall. */
export async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'utf-8');
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
