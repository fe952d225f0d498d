import { problemCodes } from '../problems/problem-meaning.ts';

export const journalProblems = problemCodes({
  JOURNAL_ANSWER: { meaning: 'S3 answered something that its documentation does not have, so that nothing is known of what is noted there.', next: 'Is it S3, or a server that speaks its API, and no proxy in between?' },
  JOURNAL_FORBIDDEN: { meaning: 'S3 does not let this login read or write where runs are noted, or there is none.', next: 'Check the credentials; `authctl permissions` prints the least policy while `AUTHCTL_JOURNAL` is set.' },
  JOURNAL_NO_BUCKET: { meaning: 'The bucket that `AUTHCTL_JOURNAL` names is not there.', next: 'Mend the name, or make the bucket.' },
  JOURNAL_OVERTAKEN: { meaning: 'What a run had noted in S3 was changed by somebody else while it ran, and was left as it is.', next: 'Look who writes there; what the run did is kept on its machine, and the report says where.' },
  JOURNAL_PLACE: { meaning: '`AUTHCTL_JOURNAL` (or `AUTHCTL_STATE_DIR`) names no place where runs could be noted.', next: 'Write `s3://bucket/prefix` and set what is named; docs/operations.md has all of it. Unset, runs are noted below `AUTHCTL_STATE_DIR`.' },
  JOURNAL_UNREACHABLE: { meaning: 'S3 does not answer, so that nothing is known of what is noted there (exit 3).', next: 'Try again when it does. Unset, `AUTHCTL_JOURNAL` keeps nobody from applying.' },
  JOURNAL_UNREADABLE: { meaning: 'The directory in which runs are noted cannot be read.', next: 'Give this account the right to read it, or name another one by `AUTHCTL_STATE_DIR`.' },
});
