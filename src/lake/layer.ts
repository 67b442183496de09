import { LAKE_FOLDERS } from '../spec/lake-folders';

/** The folders of the lake, as prefixes of object keys that end in a slash. */
export class Layer {
  /** Events exactly as they arrived. */
  public static readonly BRONZE = LAKE_FOLDERS.bronze;
  /** Cleaned events without duplicates. */
  public static readonly SILVER = LAKE_FOLDERS.silver;
  /** One row per event with every feature, and the datasets. */
  public static readonly GOLD = LAKE_FOLDERS.gold;
  /** Lines that were refused, with the reason. */
  public static readonly QUARANTINE = LAKE_FOLDERS.quarantine;
  /** Records on their way to the online store. */
  public static readonly PUBLISH = LAKE_FOLDERS.publish;
  /** Reports of runs, which later runs start from. */
  public static readonly CONTROL = LAKE_FOLDERS.control;
  /** Labels, which users provide. */
  public static readonly LABELS = LAKE_FOLDERS.labels;
  /** What the delivery stream could not deliver. */
  public static readonly ERRORS = LAKE_FOLDERS.errors;
  /** Logs of Spark jobs. */
  public static readonly SPARK_LOGS = LAKE_FOLDERS.sparkLogs;
  /** What was served, as Feature Store keeps it. */
  public static readonly OFFLINE_STORE = LAKE_FOLDERS.offlineStore;

  private constructor() {}
}
