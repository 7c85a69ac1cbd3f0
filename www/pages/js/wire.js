// Writes what a client tells about its connection into the log.

/** To be called from the client's `headers` callback, which is asked once for every request. */
export function logRequest(log, connection, request, attempt) {
  const nth = attempt.attempt > 0 ? `, attempt ${attempt.attempt}` : '';
  const from = attempt.lastEventId ? `, Last-Event-ID: ${attempt.lastEventId}` : '';
  log.add(connection, 'request', `${request}${nth}${from}`);
}

/** Follows a client until it is given up; one client, one call. */
export function logClient(log, connection, client) {
  const tell = (kind, text) => log.add(connection, kind, text);

  client.on('state', ({ state, previous }) => tell('state', `${previous} → ${state}`));
  client.on('open', ({ status, attempt }) => tell('open', `${status}, event stream${attempt > 0 ? ` at attempt ${attempt}` : ''}`));
  client.on('error', (error) => tell('error', describe(error)));
  client.on('retry', ({ attempt, delay }) => tell('retry', `attempt ${attempt} in ${(delay / 1000).toFixed(1)} s`));
  client.on('comment', (text) => tell('comment', text));
  client.on('max-reconnects-reached', ({ attempts }) => tell('gave-up', `after ${attempts} attempts in a row`));
  client.on('close', ({ reason }) => tell('close', reason));
  client.on('*', (_data, event) => log.event(connection, event));
}

/** What went wrong, in a sentence; the server's own words first when it sent some. */
export function describe(error) {
  const said = saidByServer(error.body);
  const code = error.status ? `${error.code} ${error.status}` : error.code;
  return `${said ?? error.message.replace(/^SSEClient: /, '')} (${code})`;
}

function saidByServer(body) {
  try {
    const { error } = JSON.parse(body);
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined; // no body, or not the JSON this server sends
  }
}
