/** Longest name of a column, feature, group or table: the limit of Feature Store. */
export const MAX_NAME_LENGTH = 64;

/** Most feature definitions of one group, those of the record itself included: the limit of Feature Store. */
export const MAX_FEATURE_DEFINITIONS = 2_500;

/** Most digits of a decimal: what a 64-bit integer of minor units always holds. */
export const MAX_PRECISION = 18;

/** Longest text that Feature Store keeps in one feature. */
export const MAX_TEXT_LENGTH = 358_400;

/** Longest pattern, and highest repetition count in one. */
export const MAX_PATTERN_LENGTH = 1_000;
export const MAX_PATTERN_REPEAT = 1_000;

/** Longest text that says where a value is. */
export const MAX_SOURCE_LENGTH = 1_000;

/** Most `allOf`, `anyOf` and `not` that a comparison may be inside of. */
export const MAX_PREDICATE_NESTING = 10;

export const MAX_WINDOW_DAYS = 3_650;
export const MAX_TIME_TO_LIVE_DAYS = 10_000;
export const MAX_PERIOD_DAYS = 3_650;
export const MAX_SKEW_DAYS = 1;

/** Longest time that a delivery stream may hold events back. */
export const MAX_BUFFER_SECONDS = 900;
