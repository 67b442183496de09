import { jsonText } from './differences';
import { Problems } from '../../../private/errors';

/** One part of a lock file as it was found; what it should be and is not becomes a problem. */
export class LockPart {
  constructor(
    private readonly problems: Problems,
    private readonly fix: string,
    private readonly where: string,
    public readonly value: unknown,
  ) {}

  /** The part of a key, found or not. */
  public at(key: string): LockPart {
    return this.part(`${this.where}.${key}`, (this.value as Record<string, unknown> | null | undefined)?.[key]);
  }

  /** Text that has to be there. */
  public text(): string {
    return typeof this.value === 'string' ? this.value : this.refused('text', '');
  }

  /** Text that may be left out. */
  public optionalText(): string | undefined {
    return this.value === undefined ? undefined : this.text();
  }

  /** A number that has to be there. */
  public number(): number {
    return typeof this.value === 'number' ? this.value : this.refused('a number', NaN);
  }

  /** A number that may be left out. */
  public optionalNumber(): number | undefined {
    return this.value === undefined ? undefined : this.number();
  }

  /** The items of a list that has to be there. */
  public items(): LockPart[] {
    if (!Array.isArray(this.value)) return this.refused('a list', []);
    return this.value.map((item, index) => this.part(`${this.where}[${index}]`, item));
  }

  /** What is read of each item of a list whose names all differ; a merge of two branches can leave one twice. */
  public namedItems<T>(read: (name: string, item: LockPart) => T): T[] {
    const names = new Set<string>();
    return this.items().map((item) => {
      const part = item.at('name');
      const name = part.text();
      if (names.has(name)) part.refused('a name that no item before it has', name);
      names.add(name);
      return read(name, item);
    });
  }

  private part(where: string, value: unknown): LockPart {
    return new LockPart(this.problems, this.fix, where, value);
  }

  private refused<T>(expected: string, instead: T): T {
    this.problems.add(this.where, this.value === undefined ? 'nothing' : jsonText(this.value), expected, this.fix);
    return instead;
  }
}
