import { isDeepStrictEqual } from 'node:util';
import { isPath, parsedSource, pathText } from './source-path';
import { columnSources, DeclaredSource } from './sources';
import { Problems, quoted } from '../../private/errors';
import { Column } from '../column';
import { SourcePath } from '../document';

/** One of the places where a value may be. */
interface Place {
  readonly where: string;
  readonly path: SourcePath;
}

/** Notes sources that name no place, and places that the values of one event cannot share. */
export class SourceChecks {
  private readonly lists: Place[][] = [];

  constructor(private readonly problems: Problems) {}

  /** Adds what is declared for a column, which is the key of its name unless there is a source. */
  public addColumn(where: string, column: Column): void {
    const isOwnKey = column.source === undefined;
    this.add(columnSources(where, column), isOwnKey ? [{ where: `${where}.name`, path: [column.name] }] : []);
  }

  /** Adds what is declared for one value, behind a place that is known. */
  public add(sources: DeclaredSource[], known: Place[] = []): void {
    const places = [...known];
    for (const { where, text } of sources) {
      const path = parsedSource(text);
      if (isPath(path)) {
        const same = places.find((place) => isDeepStrictEqual(place.path, path));
        if (same === undefined) places.push({ where, path });
        else this.problems.add(where, `${quoted(text)} a second time`, 'different places', `remove it, or correct the one at ${same.where}`);
      } else {
        this.problems.add(where, path.got, path.expected, path.fix);
      }
    }
    if (places.length > 0) this.lists.push(places);
  }

  /** Notes values that cannot differ, and places that an accepted event never has. */
  public addConflicts(): void {
    this.lists.forEach((places, index) => {
      const twin = this.lists.slice(0, index).find((others) => isDeepStrictEqual(paths(others), paths(places)));
      if (twin !== undefined) {
        this.problems.add(
          places[0].where, shown(places[0]), 'a place that no other column reads', `correct it, or the one at ${twin[0].where}`,
        );
      }
      places.forEach((place) => this.addShadow(place));
    });
  }

  /** Where the first place of a value holds an object or an array, that value is refused; so nothing inside is ever read. */
  private addShadow(place: Place): void {
    const shadow = this.lists.map(([first]) => first).find(({ path }) => isWithin(place.path, path));
    if (shadow === undefined) return;
    this.problems.add(
      place.where, shown(place), `a place outside of ${shown(shadow)}, which ${shadow.where} reads as one value`,
      'correct one of the two: an event cannot have both',
    );
  }
}

function isWithin(path: SourcePath, outer: SourcePath): boolean {
  return path.length > outer.length && isDeepStrictEqual(path.slice(0, outer.length), outer);
}

function paths(places: Place[]): SourcePath[] {
  return places.map(({ path }) => path);
}

function shown({ path }: Place): string {
  return quoted(pathText(path));
}
