type Paint = (text: string) => string;

/** Colours by meaning, so that a renderer never names one. */
export interface Style {
  readonly good: Paint;
  readonly bad: Paint;
  readonly change: Paint;
  readonly faint: Paint;
  readonly strong: Paint;
}

const paint =
  (open: number, close: number): Paint =>
  (text) =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const plain: Paint = (text) => text;

export const makeStyle = (coloured: boolean): Style =>
  coloured
    ? { good: paint(32, 39), bad: paint(31, 39), change: paint(33, 39), faint: paint(2, 22), strong: paint(1, 22) }
    : { good: plain, bad: plain, change: plain, faint: plain, strong: plain };
