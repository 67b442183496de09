import { isDeepStrictEqual } from 'node:util';
import { isPath, parsedSource } from './source-path';
import { Column } from '../column';
import { SourcePath } from '../document';
import { EventSchema } from '../event-schema';

/** A text that says where a value is, and the option that holds it. */
export interface DeclaredSource {
  readonly where: string;
  readonly text: string;
}

/** Where the id of an event may be, the best place first. */
export function eventIdSources({ eventId, eventIdFallbackSources }: EventSchema): DeclaredSource[] {
  return [{ where: 'events.eventId', text: eventId }, ...fallbacks('events.eventIdFallbackSources', eventIdFallbackSources)];
}

/** Where the time of an event may be, the best place first. */
export function eventTimeSources({ eventTime }: EventSchema): DeclaredSource[] {
  return [{ where: 'events.eventTime', text: eventTime.column }, ...fallbacks('events.eventTime.fallbackSources', eventTime.fallbackSources)];
}

/** What is declared about where the value of a column may be, the best place first; nothing for the key of the column's name. */
export function columnSources(where: string, { source, fallbackSources }: Column): DeclaredSource[] {
  return [
    ...(source === undefined ? [] : [{ where: `${where}.source`, text: source }]),
    ...fallbacks(`${where}.fallbackSources`, fallbackSources),
  ];
}

/** The steps to each place of a column's value; its texts are known to be right. */
export function columnPaths(column: Column): SourcePath[] {
  const declared = pathsOf(columnSources('', column));
  return column.source === undefined ? [[column.name], ...declared] : declared;
}

/** The steps to each place; the texts are known to be right. */
export function pathsOf(sources: DeclaredSource[]): SourcePath[] {
  return sources.map(({ text }) => parsedSource(text)).filter(isPath);
}

/** Paths as the document has them: left out where they say no more than the name does. */
export function statedPaths(name: string, paths: SourcePath[]): SourcePath[] | undefined {
  return isDeepStrictEqual(paths, [[name]]) ? undefined : paths;
}

function fallbacks(where: string, texts: string[]): DeclaredSource[] {
  return texts.map((text, index) => ({ where: `${where}[${index}]`, text }));
}
