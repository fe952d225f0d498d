import { problemCodes } from './problem-meaning.ts';

/** Of planning and writing, whichever the server. */
export const engineProblems = problemCodes({
  PLAN_BLOCKED: { meaning: 'Something that is not of this blueprint is in the way.', next: 'Rename it in the blueprint, or take it over by `--adopt` when it carries no mark.' },
  PLAN_NO_VALUE: { meaning: 'A value that another target gives (keys) is empty, or of no use. What was made of the one before stays as it is.', next: 'Look at the target: a realm without an active key for its algorithm signs nothing.' },
  PLAN_DEPENDENTS: { meaning: 'An object of ours would be deleted, and something of somebody else stands on it, which would lose what guards it.', next: 'Take away or move what stands on it, or let ours go without deleting it: `authctl release`.' },
  ACCEPT_BAD_DATE: { meaning: '`--until` is no date.', next: 'Write it as 2027-01-31.' },
  ACCEPT_NO_REASON: { meaning: 'Something was to be accepted without a reason.', next: 'Say why it is fine: `--reason`.' },
  ACCEPT_PLACE: { meaning: 'The `accept` of the file is no list that entries can be put behind.', next: 'Write it as a list with a hyphen before each entry.' },
  ACCEPT_UNMATCHED: { meaning: 'Drift tells nothing of what was to be accepted.', next: 'Run `authctl drift`, and take the address from what it tells.' },
  ACCEPT_UNWRITTEN: { meaning: 'The blueprint file could not be written; it is as it was.', next: 'Is the file yours to write to?' },
  APPLY_NO_VALUE: { meaning: 'A value that another target needs (keys) was not there when it was wanted.', next: 'Apply again; if it stays away, look at the target that gives it.' },
  APPLY_SKIPPED: { meaning: 'An object was not written, because one it needs was not, or the run was interrupted.', next: 'Mend the failure above, and apply again.' },
  HISTORY_UNKNOWN: { meaning: 'No run of this name is noted on this machine.', next: 'List those that are: `authctl history`. `AUTHCTL_STATE_DIR` says where they are kept.' },
  LOCK_DURATION: { meaning: '`--lock-timeout` is no duration.', next: 'Write it as 90s, 10m or 1h.' },
  LOCK_HELD: { meaning: 'Somebody else is applying this blueprint. Nothing was written.', next: 'Wait for it: `--lock-timeout 10m`. When nobody is at it any more: `authctl unlock`.' },
  LOCK_LOST: { meaning: 'The lock of this run was taken away while it ran. What was under way was finished, and nothing new was begun.', next: 'Who ran `authctl unlock`? Look at the plan, and apply again.' },
  RELEASE_UNMATCHED: { meaning: 'Nothing that carries the mark is called so.', next: 'Take the address from what `plan` or `drift` shows.' },
  SAVED_PLAN_CHANGED: { meaning: 'A saved plan was to be applied, and the blueprint, its policy or its environment is not what it was. Nothing was written.', next: 'Make the plan again: `authctl plan --out <file>`.' },
  SAVED_PLAN_MOVED: { meaning: 'A saved plan was to be applied, and the live stack is not what it was. Nothing was written.', next: 'Look at what has moved, and make the plan again.' },
  SAVED_PLAN_OPTIONS: { meaning: 'A saved plan was to be applied with options that it does not have.', next: 'Leave `--prune`, `--adopt` and `--env` out: the plan holds those that it was made with.' },
  SAVED_PLAN_UNREADABLE: { meaning: 'The file is no plan that this version can read, or it was changed by hand.', next: 'Make the plan again: `authctl plan --out <file>`.' },
  SAVED_PLAN_UNWRITTEN: { meaning: 'The plan could not be written to its file.', next: 'Name a file in a directory that is there and that may be written to.' },
  TARGET_MISSING: { meaning: 'The blueprint names no such target.', next: 'State it under `targets`.' },
  TARGET_ONLY_LOOKED_AT: { meaning: 'Something would be written to a target that the blueprint only looks at (`manage: none`). Nothing was.', next: 'Take `manage: none` away, or change it with the tool that keeps the target. See docs/looking.md.' },
  TARGET_UNREACHABLE: { meaning: 'A target did not answer, so nothing is known about it (exit 3).', next: 'Is it running, and is its address right?' },
});
