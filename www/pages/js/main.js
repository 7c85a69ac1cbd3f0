// Puts the panels together.

import { Account } from './account.js';
import { Chat } from './chat.js';
import { part } from './dom.js';
import { Faults } from './faults.js';
import { Feed } from './feed.js';
import { WireLog } from './log.js';
import { Login } from './login.js';

function start() {
  const log = new WireLog();
  const account = new Account(log);
  const faults = new Faults(log);
  const onConnection = () => faults.refreshSoon();

  new Login(account);
  new Chat({ account, log, onConnection });
  new Feed({ log, onConnection }).connect();
  faults.refreshSoon();
}

if (globalThis.SSEFetch) {
  start();
} else {
  const banner = part('banner');
  banner.textContent = 'The package is missing at /pkg/. Build it with “cargo xtask build” and reload.';
  banner.hidden = false;
}
