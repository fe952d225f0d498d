import { problemCodes } from './problem-meaning.ts';

/** What patterns cannot make of a blueprint, and what `raw` cannot add to it. */
export const patternProblems = problemCodes({
  PATTERN_UNKNOWN: { meaning: 'This version cannot build the pattern there.', next: 'Choose one of those that are said; docs/patterns says what each does.' },
  PATTERN_INCOMPLETE: { meaning: 'A pattern lacks something it is made of, or states what it cannot do.', next: 'State or remove what is said.' },
  PATTERN_TWICE: { meaning: 'Two parts of the blueprint ask for an object of the same name.', next: 'Rename one of them.' },
  RAW_FIELD: { meaning: 'A field of `raw` is set by the server or by authctl.', next: 'Take it out.' },
  RAW_INEFFECTIVE: { meaning: 'The server takes a field of `raw` and does not do what it says, or not by itself.', next: 'State what it needs, or take it out.' },
  RAW_MISSING_FIELD: { meaning: 'An object of `raw` does not say what it is.', next: 'State the field that is named.' },
  RAW_NAME_TAKEN: { meaning: 'A pattern makes an object of this name already.', next: 'Choose another name, or change what the pattern makes under `raw.kong.services`, `routes` or `plugins`.' },
  RAW_PLUGIN_UNNAMED: { meaning: 'A plugin of `raw.kong.entities` does not say which one it is.', next: 'State `name`.' },
  RAW_REFERENCE: { meaning: 'A reference in `raw` names nothing.', next: 'State the name of what it refers to.' },
  RAW_REFUSED: { meaning: 'The server refuses an object with what `raw` states of it.', next: 'State what it takes, or take it out.' },
  RAW_ROUTE_CONDITION: { meaning: '`raw.kong.routes` states which requests a route of the blueprint takes, or whose guards stand before it: matrix, reach and verify would judge another route than Kong has.', next: 'Say it by `match`, `hosts` or `headers` of the route, or write a route of your own under `raw.kong.entities.routes`.' },
  RAW_UNKNOWN_FIELD: { meaning: 'A field of `raw` is none that the server knows: it would refuse it, or drop it without a word.', next: 'Mend the name.' },
  RAW_UNKNOWN_NAME: { meaning: '`raw` refers to an object that the blueprint does not have.', next: 'Mend the name; `authctl plan` shows them all.' },
  RAW_UNKNOWN_PLUGIN: { meaning: '`raw.kong.plugins` names no plugin that a pattern makes.', next: 'Mend the instance name, or put a plugin of your own into `raw.kong.entities.plugins`.' },
  MATRIX_OPA_FAILED: { meaning: '`opa eval` gave no answer, so the policy could not be asked.', next: 'Its own words are quoted.' },
  MATRIX_POLICY_FAILED: { meaning: 'The policy cannot be evaluated.', next: '`opa check --strict` on its directory shows where.' },
});
