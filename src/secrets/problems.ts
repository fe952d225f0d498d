import { problemCodes } from '../problems/problem-meaning.ts';

export const secretsProblems = problemCodes({
  SECRETS_FORBIDDEN: { meaning: 'A store of secrets does not let this login in, or does not let it read that secret.', next: 'Check the login; docs/secrets.md has the least policy for each store.' },
  SECRETS_MISSING: { meaning: 'A store has no such secret, or the secret has no such field.', next: 'Mend the reference, or put the secret there.' },
  SECRETS_REFUSED: { meaning: 'A store of secrets refused to give a secret, or what it answers is not what it documents.', next: 'Its own words are quoted.' },
  SECRETS_SETTING: { meaning: 'What a store of secrets needs is not in the environment, or cannot be used.', next: 'Set what is named; docs/secrets.md has all of it.' },
  SECRETS_UNREACHABLE: { meaning: 'A store of secrets does not answer.', next: 'Is its address right, and is it up?' },
});
