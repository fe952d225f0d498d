/** What the local stack loads: servers that speak as Kong and API Gateway do, and the recorder of its upstreams. */
export { startEmbeddedAws } from './aws/index.ts';
export type { EmbeddedAws, EmbeddedAwsOptions, LogEntry } from './aws/index.ts';
export { startEmbeddedKong } from './kong/index.ts';
export type { EmbeddedKong } from './kong/index.ts';
export { sessionsOf } from './http2-sessions.ts';
export { createRecorder } from './recorder/index.ts';
export type { Calls, RecordableRequest, RecordedCall, Recorder, RecorderOptions } from './recorder/index.ts';
export { redactText } from './recorder/redact.ts';
