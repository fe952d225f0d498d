/** How a duration is written, everywhere: a whole number above 0 and a unit. A number without one says nothing, and is none. */
export const DURATION = '^[1-9][0-9]{0,8}[smhd]$';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `5m` in seconds; nothing where the text is no duration. */
export const secondsOf = (text: string): number | undefined => {
  const factor = SECONDS[text.slice(-1)];
  return factor !== undefined && new RegExp(DURATION).test(text) ? Number(text.slice(0, -1)) * factor : undefined;
};

/** What may be a number of seconds or a duration as text, in seconds; nothing for what is neither. */
export const durationOf = (stated: number | string): number | undefined => {
  const seconds = typeof stated === 'number' ? stated : secondsOf(stated);
  return seconds !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
};
