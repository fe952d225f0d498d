/** How many times as many draws a property is given: a run draws little and each time anew, and what one would meet in a hundred is to be met before. */
export const TIMES = Number(process.env['AUTHCTL_PROPERTY_TIMES'] ?? 1);

/** The number of draws of a property that takes so many in a usual run. */
export const draws = (usual: number): number => usual * TIMES;
