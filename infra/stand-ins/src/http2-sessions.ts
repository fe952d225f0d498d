import type { Http2Server, ServerHttp2Session } from 'node:http2';

/** Keeps the sessions of a server, of which one that breaks off is nobody's error; gives what ends all that are open, as `close` of the server does not. */
export const sessionsOf = (server: Http2Server): (() => void) => {
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('close', () => { sessions.delete(session); });
  });
  return () => {
    for (const session of sessions) session.destroy();
  };
};
