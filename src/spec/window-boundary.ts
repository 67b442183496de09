/**
 * Which ends of a window `[start, end]` belong to it, in the words of pandas and Polars.
 *
 * An event exactly one window length old is at the start; an event of the very instant is at the end.
 */
export enum WindowBoundary {
  /** The start belongs to the window, the end does not: an event does not see itself. */
  LEFT = 'left',
  /** The end belongs to the window, the start does not. */
  RIGHT = 'right',
  /** Both ends belong to the window. */
  BOTH = 'both',
  /** Neither end belongs to the window. */
  NEITHER = 'neither',
}
